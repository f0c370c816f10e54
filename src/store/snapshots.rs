//! Copies that a running box makes of its own database.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::error::{Error, Result};
use super::{Store, files, room};
use crate::domain::{RequestId, Timestamp, backup_is_due};

/// Nightly copies kept.
const NIGHTS: usize = 7;
/// Copies from before a change of version kept.
const VERSIONS: usize = 10;
pub const NIGHTLY: &str = "nightly-";
pub const DOWNLOAD: &str = "download-";
/// A copy that is not whole after this time never will be: a plug was pulled.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How copies from before a change of version are called.
pub const BEFORE: &str = "partyplaylist-v";

impl Store {
    /// Writes a copy as the database is now. Through a connection that is open already, and never by opening the live
    /// file: closing it again would let go of every lock this process holds on it.
    async fn copy_to(&self, to: PathBuf) -> Result<()> {
        let copy = move |from: &Connection| {
            files::make(&to, |unfinished| {
                let mut copy = Connection::open(unfinished)?;
                fill(from, &mut copy)?;
                // One file by itself, with no WAL to forget.
                copy.pragma_update(None, "journal_mode", "DELETE")?;
                copy.close().map_err(|(_, error)| error.into())
            })
        };
        self.read(copy).await
    }

    /// A copy as the database is now, that is gone when nobody reads it any more. Refuses on a disk that has no room for it.
    pub async fn snapshot(&self) -> Result<File> {
        let folder = self.backups()?;
        has_room(&folder, self.path())?;
        let path = folder.join(format!("{DOWNLOAD}{}.db", RequestId::fresh()));
        self.copy_to(path.clone()).await?;
        let open = File::open(&path).and_then(|file| std::fs::remove_file(&path).map(|()| file));
        open.map_err(|error| files::fault(&path, &error))
    }

    /// Makes the night's copy when it is due, and lets the oldest go. Refuses on a disk that has no room for it.
    pub async fn back_up_nightly(&self) -> Result<Option<PathBuf>> {
        let (folder, now) = (self.backups()?, self.now());
        // One from a clock that was ahead says nothing of when the last was made.
        let newest = found(&folder, NIGHTLY, "db")?.iter().map(|(at, _)| *at).rfind(|at| *at <= now);
        let running =
            |conn: &Connection| Ok(conn.prepare("SELECT 1 FROM events WHERE status <> 'ended'")?.exists([])?);
        if !backup_is_due(newest, self.read(running).await?, now) {
            return Ok(None);
        }
        sweep(&folder, now)?;
        has_room(&folder, self.path())?;
        let file = folder.join(format!("{NIGHTLY}{}.db", now.to_string().replace([':', '.'], "-")));
        self.copy_to(file.clone()).await?;
        if !self.look_through_copy(file.clone()).await? {
            // The older ones are better.
            files::remove(&file)?;
            return Err(Error::Broken("the copy would be damaged as the database is".into()));
        }
        thin_out(&folder, &file)?;
        Ok(Some(file))
    }

    fn backups(&self) -> Result<PathBuf> {
        let folder = self.path().with_file_name("backups");
        files::make_folder(&folder)?;
        Ok(folder)
    }
}

/// All pages of a database in one go; what stops half-way is no copy.
fn fill(from: &Connection, copy: &mut Connection) -> Result<()> {
    match Backup::new(from, copy)?.step(-1)? {
        StepResult::Done => Ok(()),
        StepResult::Busy | StepResult::Locked => Err(Error::Busy),
        other => Err(Error::Broken(format!("the copy stopped half-way: {other:?}"))),
    }
}

/// Removes what copies that came to no end have left.
fn sweep(folder: &Path, now: Timestamp) -> Result<()> {
    for (kind, end) in [(NIGHTLY, "partial"), (files::UNFINISHED, "partial"), (DOWNLOAD, "partial"), (DOWNLOAD, "db")] {
        for (_, old) in found(folder, kind, end)?.iter().filter(|(at, _)| now.ms_since(*at) > DAY_MS) {
            files::remove(old)?;
        }
    }
    Ok(())
}

/// Lets all but the newest copies go, of each kind; the one just made stays. Those from a clock that was ahead go first:
/// else they would be the newest for years, and push out one night after the other.
pub fn thin_out(folder: &Path, made: &Path) -> Result<()> {
    let now = std::fs::metadata(made).and_then(|about| about.modified()).map_err(|error| files::fault(made, &error))?;
    for (kind, kept) in [(NIGHTLY, NIGHTS), (BEFORE, VERSIONS)] {
        let mut all = found(folder, kind, "db")?;
        all.sort_by_key(|(at, _)| (*at <= moment(now), *at));
        for (_, old) in all[..all.len().saturating_sub(kept)].iter().filter(|(_, old)| old != made) {
            files::remove(old)?;
        }
    }
    Ok(())
}

/// Files whose name begins and ends so, oldest first.
pub fn found(folder: &Path, kind: &str, end: &str) -> Result<Vec<(Timestamp, PathBuf)>> {
    let read = || -> std::io::Result<Vec<(Timestamp, PathBuf)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
            let named = path.file_name().is_some_and(|name| name.as_bytes().starts_with(kind.as_bytes()));
            if named && path.extension().is_some_and(|last| last == end) {
                found.push((moment(about.modified()?), path));
            }
        }
        found.sort();
        Ok(found)
    };
    read().map_err(|error| files::fault(folder, &error))
}

fn moment(at: SystemTime) -> Timestamp {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Refuses where a copy would take more than half of what is left.
fn has_room(folder: &Path, database: &Path) -> Result<()> {
    let size = std::fs::metadata(database).map_err(|error| files::fault(database, &error))?.len();
    if room::free(folder)? / 2 < size { Err(Error::Full) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{Connection, fill};

    #[test]
    fn a_copy_that_could_not_be_made_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let (from, path) = (Connection::open_in_memory().unwrap(), dir.path().join("copy.db"));
        from.execute_batch("CREATE TABLE t (v)").unwrap();
        let (other, mut copy) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
        copy.busy_timeout(std::time::Duration::ZERO).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert!(fill(&from, &mut copy).is_err());
        other.execute_batch("COMMIT").unwrap();
        fill(&from, &mut copy).unwrap();
        assert!(copy.prepare("SELECT v FROM t").is_ok());
    }
}
