//! A hundred wrong passwords at once, and what a guest feels of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::figures::percentile;
use crate::heads::looks;
use crate::party::{Party, head, headers};
use crate::phones::from;
use crate::report::Report;

const MANY: usize = 100;

pub fn run(report: &mut Report) {
    println!("logins: {MANY} wrong ones at once, each from an address of its own");
    let party = Party::with(100, 1);
    let port = party.venue.port();
    let look = head(port, "/api/djane/party", &headers(&party.guests[0], false));
    let calm = looks(port, &look, &AtomicBool::new(false), 2_000);
    let (over, began) = (AtomicBool::new(false), Instant::now());
    let (felt, answers) = std::thread::scope(|scope| {
        let trying = scope.spawn(|| {
            let answers = tokio::runtime::Runtime::new().unwrap().block_on(all(port));
            over.store(true, Ordering::Relaxed);
            answers
        });
        (looks(port, &look, &over, usize::MAX), trying.join().unwrap())
    });
    let (before, p99) = (percentile(&calm, 0.99) / 1e3, percentile(&felt, 0.99) / 1e3);
    println!("  answered {answers:?} within {:.1} s", began.elapsed().as_secs_f64());
    println!("  a guest's p99 {before:.2} ms, {p99:.2} meanwhile ({} looks)", felt.len());
    report.found("logins", format!("{p99:.1} ms (before {before:.1})"));
}

/// How often each status was answered.
async fn all(port: u16) -> BTreeMap<String, usize> {
    let mut tries = Vec::new();
    for n in 0..MANY {
        tries.push(tokio::spawn(async move {
            let body = format!("{{\"username\":\"dj{n}\",\"password\":\"not this one\"}}");
            let request = format!(
                "POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut socket = from(port, n).await.unwrap();
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            answer[9..12].to_owned()
        }));
    }
    let mut answers = BTreeMap::new();
    for one in tries {
        *answers.entry(one.await.unwrap()).or_default() += 1;
    }
    answers
}
