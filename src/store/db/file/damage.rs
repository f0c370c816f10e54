//! Damage inside the file: looked for after a crash and in the night's copy, and told until the file is sound again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ErrorCode};

use super::files;
use crate::domain::amount;
use crate::store::db::pool::open_read_only;
use crate::store::db::reads::blocking::blocking;
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};

/// Steps of the database's machine from one time a scan asks whether it is to end to the next.
const STEPS: i32 = 1000;

/// Where damage that was found is noted, for commands and for the next start.
fn note_of(database: &Path) -> PathBuf {
    database.with_extension("damaged")
}

/// The damage that was found last, if there was any; in plain words.
pub fn known(database: &Path) -> Option<String> {
    let said = std::fs::read_to_string(note_of(database)).ok()?;
    Some(said.trim().to_owned()).filter(|said| !said.is_empty())
}

/// What was known is over: another file is in place, or a whole scan found nothing. Only for a box's own database: beside
/// another file such a name is somebody else's.
pub fn forget(database: &Path) -> Result<()> {
    let note = note_of(database);
    // Where there is none, nothing is written.
    if note.exists() { std::fs::remove_file(&note).map_err(|error| files::fault(&note, &error)) } else { Ok(()) }
}

/// What is wrong with pages and rows of a database, or of one table in it; in the database's own words.
pub fn faults(conn: &Connection, table: Option<&str>) -> Result<Vec<String>> {
    let pragma = table.map_or("PRAGMA integrity_check".into(), |table| format!("PRAGMA integrity_check(\"{table}\")"));
    let query = || -> rusqlite::Result<Vec<String>> {
        let mut statement = conn.prepare(&pragma)?;
        statement.query_map([], |row| row.get("integrity_check"))?.collect()
    };
    match query() {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").map(|line| line.replace('\n', " ")).collect()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(vec![error.to_string()]),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Err(Error::Busy),
        Err(error) => Err(error.into()),
    }
}

/// A scan that takes long, and ends soon after it is told to.
#[derive(Clone, Default)]
pub struct DamageScan(Arc<AtomicBool>);

impl DamageScan {
    /// Refuses once all scans are to end.
    fn at(&self, conn: &Connection, table: Option<&str>) -> Result<Vec<String>> {
        let over = self.0.clone();
        conn.progress_handler(STEPS, Some(move || over.load(Ordering::Relaxed)))?;
        let found = faults(conn, table);
        conn.progress_handler(0, None::<fn() -> bool>)?;
        found
    }

    fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Store {
    /// Whether the box before this one came to no clean stop.
    pub fn was_cut_off(&self) -> bool {
        self.0.cut_off
    }

    fn scan(&self) -> DamageScan {
        (*self.memory::<DamageScan>()).clone()
    }

    /// Ends what takes long and can be gone on with after the next start: scans of the file, refused from now on,
    /// and what is written piece by piece.
    pub fn begin_to_stop(&self) {
        self.scan().end();
    }

    pub(in crate::store) fn is_stopping(&self) -> bool {
        self.scan().is_over()
    }

    /// Damage that is known, in plain words.
    pub fn damage(&self) -> Option<String> {
        known(self.path())
    }

    /// Scans the running file, one table at a time: in between, the WAL can be checkpointed. What it finds is told.
    pub async fn scan_for_damage(&self) -> Result<()> {
        let all = |conn: &Connection| {
            let mut names = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
            let names = names.query_map([], |row| row.get("name"))?;
            Ok(names.collect::<rusqlite::Result<Vec<String>>>()?)
        };
        let mut found = Vec::new();
        for table in self.read(all).await? {
            let scan = self.scan();
            found.extend(self.read(move |conn| scan.at(conn, Some(&table))).await?);
        }
        self.found(&found)
    }

    /// Scans the night's copy, which is what the file is; answers whether it is sound. What it finds is told.
    pub async fn scan_copy(&self, copy: PathBuf) -> Result<bool> {
        let scan = self.scan();
        let query = move || open_read_only(&copy).and_then(|conn| scan.at(&conn, None));
        let found = blocking("a look through a copy", query).await?;
        self.found(&found).map(|()| found.is_empty())
    }

    /// Damage that a request ran into is told from now on; the next whole look says whether it is there. A file that was
    /// written over meanwhile may be sound.
    pub fn ran_into(&self, damage: &str) {
        if self.damage().is_some() || matches!(self.unsaved(), Some(Error::Overwritten)) {
            return;
        }
        if let Err(error) = self.found(&[damage.to_owned()]) {
            log::warn!(target: "box", "Damage to the database could not be noted: {error}");
        }
    }

    fn found(&self, faults: &[String]) -> Result<()> {
        let Some(first) = faults.first() else { return forget(self.path()) };
        let more = faults.len() - 1;
        let said = if more > 0 { format!("{first}, and {}", amount(more, "more fault")) } else { first.clone() };
        log::error!(target: "box", "The database is damaged: {said}. It goes on as far as it can. Put a backup back with `partyplaylist restore`: the newest are in backups/.");
        let note = note_of(self.path());
        std::fs::write(&note, said).map_err(|error| files::fault(&note, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::{Connection, DamageScan, Error};

    #[test]
    fn a_look_told_to_end_before_it_began_ends_all_the_same() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (v); WITH RECURSIVE n(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM n WHERE v < 20000) INSERT INTO t SELECT v FROM n").unwrap();
        let scan = DamageScan::default();
        assert!(scan.at(&conn, Some("t")).unwrap().is_empty());
        scan.end();
        assert!(matches!(scan.at(&conn, Some("t")), Err(Error::Busy)));
        conn.execute_batch("DELETE FROM t").unwrap();
    }
}
