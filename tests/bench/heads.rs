//! Headers that never end: what they take of the box's memory, and of a guest's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};

use crate::connection::Line;
use crate::figures::{memory_of, percentile};
use crate::party::{Party, head, headers};
use crate::phones::from;
use crate::report::Report;

const MANY: usize = 2_000;
const LONG: usize = 380_000;
/// How long they stay, and memory has to come back.
const STAY: Duration = Duration::from_secs(10);
const LEFT: Duration = Duration::from_secs(60);

pub fn run(report: &mut Report) {
    println!(
        "heads: {MANY} unfinished headers of {} kB, from 50 addresses, kept for {} s",
        LONG / 1000,
        STAY.as_secs()
    );
    let party = Party::with(100, 1);
    let (port, pid) = (party.venue.port(), party.venue.pid());
    let look = head(port, "/api/djane/party", &headers(&party.guests[0], false));
    let calm = percentile(&looks(port, &look, &AtomicBool::new(false), 1_000), 0.99);
    let (idle, over) = (memory_of(pid), Arc::new(AtomicBool::new(false)));
    let (felt, most) = std::thread::scope(|scope| {
        let sending = scope.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(send(port, pid, &over)));
        let felt = looks(port, &look, &over, usize::MAX);
        (felt, sending.join().unwrap())
    });
    let meanwhile = percentile(&felt, 0.99);
    std::thread::sleep(LEFT);
    let after = memory_of(pid);
    println!("  memory {idle:.1} MB, {most:.1} at most, {after:.1} a minute later ({:.2} x)", after / idle);
    println!("  a guest's p99 {:.2} ms, {:.2} meanwhile ({} looks)", calm / 1e3, meanwhile / 1e3, felt.len());
    report.found("heads-more", format!("{:.0} MB", most - idle));
    report.found("heads-after", format!("{after:.1} MB, {:.2} × idle", after / idle));
    report.found("heads-guest", format!("{:.1} ms, {:.1} × before", meanwhile / 1e3, meanwhile / calm));
}

/// Sends them all and keeps them for a while; answers the most memory that was taken meanwhile.
async fn send(port: u16, pid: u32, over: &AtomicBool) -> f64 {
    let began = Instant::now();
    let head = Arc::new(format!("GET /djane HTTP/1.1\r\nHost: localhost\r\nCookie: {}", "x".repeat(LONG)));
    for n in 0..MANY {
        let head = head.clone();
        tokio::spawn(async move {
            // Some are cut off, as they should be.
            if let Ok(mut socket) = from(port, n % 50).await {
                let _ = timeout(STAY, socket.write_all(head.as_bytes())).await;
                sleep(STAY).await;
            }
        });
    }
    let mut most: f64 = 0.0;
    while began.elapsed() < STAY {
        most = most.max(memory_of(pid));
        sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
    most
}

/// How long a guest who comes anew each time waits for the party, sorted.
pub fn looks(port: u16, request: &str, over: &AtomicBool, times: usize) -> Vec<Duration> {
    let mut took = Vec::new();
    while took.len() < times && !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        assert_eq!(Line::open(port).ask(request).0, 200);
        took.push(began.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    took.sort_unstable();
    took
}
