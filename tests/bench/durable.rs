//! Wishes of fifty people at once, each on the disk before it is answered: on this disk, and on one whose every sync takes
//! five milliseconds more; beside rows that `SQLite` alone commits one by one.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use partyplaylist::store::{Clock, Guest, Store, Tenant};

use crate::figures::{median, percentile};
use crate::in_process;
use crate::party::fill;
use crate::report::Report;
use crate::writes::{Floor, join, night, wish};

const SUBMITTERS: usize = 50;
/// Of one DJ no more are taken than a night needs.
const DJS: usize = 10;
const IN_LINE: usize = 1_000;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_millis(500);
/// Has every sync take longer.
const SLOW: &str = include_str!("slow.c");

pub fn run(report: &mut Report) {
    println!("durable: {SUBMITTERS} submitters at {DJS} DJs, {IN_LINE} in line at each, median of {ROUNDS}");
    let [rate, p99, worst, floor] = measured();
    println!("  {rate:.0} a second, p99 {p99:.1} ms, worst {worst:.1} ms; SQLite alone, one by one, {floor:.0}");
    report.found("durable", format!("{rate:.0} a second (SQLite alone, one by one, {floor:.0})"));
    let dir = tempfile::tempdir().unwrap();
    let (source, library) = (dir.path().join("slow.c"), dir.path().join("slow.so"));
    std::fs::write(&source, SLOW).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).args([&library, &source]).status();
    assert!(built.unwrap().success());
    let mut again = Command::new(std::env::current_exe().unwrap());
    let told = again.arg("durable-slow").env("LD_PRELOAD", &library).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let figures: Vec<f64> = told.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    let [rate, p99, worst, floor] = figures[..] else { panic!("{told}") };
    println!(
        "  each sync 5 ms more: {rate:.0} a second, p99 {p99:.1} ms, worst {worst:.1} ms; SQLite alone {floor:.0}"
    );
    report.found("durable-slow", format!("{rate:.0} a second (SQLite alone, one by one, {floor:.0})"));
    report.found("durable-slow-p99", format!("{p99:.0} ms, {worst:.0} ms"));
}

/// The same in a process whose syncs are slow.
pub fn slow() {
    println!("{}", measured().map(|figure| figure.to_string()).join(" "));
}

/// Wishes a second, the slowest of a hundred and of all in milliseconds, and rows a second of `SQLite` alone.
#[allow(clippy::cast_precision_loss)]
fn measured() -> [f64; 4] {
    let (dir, runtime) = (tempfile::tempdir().unwrap(), tokio::runtime::Runtime::new().unwrap());
    let (store, guests) = runtime.block_on(come_in(dir.path()));
    let floor = percentile(&sorted(Floor::new(dir.path()).time()), 0.5);
    let (mut rates, mut all) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let took = runtime.block_on(ask(&guests, round));
        rates.push(took.len() as f64 / SPAN.as_secs_f64());
        all.extend(took);
    }
    let all = sorted(all);
    store.close();
    [median(rates), percentile(&all, 0.99) / 1e3, percentile(&all, 1.0) / 1e3, 1e6 / floor]
}

fn sorted(mut all: Vec<Duration>) -> Vec<Duration> {
    all.sort_unstable();
    all
}

/// A box with its DJs, and those who will ask.
async fn come_in(dir: &Path) -> (Store, Vec<Tenant<Guest>>) {
    let file = in_process::migrated(dir, Clock::system().now());
    let conn = rusqlite::Connection::open(&file).unwrap();
    let store = in_process::store(dir, (2, 10), Clock::system());
    let mut guests = Vec::new();
    for n in 0..DJS {
        let name = format!("dj-{n}");
        conn.execute("INSERT INTO users VALUES (?1, ?1, ?1, 'dj', 'active', '!', 0)", [&name]).unwrap();
        let (_, event) = night(&store, &name, "fair").await;
        fill(&file, &name, IN_LINE);
        for _ in 0..SUBMITTERS / DJS {
            guests.push(join(&store, &name, &event).await);
        }
    }
    (store, guests)
}

/// All of them ask for one song after another for a while; how long each took.
async fn ask(guests: &[Tenant<Guest>], round: usize) -> Vec<Duration> {
    let one = |(n, guest): (usize, Tenant<Guest>)| {
        tokio::spawn(async move {
            let (began, mut took) = (Instant::now(), Vec::new());
            while began.elapsed() < SPAN {
                let asked = Instant::now();
                guest.submit(wish((round * SUBMITTERS + n) * 1_000_000 + took.len()), None).await.unwrap();
                took.push(asked.elapsed());
            }
            took
        })
    };
    let tasks: Vec<_> = guests.iter().cloned().enumerate().map(one).collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.unwrap());
    }
    took
}
