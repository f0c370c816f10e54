//! Faults on purpose, at the how-manieth call.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::ledger::{Ledger, begin, faults, folder};
use crate::power::Image;
use crate::recorder::{Recorder, What};
use crate::times;
use crate::venue::Venue;

#[test]
fn a_disk_that_fails_now_and_then_loses_no_wish() {
    let (recorder, ledger) = (Recorder::new(), Ledger::default());
    let venue = Venue::of(folder(), &recorder.settings());
    let (mut host, mut guests) = begin(&venue, 8);
    let rounds = times(4, 100);
    for round in 0..rounds {
        ledger.while_asking(&guests, Duration::from_millis(2), None, || {
            ledger.await_more(10);
            recorder.fault(1 + i64::from(round % 2 == 1));
            std::thread::sleep(Duration::from_millis(60));
            assert_eq!(host.get("/api/djane/requests").status, 200);
            recorder.fault(0);
            ledger.await_more(10);
        });
    }
    assert!(ledger.ask(&mut guests[0], "After the faults", "after", None));
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    let (damage, lost) = (faults(&file), ledger.missing(&file, |_| true));
    println!("| spells of I/O errors | acknowledged | refused | lost | damaged |");
    println!("| {rounds} | {} | {:?} | {} | {} |", ledger.acked(), ledger.refusals(), lost.len(), damage.len());
    assert!(ledger.refusals().iter().all(|(status, _)| *status == 503), "{:?}", ledger.refusals());
    assert!(!ledger.refusals().is_empty(), "no fault was ever felt");
    assert_eq!((damage, lost), (vec![], vec![]));
}

/// Writes the database anew as the disk has it, from what it was before: what a failed sync would have kept is gone.
fn as_the_disk_has_it(recorder: &Recorder, file: &Path, safe: Vec<u8>) {
    let mut image = Image::of(safe);
    for step in recorder.steps().iter().filter(|step| step.file == 0) {
        image.take(&step.what);
    }
    std::fs::write(file, image.safe).unwrap();
}

#[test]
fn what_the_disk_did_not_keep_when_folded_in_is_not_lost() {
    println!("| a failed sync, then | acknowledged | lost | damaged |");
    for end in ["kill -9", "a clean stop"] {
        let (dir, recorder, ledger) = (folder(), Recorder::new(), Ledger::default());
        let before = std::fs::read(dir.path().join("partyplaylist.db")).unwrap();
        let venue = Venue::of(dir, &recorder.settings());
        let (_, guests) = begin(&venue, 4);
        let more = || ledger.while_asking(&guests, Duration::from_millis(1), None, || ledger.await_more(50));
        more();
        recorder.fault(3);
        more();
        let deadline = Instant::now() + Duration::from_secs(30);
        while !recorder.steps().iter().any(|step| matches!(step.what, What::Lost)) {
            assert!(Instant::now() < deadline, "nothing was checkpointed");
            std::thread::sleep(Duration::from_millis(5));
        }
        // The next sync is told that all is well: the system has forgotten what it could not write.
        recorder.fault(0);
        for _ in 0..3 {
            more();
            std::thread::sleep(Duration::from_millis(300));
        }
        let told = venue.log.lock().unwrap().matches("did not keep what was written").count();
        let dir = if end == "kill -9" { venue.kill() } else { venue.terminate().2 };
        let file = dir.path().join("partyplaylist.db");
        as_the_disk_has_it(&recorder, &file, before);
        // As after every crash, the next start puts the two together.
        let dir = Venue::of(dir, &[]).kill();
        let (damage, lost) = (faults(&file), ledger.missing(&file, |_| true));
        println!("| {end} | {} | {} | {} |", ledger.acked(), lost.len(), damage.len());
        assert_eq!((told, damage, lost), (1, vec![], vec![]), "{end}");
        drop(dir);
    }
}

#[test]
fn a_clock_that_jumps_loses_no_wish() {
    const HOUR: i64 = 3600;
    let (recorder, ledger) = (Recorder::new(), Ledger::default());
    let venue = Venue::of(folder(), &recorder.settings());
    let (_, mut guests) = begin(&venue, 8);
    let jumps = [-1, 6, -480_000, 12, 0, -24, 20];
    for hours in jumps {
        recorder.jump(hours * HOUR);
        for n in 0..20 {
            assert!(ledger.ask(&mut guests[n % 8], &ledger.title(), &format!("key-{hours}-{n}"), None));
        }
    }
    // Past the event's end by the wall clock, and hardly begun by the time that has passed.
    recorder.jump(30 * HOUR);
    assert!(ledger.ask(&mut guests[0], &ledger.title(), "key-later", None));
    recorder.jump(0);
    let dir = venue.kill();
    let venue = Venue::of(dir, &[]);
    assert_eq!(venue.stranger().get("/api/health").status, 200);
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    let (damage, lost) = (faults(&file), ledger.missing(&file, |_| true));
    println!("| clock jumps | acknowledged | refused | lost | damaged |");
    println!(
        "| {} | {} | {:?} | {} | {} |",
        jumps.len() + 1,
        ledger.acked(),
        ledger.refusals(),
        lost.len(),
        damage.len()
    );
    assert_eq!((ledger.refusals(), damage, lost), (vec![], vec![], vec![]));
}
