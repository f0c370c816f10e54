//! Plain copies of the file while the box works on it.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::ledger::{Ledger, begin, faults, folder};
use crate::times;
use crate::venue::{Venue, command};

/// Wishes a second over all guests.
const RATE: u32 = 200;
/// Copies of one box before a fresh one takes its place, so that the file stays the size of a long night's.
const COPIES_A_BOX: usize = 12;
/// The box leaves the file alone for half a second after a copy: an unhurried admin comes later than that.
const APART: Duration = Duration::from_millis(1500);
/// In the short run slower still, so that each slow copy takes longer than a busy box waits.
fn slow_bytes_a_second() -> f64 {
    f64::from(u32::try_from(times(2_000_000, 20_000_000)).unwrap())
}

#[derive(Default)]
struct Tally {
    copies: usize,
    damaged: usize,
    /// Of those, the ones the log speaks of.
    told: usize,
    stalest: Duration,
    incomplete: usize,
    wishes: usize,
    largest: u64,
    seconds: f64,
    /// Copies the log warned of, sound or not.
    warned: usize,
}

/// As over a slow network or onto a worn stick.
fn slowly(from: &Path, to: &Path) {
    let (mut from, mut to) = (std::fs::File::open(from).unwrap(), std::fs::File::create(to).unwrap());
    let (began, mut done, mut piece) = (Instant::now(), 0_u32, vec![0; 65_536]);
    loop {
        let n = from.read(&mut piece).unwrap();
        if n == 0 {
            break;
        }
        to.write_all(&piece[..n]).unwrap();
        done += u32::try_from(n).unwrap();
        std::thread::sleep(
            Duration::from_secs_f64(f64::from(done) / slow_bytes_a_second()).saturating_sub(began.elapsed()),
        );
    }
}

/// How often the log has spoken of a copy that may be spoilt.
fn warnings(venue: &Venue) -> usize {
    venue.log.lock().unwrap().matches("opened by another program").count()
}

/// How long before `at` the oldest wish was answered that the copy lacks.
fn staleness(ledger: &Ledger, copy: &Path, at: Instant) -> Duration {
    let missing = ledger.missing(copy, |entry| entry.at < at);
    let entries = ledger.entries.lock().unwrap();
    let oldest = entries.iter().filter(|entry| missing.contains(&entry.title)).map(|entry| entry.at).min();
    oldest.map_or(Duration::ZERO, |oldest| at - oldest)
}

/// One box under load; `slow` of its copies are slow ones.
fn watch_one_box(copies: usize, slow: usize, dice: &mut Dice) -> Tally {
    let (ledger, venue, mut tally) = (Ledger::default(), Venue::of(folder(), &[]), Tally::default());
    let (_, guests) = begin(&venue, 12);
    let place = tempfile::tempdir().unwrap();
    let copy = |name: &str| place.path().join(name);
    let began = Instant::now();
    let taken: Vec<_> = ledger.while_asking(&guests, Duration::from_secs(1) / RATE, None, || {
        ledger.await_more(50);
        (0..copies)
            .map(|n| {
                std::thread::sleep(APART + Duration::from_millis(dice.below(1000) as u64));
                let (name, at) = (copy(&format!("{n}.db")), Instant::now());
                let told = warnings(&venue);
                if n < slow {
                    slowly(&venue.file(), &name);
                } else {
                    assert!(Command::new("cp").arg(venue.file()).arg(&name).status().unwrap().success());
                }
                (name, at, told)
            })
            .collect()
    });
    tally.seconds = began.elapsed().as_secs_f64();
    tally.wishes = ledger.acked();
    // Half a second after the last wish the file alone is complete; the last copy was long before.
    let last = ledger.entries.lock().unwrap().iter().map(|entry| entry.at).max().unwrap();
    std::thread::sleep(APART.saturating_sub(taken.last().unwrap().1.elapsed()));
    std::thread::sleep(Duration::from_millis(500).saturating_sub(last.elapsed()));
    std::fs::copy(venue.file(), copy("last.db")).unwrap();
    tally.incomplete = ledger.missing(&copy("last.db"), |_| true).len();
    tally.copies = copies;
    for (name, at, told) in taken {
        tally.largest = tally.largest.max(std::fs::metadata(&name).unwrap().len());
        tally.warned = warnings(&venue);
        if faults(&name).is_empty() {
            tally.stalest = tally.stalest.max(staleness(&ledger, &name, at));
        } else {
            tally.damaged += 1;
            tally.told += usize::from(warnings(&venue) > told);
        }
    }
    tally
}

#[test]
fn a_plain_copy_of_the_running_file_is_whole_and_a_second_old_at_most() {
    let (quick, slow) = (times(4, 700), times(3, 300));
    let boxes = (quick + slow).div_ceil(COPIES_A_BOX);
    let tallies = Mutex::new(Vec::new());
    let next = Mutex::new((0..boxes).map(|n| (share(quick, boxes, n), share(slow, boxes, n))));
    std::thread::scope(|scope| {
        for seed in 1..=times(1, 3) {
            let (tallies, next) = (&tallies, &next);
            scope.spawn(move || {
                let mut dice = Dice::new(seed as u64 * 7919);
                loop {
                    let Some((quick, slow)) = next.lock().unwrap().next() else { break };
                    let tally = watch_one_box(quick + slow, slow, &mut dice);
                    tallies.lock().unwrap().push(tally);
                }
            });
        }
    });
    let tallies = tallies.into_inner().unwrap();
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (damaged, told) = (sum(|t| t.damaged), sum(|t| t.told));
    let stalest = tallies.iter().map(|t| t.stalest).max().unwrap();
    let many = |n: usize| f64::from(u32::try_from(n).unwrap());
    let rate = tallies.iter().map(|t| many(t.wishes) / t.seconds).fold(f64::MAX, f64::min);
    println!(
        "| copies | of them slow | wishes | slowest box, wishes/s | largest file kB | copies warned of | damaged | told in the log | stalest ms | missing 0.5 s after the last wish |"
    );
    println!(
        "| {} | {slow} | {} | {rate:.0} | {} | {} | {damaged} | {told} | {} | {} |",
        sum(|t| t.copies),
        sum(|t| t.wishes),
        tallies.iter().map(|t| t.largest).max().unwrap() / 1000,
        sum(|t| t.warned),
        stalest.as_millis(),
        sum(|t| t.incomplete)
    );
    assert!(damaged <= 1 && told == damaged, "{damaged} damaged, {told} told");
    assert_eq!(sum(|t| t.incomplete), 0);
    // The promise is a second; a machine that is busy with other things answers late and is let off.
    assert!(stalest < Duration::from_secs(2), "{stalest:?}");
}

/// The `n`-th of as many nearly equal shares.
fn share(all: usize, shares: usize, n: usize) -> usize {
    all * (n + 1) / shares - all * n / shares
}

fn await_folded(venue: &Venue) {
    let wal = venue.file().with_extension("db-wal");
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::fs::metadata(&wal).unwrap().len() > 0 {
        assert!(Instant::now() < deadline, "the WAL was not checkpointed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn commands_on_a_running_box_write_nothing_under_somebodys_copy() {
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, guests) = begin(&venue, 8);
    let data = venue.file().parent().unwrap().to_owned();
    await_folded(&venue);
    let copy = tempfile::tempdir().unwrap().keep().join("copy.db");
    let mut live = std::fs::File::open(venue.file()).unwrap();
    let mut half = vec![0; usize::try_from(live.metadata().unwrap().len() / 2).unwrap()];
    live.read_exact(&mut half).unwrap();
    let kept = ledger.while_asking(&guests, Duration::ZERO, None, || {
        ledger.await_more(100);
        for args in [&["user", "list"][..], &["user", "suspend", "djane"], &["user", "activate", "djane"]] {
            let (code, _, said) = command(&data, args, "");
            assert_eq!(code, 0, "{said}");
        }
        let mut rest = Vec::new();
        live.read_to_end(&mut rest).unwrap();
        [half.clone(), rest].concat()
    });
    let mut again = vec![0; half.len()];
    std::os::unix::fs::FileExt::read_exact_at(&live, &mut again, 0).unwrap();
    assert!(again == half, "written into while it was copied");
    std::fs::write(&copy, kept).unwrap();
    assert_eq!(faults(&copy), Vec::<String>::new());
    drop(live);
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    assert_eq!((faults(&file), ledger.missing(&file, |_| true)), (vec![], vec![]));
}

#[test]
fn a_restore_over_the_wal_of_a_crash_is_exact() {
    let rounds = times(3, 20);
    let mut exact = 0;
    for round in 0..rounds {
        let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
        let (_, guests) = begin(&venue, 8);
        ledger.while_asking(&guests, Duration::ZERO, None, || ledger.await_more(20 + round));
        let data = venue.file().parent().unwrap().to_owned();
        let backup = data.join("copy.db");
        assert_eq!(command(&data, &["backup", backup.to_str().unwrap()], "").0, 0);
        let kept = crate::ledger::titles(&backup);
        // Somebody looks at the file, so that the WAL is not checkpointed before the crash.
        let look = std::fs::File::open(venue.file()).unwrap();
        ledger.while_asking(&guests, Duration::ZERO, None, || ledger.await_more(60));
        let dir = venue.kill();
        drop(look);
        let wal = dir.path().join("partyplaylist.db-wal");
        assert!(std::fs::metadata(&wal).unwrap().len() > 0, "no WAL was left over");
        let (code, _, said) = command(dir.path(), &["restore", backup.to_str().unwrap()], "");
        assert_eq!(code, 0, "{said}");
        let file = dir.path().join("partyplaylist.db");
        exact += usize::from(faults(&file).is_empty() && crate::ledger::titles(&file) == kept);
    }
    println!("| restores over a leftover WAL | exact |\n| {rounds} | {exact} |");
    assert_eq!(exact, rounds);
}

#[test]
fn a_backup_put_in_place_by_hand_beside_the_wal_of_a_crash_does_no_harm() {
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, guests) = begin(&venue, 8);
    ledger.while_asking(&guests, Duration::ZERO, None, || ledger.await_more(600));
    let data = venue.file().parent().unwrap().to_owned();
    // Only a WAL that lacks pages of the file shows by itself that it does not belong.
    let wal = data.join("partyplaylist.db-wal");
    while std::fs::metadata(&wal).unwrap().len() > 0 {
        std::thread::yield_now();
    }
    let backup = data.join("copy.db");
    assert_eq!(command(&data, &["backup", backup.to_str().unwrap()], "").0, 0);
    let kept = crate::ledger::titles(&backup);
    let look = std::fs::File::open(venue.file()).unwrap();
    ledger.while_asking(&guests, Duration::ZERO, None, || ledger.await_more(20));
    let dir = venue.kill();
    drop(look);
    // What everybody does who has not read the manual.
    std::fs::copy(&backup, dir.path().join("partyplaylist.db")).unwrap();
    let venue = Venue::of(dir, &[]);
    let said = venue.log.lock().unwrap().clone();
    assert!(said.contains("belongs to another database"), "{said}");
    let dir = venue.kill();
    let file = dir.path().join("partyplaylist.db");
    assert_eq!(faults(&file), Vec::<String>::new());
    assert_eq!(crate::ledger::titles(&file), kept);
}
