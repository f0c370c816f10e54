//! Crowds that are in, or have the code: one who taps without end, guests without end, and an honest full house.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Siege, seconds, status};
use crate::times;
use crate::venue::wish;

/// Phones that hear what is new.
const PHONES: usize = 200;

impl Siege {
    /// What is in the QR code.
    fn code(&self) -> String {
        self.host.clone().join_url("djane").rsplit('=').next().unwrap().to_owned()
    }

    /// A guest who comes in by the code from an address; what they ask with from then on, or how they are refused.
    fn come_in(&self, last: u8, code: &str) -> Result<String, u16> {
        let answer = self.ask(last, "POST /api/djane/join", "", &json!({ "t": code }));
        let cookies = answer.lines().filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().unwrap())
        });
        if status(&answer) == 200 { Ok(cookies.collect::<Vec<_>>().join("; ")) } else { Err(status(&answer)) }
    }

    /// A guest's stream.
    fn listen(&self, last: u8, cookies: &str) -> std::io::Result<TcpStream> {
        let mut socket = self.from(last)?;
        socket.write_all((self.head("GET /api/djane/party/live", cookies) + "\r\n").as_bytes())?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

/// Reads whatever was said to all of them until it is over; answers how many bytes.
fn hear(streams: &mut [TcpStream], over: &AtomicBool) -> usize {
    let (mut bytes, mut piece) = (0, vec![0; 64 * 1024]);
    while !over.load(Ordering::Relaxed) {
        for stream in &mut *streams {
            bytes += stream.read(&mut piece).unwrap_or_default();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bytes
}

/// Whether a stream that was asked for was given.
fn is_taken(stream: &mut TcpStream) -> bool {
    let mut begin = [0; 12];
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.read_exact(&mut begin).is_ok() && begin.ends_with(b"200")
}

pub fn taps(siege: &Siege) -> String {
    let code = siege.code();
    let cookies = siege.come_in(2, &code).unwrap();
    let mut streams: Vec<_> = (0..PHONES).map(|_| siege.listen(2, &cookies).unwrap()).collect();
    let song = siege.host.clone().post("/api/djane/requests", &wish("Tapped")).json()["request"]["id"].clone();
    let vote = format!("/api/djane/requests/{}/vote", song.as_str().unwrap());
    let (over, began, lasts) = (AtomicBool::new(false), Instant::now(), seconds(2, 30));
    let (mut tapper, mut taps, mut refused) = (siege.guest.clone(), 0, 0);
    let bytes = std::thread::scope(|scope| {
        let heard = scope.spawn(|| hear(&mut streams, &over));
        while began.elapsed() < lasts {
            for status in [tapper.post(&vote, &json!({})).status, tapper.delete(&vote).status] {
                taps += 1;
                refused += usize::from(status == 429);
            }
        }
        over.store(true, Ordering::Relaxed);
        heard.join().unwrap()
    });
    let a_second = bytes as u128 / began.elapsed().as_millis().max(1);
    // The pictures of a party that all phones are sent are a few kilobytes each, and come a few times a second.
    assert!(a_second < 10_000, "{a_second} kB a second");
    format!("{taps} taps, {refused} refused, {a_second} kB/s to the {PHONES}")
}

pub fn endless(siege: &Siege) -> String {
    let (code, lasts) = (siege.code(), seconds(2, 30));
    let [guests, wishes, listening] = [(); 3].map(|()| AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for last in [2, 3, 4] {
            let (code, guests, wishes, listening) = (&code, &guests, &wishes, &listening);
            scope.spawn(move || {
                let (began, mut streams) = (Instant::now(), Vec::new());
                let mut n = 0;
                while began.elapsed() < lasts {
                    let Ok(cookies) = siege.come_in(last, code) else { continue };
                    n += 1;
                    let asked =
                        siege.ask(last, "POST /api/djane/requests", &cookies, &wish(&format!("Song {n} of {last}")));
                    guests.fetch_add(1, Ordering::Relaxed);
                    wishes.fetch_add(usize::from(status(&asked) == 201), Ordering::Relaxed);
                    streams.extend(siege.listen(last, &cookies));
                }
                listening.fetch_add(streams.iter_mut().map(is_taken).filter(|taken| *taken).count(), Ordering::Relaxed);
            });
        }
    });
    let page = siege.host.clone().get("/djane/admin/requests").body.len() / 1024;
    assert!(page < 400, "the DJ's page has {page} kB");
    let [guests, wishes, listening] = [guests, wishes, listening].map(AtomicUsize::into_inner);
    // 1,000 of an address within ten minutes.
    assert!(guests <= 3_000 && listening <= 1_000, "{guests} guests, {listening} streams");
    format!("{guests} in, {wishes} wishes, {listening} streams; page {page} kB")
}

/// Each comes in, listens, asks for three songs and votes ten times: in ten minutes, or all at once.
pub fn honest(siege: &Siege) -> String {
    let (house, code, began, lasts) = (times(50, 300), siege.code(), Instant::now(), seconds(0, 600));
    // They come one after the other here, so each asks at once for what takes a night elsewhere.
    let rules = json!({ "min_gap_ms": 0 });
    assert_eq!(siege.host.clone().put("/api/djane/settings", &rules).status, 200);
    let mut told = Vec::new();
    let mut tell =
        |status: u16, what: &str| told.extend((!matches!(status, 200 | 201)).then(|| format!("{what}: {status}")));
    let (mut songs, mut streams, mut asked) = (Vec::<Value>::new(), Vec::new(), 0);
    for n in 0..house {
        let cookies = siege.come_in(2, &code).unwrap_or_else(|status| {
            tell(status, "join");
            String::new()
        });
        streams.push(siege.listen(2, &cookies).unwrap());
        for round in 0..3 {
            let answer = siege.ask(2, "POST /api/djane/requests", &cookies, &wish(&format!("Song {round} of {n}")));
            tell(status(&answer), "wish");
            let body: Value =
                serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap_or_default()).unwrap_or_default();
            songs.push(body["request"]["id"].clone());
        }
        for vote in 1..=10 {
            let song = songs[(n * 3 + vote * 7) % songs.len()].as_str().unwrap_or_default();
            let answer = siege.ask(2, &format!("POST /api/djane/requests/{song}/vote"), &cookies, &json!({}));
            tell(status(&answer), "vote");
        }
        asked += 15;
        let due = lasts * u32::try_from(n).unwrap() / u32::try_from(house).unwrap();
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    for stream in &mut streams {
        tell(if is_taken(stream) { 200 } else { 0 }, "stream");
    }
    assert!(told.is_empty(), "{} refused: {told:?}", told.len());
    format!("{} of {asked} refused in {} s", told.len(), began.elapsed().as_secs())
}

/// One guest's page, asked for 500 times at once and again, from behind the router of the guest who looks.
pub fn same_router(siege: &Siege) -> String {
    let lasts = seconds(4, 30);
    let prankster = siege.come_in(1, &siege.code()).unwrap();
    let began = Instant::now();
    let came = || {
        let mut came = 0_u32;
        while began.elapsed() < lasts {
            came += u32::from(status(&siege.ask(1, "GET /djane", &prankster, &Value::Null)) == 200);
        }
        came
    };
    let came: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..500).map(|_| scope.spawn(came)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    format!("{came} pages")
}
