//! Where the copies of a database lie, by what names, and how many of each kind are kept.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::domain::Timestamp;
use crate::store::db::file::files;
use crate::store::db::file::files::{PARTIAL, UNFINISHED};
use crate::store::error::{Error, Result};

/// Nightly copies kept.
const NIGHTS: usize = 7;
/// Copies from before a change of version kept.
const VERSIONS: usize = 10;
/// Copies kept of databases that were taken from under the box.
const TAKEN: usize = 10;
pub const NIGHTLY: &str = "nightly-";
/// How copies from before a change of version are called.
pub const BEFORE: &str = "partyplaylist-v";
/// How copies are called of a database that was moved, deleted or replaced while it was open.
pub const DISPLACED: &str = "displaced-";

/// Where the copies of a database lie.
pub fn backups_of(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}

/// The newest copy of a database among its backups.
pub fn newest_copy(database: &Path) -> Result<Option<PathBuf>> {
    let folder = backups_of(database);
    let all = if folder.is_dir() { found(&folder, "", "db")? } else { vec![] };
    Ok(all.into_iter().max().map(|(_, path)| path))
}

/// Writes a database as it is now into an empty file, which is one by itself then, with no WAL to forget.
pub fn fill(from: &Connection, to: &Path) -> Result<()> {
    let mut copy = Connection::open(to)?;
    all_pages(from, &mut copy)?;
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.close().map_err(|(_, error)| error.into())
}

/// All pages of a database in one go; what stops half-way is no copy.
fn all_pages(from: &Connection, copy: &mut Connection) -> Result<()> {
    match Backup::new(from, copy)?.step(-1)? {
        StepResult::Done => Ok(()),
        StepResult::Busy | StepResult::Locked => Err(Error::Busy),
        other => Err(Error::Broken(format!("the copy stopped half-way: {other:?}"))),
    }
}

/// Copies in a folder that are not finished, or never will be.
pub fn partials(folder: &Path) -> Result<Vec<(Timestamp, PathBuf)>> {
    let mut all = found(folder, UNFINISHED, "partial")?;
    all.retain(|(_, path)| path.file_name().is_some_and(|name| files::is_fresh(name, UNFINISHED, PARTIAL)));
    Ok(all)
}

/// Lets all but the newest copies go, of each kind; the one just made stays. Those from a clock that was ahead go first:
/// else they would be the newest for years, and push out one night after the other.
pub fn thin_out(database: &Path, made: &Path) -> Result<()> {
    let now = std::fs::metadata(made).and_then(|about| about.modified()).map_err(|error| files::fault(made, &error))?;
    for (kind, kept) in [(NIGHTLY, NIGHTS), (BEFORE, VERSIONS), (DISPLACED, TAKEN)] {
        let mut all = found(&backups_of(database), kind, "db")?;
        all.sort_by_key(|(at, _)| (*at <= moment(now), *at));
        for (_, old) in all[..all.len().saturating_sub(kept)].iter().filter(|(_, old)| old != made && old != database) {
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
            let path = entry?.path();
            if !files::begins(&path, kind) || path.extension().is_none_or(|last| last != end) {
                continue;
            }
            match std::fs::symlink_metadata(&path) {
                Ok(about) if about.is_file() => found.push((moment(about.modified()?), path)),
                // Others make and remove copies too.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
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

#[cfg(test)]
mod tests {
    use super::{Connection, all_pages, found};

    #[test]
    fn a_copy_that_goes_while_the_folder_is_read_stops_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("nightly-folder.db")).unwrap();
        let over = std::sync::atomic::AtomicBool::new(false);
        let (ended, churned) = (|| over.load(std::sync::atomic::Ordering::Relaxed), dir.path());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for n in (0..50).cycle().take_while(|_| !ended()) {
                    let file = churned.join(format!("nightly-{n}.db"));
                    std::fs::write(&file, "x").and_then(|()| std::fs::remove_file(&file)).unwrap();
                }
            });
            let read: Vec<_> = (0..2000).map(|_| found(churned, "nightly-", "db").map(drop)).collect();
            over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(read.iter().all(Result::is_ok), "{read:?}");
        });
        assert!(found(churned, "nightly-", "db").unwrap().is_empty(), "a folder counts as a copy");
    }

    #[test]
    fn a_copy_that_could_not_be_made_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let (from, path) = (Connection::open_in_memory().unwrap(), dir.path().join("copy.db"));
        from.execute_batch("CREATE TABLE t (v)").unwrap();
        let (other, mut copy) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
        copy.busy_timeout(std::time::Duration::ZERO).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert!(all_pages(&from, &mut copy).is_err());
        other.execute_batch("COMMIT").unwrap();
        all_pages(&from, &mut copy).unwrap();
        assert!(copy.prepare("SELECT v FROM t").is_ok());
    }
}
