//! Other programs that hold the database.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::ledger::{Ledger, begin, faults, folder};
use crate::times;
use crate::venue::{Venue, command, wish};

/// Asks while another program holds the write lock for `span`; answers the ledger and how soon a wish went through after.
fn held(span: Duration) -> (Ledger, Duration) {
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, mut guests) = begin(&venue, 16);
    let other = Connection::open(venue.file()).unwrap();
    ledger.while_asking(&guests, Duration::from_millis(10), None, || {
        ledger.await_more(20);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        std::thread::sleep(span);
        other.execute_batch("COMMIT").unwrap();
        // Those that wait now get their answer before the guests are told to stop.
        ledger.await_more(20);
    });
    let began = Instant::now();
    assert!(ledger.ask(&mut guests[0], "After the lock", "after", None));
    let after = began.elapsed();
    drop(other);
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    assert_eq!((faults(&file), ledger.missing(&file, |_| true)), (vec![], vec![]));
    (ledger, after)
}

#[test]
fn another_programs_lock_is_waited_out_or_answered_after_five_seconds() {
    println!("| lock held | acknowledged | answers 503 | slowest answer ms | first wish after ms |");
    for seconds in [3, 10] {
        let (ledger, after) = held(Duration::from_secs(seconds));
        let (refused, slowest) = (ledger.refusals(), *ledger.slowest.lock().unwrap());
        let busy = refused.iter().find(|(status, _)| *status == 503).map_or(0, |(_, n)| *n);
        println!("| {seconds} s | {} | {busy} | {} | {} |", ledger.acked(), slowest.as_millis(), after.as_millis());
        assert!(refused.iter().all(|(status, _)| *status == 503), "{refused:?}");
        assert_eq!(busy > 0, seconds == 10, "held for {seconds} s: {refused:?}");
        assert!(slowest < Duration::from_secs(8), "somebody waited {slowest:?}");
        assert!(after < Duration::from_secs(4), "a pile-up: {after:?}");
    }
}

#[test]
fn a_storm_of_short_locks_fails_no_wish() {
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, guests) = begin(&venue, 8);
    let file = venue.file();
    let locks = times(100, 2000);
    ledger.while_asking(&guests, Duration::from_millis(5), None, || {
        let other = Connection::open(&file).unwrap();
        other.busy_timeout(Duration::from_secs(30)).unwrap();
        for _ in 0..locks {
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            std::thread::sleep(Duration::from_millis(5));
            other.execute_batch("COMMIT").unwrap();
        }
    });
    println!(
        "| short foreign locks | acknowledged | refused |\n| {locks} | {} | {:?} |",
        ledger.acked(),
        ledger.refusals()
    );
    assert_eq!(ledger.refusals(), []);
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    assert_eq!((faults(&file), ledger.missing(&file, |_| true)), (vec![], vec![]));
}

#[test]
fn a_second_box_on_the_same_file_is_refused_with_a_sentence() {
    let venue = Venue::of(folder(), &[]);
    let folder = venue.file().parent().unwrap().to_owned();
    let (code, _, said) = command(&folder, &["serve", "--address", "127.0.0.1", "--port", "0"], "");
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert!(said.contains("is running on the data folder"), "{said}");
    let mut host = venue.host("djane");
    assert_eq!(host.post("/api/djane/event", &json!({ "name": "Goes on" })).status, 201);
    assert_eq!(host.post("/api/djane/requests", &wish("Still here")).status, 201);
}
