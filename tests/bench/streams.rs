//! A thousand phones that listen: how soon the last hears of a change, what a stream holds, and how all come back at
//! once; each beside streams of Rocket alone.

use std::time::Duration;

use tokio::time::sleep;

use crate::bare::Bare;
use crate::figures::{median, memory_of};
use crate::party::{Party, head, headers};
use crate::phones::Crowd;
use crate::plot::Bar;
use crate::report::Report;
use crate::venue::Caller;

const SONGS: usize = 400;
const GUESTS: usize = 500;
const TIMES: usize = 9;
/// How long memory has to come back after all have left.
const LEFT: Duration = Duration::from_secs(60);

/// Who is listened to.
struct Room {
    port: u16,
    pid: u32,
    heads: Vec<String>,
    /// What is changed, each under the mark that the phones hear.
    changes: Vec<(String, Box<dyn FnOnce() + Send>)>,
}

/// What came of it; times in milliseconds, memory in megabytes.
#[derive(Default)]
struct Seen {
    let_in: usize,
    idle: f64,
    /// Kilobytes a stream, once it is open and once it has heard some changes.
    open: f64,
    heard: f64,
    last: f64,
    back: f64,
}

pub fn run(report: &mut Report) {
    println!("streams: {SONGS} songs in line, median of {TIMES} changes, of 5 times coming back at once");
    println!(
        "  who                phones  last heard ms  all back ms  kB a stream  after changes  idle MB  a minute after MB"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut rows = Vec::new();
    for many in [1_000, 5_000] {
        let (bare, party) = (Bare::start(), Party::with(SONGS, GUESTS));
        let floor = runtime.block_on(room(bare_room(&bare, many)));
        let ours = runtime.block_on(room(party_room(&party, many)));
        if ours.let_in == many {
            std::thread::sleep(LEFT);
            tell("Rocket alone", &floor, memory_of(bare.pid()));
            tell("the box", &ours, memory_of(party.venue.pid()));
            rows.push((many, floor, ours, memory_of(party.venue.pid())));
        } else {
            println!("  of {many} phones the box let {} in", ours.let_in);
            tell("Rocket alone", &floor, f64::NAN);
            report.found("last-5000", format!("Rocket alone {:.0} ms; the box lets {} in", floor.last, ours.let_in));
        }
    }
    draw(report, &rows);
    for (many, floor, ours, after) in rows {
        let row = if many == 1_000 { "last-1000" } else { "last-5000" };
        report.found(row, format!("{:.0} ms (Rocket alone {:.0})", ours.last, floor.last));
        if many == 1_000 {
            report.found("stream", format!("{:.0} kB (Rocket alone {:.0})", ours.open, floor.open));
            report.found("idle", format!("{:.1} MB", ours.idle));
            report.found("after-1000", format!("{after:.1} MB, {:.2} × idle", after / ours.idle));
            report.found("back-1000", format!("{:.0} ms (Rocket alone {:.0})", ours.back, floor.back));
        }
    }
}

/// How soon the last has heard.
fn draw(report: &mut Report, rows: &[(usize, Seen, Seen, f64)]) {
    let bars = rows.iter().flat_map(|(many, floor, ours, _)| {
        let (before, goal) = if *many == 1_000 { (59.0, 20.0) } else { (335.0, 90.0) };
        let told = |now: f64| format!("{now:.0} ms");
        let bare = Bar {
            label: format!("{many} streams of Rocket alone"),
            now: floor.last,
            before: None,
            goal: None,
            told: told(floor.last),
        };
        let label = format!("{many} phones");
        [bare, Bar { label, now: ours.last, before: Some(before), goal: Some(goal), told: told(ours.last) }]
    });
    report.plot("streams", "From a change to the last who hears of it", &bars.collect::<Vec<_>>());
}

fn tell(who: &str, seen: &Seen, after: f64) {
    println!(
        "  {who:<17} {:>7}  {:>13.1}  {:>11.0}  {:>11.1}  {:>13.1}  {:>7.1}  {after:>17.1}",
        seen.let_in, seen.last, seen.back, seen.open, seen.heard, seen.idle
    );
}

#[allow(clippy::cast_precision_loss)]
async fn room(room: Room) -> Seen {
    let mut seen = Seen { idle: memory_of(room.pid), ..Seen::default() };
    let mut crowd = Crowd::come(room.port, &room.heads).await;
    seen.let_in = crowd.let_in;
    if seen.let_in < room.heads.len() {
        crowd.leave().await;
        return seen;
    }
    sleep(Duration::from_secs(2)).await;
    let each = |now: f64| (now - seen.idle) * 1024.0 / room.heads.len() as f64;
    seen.open = each(memory_of(room.pid));
    let mut took = Vec::new();
    for (mark, change) in room.changes {
        took.push(crowd.until_the_last(&mark, change).await.as_secs_f64() * 1e3);
        sleep(Duration::from_millis(600)).await;
    }
    seen.last = median(took);
    seen.heard = each(memory_of(room.pid));
    let mut back = Vec::new();
    for _ in 0..5 {
        crowd.leave().await;
        // Until it is noticed that they are gone.
        sleep(Duration::from_secs(2)).await;
        crowd = Crowd::come(room.port, &room.heads).await;
        assert_eq!(crowd.let_in, room.heads.len(), "not all are let in again");
        back.push(crowd.took.as_secs_f64() * 1e3);
    }
    crowd.leave().await;
    seen.back = median(back);
    seen
}

fn bare_room(bare: &Bare, many: usize) -> Room {
    let port = bare.port;
    let say = move || -> Box<dyn FnOnce() + Send> {
        Box::new(move || {
            let mut caller = Caller::new(&format!("http://127.0.0.1:{port}"));
            assert_eq!(caller.call("POST", "/say", None).status, 200);
        })
    };
    let changes = (0..TIMES).map(|_| ("xxx".to_owned(), say())).collect();
    Room { port, pid: bare.pid(), heads: vec![head(port, "/live", &[]); many], changes }
}

fn party_room(party: &Party, many: usize) -> Room {
    let port = party.venue.port();
    let heads = (0..many).map(|n| head(port, "/api/djane/party/live", &headers(&party.guests[n % GUESTS], false)));
    // A song is sent to the top, as the DJ does it.
    let changes = (0..TIMES).map(|n| {
        let (id, mut host) = (party.line[SONGS / 2 + n].clone(), party.host.clone());
        let path = format!("/api/djane/requests/{id}/play-next");
        let change: Box<dyn FnOnce() + Send> =
            Box::new(move || assert_eq!(host.post(&path, &serde_json::json!({})).status, 200));
        (id, change)
    });
    Room { port, pid: party.venue.pid(), heads: heads.collect(), changes: changes.collect() }
}
