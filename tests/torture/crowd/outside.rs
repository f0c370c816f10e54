//! Crowds that stand outside: connections that ask for nothing, or never get to the end of it.

use std::collections::VecDeque;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{Siege, cookies, seconds};

/// Connections that a crowd opens in a second: the first one seen had its 20,000 within eight.
const FAST: f64 = 2_500.0;

/// The same where each is answered, and what takes the time is to answer.
const ASKING: f64 = 250.0;

/// Opens connections for a while, from several addresses, so many in a second, each of which says something first; holds
/// the newest of them. Answers how many were opened.
fn crowd(siege: &Siege, (from, pace): (&[u8], f64), held: usize, say: impl Fn(&mut TcpStream) + Sync) -> u32 {
    let lasts = seconds(4, 30);
    let addresses = f64::from(u32::try_from(from.len()).unwrap());
    std::thread::scope(|scope| {
        let one = |last: u8| {
            let (began, mut open, mut count) = (Instant::now(), VecDeque::new(), 0);
            while began.elapsed() < lasts {
                let Ok(mut socket) = siege.from(last) else { continue };
                socket.set_nonblocking(true).unwrap();
                say(&mut socket);
                open.push_back(socket);
                if open.len() > held / from.len() {
                    open.pop_front();
                }
                count += 1;
                let due = Duration::from_secs_f64(f64::from(count) * addresses / pace);
                std::thread::sleep(due.saturating_sub(began.elapsed()));
            }
            count
        };
        let threads: Vec<_> = from.iter().map(|last| scope.spawn(move || one(*last))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

const SEVERAL: [u8; 8] = [2, 3, 4, 5, 6, 7, 8, 9];

pub fn silent(siege: &Siege) -> String {
    format!("{} came", crowd(siege, (&SEVERAL, FAST), 16_000, |_| {}))
}

pub fn silent_few(siege: &Siege) -> String {
    format!("{} came", crowd(siege, (&[2], FAST), 330, |_| {}))
}

pub fn renewed(siege: &Siege) -> String {
    format!("{} came", crowd(siege, (&[2], FAST), 140, |_| {}))
}

pub fn half_heads(siege: &Siege) -> String {
    let half = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}", "a".repeat(60_000));
    let came = crowd(siege, (&[2, 3], FAST), 3_000, |socket| drop(socket.write(half.as_bytes())));
    format!("{came} came")
}

pub fn half_bodies(siege: &Siege) -> String {
    let head =
        "POST /api/djane/join HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60001";
    let half = format!("{head}\r\n\r\n{}", "a".repeat(60_000));
    let came = crowd(siege, (&[2, 3], FAST), 3_000, |socket| drop(socket.write(half.as_bytes())));
    format!("{came} came")
}

pub fn idle(siege: &Siege) -> String {
    let ask = b"GET /assets/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";
    format!("{} came", crowd(siege, (&SEVERAL, ASKING), 8_000, |socket| drop(socket.write(ask))))
}

/// Eight times the DJ's list, all at once, on each of 500 connections that take nothing of it.
pub fn untaken(siege: &Siege) -> String {
    let ask = (siege.head("GET /api/djane/requests", &cookies(&siege.host)).replace("Connection: close\r\n", "")
        + "\r\n")
        .repeat(8);
    let came = crowd(siege, (&[2], 50.0), 500, |socket| drop(socket.write(ask.as_bytes())));
    format!("{came} came, {} answers asked for", came * 8)
}
