//! When the WAL is folded into the main file, so that a plain copy of that one file is whole and nearly new.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error::Result;
use super::guard::Guard;
use super::pages::Pages;

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
    /// Another program: Litestream, or the box beside which a command runs. `SQLite` itself folds when the last connection
    /// of all is closed.
    Another,
}

/// Whether there is something to fold in, and since when it could not be.
pub struct Folding {
    folder: Folder,
    pages: Pages,
    dirty_since: Option<Instant>,
    held_since: Option<Instant>,
    patience: Duration,
    /// A fault was told already; it is told again only after it was over.
    failed: bool,
}

impl Folding {
    /// Folds into a database that this process has open already.
    pub fn new(path: &Path, folder: Folder) -> Result<Self> {
        Ok(Self {
            folder,
            pages: Pages::of(path)?,
            dirty_since: (folder == Folder::Box).then(Instant::now),
            held_since: None,
            patience: HELD,
            failed: false,
        })
    }

    /// Who sees others at the file.
    pub fn guard(&self) -> Guard {
        self.pages.guard().clone()
    }

    /// Whether there is something to fold in at the next quiet moment.
    pub fn is_due(&self) -> bool {
        self.dirty_since.is_some() && !self.pages.has_failed()
    }

    /// After a commit: folds in when much has gathered, or has waited long.
    pub fn wrote(&mut self, conn: &Connection) {
        if self.folder == Folder::Another || self.pages.has_failed() {
            return;
        }
        let since = *self.dirty_since.get_or_insert_with(Instant::now);
        if since.elapsed() > BUSY || wal_pages(conn) > WAL_PAGES {
            self.try_fold(conn);
        }
    }

    /// Folds in, unless somebody has the file open or has only just closed it.
    pub fn try_fold(&mut self, conn: &Connection) {
        if !self.pages.guard().is_free() {
            let since = *self.held_since.get_or_insert_with(Instant::now);
            if since.elapsed() < self.patience && wal_pages(conn) < HELD_PAGES {
                return;
            }
            log::warn!(target: "box", "Another program has had the database open for long, so changes are written into the file under it. If it is making a copy, make that again.");
        }
        self.held_since = None;
        self.fold(conn);
    }

    /// At the end, whoever looks: after a clean stop the one file is complete. What is answered is to be dropped after `conn`.
    #[must_use]
    pub fn finish(mut self, conn: &Connection) -> Option<File> {
        if self.folder == Folder::Box && self.is_due() {
            if !self.pages.guard().is_free() {
                log::warn!(target: "box", "Another program has the database open while the box stops. If it is making a copy, make that again.");
            }
            self.fold(conn);
        }
        self.pages.close()
    }

    fn fold(&mut self, conn: &Connection) {
        match self.pages.fold_in(conn) {
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
        drop(folding.finish(&conn));
    }

    #[test]
    fn what_a_crash_left_is_folded_in_at_the_first_quiet_moment() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (v)").unwrap();
        let mut folding = Folding::new(&path, Folder::Box).unwrap();
        assert!(folding.is_due() && size(&path) > 0);
        folding.try_fold(&conn);
        assert!(!folding.is_due() && size(&path) == 0);
    }

    #[test]
    fn the_wal_is_left_to_another_program() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let mut folding = Folding::new(&path, Folder::Another).unwrap();
        for _ in 0..600 {
            write(&conn, &mut folding);
        }
        assert!(!folding.is_due() && wal_pages(&conn) > 1024);
        drop(folding.finish(&conn));
        assert!(size(&path) > 0);
    }
}
