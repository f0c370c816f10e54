//! One database file in the place of another: at every instant the old one is there, or the new one, whole.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::damage;
use super::error::{Error, Result};
use super::files::{self, fault};
use super::pool::name;

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
    let mode = conn.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
    let alone = mode.map_err(Error::from).and_then(|mode| if mode == "delete" { Ok(()) } else { Err(Error::Busy) });
    match alone {
        Ok(()) => Ok(conn),
        Err(Error::Busy) => Err(Error::Unfit(format!(
            "Another program has {} open. Nothing was changed. Close it and try again.",
            database.display()
        ))),
        Err(error) => Err(error),
    }
}

/// Puts a finished file in the place of a database that has no WAL. What was there is kept under another name, where one
/// is given. Until the last step a plug pulled leaves the old one, and `sweep` clears away what belongs to no database.
pub fn put(finished: &Path, database: &Path, kept: Option<&Path>) -> Result<()> {
    let io = |error| fault(database, &error);
    File::open(finished).and_then(|file| file.sync_all()).map_err(io)?;
    if let Some(kept) = kept {
        keep(database, kept)?;
    }
    let put = std::fs::rename(finished, database).map_err(io);
    if let (Err(_), Some(kept)) = (&put, kept) {
        files::remove(kept)?;
    }
    put.and_then(|()| damage::forget(database)).and_then(|()| sync_folder(database))
}

/// A second name, as long as the first one is not taken away; a copy where the disk or the way there knows no such thing.
fn keep(database: &Path, kept: &Path) -> Result<()> {
    if std::fs::hard_link(database, kept).is_err() {
        files::make(kept, |unfinished| std::fs::copy(database, unfinished).map_err(|error| fault(unfinished, &error)))?;
    }
    sync_folder(kept)
}

fn sync_folder(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| fault(folder, &error))
}
