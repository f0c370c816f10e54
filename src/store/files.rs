//! Files of ours that appear whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::{Error, Result};

/// Makes `dest` by way of a file of its own beside it, which `write` fills; refuses to write over a file.
pub fn make<T>(dest: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    if dest.exists() {
        return Err(Error::Unfit(format!("{} is there already. Choose another name.", dest.display())));
    }
    let unfinished = PathBuf::from(format!("{}.partial", dest.display()));
    // What an earlier try left behind.
    remove(&unfinished)?;
    private(&unfinished)?;
    // Held until it has its name: who clears up sees that somebody is at it.
    let _held = File::open(&unfinished)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| fault(&unfinished, &error))?;
    let written = write(&unfinished).and_then(|value| put(&unfinished, dest).map(|()| value));
    if written.is_err() {
        remove(&unfinished)?;
    }
    written
}

/// Gives a finished file its name, so that no pulled plug leaves half of it.
pub fn put(unfinished: &Path, dest: &Path) -> Result<()> {
    let folder = dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = File::open(unfinished).and_then(|file| file.sync_all());
    let named = written.and_then(|()| std::fs::rename(unfinished, dest));
    named.and_then(|()| File::open(folder)?.sync_all()).map_err(|error| fault(dest, &error))
}

/// An empty file for its owner only, for `SQLite` to fill: it would make one for everybody.
pub fn private(path: &Path) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| fault(path, &error))
}

/// Removes a database file with all that lies beside it, where there is one.
pub fn remove(path: &Path) -> Result<()> {
    for tail in ["-shm", "-wal", "-journal", ""] {
        let file = PathBuf::from(format!("{}{tail}", path.display()));
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fault(&file, &error)),
            _ => {}
        }
    }
    Ok(())
}

/// Bytes of a file.
pub fn size(path: &Path) -> Result<u64> {
    std::fs::metadata(path).map(|about| about.len()).map_err(|error| fault(path, &error))
}

/// What a file system fault means: no room, or a path that does not work.
pub fn fault(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => Error::Unfit(format!("{} cannot be written: {error}.", path.display())),
    }
}

/// Makes a folder for its owner only, where there is none.
pub fn make_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| fault(folder, &error))
}
