//! A full house: whoever is in the middle of something does not go for those who ask for nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, ipproto, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::ledger::folder;
use crate::venue::{Caller, Venue, program, wish};

const PATIENCE: Duration = Duration::from_secs(30);
/// Connections that have asked, and more than are kept without asking again.
const KEPT: usize = 1_010;
/// With these there are more than may be kept.
const MORE: usize = 60;
/// Answers that nobody takes, as many as the system does not hold.
const UNTAKEN: usize = 120;

/// A box with a party on, and its guest.
fn party(descriptors: usize) -> (Venue, Caller) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let dir = folder();
    let mut few = std::process::Command::new("sh");
    few.args(["-c", &format!("ulimit -n {descriptors} 2>/dev/null; exec \"$0\" \"$@\"")]);
    few.arg(program().get_program()).arg("--data").arg(dir.path());
    few.args(["serve", "--address", "127.0.0.1", "--port", "0"]);
    let venue = Venue::start(few, dir);
    let mut host = venue.host("djane");
    host.post("/api/djane/event", &json!({ "name": "Tonight" }));
    let guest = venue.guest_of("djane", &mut host);
    (venue, guest)
}

/// A connection from an address of this machine.
fn from(venue: &Venue, last: u8) -> TcpStream {
    // No box that is started meanwhile inherits it.
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, Some(ipproto::TCP)).unwrap();
    bind(&socket, &SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0))).unwrap();
    connect(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, venue.port()))).unwrap();
    let socket = TcpStream::from(socket);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn ask(socket: &mut TcpStream, path: &str, header: &str) -> std::io::Result<String> {
    write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n")?;
    answer(socket)
}

/// The first line of an answer, whose body is read and left aside.
fn answer(socket: &TcpStream) -> std::io::Result<String> {
    let mut lines = BufReader::with_capacity(1, socket);
    let (mut first, mut size) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if first.is_empty() {
            line.trim().clone_into(&mut first);
        }
        if let Some(told) = line.to_lowercase().strip_prefix("content-length: ") {
            size = told.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    std::io::copy(&mut lines.take(size), &mut std::io::sink())?;
    Ok(first)
}

/// Connections of one address that have asked for something and stay.
fn kept(venue: &Venue, many: usize) -> Vec<TcpStream> {
    let one = || {
        let mut socket = from(venue, 1);
        assert_eq!(ask(&mut socket, "/assets/icon.svg", "").unwrap(), "HTTP/1.1 200 OK");
        socket
    };
    std::iter::repeat_with(one).take(many).collect()
}

/// Asks for more than the system holds, all at once, and takes nothing of it.
fn untaken(venue: &Venue, last: u8) -> TcpStream {
    let mut socket = from(venue, last);
    let all = "GET /help HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(UNTAKEN);
    socket.write_all(all.as_bytes()).unwrap();
    socket
}

/// Waits until the box has nothing to do.
fn rested(venue: &Venue) {
    let worked = || {
        let told = std::fs::read_to_string(format!("/proc/{}/stat", venue.pid())).unwrap();
        told.split(' ').skip(13).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>()
    };
    let mut before = worked();
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = worked();
        if now <= before + 1 {
            return;
        }
        before = now;
    }
}

fn is_alarmed(venue: &Venue) -> bool {
    let log = venue.log.lock().unwrap();
    log.contains("nobody asks for anything") || log.contains("Nobody new can be let in")
}

#[test]
fn three_hundred_guests_behind_one_address_keep_two_connections_each() {
    let (venue, _) = party(20_000);
    let mut all = kept(&venue, 600);
    for (n, one) in all.iter_mut().enumerate() {
        let again = ask(one, "/assets/icon.svg", "");
        assert!(again.is_ok(), "connection {n}: {again:?}");
    }
    assert!(!is_alarmed(&venue));
}

#[test]
fn a_wish_that_is_being_sent_on_an_old_connection_is_not_cut_off_in_a_full_house() {
    let (venue, guest) = party(20_000);
    let mut socket = from(&venue, 1);
    ask(&mut socket, "/assets/icon.svg", "").unwrap();
    let _before = kept(&venue, KEPT);
    let cookies: Vec<_> = guest.cookies.iter().map(|(_, name, value)| format!("{name}={value}")).collect();
    let body = wish("Sent slowly").to_string();
    write!(
        socket,
        "POST /api/djane/requests HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nCookie: {}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        cookies.join("; "),
        body.len()
    )
    .unwrap();
    assert_eq!(answer(&socket).unwrap(), "HTTP/1.1 100 Continue");
    let _after = kept(&venue, MORE);
    socket.write_all(body.as_bytes()).unwrap();
    assert_eq!(answer(&socket).unwrap(), "HTTP/1.1 201 Created");
    assert!(!is_alarmed(&venue), "a full house is told of as an alarm");
}

#[test]
fn an_answer_that_is_taken_slowly_comes_whole_in_a_full_house() {
    let (venue, _) = party(20_000);
    let slow = untaken(&venue, 1);
    let _others = kept(&venue, KEPT + MORE);
    for n in 0..UNTAKEN {
        let came = answer(&slow);
        assert!(came.as_ref().is_ok_and(|first| first == "HTTP/1.1 200 OK"), "answer {n} of {UNTAKEN}: {came:?}");
    }
}

#[test]
fn who_asks_for_much_and_takes_nothing_keeps_no_neighbour_out() {
    let (venue, _) = party(120);
    let _crowd: Vec<_> = (0..50).map(|_| untaken(&venue, 1)).collect();
    rested(&venue);
    for _ in 0..20 {
        let came = ask(&mut from(&venue, 1), "/assets/icon.svg", "");
        assert!(came.as_ref().is_ok_and(|first| first == "HTTP/1.1 200 OK"), "{came:?}");
    }
    assert!(!venue.log.lock().unwrap().contains("Nobody new can be let in"));
}

#[test]
fn half_sent_requests_of_one_phone_keep_nobody_out_who_sends_much() {
    let (venue, _) = party(20_000);
    let half =
        format!("POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n{}", "a".repeat(9_000));
    let one = || {
        let mut socket = from(&venue, 2);
        socket.write_all(half.as_bytes()).unwrap();
        socket
    };
    let _crowd: Vec<_> = std::iter::repeat_with(one).take(60).collect();
    let much = format!("Cookie: other={}\r\n", "a".repeat(12_000));
    let asked = |last| ask(&mut from(&venue, last), "/assets/icon.svg", &much);
    let came = asked(1);
    assert!(came.as_ref().is_ok_and(|first| first == "HTTP/1.1 200 OK"), "{came:?}");
    // Behind the same address it takes a moment; a half body has 40 seconds.
    let began = Instant::now();
    while !asked(2).is_ok_and(|first| first == "HTTP/1.1 200 OK") {
        assert!(began.elapsed() < Duration::from_secs(10), "a neighbour is kept out");
    }
}
