//! When the WAL is checkpointed into the main file, so that a plain copy of that one file is whole and nearly new.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::backfill::Backfill;
use super::file_watch::FileWatch;
use crate::store::error::Result;

/// Quiet time after which the WAL is checkpointed.
const IDLE: Duration = Duration::from_millis(220);
/// How soon it is tried again when somebody had the file open.
const AGAIN: Duration = Duration::from_millis(100);
/// Longest a busy WAL waits for that: a copy is at most a second old.
const BUSY: Duration = Duration::from_millis(800);
/// Pages of WAL (4 KiB each) that are checkpointed at once: 4 MB.
const WAL_PAGES: i64 = 1024;
/// How long the file may stay open outside, or seem to, before it is checkpointed all the same. This time never begins anew.
const HELD: Duration = Duration::from_secs(600);
/// The same by size: 256 MB.
const HELD_PAGES: i64 = 65_536;
/// By then it is known who has the file open, if anybody leaves it alone long enough to be found.
const ASKED: Duration = Duration::from_secs(2);

/// Who checkpoints the WAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointedBy {
    /// The box itself.
    Box,
    /// Another program: Litestream, or the box beside which a command runs. `SQLite` itself checkpoints when the last connection
    /// of all is closed.
    Another,
}

/// Whether there is something to checkpoint, and since when that could not be done.
pub struct Checkpointer {
    /// `None` where another program checkpoints.
    backfill: Option<Backfill>,
    dirty_since: Option<Instant>,
    held_since: Option<Instant>,
    patience: Duration,
    /// A fault was told already; it is told again only after it was over.
    failed: bool,
}

impl Checkpointer {
    /// Checkpoints a database that this process has open already.
    pub fn new(path: &Path, checkpointed_by: CheckpointedBy) -> Result<Self> {
        let backfill = (checkpointed_by == CheckpointedBy::Box).then(|| Backfill::of(path)).transpose()?;
        Ok(Self {
            dirty_since: backfill.as_ref().map(|_| Instant::now()),
            backfill,
            held_since: None,
            patience: HELD,
            failed: false,
        })
    }

    /// Who sees others at the file, where that matters.
    pub fn watch(&self) -> Option<FileWatch> {
        self.backfill.as_ref().map(|backfill| backfill.watch().clone())
    }

    /// How long from now `try_checkpoint` is to be called when nobody writes; `None` when there is nothing to checkpoint.
    pub fn due_in(&self) -> Option<Duration> {
        let wait = if self.held_since.is_some() { AGAIN } else { IDLE };
        self.dirty_since.filter(|_| self.works()).map(|_| wait)
    }

    /// Refuses once another program has written over the main file.
    pub fn check(&mut self) -> Result<()> {
        self.backfill.as_mut().map_or(Ok(()), Backfill::check)
    }

    fn works(&self) -> bool {
        self.backfill.as_ref().is_some_and(|backfill| !backfill.has_failed())
    }

    /// After a commit: checkpoints when much has gathered, or has waited long.
    pub fn wrote(&mut self, conn: &Connection) {
        if !self.works() {
            return;
        }
        let since = *self.dirty_since.get_or_insert_with(Instant::now);
        if since.elapsed() > BUSY || wal_pages(conn) > WAL_PAGES {
            self.try_checkpoint(conn);
        }
    }

    /// Checkpoints, unless somebody has the file open or has only just closed it.
    pub fn try_checkpoint(&mut self, conn: &Connection) {
        let Some(backfill) = self.backfill.as_ref().filter(|_| self.due_in().is_some()) else { return };
        let opens = backfill.free().or_else(|| {
            let since = *self.held_since.get_or_insert_with(Instant::now);
            let waits = since.elapsed() < self.patience && (since.elapsed() < ASKED || wal_pages(conn) < HELD_PAGES);
            (!waits).then(|| backfill.wait_no_more("After a long wait"))
        });
        if let Some(opens) = opens {
            self.held_since = None;
            self.checkpoint(conn, opens);
        }
    }

    /// At the end, whoever looks: after a clean stop the one file is complete. What is answered is to be dropped after `conn`.
    pub fn finish(mut self, conn: &Connection) -> Option<File> {
        if let Some(backfill) = self.backfill.as_ref().filter(|_| self.due_in().is_some()) {
            let opens = backfill.free().unwrap_or_else(|| backfill.wait_no_more("The box stops:"));
            self.checkpoint(conn, opens);
        }
        self.backfill.and_then(Backfill::close)
    }

    fn checkpoint(&mut self, conn: &Connection, opens: u64) {
        let Some(backfill) = &mut self.backfill else { return };
        match backfill.checkpoint(conn, opens) {
            // A reader stood in the way: it is tried again after the next quiet time.
            Ok(all) => {
                self.dirty_since = (!all).then(Instant::now);
                self.failed = false;
            }
            Err(error) => {
                self.dirty_since = Some(Instant::now());
                if !std::mem::replace(&mut self.failed, true) {
                    log::warn!(target: "box", "The WAL could not be checkpointed, and is kept until it can: {error}");
                }
            }
        }
    }
}

/// Pages waiting in the WAL; asks without moving any.
fn wal_pages(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get("log")).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::{Child, Command};
    use std::time::Duration;

    use super::super::file_watch::wal_of;
    use super::super::tally::Occupancy;
    use super::{CheckpointedBy, Checkpointer, Connection, File, wal_pages};
    use crate::store::db::pool::connect;

    fn size(path: &Path) -> u64 {
        std::fs::metadata(wal_of(path)).unwrap().len()
    }

    fn write(conn: &Connection, checkpointer: &mut Checkpointer) {
        conn.execute_batch("CREATE TABLE IF NOT EXISTS t (v); INSERT INTO t VALUES (randomblob(9000))").unwrap();
        checkpointer.wrote(conn);
    }

    /// Tries as the writer does, as long as it takes to find out who has the file open.
    fn settle(checkpointer: &mut Checkpointer, conn: &Connection, until: impl Fn(&Occupancy) -> bool) {
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        let watch = checkpointer.watch().unwrap();
        while checkpointer.due_in().is_some() && !until(&watch.occupancy()) {
            checkpointer.try_checkpoint(conn);
            assert!(std::time::Instant::now() < deadline, "{:?}", watch.occupancy());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn held(occupancy: &Occupancy) -> bool {
        matches!(occupancy, Occupancy::Held(_))
    }

    /// Another program that has the file open.
    fn reader(path: &Path) -> Child {
        Command::new("sleep").arg("60").stdin(File::open(path).unwrap()).spawn().unwrap()
    }

    fn end(mut reader: Child) {
        reader.kill().unwrap();
        reader.wait().unwrap();
    }

    #[test]
    fn nothing_is_checkpointed_under_another_programs_eyes_until_patience_ends_and_then_it_is_never_waited_for_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let mut checkpointer = Checkpointer::new(&path, CheckpointedBy::Box).unwrap();
        let never = |_: &Occupancy| false;
        write(&conn, &mut checkpointer);
        settle(&mut checkpointer, &conn, never);
        assert_eq!(size(&path), 0, "nobody looked");
        write(&conn, &mut checkpointer);
        let first = reader(&path);
        settle(&mut checkpointer, &conn, held);
        assert!(size(&path) > 0 && checkpointer.due_in().is_some(), "checkpointed under a reader");
        end(first);
        settle(&mut checkpointer, &conn, never);
        assert_eq!(size(&path), 0, "nobody is left");
        let stays = reader(&path);
        write(&conn, &mut checkpointer);
        settle(&mut checkpointer, &conn, held);
        checkpointer.patience = Duration::ZERO;
        settle(&mut checkpointer, &conn, never);
        assert_eq!(size(&path), 0, "kept waiting past its patience");
        checkpointer.patience = Duration::from_secs(600);
        write(&conn, &mut checkpointer);
        drop(File::open(&path).unwrap());
        settle(&mut checkpointer, &conn, never);
        assert_eq!(size(&path), 0, "patience began anew for one who had used it up");
        let next = reader(&path);
        write(&conn, &mut checkpointer);
        settle(&mut checkpointer, &conn, held);
        assert!(size(&path) > 0, "nobody's patience is another's");
        end(stays);
        end(next);
        drop(checkpointer.finish(&conn));
    }

    #[test]
    fn what_a_crash_left_is_checkpointed_at_the_first_quiet_moment() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (v)").unwrap();
        let mut checkpointer = Checkpointer::new(&path, CheckpointedBy::Box).unwrap();
        assert!(checkpointer.due_in().is_some() && size(&path) > 0);
        settle(&mut checkpointer, &conn, |_| false);
        assert_eq!(size(&path), 0);
    }

    #[test]
    fn the_wal_is_left_to_another_program() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let mut checkpointer = Checkpointer::new(&path, CheckpointedBy::Another).unwrap();
        for _ in 0..600 {
            write(&conn, &mut checkpointer);
        }
        assert!(checkpointer.due_in().is_none() && wal_pages(&conn) > 1024);
        drop(checkpointer.finish(&conn));
        assert!(size(&path) > 0);
    }
}
