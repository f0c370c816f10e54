//! A box that has seen a million requests of a thousand DJs, beside one that is new: how it starts, and how it answers.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::connection::Line;
use crate::figures::{median, percentile};
use crate::load::{self, CONNECTIONS};
use crate::party::{Party, head, headers};
use crate::report::Report;
use crate::venue::Venue;

const DJS: usize = 1_000;
const REQUESTS: usize = 1_000_000;
const SONGS: usize = 100;
const ROUNDS: usize = 5;

pub fn run(report: &mut Report) {
    println!("history: {DJS} DJs and {REQUESTS} requests beside one DJ and {SONGS}, median of {ROUNDS}");
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_partyplaylist")).unwrap().len();
    println!("  the binary has {size} bytes");
    report.found("binary", format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10));
    let (new, old) = (Party::with(SONGS, CONNECTIONS), Party::seeded(SONGS, CONNECTIONS, lived));
    reads(report, &new, &old);
    queries(report, &old);
    let (fresh, full) = (starts(new.venue), starts(old.venue));
    println!("  start: {fresh:.0} ms new, {full:.0} ms with all of it");
    report.found("start", format!("{full:.0} ms (new {fresh:.0})"));
}

/// As many DJs as there are to be, each with one night long past.
fn lived(file: &Path) {
    let conn = Connection::open(file).unwrap();
    let each = REQUESTS / DJS;
    let sql = format!(
        "PRAGMA synchronous = OFF; BEGIN;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {DJS} - 1)
         INSERT INTO users SELECT 'u-' || i, 'dj-' || i, 'DJ ' || i, 'dj', 'active', '!', 0 FROM n;
         INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
         SELECT 'past-' || id, id, 'Past', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {each})
         INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
         SELECT 'past-' || u.id || '-' || i, u.id, 'past-' || u.id, 'Song ' || i, 'Somebody', 'song ' || i || char(31) || 'somebody',
                'somebody', 'played', i, 1
         FROM users u JOIN n; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"
    );
    conn.execute_batch(&sql).unwrap();
}

/// What is read most, asked of both boxes in turn.
fn reads(report: &mut Report, new: &Party, old: &Party) {
    for (row, path) in
        [("history-party", "/api/djane/party"), ("history-page", "/djane"), ("history-list", "/api/djane/requests")]
    {
        let rate = |party: &Party| {
            let who = if row == "history-list" { party.as_host(false) } else { party.as_guests(false) };
            load::asked(party.venue.port(), path, &who, 1).per_second
        };
        let times = median((0..ROUNDS).map(|_| rate(new) / rate(old)).collect());
        println!("  {path} costs {times:.2} x what it costs on a new box");
        report.found(row, format!("{times:.2} ×"));
    }
}

/// Everything a person may ask of the database, one after another.
fn queries(report: &mut Report, party: &Party) {
    let port = party.venue.port();
    let (host, guests) = (headers(&party.host, false), party.as_guests(false));
    let mut worst = (0.0, "");
    for path in [
        "/api/djane/party",
        "/api/djane/search?q=song+7",
        "/api/djane/requests",
        "/api/djane/event",
        "/api/djane/events",
        "/api/djane/audit",
        "/api/djane/settings",
        "/djane/admin/overview",
        "/djane/admin/requests",
        "/djane/admin/history",
        "/api/me",
    ] {
        let ours = path.contains("party") || path.contains("search");
        let mut took: Vec<Duration> = (0..100)
            .map(|n| {
                let who = if ours { &guests[n % CONNECTIONS] } else { &host };
                let (request, mut line) = (head(port, path, who), Line::open(port));
                let began = Instant::now();
                assert_eq!(line.ask(&request).0, 200, "{path}");
                began.elapsed()
            })
            .collect();
        took.sort_unstable();
        let (p50, p99) = (percentile(&took, 0.5) / 1e3, percentile(&took, 0.99) / 1e3);
        println!("  {path:<28} p50 {p50:6.2} ms   p99 {p99:6.2} ms");
        if p99 > worst.0 {
            worst = (p99, path);
        }
    }
    report.found("queries", format!("{:.1} ms (<code>{}</code>)", worst.0, worst.1));
}

/// From the call of the command until it answers, in milliseconds.
fn starts(mut venue: Venue) -> f64 {
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        let (_, _, dir) = venue.terminate();
        let began = Instant::now();
        venue = Venue::of(dir, &[]);
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    median(took)
}
