//! The WAL of a crash, beside a main file that was exchanged by hand since: read together they would be ruined.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{Error, Result};
use super::guard::wal_of;
use crate::domain::Timestamp;

/// Looks whether a WAL that was left over goes with its database; one that spoils it is moved aside, to the name
/// answered. Only for a file that nobody has open.
pub fn set_aside(database: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let wal = wal_of(database);
    if std::fs::metadata(&wal).map_or(0, |about| about.len()) == 0 || !database.exists() {
        return Ok(None);
    }
    // Looked at in a copy: to look at the files themselves would already mix them.
    let look = database.with_extension("look");
    let whole = |with_wal: bool| -> std::io::Result<bool> {
        clear(&look)?;
        std::fs::copy(database, &look)?;
        if with_wal {
            std::fs::copy(&wal, wal_of(&look))?;
        }
        let whole = is_whole(&look);
        clear(&look)?;
        Ok(whole)
    };
    let spoils = whole(true).and_then(|together| Ok(!together && whole(false)?));
    if !spoils.map_err(|error| fault(database, &error))? {
        return Ok(None);
    }
    let aside = database.with_file_name(format!("leftover-{}.db-wal", now.to_string().replace([':', '.'], "-")));
    std::fs::rename(&wal, &aside).map_err(|error| fault(&wal, &error))?;
    Ok(Some(aside))
}

fn fault(path: &Path, error: &std::io::Error) -> Error {
    Error::Broken(format!("the WAL beside {} could not be looked at: {error}", path.display()))
}

fn is_whole(path: &Path) -> bool {
    let sound = |conn: &Connection| -> rusqlite::Result<bool> {
        let verdict: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok(verdict == "ok" && !conn.prepare("PRAGMA foreign_key_check")?.exists([])?)
    };
    // What cannot be read at all is not whole.
    Connection::open(path).and_then(|conn| sound(&conn)).unwrap_or(false)
}

fn clear(look: &Path) -> std::io::Result<()> {
    for tail in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{tail}", look.display()));
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    Ok(())
}
