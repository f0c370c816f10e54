//! What a guard costs: the same route with and without it, and the token check alone.

use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use partyplaylist::store::{Host, Tenant};
use rocket::routes;

use crate::connection::{Line, serve, token};
use crate::figures::{memory, percentile};
use crate::report::Report;

#[rocket::get("/<_>/bench/open", rank = 10)]
fn open() -> &'static str {
    "the same answer"
}

#[rocket::get("/<_>/bench/guarded", rank = 10)]
fn guarded(_host: Tenant<Host>) -> &'static str {
    "the same answer"
}

pub fn run(report: &mut Report) {
    let port = serve(|rocket| rocket.mount("/", routes![open, guarded]));
    let token = token(port);
    println!("guard: the same route with and without it, one connection, times in µs");
    check_alone(&token);
    for times in [1_000, 100_000] {
        let (mut bare, mut whole) = (vec![Duration::MAX; times], vec![Duration::MAX; times]);
        let mut line = Line::open(port);
        let request = |path: &str| {
            format!(
                "GET /djane/bench/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
        };
        // Everything that is made once has been made before the memory is looked at.
        line.time(&request("open"), &mut bare[..1000]);
        line.time(&request("guarded"), &mut whole[..1000]);
        let before = memory();
        line.time(&request("open"), &mut bare);
        line.time(&request("guarded"), &mut whole);
        let row = |share| (percentile(&bare, share), percentile(&whole, share));
        let ((open50, with50), (open99, with99)) = (row(0.5), row(0.99));
        println!(
            "  {times:>6} requests  p50 {open50:6.1} open {with50:6.1} guarded: the guard costs {:5.1}   p99 {open99:6.1} open {with99:6.1} guarded   memory {before:.1} -> {:.1} MB",
            with50 - open50,
            memory()
        );
        if times == 100_000 {
            report.found("guard", format!("{:.3} ms", (with50 - open50) / 1e3));
            report.found("guard-memory", format!("{before:.1} → {:.1} MB", memory()));
        }
    }
}

/// The signature and claims of a token, without looking up its session.
fn check_alone(token: &str) {
    let key = DecodingKey::from_secret(&[7; 32]);
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let mut took: Vec<_> = (0..100_000)
        .map(|_| {
            let began = Instant::now();
            decode::<serde_json::Value>(token, &key, &rules).unwrap();
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("  token check alone  p50 {:6.1}   p99 {:6.1}", percentile(&took, 0.5), percentile(&took, 0.99));
}
