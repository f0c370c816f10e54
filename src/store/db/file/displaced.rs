//! Whether the database that is open is still the one under its name. What is written into another is lost with the next
//! start: nothing is written then, and what was answered until then is kept.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::disk_space::folder_of;
use super::files;
use super::files::with_tail;
use crate::store::clock::Clock;
use crate::store::db::copies::folder;
use crate::store::db::copies::folder::{DISPLACED, backups_of};
use crate::store::db::wal::file_watch::wal_of;
use crate::store::db::wal::open_files::FileId;
use crate::store::error::{Error, Result};

/// How soon it is tried again to keep what was answered.
const AGAIN: Duration = Duration::from_secs(10);

/// A database with what lies beside it, as they were when it was opened.
#[derive(Clone)]
pub struct OpenedFiles {
    database: PathBuf,
    /// The database first, then its WAL and the index of that, and the name that leads to the database, if that is a link.
    files: Vec<OpenedFile>,
    clock: Clock,
}

#[derive(Clone)]
struct OpenedFile {
    path: PathBuf,
    id: FileId,
}

impl OpenedFile {
    fn of(path: PathBuf) -> Result<Self> {
        let id = FileId::of(&path).map_err(|error| files::fault(&path, &error))?;
        Ok(Self { path, id })
    }

    fn is_in_place(&self) -> bool {
        FileId::of(&self.path).ok() == Some(self.id)
    }
}

impl OpenedFiles {
    /// Of a database in WAL mode that this process has open already, and the name it was asked for by.
    pub fn of(database: &Path, name: &Path, clock: Clock) -> Result<Self> {
        let all = [database.to_owned(), wal_of(database), with_tail(database, "-shm"), name.to_owned()];
        let files = all.into_iter().map(OpenedFile::of).collect::<Result<_>>()?;
        Ok(Self { database: database.to_owned(), files, clock })
    }

    /// The first of the files that is gone, or whose name another has.
    fn missing(&self) -> Option<&Path> {
        self.files.iter().find(|file| !file.is_in_place()).map(|file| file.path.as_path())
    }

    /// Refuses while one of the files is not in its place.
    pub fn check(&self) -> Result<()> {
        self.missing().map_or(Ok(()), |_| Err(Error::Displaced))
    }

    /// Keeps all that was answered, as the connection still sees it, among the backups.
    fn keep(&self, conn: &Connection) -> Result<PathBuf> {
        // With its folder the database goes elsewhere whole, and nothing is to be made in the place of that.
        let beside = folder_of(&self.database);
        std::fs::metadata(beside).map_err(|error| files::fault(beside, &error))?;
        let folder = backups_of(&self.database);
        files::make_folder(&folder)?;
        let kept = folder.join(format!("{DISPLACED}{}.db", self.clock.now().stamp()));
        files::make(&kept, |unfinished| folder::fill(conn, unfinished))?;
        folder::thin_out(&self.database, &kept)?;
        Ok(kept)
    }
}

/// Who checks again and again whether a database is in its place, and tells.
pub struct DisplacementWatch {
    place: OpenedFiles,
    /// What the last check did not find.
    missing: Option<PathBuf>,
    /// It was told that something is missing.
    told: bool,
    /// What was answered is not kept yet, and when that is tried again.
    unkept: Option<Instant>,
}

impl DisplacementWatch {
    pub fn of(place: OpenedFiles) -> Self {
        Self { place, missing: None, told: false, unkept: None }
    }

    /// Refuses while one of the files is not in its place.
    pub fn check(&mut self) -> Result<()> {
        self.missing = self.place.missing().map(Path::to_owned);
        if self.missing.is_some() { Err(Error::Displaced) } else { Ok(()) }
    }

    /// Whether the WAL and its index are still ours: else another program may be at work on what has their names.
    pub fn has_wal(&self) -> bool {
        self.place.files[1..3].iter().all(OpenedFile::is_in_place)
    }

    /// When the last check found the database gone from its place, that is told, once, and when one found it back. No new
    /// check is made for it: whoever was refused by that one finds in the log why.
    pub fn tell(&mut self, conn: &Connection) {
        let news = std::mem::replace(&mut self.told, self.missing.is_some()) != self.missing.is_some();
        match &self.missing {
            Some(file) if news => {
                log::error!(target: "box", "{} was moved, deleted or replaced while the box runs. Pages are shown, and nothing can be saved: it would be lost with the next start. Put the same file back, or restart the box to go on with what is there then.", file.display());
                self.unkept = Some(Instant::now());
                self.keep(conn);
            }
            None if news => {
                self.unkept = None;
                log::info!(target: "box", "The database is in its place again: changes are saved.");
            }
            _ if self.unkept.is_some_and(|at| at <= Instant::now()) => self.keep(conn),
            _ => {}
        }
    }

    /// Keeps what was answered, if that is still to be done; what stands in the way now may be gone later.
    pub fn keep(&mut self, conn: &Connection) {
        if self.unkept.is_none() {
            return;
        }
        self.unkept = match self.place.keep(conn) {
            Ok(kept) => {
                log::warn!(target: "box", "All that was saved until the database was taken away is kept in {}.", kept.display());
                None
            }
            Err(error) => {
                log::error!(target: "box", "What was saved until the database was taken away could not be kept in another file, which is tried again every {} s and at the stop: {error}", AGAIN.as_secs());
                Some(Instant::now() + AGAIN)
            }
        };
    }
}
