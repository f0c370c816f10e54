//! The pulled plug. Everything the real box did to its files is recorded; then the disk is put together again as it may
//! have been at a random instant: what was synced is there, and of what was not, each piece is there, lost, cut short or torn.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::dice::Dice;
use crate::ledger::{Ledger, begin, folder, titles};
use crate::recorder::{Recorder, Step, What};
use crate::times;
use crate::venue::Venue;

const SECTOR: usize = 512;

/// What a file holds for certain, and what was done to it since.
#[derive(Clone, Default)]
pub struct Image {
    pub safe: Vec<u8>,
    unsynced: Vec<What>,
}

impl Image {
    pub fn of(safe: Vec<u8>) -> Self {
        Self { safe, unsynced: vec![] }
    }

    pub fn take(&mut self, what: &What) {
        match what {
            What::Sync => {
                for done in std::mem::take(&mut self.unsynced) {
                    put(&mut self.safe, &done);
                }
            }
            What::Lost => self.unsynced.clear(),
            _ => self.unsynced.push(what.clone()),
        }
    }

    /// The file as the plug left it.
    fn after_the_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.safe.clone();
        // Some disks lose nearly everything, some nearly nothing.
        let mood = dice.below(4);
        for what in &self.unsynced {
            match (what, dice.below(4).max(mood)) {
                (_, 0) => {}
                (What::Write(at, data), 1) => {
                    let cut = data[..dice.below(data.len())].to_vec();
                    put(&mut bytes, &What::Write(*at, cut));
                }
                (What::Write(at, data), 2) => {
                    for (n, sector) in data.chunks(SECTOR).enumerate().filter(|_| dice.below(2) == 0) {
                        put(&mut bytes, &What::Write(at + n * SECTOR, sector.to_vec()));
                    }
                }
                _ => put(&mut bytes, what),
            }
            if mood == 0 && dice.below(3) == 0 {
                break;
            }
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, what: &What) {
    match what {
        What::Write(at, data) => {
            bytes.resize(bytes.len().max(at + data.len()), 0);
            bytes[*at..at + data.len()].copy_from_slice(data);
        }
        What::Truncate(length) => bytes.resize(*length, 0),
        What::Sync | What::Lost => {}
    }
}

/// The same recording with the syncs taken out that `synchronous = NORMAL` does without: the WAL's, but for the one before
/// pages go into the database, and the one of a WAL begun anew.
fn as_if_normal(steps: &[Step]) -> Vec<Step> {
    let is_kept = |n: usize| {
        let before_pages = steps[n + 1..].first().is_some_and(|next| next.file == 0);
        let new_wal = n > 0 && matches!(steps[n - 1].what, What::Write(0, _)) && steps[n - 1].file == 1;
        steps[n].file == 0 || !matches!(steps[n].what, What::Sync) || before_pages || new_wal
    };
    (0..steps.len()).filter(|n| is_kept(*n)).map(|n| steps[n].clone()).collect()
}

#[derive(Default, Debug)]
struct Verdict {
    cuts: usize,
    damaged: usize,
    losing: usize,
    lost: usize,
    most: usize,
}

fn cut_often(before: &[Image; 2], steps: &[Step], ledger: &Ledger, cuts: usize) -> Verdict {
    let (mut dice, mut verdict) = (Dice::new(0xc07), Verdict { cuts, ..Verdict::default() });
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let mut instants: Vec<_> = (0..cuts).map(|_| dice.below(steps.len())).collect();
    instants.sort_unstable();
    let (mut images, mut at) = (before.clone(), 0);
    for instant in instants {
        for step in &steps[at..instant] {
            images[step.file].take(&step.what);
        }
        at = instant.max(at);
        let path = place.path().join("partyplaylist.db");
        for (image, tail) in images.iter().zip(["", "-wal"]) {
            std::fs::write(format!("{}{tail}", path.display()), image.after_the_cut(&mut dice)).unwrap();
        }
        let recorded = at.checked_sub(1).map_or(0, |last| steps[last].recorded);
        judge(&path, ledger, recorded, &mut verdict);
        for tail in ["", "-wal", "-shm"] {
            // SQLite has removed what it no longer needs.
            let _ = std::fs::remove_file(format!("{}{tail}", path.display()));
        }
    }
    verdict
}

fn judge(path: &Path, ledger: &Ledger, recorded: u64, verdict: &mut Verdict) {
    let conn = Connection::open(path).unwrap();
    let well = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        .is_ok_and(|said| said == "ok")
        && conn.prepare("PRAGMA foreign_key_check").is_ok_and(|mut check| check.exists([]).is_ok_and(|found| !found));
    if !well {
        verdict.damaged += 1;
        return;
    }
    let there = titles(path);
    let entries = ledger.entries.lock().unwrap();
    let lost = entries.iter().filter(|entry| entry.recorded <= recorded && !there.contains_key(&entry.title)).count();
    verdict.lost += lost;
    verdict.losing += usize::from(lost > 0);
    verdict.most = verdict.most.max(lost);
}

#[test]
fn a_pulled_plug_loses_no_wish_that_was_answered() {
    let (dir, recorder, ledger) = (folder(), Recorder::new(), Ledger::default());
    let read = |tail: &str| std::fs::read(dir.path().join(format!("partyplaylist.db{tail}"))).unwrap_or_default();
    let before = ["", "-wal"].map(|tail| Image::of(read(tail)));
    let venue = Venue::of(dir, &recorder.settings());
    let (_, guests) = begin(&venue, 16);
    let busy = times(300, 3000);
    let log = recorder.log();
    // In bursts with pauses, so that the WAL is checkpointed often, by size and in the quiet.
    for _ in 0..times(4, 12) {
        ledger.while_asking(&guests, Duration::from_millis(2), Some(&log), || ledger.await_more(busy / times(4, 12)));
        std::thread::sleep(Duration::from_millis(400));
    }
    drop(venue.kill());
    assert_eq!((ledger.refusals(), ledger.open.lock().unwrap().len()), (vec![], 0));
    let steps = recorder.steps();
    let syncs = |steps: &[Step]| steps.iter().filter(|step| matches!(step.what, What::Sync)).count();
    let checkpointed = steps.iter().filter(|step| step.file == 1 && matches!(step.what, What::Truncate(0))).count();
    let cuts = times(60, 1500);
    let full = cut_often(&before, &steps, &ledger, cuts);
    let thinned = as_if_normal(&steps);
    let normal = cut_often(&before, &thinned, &ledger, cuts);
    println!(
        "| synchronous | wishes answered | steps | syncs | checkpoints | cuts | damaged | cuts that lost | wishes lost | most in one cut |"
    );
    for (name, verdict, steps) in [("FULL, as built", &full, &steps), ("NORMAL", &normal, &thinned)] {
        println!(
            "| {name} | {} | {} | {} | {checkpointed} | {} | {} | {} | {} | {} |",
            ledger.acked(),
            steps.len(),
            syncs(steps),
            verdict.cuts,
            verdict.damaged,
            verdict.losing,
            verdict.lost,
            verdict.most
        );
    }
    assert!(checkpointed > 1, "the WAL was never checkpointed while we looked");
    assert_eq!((full.damaged, full.lost), (0, 0));
    assert!(normal.lost > 0, "this test cannot fail: NORMAL lost nothing");
}
