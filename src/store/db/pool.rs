//! Connections: how each one is set up, and the readers kept ready.

use std::fmt::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_READONLY_ROLLBACK;
use rusqlite::limits::Limit;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use super::file::displaced::OpenedFiles;
use super::file::permissions::{denied, may_read};
use super::recovery::rollback_journal::{Holds, has_begun, holds, journal_of};
use super::wal::file_watch::{FileWatch, wal_of};
use crate::store::error::{Error, Result};

/// Marks a file as ours: `PPl1`.
pub const APPLICATION_ID: i32 = 0x5050_6c31;
/// Marks a file that holds one DJ to be carried to another box: `PPd1`.
pub const DJ_ID: i32 = 0x5050_6431;

/// Bytes of one value, and of all in a row, that are read of a file that somebody brings: whatever the file has it worked
/// out from.
pub const MOST_VALUE: i32 = 4_000_000;
/// Bytes of a path that `SQLite` works with, those of the files it makes beside one left out.
const MOST_NAME: usize = 500;

/// Bytes of memory that `SQLite` has for each reader, shared by all connections of the box: beyond it a page that is read takes
/// the place of another.
const OF_READER: i64 = 800 * 1024;

/// How many read connections there are at least and at most.
#[derive(Clone, Copy, Debug)]
pub struct Readers {
    pub min: u32,
    pub max: u32,
}

/// Opens read-only-by-pragma connections for r2d2.
pub struct Manager {
    path: PathBuf,
    watch: Option<FileWatch>,
    place: OpenedFiles,
    memory: i64,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        // Never another file than the writer's; and none is made where that is gone.
        self.place.check()?;
        let connect = || connect(&self.path);
        let conn = self.watch.as_ref().map_or_else(connect, |watch| watch.ours(connect))?;
        self.place.check()?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "soft_heap_limit", self.memory)?;
        Ok(conn)
    }

    fn is_valid(&self, _: &mut Connection) -> Result<()> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

impl Manager {
    pub fn new(path: &Path, readers: Readers, watch: Option<FileWatch>, place: OpenedFiles) -> Self {
        Self { path: path.to_owned(), watch, place, memory: OF_READER * i64::from(readers.max) }
    }
}

/// A pool whose connections are never reopened: reopening would disturb whoever copies the file.
pub fn pool(manager: Manager, readers: Readers) -> Result<r2d2::Pool<Manager>> {
    Ok(r2d2::Pool::builder()
        .min_idle(Some(readers.min.min(readers.max)))
        .max_size(readers.max.max(1))
        .max_lifetime(None)
        .idle_timeout(None)
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(5))
        .build(manager)?)
}

/// Opens a file to read it, and leaves nothing beside it. Refuses what cannot be read, and a file that somebody has left
/// half changed: what was there before is in its journal, and who only reads cannot bring it back.
pub fn open_read_only(path: &Path) -> Result<Connection> {
    let conn = read_only(path, to_read)?;
    if !has_begun(&journal_of(path))? || !waits_for_its_journal(&conn)? {
        return Ok(conn);
    }
    Err(Error::Unfit(format!(
        "{} was left in the middle of a change, which the -journal beside it takes back. Start the box on it once, or run `partyplaylist migrate up`; another program's file, open once with that program.",
        path.display()
    )))
}

/// Whether a database was left in the middle of a change, and nobody is at it any more.
pub fn is_half_done(path: &Path) -> Result<bool> {
    let there = path.try_exists().map_err(|error| denied(path, "read", &error))?;
    Ok(there && has_begun(&journal_of(path))? && waits_for_its_journal(&read_only(path, with_its_own)?)?)
}

/// `SQLite` tells by its locks whether somebody is at it. What is damaged or busy waits for none.
fn waits_for_its_journal(conn: &Connection) -> Result<bool> {
    match conn.pragma_query_value(None, "schema_version", |_| Ok(())) {
        Ok(()) => Ok(false),
        Err(error) if error.sqlite_error().is_some_and(|told| told.extended_code == SQLITE_READONLY_ROLLBACK) => {
            Ok(true)
        }
        Err(error) => match error.into() {
            Error::Busy | Error::Damaged(_) => Ok(false),
            other => Err(other),
        },
    }
}

fn read_only(path: &Path, named: impl Fn(&Path) -> Result<String>) -> Result<Connection> {
    may_read(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(named(path)?, flags)?;
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_VALUE)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    Ok(conn)
}

/// Opens a main file as it lies, as if there were no WAL: for one that is open nowhere.
pub fn open_main_read_only(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(uri(path)? + "?immutable=1", flags)?)
}

/// The name under which `SQLite` only reads a file. One with neither a WAL nor a journal is open nowhere, and is taken as it
/// lies; so is one of which nothing but the mode was changed when somebody was cut off.
pub fn to_read(path: &Path) -> Result<String> {
    let whole = !wal_of(path).exists() && is_half_done(path)? && holds(path)? == Holds::Mode;
    if whole { Ok(uri(path)? + "?immutable=1") } else { with_its_own(path) }
}

fn with_its_own(path: &Path) -> Result<String> {
    let open = wal_of(path).exists() || has_begun(&journal_of(path))?;
    Ok(uri(path)? + if open { "?mode=ro" } else { "?immutable=1" })
}

/// A path as an address, whatever bytes it is made of.
fn uri(path: &Path) -> Result<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._".contains(&byte);
    let mut uri = String::from("file:");
    for byte in name(path)?.into_os_string().into_vec() {
        if plain(byte) {
            uri.push(byte.into());
        } else {
            write!(uri, "%{byte:02x}").map_err(|error| Error::Broken(error.to_string()))?;
        }
    }
    Ok(uri)
}

/// A path as `SQLite` takes it: beginning with `/`, so that it is not read as an address or as a database in memory.
/// Refuses one that is too long for it.
pub fn name(path: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(path).map_err(|error| denied(path, "opened", &error))?;
    let length = whole.as_os_str().len();
    if length > MOST_NAME {
        let path = path.display();
        return Err(Error::Unfit(format!(
            "{path} has {length} bytes, and the database takes {MOST_NAME}: use a shorter path."
        )));
    }
    Ok(whole)
}

/// A path for a statement, which takes it as `CAST(? AS TEXT)`: it need not be text.
pub fn bound(path: &Path) -> Result<Value> {
    let whole = name(path)?.into_os_string();
    Ok(whole.into_string().map_or_else(|bytes| Value::Blob(bytes.into_vec()), Value::Text))
}

/// One connection with the settings every connection has; makes the file where there is none.
pub fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(name(path)?, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("wal_autocheckpoint", "0"),
        ("journal_size_limit", "4194304"),
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
        ("temp_store", "MEMORY"),
        ("cache_size", "-2000"),
        ("secure_delete", "ON"),
    ] {
        conn.pragma_update(None, name, value)?;
    }
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // The writer has some ninety.
    conn.set_prepared_statement_cache_capacity(128);
    // The first read opens the WAL, so that it is not opened at some later moment.
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    #[test]
    fn sqlite_is_past_the_wal_reset_bug() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }
}
