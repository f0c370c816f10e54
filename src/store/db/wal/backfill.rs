//! Moves pages from the WAL into the main file, so that at any moment one of the two is whole on the disk.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, DropBehavior};

use super::file_watch::FileWatch;
use super::holders::{Holder, by_lock};
use super::tally::Occupancy;
use crate::store::db::file::main_file::MainFile;
use crate::store::db::pool::connect;
use crate::store::error::{Error, Result};

/// How often pages are moved again that somebody's reading held back, and how far apart.
const TRIES: usize = 50;
const APART: Duration = Duration::from_millis(1);

/// The two files of a database that this process has open already.
pub struct Backfill {
    watch: FileWatch,
    path: PathBuf,
    /// Moves pages without waiting for the disk, and never commits anything.
    mover: Connection,
    /// Reads meanwhile. `SQLite` takes pages of `mover` for safe before they are, and would let others write over the WAL
    /// that holds them; not while somebody reads in it.
    pin: Connection,
    /// The database once more, to be synced and looked at.
    main: MainFile,
    /// The disk did not keep what was moved, so that only the WAL has it, or another program has written over the file:
    /// `pin` reads on until the process ends.
    failed: bool,
    overwritten: bool,
}

impl Backfill {
    pub fn of(path: &Path) -> Result<Self> {
        let mover = connect(path)?;
        mover.pragma_update(None, "synchronous", "OFF")?;
        let (pin, main) = (connect(path)?, MainFile::of(path, &mover)?);
        let (watch, path) = (FileWatch::of(path), path.to_owned());
        Ok(Self { watch, path, mover, pin, main, failed: false, overwritten: false })
    }

    /// Who sees others at the files.
    pub fn watch(&self) -> &FileWatch {
        &self.watch
    }

    /// How often others have opened the files so far, when nobody else has them open now.
    pub fn free(&self) -> Option<u64> {
        self.watch.free().filter(|_| self.locker().is_none())
    }

    /// A program that reads the database by way of `SQLite`, also where it cannot be seen otherwise.
    pub fn locker(&self) -> Option<Holder> {
        by_lock(&self.main.file).filter(|holder| !self.watch.has_outstayed(holder))
    }

    /// Says that pages are moved although somebody has the files open, and who, as far as that is known; waits for none of
    /// them again.
    pub fn wait_no_more(&self, why: &str) -> u64 {
        let locker = self.locker();
        let who = match (self.watch.occupancy(), &locker) {
            (Occupancy::Held(holders), _) => {
                Some(format!("{} has it open", holders.iter().map(Holder::to_string).collect::<Vec<_>>().join(", ")))
            }
            (_, Some(holder)) => Some(format!("{holder} has it open")),
            (Occupancy::Unseen, None) => Some("a program this box cannot see seems to have it open (another user's, one outside its container, or one that handed it to the system)".into()),
            (Occupancy::Unknown, None) => Some("it is opened again and again, and never left alone".into()),
            (Occupancy::Free, None) => None,
        };
        if let Some(who) = who {
            log::warn!(target: "box", "{why} changes are written into the database, although {who}. If a copy is being made, make that again.");
        }
        self.watch.forget(locker);
        self.watch.opens()
    }

    /// Whether the disk has failed, or another program has written over the file; no page is moved any more.
    pub fn has_failed(&self) -> bool {
        self.failed || self.overwritten
    }

    /// Refuses once another program has written over the main file: nothing it shows can be relied on until it is opened
    /// anew. That is told, once.
    pub fn check(&mut self) -> Result<()> {
        if !self.overwritten && !self.main.is_ours(&self.mover) {
            self.overwritten = true;
            log::error!(target: "box", "{} was written over by another program while the box runs. Nothing is shown or saved until the box is restarted: then it goes on with what is in the file now. The copies in backups/ are untouched; put one back with `partyplaylist restore` while the box is stopped.", self.path.display());
        }
        if self.overwritten { Err(Error::Overwritten) } else { Ok(()) }
    }

    /// Writes the pages in one go, with no wait for the disk in between: a copy begun meanwhile is the only one that can be
    /// spoilt. Only once they are safe on the disk is the WAL emptied, by `conn`. Answers whether it is empty. `before` is
    /// how often others had opened the files when they were free.
    pub fn checkpoint(&mut self, conn: &Connection, before: u64) -> Result<bool> {
        if self.failed || self.check().is_err() {
            return Ok(false);
        }
        let mut reading = self.pin.unchecked_transaction()?;
        reading.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let all = self.move_all(before)?;
        if let Err(error) = self.main.file.sync_data() {
            reading.set_drop_behavior(DropBehavior::Ignore);
            drop(reading);
            self.failed = true;
            log::error!(target: "box", "The disk did not keep what was written into {} ({error}). Nothing is lost: everything is in the WAL beside it, which grows until the box is started again. Look at the disk; until then make copies with `partyplaylist backup` only.", self.path.display());
            return Ok(false);
        }
        reading.commit()?;
        // What is not moved yet would be moved here, with nobody looking: also what who has come meanwhile writes.
        let alone = self.watch.opens() == before;
        Ok(all && alone && conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>("busy"))? == 0)
    }

    /// Answers whether all pages are moved: a reader of an older state holds back what came after it. Stops as soon as
    /// somebody has opened the file beyond the `before` times it had been opened.
    fn move_all(&self, before: u64) -> Result<bool> {
        let _alone = self.watch.no_connecting();
        for _ in 0..TRIES {
            let moved = self.mover.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get::<_, i64>("busy")?, row.get::<_, i64>("log")?, row.get::<_, i64>("checkpointed")?))
            });
            let seen = self.watch.opens() != before;
            if seen {
                log::warn!(target: "box", "The database was opened by another program while changes were being written into it. If that was a copy, make it again; `partyplaylist check FILE` tells whether it is sound.");
            }
            let (busy, pages, done) = moved?;
            let all = busy == 0 && pages == done;
            if all || seen {
                return Ok(all);
            }
            std::thread::sleep(APART);
        }
        Ok(false)
    }

    /// Closes the connections, before the last one of the process, which checkpoints and syncs by its own settings. The file is to
    /// be dropped after that one: to close it lets go of every lock of this process.
    pub fn close(self) -> Option<File> {
        if self.has_failed() {
            // With the last connection the WAL would go. The next start finds it, and moves its pages anew where it goes
            // with the file.
            std::mem::forget((self.pin, self.main));
            return None;
        }
        Some(self.main.file)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::file_watch::wal_of;
    use super::{Backfill, File, connect};

    /// The emptying of the WAL met somebody.
    static MET: AtomicBool = AtomicBool::new(false);

    #[test]
    fn pages_that_a_reader_holds_back_are_not_moved_when_the_wal_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (v)").unwrap();
        conn.busy_handler(Some(|_| {
            MET.store(true, Ordering::Relaxed);
            false
        }))
        .unwrap();
        let mut pages = Backfill::of(&path).unwrap();
        let reader = pages.watch().ours(|| connect(&path)).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        conn.execute_batch("INSERT INTO t VALUES (randomblob(9000))").unwrap();
        assert!(!pages.checkpoint(&conn, 0).unwrap(), "checkpointed past a reader");
        assert!(!MET.load(Ordering::Relaxed), "the WAL was to be emptied with pages left in it");
        reader.execute_batch("COMMIT").unwrap();
        assert!(pages.checkpoint(&conn, 0).unwrap());
        assert_eq!(std::fs::metadata(wal_of(&path)).unwrap().len(), 0);
        drop((reader, pages.close(), conn));
    }

    #[test]
    fn a_copy_begun_between_the_look_and_the_first_page_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (v)").unwrap();
        let mut pages = Backfill::of(&path).unwrap();
        let before = pages.watch().opens();
        let copy = File::open(&path).unwrap();
        assert!(!pages.checkpoint(&conn, before).unwrap(), "the WAL was emptied under a copy");
        assert!(pages.checkpoint(&conn, before + 1).unwrap());
        drop((copy, pages.close(), conn));
    }
}
