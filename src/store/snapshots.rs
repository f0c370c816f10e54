//! Copies that a running box makes of its own database.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::error::{Error, Result};
use super::{Store, files};
use crate::domain::{RequestId, Timestamp, backup_is_due};

/// Nightly copies kept.
const NIGHTS: usize = 7;
/// Copies from before a change of version kept.
const VERSIONS: usize = 10;
const NIGHTLY: &str = "nightly-";
/// How copies from before a change of version are called.
pub const BEFORE: &str = "partyplaylist-v";

impl Store {
    /// Writes a copy as the database is now. Through a connection that is open already, and never by opening the live
    /// file: closing it again would let go of every lock this process holds on it.
    async fn copy_to(&self, to: PathBuf) -> Result<()> {
        let copy = move |from: &Connection| {
            files::make(&to, |unfinished| {
                files::private(unfinished)?;
                let mut copy = Connection::open(unfinished)?;
                Backup::new(from, &mut copy)?.step(-1)?;
                // One file by itself, with no WAL to forget.
                copy.pragma_update(None, "journal_mode", "DELETE")?;
                copy.close().map_err(|(_, error)| error.into())
            })
        };
        self.read(copy).await
    }

    /// A copy as the database is now, that is gone when nobody reads it any more.
    pub async fn snapshot(&self) -> Result<File> {
        let folder = self.backups()?;
        let path = folder.join(format!("download-{}.db", RequestId::fresh()));
        self.copy_to(path.clone()).await?;
        let open = File::open(&path).and_then(|file| std::fs::remove_file(&path).map(|()| file));
        open.map_err(|error| files::fault(&path, &error))
    }

    /// Makes the night's copy when it is due, and lets the oldest go. Refuses on a disk that has no room for it.
    pub async fn back_up_nightly(&self) -> Result<Option<PathBuf>> {
        let (folder, now) = (self.backups()?, self.now());
        let newest = listed(&folder, NIGHTLY)?.last().map(|(at, _)| *at);
        let running =
            |conn: &Connection| Ok(conn.prepare("SELECT 1 FROM events WHERE status <> 'ended'")?.exists([])?);
        if !backup_is_due(newest, self.read(running).await?, now) {
            return Ok(None);
        }
        has_room(&folder, self.path())?;
        let file = folder.join(format!("{NIGHTLY}{}.db", now.to_string().replace([':', '.'], "-")));
        self.copy_to(file.clone()).await?;
        thin_out(&folder, &file)?;
        Ok(Some(file))
    }

    fn backups(&self) -> Result<PathBuf> {
        let folder = self.path().with_file_name("backups");
        files::make_folder(&folder)?;
        Ok(folder)
    }
}

/// Lets all but the newest copies go, of each kind; the one just made stays, whatever the clock says.
pub fn thin_out(folder: &Path, made: &Path) -> Result<()> {
    for (kind, kept) in [(NIGHTLY, NIGHTS), (BEFORE, VERSIONS)] {
        let all = listed(folder, kind)?;
        for (_, old) in all[..all.len().saturating_sub(kept)].iter().filter(|(_, old)| old != made) {
            files::remove(old)?;
        }
    }
    Ok(())
}

/// Copies of one kind, oldest first.
fn listed(folder: &Path, kind: &str) -> Result<Vec<(Timestamp, PathBuf)>> {
    let read = || -> std::io::Result<Vec<(Timestamp, PathBuf)>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let (path, about) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
            let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind));
            if named && path.extension().is_some_and(|end| end == "db") {
                let age = about.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                found.push((Timestamp(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)), path));
            }
        }
        found.sort();
        Ok(found)
    };
    read().map_err(|error| files::fault(folder, &error))
}

/// Refuses where a copy would take more than half of what is left.
fn has_room(folder: &Path, database: &Path) -> Result<()> {
    let size = std::fs::metadata(database).map_err(|error| files::fault(database, &error))?.len();
    let disk = rustix::fs::statvfs(folder).map_err(|error| files::fault(folder, &error.into()))?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) / 2 < size { Err(Error::Full) } else { Ok(()) }
}
