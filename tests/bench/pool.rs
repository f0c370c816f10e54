//! Fifty at once: what they wait for a connection, and for the one writer; and whether anybody is told another's rows.

use std::path::Path;
use std::time::{Duration, Instant};

use partyplaylist::domain::Event;
use partyplaylist::store::{Clock, Error, Guest, Store, Tenant};

use crate::figures::percentile;
use crate::in_process;
use crate::party::fill;
use crate::report::Report;
use crate::writes::{join, night, wish};

const DJS: usize = 50;
const SONGS: usize = 20;
const ROUNDS: usize = 40;

pub fn run(report: &mut Report) {
    println!("pool: {DJS} at once, each at another DJ's with {SONGS} songs in line, {ROUNDS} times");
    let (dir, runtime) = (tempfile::tempdir().unwrap(), tokio::runtime::Runtime::new().unwrap());
    let events = runtime.block_on(begin(dir.path()));
    let (mut told, mut wrong) = (Vec::new(), 0);
    for connections in [(1, 1), (10, 50)] {
        let store = in_process::store(dir.path(), connections, Clock::system());
        let guests = runtime.block_on(come_in(&store, &events));
        let alone = runtime.block_on(at_once(&guests[..1], read)).0;
        let (took, others) = runtime.block_on(at_once(&guests, read));
        let [one, middle] = [&alone, &took].map(|took| percentile(took, 0.5) / 1e3);
        let p99 = percentile(&took, 0.99) / 1e3;
        println!(
            "  read, {:>2} connections: alone {one:.2} ms, at once {middle:.2}, p99 {p99:.2}, {others} wrong",
            connections.1
        );
        told.push(format!("{p99:.1} ms"));
        wrong += others;
        if connections.1 > 1 {
            let (took, busy) = runtime.block_on(at_once(&guests, write));
            let [middle, p99] = [0.5, 0.99].map(|share| percentile(&took, share) / 1e3);
            println!("  write, one writer: at once {middle:.2} ms, p99 {p99:.2}, {busy} refused");
            report.found("lock-wait", format!("{p99:.1} ms"));
            report.found("lock-busy", busy.to_string());
        }
        store.close();
    }
    report.found("pool-wait", told.join(", "));
    report.found("pool-other", wrong.to_string());
}

/// A party at each DJ's.
async fn begin(dir: &Path) -> Vec<(String, Event)> {
    let file = in_process::migrated(dir, Clock::system().now());
    let conn = rusqlite::Connection::open(&file).unwrap();
    let store = in_process::store(dir, (1, 1), Clock::system());
    let mut events = Vec::new();
    for n in 0..DJS {
        let name = format!("dj-{n:02}");
        conn.execute("INSERT INTO users VALUES (?1, ?1, ?1, 'dj', 'active', '!', 0)", [&name]).unwrap();
        events.push((name.clone(), night(&store, &name, "fair").await.1));
        fill(&file, &name, SONGS);
    }
    store.close();
    events
}

async fn come_in(store: &Store, events: &[(String, Event)]) -> Vec<(String, Tenant<Guest>)> {
    let mut guests = Vec::new();
    for (name, event) in events {
        guests.push((name.clone(), join(store, name, event).await));
    }
    guests
}

/// All of them at the same moment, again and again: how long each took, sorted, and how often it went wrong.
async fn at_once<F: Future<Output = bool> + Send + 'static>(
    guests: &[(String, Tenant<Guest>)],
    act: fn(String, Tenant<Guest>, usize) -> F,
) -> (Vec<Duration>, usize) {
    let (mut all, mut wrong) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        let mut tasks = Vec::new();
        for (name, guest) in guests.iter().cloned() {
            tasks.push(tokio::spawn(async move {
                let began = Instant::now();
                let well = act(name, guest, round).await;
                (began.elapsed(), well)
            }));
        }
        for task in tasks {
            let (took, well) = task.await.unwrap();
            all.push(took);
            wrong += usize::from(!well);
        }
    }
    all.sort_unstable();
    (all, wrong)
}

/// Whether what is read is this DJ's alone.
async fn read(name: String, guest: Tenant<Guest>, _: usize) -> bool {
    let queue = &guest.party().await.unwrap().shared.queue;
    queue.len() >= SONGS
        && queue.iter().all(|one| one.id.as_str().starts_with(&name) || !one.id.as_str().starts_with("dj-"))
}

/// Whether what is written is taken.
async fn write(_: String, guest: Tenant<Guest>, round: usize) -> bool {
    match guest.submit(wish(round), None).await {
        Ok(_) => true,
        Err(Error::Busy) => false,
        Err(error) => panic!("{error:?}"),
    }
}
