//! When the WAL is folded into the main file, so that a plain copy of that one file is whole and nearly new.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error::Result;
use super::files::fault;
use super::guard::Guard;
use super::pool::connect;

/// Quiet time after which the WAL is folded in.
pub const IDLE: Duration = Duration::from_millis(220);
/// Longest a busy WAL waits for that: a copy is at most a second old.
const BUSY: Duration = Duration::from_millis(800);
/// Pages of WAL (4 KiB each) that are folded in at once: 4 MB.
const WAL_PAGES: i64 = 1024;
/// How long somebody outside may keep the file open before it is folded in all the same.
const HELD: Duration = Duration::from_secs(600);
/// The same by size: 256 MB.
const HELD_PAGES: i64 = 65_536;

/// Who folds the WAL into the main file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// The box itself.
    Box,
    /// Litestream, which reads the WAL and checkpoints by itself.
    Litestream,
}

/// Whether there is something to fold in, and since when it could not be.
pub struct Folding {
    folder: Folder,
    guard: Guard,
    path: PathBuf,
    /// Moves pages without waiting for the disk, and never commits anything.
    pages: Connection,
    /// The database once more, to be synced. It is closed last of all: closing it lets go of every lock of this process.
    file: File,
    dirty_since: Option<Instant>,
    held_since: Option<Instant>,
    patience: Duration,
    /// A fault was told already; it is told again only after it was over.
    failed: bool,
}

impl Folding {
    /// Folds into a database that this process has open already.
    pub fn new(path: &Path, folder: Folder) -> Result<Self> {
        let file = File::open(path).map_err(|error| fault(path, &error))?;
        let pages = connect(path)?;
        pages.pragma_update(None, "synchronous", "OFF")?;
        let (guard, path) = (Guard::of(path), path.to_owned());
        Ok(Self {
            folder,
            guard,
            path,
            pages,
            file,
            dirty_since: None,
            held_since: None,
            patience: HELD,
            failed: false,
        })
    }

    /// Who sees others at the file.
    pub fn guard(&self) -> Guard {
        self.guard.clone()
    }

    /// Whether there is something to fold in at the next quiet moment.
    pub fn is_due(&self) -> bool {
        self.dirty_since.is_some()
    }

    /// After a commit: folds in when much has gathered, or has waited long.
    pub fn wrote(&mut self, conn: &Connection) {
        if self.folder == Folder::Litestream {
            return;
        }
        let since = *self.dirty_since.get_or_insert_with(Instant::now);
        if since.elapsed() > BUSY || wal_pages(conn) > WAL_PAGES {
            self.try_fold(conn);
        }
    }

    /// Folds in, unless somebody has the file open or has only just closed it.
    pub fn try_fold(&mut self, conn: &Connection) {
        if !self.guard.is_free() {
            let since = *self.held_since.get_or_insert_with(Instant::now);
            if since.elapsed() < self.patience && wal_pages(conn) < HELD_PAGES {
                return;
            }
            log::warn!(target: "box", "Another program has had the database open for long, so changes are written into the file under it. If it is making a copy, make that again.");
        }
        self.held_since = None;
        self.fold(conn);
    }

    /// At the end, whoever looks: after a clean stop the one file is complete.
    pub fn finish(&mut self, conn: &Connection) {
        if self.folder == Folder::Box && self.is_due() {
            if !self.guard.is_free() {
                log::warn!(target: "box", "Another program has the database open while the box stops. If it is making a copy, make that again.");
            }
            self.fold(conn);
        }
    }

    fn fold(&mut self, conn: &Connection) {
        match self.fold_in(conn) {
            // A reader stood in the way: it is tried again after the next quiet time.
            Ok(all) => {
                self.dirty_since = (!all).then(Instant::now);
                self.failed = false;
            }
            Err(error) => {
                self.dirty_since = Some(Instant::now());
                if !std::mem::replace(&mut self.failed, true) {
                    log::warn!(target: "box", "The WAL could not be folded into the database, and is kept until it can: {error}");
                }
            }
        }
    }

    /// Writes the pages in one go, with no wait for the disk in between: a copy begun meanwhile is the only one that can be
    /// spoilt. Only once they are safe on the disk is the WAL emptied. Answers whether it is empty.
    fn fold_in(&self, conn: &Connection) -> Result<bool> {
        let before = self.guard.opens();
        let written = self.pages.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        if self.guard.opens() != before {
            log::warn!(target: "box", "The database was opened by another program while changes were being written into it. If that was a copy, make it again; `partyplaylist check FILE` tells whether it is sound.");
        }
        written?;
        self.file.sync_data().map_err(|error| fault(&self.path, &error))?;
        Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? == 0)
    }
}

/// Pages waiting in the WAL; asks without moving any.
fn wal_pages(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::pool::connect;
    use super::{Connection, File, Folder, Folding, wal_pages};
    use crate::store::guard::wal_of;

    fn size(path: &std::path::Path) -> u64 {
        std::fs::metadata(wal_of(path)).unwrap().len()
    }

    fn write(conn: &Connection, folding: &mut Folding) {
        conn.execute_batch("CREATE TABLE IF NOT EXISTS t (v); INSERT INTO t VALUES (randomblob(9000))").unwrap();
        folding.wrote(conn);
    }

    #[test]
    fn nothing_is_folded_in_under_another_programs_eyes_until_patience_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let mut folding = Folding::new(&path, Folder::Box).unwrap();
        write(&conn, &mut folding);
        assert!(folding.is_due());
        folding.try_fold(&conn);
        assert!(size(&path) == 0 && !folding.is_due(), "nobody looked");
        write(&conn, &mut folding);
        let other = File::open(&path).unwrap();
        folding.try_fold(&conn);
        assert!(size(&path) > 0 && folding.is_due(), "folded in under a reader");
        drop(other);
        folding.try_fold(&conn);
        assert!(size(&path) > 0, "folded in right after the file was closed");
        folding.patience = Duration::ZERO;
        folding.try_fold(&conn);
        assert_eq!(size(&path), 0, "kept waiting past its patience");
        folding.finish(&conn);
    }

    #[test]
    fn with_litestream_the_wal_is_left_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let mut folding = Folding::new(&path, Folder::Litestream).unwrap();
        for _ in 0..600 {
            write(&conn, &mut folding);
        }
        assert!(!folding.is_due() && wal_pages(&conn) > 1024);
        folding.finish(&conn);
        assert!(size(&path) > 0);
    }
}
