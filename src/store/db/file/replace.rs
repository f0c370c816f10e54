//! One database file in the place of another: at every instant the old one is there, or the new one, whole.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::disk_space::folder_of;
use super::files;
use super::files::fault;
use super::{damage, disk_space};
use crate::store::db::pool::name;
use crate::store::db::recovery::rollback_journal::{has_begun, journal_of};
use crate::store::error::{Error, Result};

/// How long another program has to let go of the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// Makes a database one file by itself, without a WAL. Refuses while another program has it open.
pub fn hold(database: &Path) -> Result<Connection> {
    let conn = Connection::open_with_flags(
        name(database)?,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(PATIENCE)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    let mode = conn.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>("journal_mode"));
    let alone = mode.map_err(Error::from).and_then(|mode| if mode == "delete" { Ok(()) } else { Err(Error::Busy) });
    match alone {
        // The mode is told as changed also where the disk did not take it; the journal knows.
        Ok(()) if has_begun(&journal_of(database))? => Err(Error::Disk),
        Ok(()) => Ok(conn),
        Err(Error::Busy) => Err(Error::Unfit(format!(
            "Another program has {} open. Nothing was changed. Close it and try again.",
            database.display()
        ))),
        Err(error) => Err(error),
    }
}

/// Puts a finished file in WAL mode, by itself: from then on no change of it makes a rollback journal.
pub fn into_wal(finished: &Path) -> Result<()> {
    let conn = Connection::open_with_flags(name(finished)?, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.execute_batch("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")?;
    conn.close().map_err(|(_, error)| error.into())
}

/// Puts a finished file in the place of a database that has no WAL. What was there is kept under another name, where one
/// is given. Until the last step a plug pulled leaves the old one, and `sweep` clears away what belongs to no database.
pub fn put(finished: &Path, database: &Path, kept: Option<&Path>) -> Result<()> {
    let io = |error| fault(database, &error);
    File::open(finished).and_then(|file| file.sync_all()).map_err(io)?;
    let before = kept.map_or(Ok(()), |kept| keep(database, kept));
    if let Err(error) = before.and_then(|()| std::fs::rename(finished, database).map_err(io)) {
        return kept.map_or(Ok(()), files::remove).and(Err(error));
    }
    // From here on the new one is there, whatever else fails.
    if let Err(error) = damage::forget(database) {
        log::warn!(target: "box", "Damage that was told of the database before goes on being told: {error}");
    }
    files::keep_name(database)
}

/// A second name, as long as the first one is not taken away; a copy where the disk or the way there knows no such thing.
fn keep(database: &Path, kept: &Path) -> Result<()> {
    let copy = |unfinished: &Path| std::fs::copy(database, unfinished).map_err(|error| fault(unfinished, &error));
    let held = std::fs::hard_link(database, kept).or_else(|_| files::make(kept, copy).map(drop));
    held.and_then(|()| files::keep_name(kept)).map_err(|error| match error {
        Error::Full => Error::Full,
        other => Error::Unfit(format!("What is there now could not be kept ({other}). Nothing was changed.")),
    })
}

/// Refuses where there is no room for a new file of so many bytes, for what the WAL holds and goes into the old one, and
/// for the copy that keeps the old one where it can have no second name. `what` begins the sentence.
pub fn ask(database: &Path, made: u64, kept: &Path, what: &str) -> Result<()> {
    let (beside, [main, wal]) = (folder_of(database), files::sizes(database)?);
    let folder = Some(folder_of(kept)).filter(|folder| folder.is_dir()).unwrap_or(beside);
    let copied = if main == 0 || files::takes_link(folder, database) { 0 } else { main + wal };
    let disk = |folder: &Path| std::fs::metadata(folder).map(|about| about.dev()).ok();
    let near = if disk(beside) == disk(folder) { copied } else { 0 };
    disk_space::ask(beside, made + wal + near, what)?;
    disk_space::ask(folder, copied - near, "To keep what is there now")
}
