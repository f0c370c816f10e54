//! Files of ours that appear whole or not at all.

use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::disk_space;
use super::disk_space::folder_of;
use super::permissions::{denied, may_change};
use crate::domain::RequestId;
use crate::store::error::{Error, Result};

/// How files begin and end that are not finished yet; an id is in between.
pub const UNFINISHED: &str = "partyplaylist-";
pub const PARTIAL: &str = ".partial";

/// A path with something behind its name, whatever bytes it is made of.
pub fn with_tail(path: &Path, tail: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}

/// Makes `dest` by way of a file beside it under a name nobody else uses: `write` fills it, empty and for its owner only.
/// Touches no file it did not make: refuses where there is something already, and where nothing can be made.
pub fn make<T>(dest: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    is_free(dest)?;
    let unfinished = dest.with_file_name(unfinished());
    let _held = begin(&unfinished).map_err(|error| no_place(dest, error))?;
    let written = write(&unfinished).and_then(|value| put_new(&unfinished, dest).map(|()| value));
    if written.is_err()
        && let Err(error) = remove(&unfinished)
    {
        log::warn!(target: "box", "An unfinished copy was left behind: {error}");
    }
    written
}

/// Whether who made this file or folder is no more: it would hold it.
pub fn is_nobodys(path: &Path) -> bool {
    hold_nobodys(path).is_some()
}

/// Holds a file or folder whose maker is no more.
pub fn hold_nobodys(path: &Path) -> Option<File> {
    File::open(path).ok().filter(|file| file.try_lock().is_ok())
}

/// Whether a name is one of ours that nobody else uses: an id between this beginning and this end.
pub fn is_fresh(name: &OsStr, kind: &str, end: &str) -> bool {
    let id = name.to_str().and_then(|name| name.strip_prefix(kind)?.strip_suffix(end));
    id.is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
}

/// Whether a file lies, or would lie, in a folder.
pub fn is_in(folder: &Path, file: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    let parent = std::path::absolute(file).ok().and_then(|file| whole(file.parent()?));
    parent.is_some() && parent == whole(folder)
}

/// Whether a file's name begins so.
pub fn begins(file: &Path, kind: impl AsRef<OsStr>) -> bool {
    file.file_name().unwrap_or_default().as_bytes().starts_with(kind.as_ref().as_bytes())
}

/// Makes an unfinished file, and holds it: who clears up sees that somebody is at it. Where the disk keeps no locks nobody
/// clears up.
fn begin(unfinished: &Path) -> Result<Option<File>> {
    private(unfinished)?;
    Ok(File::open(unfinished).ok().filter(|file| file.lock().is_ok()))
}

/// Refuses a name under which there is something, if only a link to nothing.
fn is_free(dest: &Path) -> Result<()> {
    let taken = match std::fs::symlink_metadata(dest) {
        Err(_) if dest.as_os_str().as_bytes().ends_with(b"/") => "is no folder. Make it, or name a file.",
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(fault(dest, &error)),
        Ok(about) if about.is_dir() => "is a folder. Name a file in it that is not there yet.",
        Ok(about) if about.is_file() => "is there already. Choose another name.",
        Ok(_) => "is there already, and is no plain file. Choose another name, or - for standard output.",
    };
    Err(Error::Unfit(format!("{} {taken}", dest.display())))
}

/// Why nothing can be made beside `dest`.
fn no_place(dest: &Path, error: Error) -> Error {
    let (folder, name) = (folder_of(dest), dest.display());
    match std::fs::metadata(folder) {
        Ok(about) if about.is_dir() => may_change(folder).err().unwrap_or(error),
        Ok(_) => Error::Unfit(format!("{name} cannot be made: {} is a file, not a folder.", folder.display())),
        Err(gone) if gone.kind() == ErrorKind::NotFound => {
            Error::Unfit(format!("{name} cannot be made: there is no folder {}.", folder.display()))
        }
        Err(error) => denied(folder, "written", &error),
    }
}

/// Names a full disk, for a command: it need not be that of the box.
pub fn no_room(dest: &Path, error: Error) -> Error {
    match error {
        Error::Full => Error::Unfit(format!(
            "{} was not made: its disk is full. Free some space, or choose another place.",
            dest.display()
        )),
        other => other,
    }
}

/// A file that `write` fills and that has no name any more: it is gone when nobody reads it, however that comes about.
pub fn passing(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<File> {
    let path = folder.join(unfinished());
    let _held = begin(&path).map_err(|error| no_place(&path, error))?;
    let open = write(&path).and_then(|()| File::open(&path).map_err(|error| fault(&path, &error)));
    let removed = remove(&path);
    open.map_err(|error| no_room(&path, error)).and_then(|file| removed.map(|()| file))
}

/// Where a passing copy of a database has room: beside its backups, else where the system keeps what passes.
pub fn passing_place(database: &Path) -> Result<PathBuf> {
    let size = sizes(database)?.iter().sum();
    let beside = database.with_file_name("backups");
    let fits = make_folder(&beside)
        .and_then(|()| may_change(&beside))
        .and_then(|()| disk_space::ask(&beside, size, "The copy"));
    let other = std::env::temp_dir();
    match fits {
        Ok(()) => Ok(beside),
        Err(why) => disk_space::ask(&other, size, "The copy").map_err(|_| why).map(|()| other),
    }
}

fn unfinished() -> String {
    format!("{UNFINISHED}{}{PARTIAL}", RequestId::fresh())
}

/// Gives a finished file its name, so that no pulled plug leaves half of it.
pub fn put(unfinished: &Path, dest: &Path) -> Result<()> {
    let written = File::open(unfinished).and_then(|file| file.sync_all());
    written.and_then(|()| std::fs::rename(unfinished, dest)).map_err(|error| fault(dest, &error))?;
    keep_name(dest)
}

/// Makes the disk keep the name a file was just given. Where that fails the file has its name all the same, and that is
/// said: who hears of a failure takes the old one to be there.
pub fn keep_name(dest: &Path) -> Result<()> {
    File::open(folder_of(dest)).and_then(|folder| folder.sync_all()).map_err(|error| {
        Error::Unfit(format!(
            "{} is in place and whole, but its disk did not confirm that ({error}): if the power fails before it does, what was there before may be back. Look after the disk, see `partyplaylist doctor`.",
            dest.display()
        ))
    })
}

/// Writes a small file in place of the one before.
pub fn write_whole(dest: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = with_tail(dest, ".new");
    std::fs::write(&unfinished, bytes).map_err(|error| fault(&unfinished, &error))?;
    put(&unfinished, dest)
}

/// Gives a finished file its name, unless something else has it by now.
fn put_new(unfinished: &Path, dest: &Path) -> Result<()> {
    File::open(unfinished).and_then(|file| file.sync_all()).map_err(|error| fault(dest, &error))?;
    match renameat_with(CWD, unfinished, CWD, dest, RenameFlags::NOREPLACE) {
        // Not every file system can: there an empty file of ours takes the name first.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => private(dest).and_then(|()| put(unfinished, dest)),
        Err(error) => Err(fault(dest, &error.into())),
        Ok(()) => keep_name(dest),
    }
}

/// An empty file for its owner only, for `SQLite` to fill: it would make one for everybody.
pub fn private(path: &Path) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| fault(path, &error))
}

/// Removes a database file with all that lies beside it, where there is one.
pub fn remove(path: &Path) -> Result<()> {
    for tail in ["-shm", "-wal", "-journal", ""] {
        let file = with_tail(path, tail);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault(&file, &error)),
            _ => {}
        }
    }
    Ok(())
}

/// Bytes of a file.
pub fn size(path: &Path) -> Result<u64> {
    std::fs::metadata(path).map(|about| about.len()).map_err(|error| denied(path, "read", &error))
}

/// Bytes of a database and of its WAL; 0 where there is no such file.
pub fn sizes(database: &Path) -> Result<[u64; 2]> {
    let bytes = |path: &Path| if path.exists() { size(path) } else { Ok(0) };
    Ok([bytes(database)?, bytes(&with_tail(database, "-wal"))?])
}

/// Whether a file can have a second name in a folder: not from one disk to another, nor on every disk.
pub fn takes_link(folder: &Path, file: &Path) -> bool {
    let second = folder.join(unfinished());
    std::fs::hard_link(file, &second).and_then(|()| std::fs::remove_file(second)).is_ok()
}

/// What a file system fault means: no room, or a path that does not work.
pub fn fault(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full,
        _ => denied(path, "written", error),
    }
}

/// Makes a folder for its owner only, where there is none.
pub fn make_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| fault(folder, &error))
}

#[cfg(test)]
mod tests {
    use super::{Path, make, passing, with_tail};

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_made_by_another_meanwhile_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let dest = dir.path().join("copy.db");
        let made = make(&dest, |unfinished| {
            std::fs::write(unfinished, "ours").unwrap();
            std::fs::write(&dest, "theirs").unwrap();
            Ok(())
        });
        assert!(made.is_err() && std::fs::read_to_string(&dest).unwrap() == "theirs");
        assert_eq!(names(dir.path()), ["copy.db"]);
    }

    #[test]
    fn what_is_passed_on_has_no_name_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = passing(dir.path(), |unfinished| {
            std::fs::write(with_tail(unfinished, "-journal"), "j").unwrap();
            std::fs::write(unfinished, "ours").unwrap();
            Ok(())
        });
        assert_eq!(std::io::read_to_string(file.unwrap()).unwrap(), "ours");
        assert_eq!(names(dir.path()).len(), 0);
    }
}
