//! A file from elsewhere is never opened as a database: a copy is, which is gone afterwards.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::disk_space::folder_of;
use super::files;
use super::permissions::may_read;
use crate::domain::RequestId;
use crate::store::db::pool::MOST_VALUE;
use crate::store::db::recovery::rollback_journal::{has_begun, journal_of};
use crate::store::error::{Error, Result};

/// Most bytes of a file that are read: a DJ's ten years are far less.
const MOST: u64 = 1 << 30;
/// How the folder of a copy is called; an id follows.
pub const NAME: &str = "incoming-";

/// A copy to look through and to change, in a folder of its own that goes when this is dropped.
pub struct ForeignFile {
    folder: PathBuf,
    named: String,
    /// Who clears up sees that somebody is at it.
    _held: Option<File>,
}

/// The copy, open.
pub struct OpenCopy {
    pub conn: Connection,
    /// Of the schema in it.
    pub version: u32,
    /// Whose format it says it is: its application id.
    pub mark: i32,
}

impl ForeignFile {
    /// Copies a file, and what its program has left in a WAL beside it. Refuses what is no plain file or too large, and one
    /// that was left in the middle of a change.
    pub fn of(file: &Path, database: &Path) -> Result<Self> {
        sweep(database)?;
        let (folder, held) = own_folder(database)?;
        let foreign_file = Self { folder, named: file.display().to_string(), _held: held };
        copy(file, &foreign_file.path())?;
        // The journal is not copied along: one made by hand may name any file of this box, to be removed with it.
        if has_begun(&journal_of(file))? {
            return Err(foreign_file.unfit("was left in the middle of a change, which the -journal beside it would take back: open it once with the program it comes from"));
        }
        let wal = files::with_tail(file, "-wal");
        if wal.exists() {
            copy(&wal, &files::with_tail(&foreign_file.path(), "-wal"))?;
        }
        Ok(foreign_file)
    }

    /// What tells this copy from others.
    pub fn id(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the copy is.
    pub fn path(&self) -> PathBuf {
        self.folder.join("file.db")
    }

    /// Opens the copy, trusting nothing in it. Refuses what is no database.
    pub fn open(&self) -> Result<OpenCopy> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(self.path(), flags)?;
        let header = || -> rusqlite::Result<(u32, i32)> {
            conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_VALUE)?;
            conn.pragma_update(None, "trusted_schema", false)?;
            conn.pragma_update(None, "cell_size_check", true)?;
            // The file itself may ask for any size.
            conn.pragma_update(None, "cache_size", -2000)?;
            conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            let version = conn.pragma_query_value(None, "user_version", |row| row.get("user_version"))?;
            Ok((version, conn.pragma_query_value(None, "application_id", |row| row.get("application_id"))?))
        };
        match header() {
            Ok((version, mark)) => Ok(OpenCopy { conn, version, mark }),
            Err(error) => Err(self.at_fault(&error)),
        }
    }

    /// Refuses a file with damage in it, or with rows that point at nothing.
    pub fn is_sound(&self, conn: &Connection) -> Result<()> {
        let verdict = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>("integrity_check"));
        let verdict = verdict.map_err(|error| self.at_fault(&error))?;
        if verdict != "ok" {
            return Err(self.unfit(&format!("is damaged: {}", verdict.replace('\n', " "))));
        }
        let loose = conn.prepare("PRAGMA foreign_key_check")?.exists([]).map_err(|error| self.at_fault(&error))?;
        if loose { Err(self.unfit("has rows that point at nothing")) } else { Ok(()) }
    }

    /// What a look at the file came to; what went wrong there is the file's own fault.
    pub fn looked_at<T>(&self, seen: Result<T>) -> Result<T> {
        seen.map_err(|error| match error {
            Error::Broken(why) | Error::Damaged(why) => self.unfit(&format!("cannot be read: {why}")),
            other => other,
        })
    }

    /// A refusal of the file itself.
    pub fn unfit(&self, why: &str) -> Error {
        Error::Unfit(format!("{} {why}. Nothing was changed.", self.named))
    }

    fn at_fault(&self, error: &rusqlite::Error) -> Error {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => self.unfit("is not a database"),
            Some(ErrorCode::TooBig) => self.unfit("has a value in it that is larger than any a box writes"),
            _ => self.unfit(&format!("is damaged: {error}")),
        }
    }
}

impl Drop for ForeignFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            log::warn!(target: "box", "{} could not be removed: {error}", self.folder.display());
        }
    }
}

/// A new folder that is held, so that who clears up leaves it.
fn own_folder(database: &Path) -> Result<(PathBuf, Option<File>)> {
    loop {
        let folder = database.with_file_name(format!("{NAME}{}", RequestId::fresh()));
        files::make_folder(&folder)?;
        let held = File::open(&folder).ok().filter(|folder| folder.lock().is_ok());
        // Somebody may have cleared it up before it was held.
        if folder.is_dir() {
            return Ok((folder, held));
        }
    }
}

/// Removes copies that nobody works on any more: a plug was pulled.
pub fn sweep(database: &Path) -> Result<()> {
    let beside = folder_of(database);
    let io = |error: std::io::Error| files::fault(beside, &error);
    for entry in std::fs::read_dir(beside).map_err(io)? {
        let entry = entry.map_err(io)?;
        if !files::is_fresh(&entry.file_name(), NAME, "") {
            continue;
        }
        // Held to the end: who has just made it finds it gone, and makes another.
        let Some(_held) = files::hold_nobodys(&entry.path()) else { continue };
        match std::fs::remove_dir_all(entry.path()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Whether somebody works on a copy that has this id.
pub fn is_at_it(database: &Path, has: impl Fn(&str) -> bool) -> Result<bool> {
    let beside = folder_of(database);
    let io = |error: std::io::Error| files::fault(beside, &error);
    for entry in std::fs::read_dir(beside).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if files::is_fresh(&name, NAME, "") && name.to_str().is_some_and(&has) && !files::is_nobodys(&entry.path()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::StorageFull => Error::Full,
        _ => Error::Unfit(format!("{} cannot be copied: {error}.", from.display())),
    };
    may_read(from)?;
    let about = std::fs::metadata(from).map_err(io)?;
    let source = File::open(from).map_err(io)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(io)?;
    let copied = if about.len() > MOST {
        about.len()
    } else {
        std::io::copy(&mut source.take(MOST + 1), &mut copy).map_err(io)?
    };
    if copied > MOST {
        return Err(Error::Unfit(format!("{} is larger than 1 GB: that is no DJ's file.", from.display())));
    }
    Ok(())
}
