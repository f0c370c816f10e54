//! The WAL of a crash, beside a main file that was exchanged by hand since: read together they would be ruined.
//! Their marks tell; files without marks are looked through.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::domain::Timestamp;
use crate::store::db::file::files;
use crate::store::db::file::files::{fault, with_tail};
use crate::store::db::file::progress::Progress;
use crate::store::db::wal::file_watch::wal_of;
use crate::store::db::wal::mark;
use crate::store::error::Result;

/// What is made beside a database to look at it, by the end of its name.
pub const SCRATCH: &str = ".look";
/// How a WAL is called that was moved aside.
pub const ASIDE: &str = "leftover-";

/// Whether the box did not come to a clean stop the last time: there is something in a WAL, and nobody has it open.
pub fn was_cut_off(database: &Path) -> bool {
    database.exists() && has_pages(&wal_of(database))
}

fn has_pages(wal: &Path) -> bool {
    std::fs::metadata(wal).is_ok_and(|about| about.len() > 0)
}

/// Looks whether a WAL that was left over goes with its database; one that spoils it is moved aside, to the name
/// answered. One of which that cannot be told stays, and the log says so. Only for a file that nobody has open.
pub fn set_aside(database: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let wal = wal_of(database);
    if !has_pages(&wal) {
        return Ok(None);
    }
    // One that is made anew would be ruined by it.
    let spoilt = if database.exists() { spoils(database, &wal) } else { Ok(true) };
    match spoilt {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => {
            log::warn!(target: "box", "Whether the WAL beside {} belongs to it could not be looked at, so it is taken as it is: {error}", database.display());
            return Ok(None);
        }
    }
    let aside = database.with_file_name(format!("{ASIDE}{}.db-wal", now.stamp()));
    std::fs::rename(&wal, &aside).map_err(|error| fault(&wal, &error))?;
    Ok(Some(aside))
}

/// Whether the database and the WAL do not go together; without marks, whether it is whole without the WAL only.
fn spoils(database: &Path, wal: &Path) -> Result<bool> {
    // Where not even the marks can be read, the rest has to tell.
    if let Ok(Some(together)) = mark::go_together(database, wal) {
        return Ok(!together);
    }
    let _progress = Progress::on(database, || {
        "The box was cut off, and it is looked whether what it wrote last goes with its database.".into()
    });
    Ok(!is_whole(database, Some(wal))? && is_whole(database, None)?)
}

/// Looks at the files in a copy: to look at themselves would already mix them.
fn is_whole(database: &Path, wal: Option<&Path>) -> Result<bool> {
    let scratch = with_tail(database, SCRATCH);
    files::remove(&scratch)?;
    let copy = |from: &Path, to: &Path| std::fs::copy(from, to).map_err(|error| fault(to, &error));
    let copied = copy(database, &scratch).and_then(|_| wal.map_or(Ok(0), |wal| copy(wal, &wal_of(&scratch))));
    let whole = copied.and_then(|_| reads_well(&scratch));
    files::remove(&scratch)?;
    whole
}

/// Only damage says that a file is not whole: a full disk says nothing of it.
pub fn reads_well(path: &Path) -> Result<bool> {
    let check = |conn: Connection| {
        conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>("integrity_check"))
    };
    match Connection::open(path).and_then(check) {
        Ok(verdict) => Ok(verdict == "ok"),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Connection, SCRATCH, Timestamp, reads_well, set_aside, wal_of, with_tail};
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    /// A database and its WAL as a crash leaves them, with a row in the WAL that points at nothing.
    fn crashed() -> (tempfile::TempDir, PathBuf) {
        let (running, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (running.path().join("p.db"), dir.path().join("p.db"));
        migrate(&from, LATEST, NOW).unwrap();
        let conn = Connection::open(&from).unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        conn.execute("INSERT INTO settings VALUES ('ghost', 'k', 'v')", []).unwrap();
        std::fs::copy(&from, &to).unwrap();
        std::fs::copy(wal_of(&from), wal_of(&to)).unwrap();
        (dir, to)
    }

    #[test]
    fn a_wal_with_a_row_that_points_at_nothing_still_goes_with_its_database() {
        let (dir, path) = crashed();
        assert_eq!(set_aside(&path, NOW).unwrap(), None);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "the WAL is gone, or a look was left behind");
    }

    #[test]
    fn a_wal_whose_database_was_deleted_does_not_ruin_the_new_one() {
        let (_dir, path) = crashed();
        std::fs::remove_file(&path).unwrap();
        let aside = set_aside(&path, NOW).unwrap();
        assert!(aside.is_some_and(|aside| aside.exists()) && !wal_of(&path).exists());
        migrate(&path, LATEST, NOW).unwrap();
        assert!(reads_well(&path).unwrap());
    }

    #[test]
    fn a_wal_that_cannot_be_looked_at_stays_and_stops_no_start() {
        let (_dir, path) = crashed();
        let wal = std::fs::read(wal_of(&path)).unwrap();
        // Something in the way of the copy, as a full disk is.
        let scratch = with_tail(&path, SCRATCH);
        std::fs::create_dir(&scratch).unwrap();
        assert_eq!(set_aside(&path, NOW).unwrap(), None);
        assert_eq!(std::fs::read(wal_of(&path)).unwrap(), wal);
        assert!(reads_well(&scratch).is_err(), "what cannot be opened counts as damaged");
        std::fs::write(&path, "a letter".repeat(1000)).unwrap();
        assert!(!reads_well(&path).unwrap());
    }
}
