//! Copies that a running box makes of its own database.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::folder::{NIGHTLY, backups_of, fill, found, partials, thin_out};
use crate::domain::{Timestamp, backup_is_due};
use crate::store::db::file::disk_space;
use crate::store::db::file::files;
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};

/// A copy that is not whole after this time never will be: a plug was pulled.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Writes a copy as the database is now. Through a connection that is open already, and never by opening the live
    /// file: closing it again would let go of every lock this process holds on it.
    async fn copy_to(&self, to: PathBuf) -> Result<()> {
        self.read(move |from| files::make(&to, |unfinished| fill(from, unfinished))).await
    }

    /// A copy as the database is now, that is gone when nobody reads it any more. Refuses on a disk that has no room for
    /// it, and where damage is known.
    pub async fn snapshot(&self) -> Result<File> {
        if self.damage().is_some() {
            return Err(Error::Unfit(
                "The database is damaged, so there is no whole copy of it to take. Put a backup back with `partyplaylist restore`: the newest are in backups/.".into(),
            ));
        }
        let folder = self.backups()?;
        has_room(&folder, self.path())?;
        self.read(move |from| files::passing(&folder, |unfinished| fill(from, unfinished))).await
    }

    /// Makes the night's copy when it is due, and lets the oldest go. Refuses on a disk that has no room for it.
    pub async fn back_up_nightly(&self) -> Result<Option<PathBuf>> {
        let (folder, now) = (self.backups()?, self.now());
        // One from a clock that was ahead says nothing of when the last was made.
        let newest = found(&folder, NIGHTLY, "db")?.iter().map(|(at, _)| *at).rfind(|at| *at <= now);
        let running =
            |conn: &Connection| Ok(conn.prepare("SELECT 1 FROM events WHERE status <> 'ended'")?.exists([])?);
        if self.is_stopping() || !backup_is_due(newest, self.read(running).await?, now) {
            return Ok(None);
        }
        sweep(&folder, now)?;
        has_room(&folder, self.path())?;
        let file = folder.join(format!("{NIGHTLY}{}.db", now.stamp()));
        self.copy_to(file.clone()).await?;
        if !self.scan_copy(file.clone()).await? {
            // The older ones are better.
            files::remove(&file)?;
            return Err(Error::Broken("the copy would be damaged as the database is".into()));
        }
        thin_out(self.path(), &file)?;
        Ok(Some(file))
    }

    fn backups(&self) -> Result<PathBuf> {
        let folder = backups_of(self.path());
        files::make_folder(&folder)?;
        Ok(folder)
    }
}

/// Removes what copies that came to no end have left.
fn sweep(folder: &Path, now: Timestamp) -> Result<()> {
    for (_, old) in partials(folder)?.iter().filter(|(at, _)| now.ms_since(*at) > DAY_MS) {
        files::remove(old)?;
    }
    Ok(())
}

/// Refuses where a copy would take more than half of what is left.
fn has_room(folder: &Path, database: &Path) -> Result<()> {
    let size: u64 = files::sizes(database)?.iter().sum();
    if disk_space::free(folder)? / 2 < size { Err(Error::Full) } else { Ok(()) }
}
