//! The box's own key, and the lock on it: whoever holds that has the data folder for itself.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::folder::database;
use super::rights;
use crate::app::error::{Error, Result};
use crate::store::{self, Vault, denied, may_read};

/// The box's own key, from which one key is derived for each use: one of them leaked does not give away the other.
pub struct Keys([u8; 32]);

impl Keys {
    /// Signs tokens.
    pub fn sign(&self) -> [u8; 32] {
        self.derived("sign")
    }

    /// Encrypts what has to be readable again, such as tokens of Spotify.
    pub fn vault(&self) -> Vault {
        Vault::new(&self.derived("seal"))
    }

    fn derived(&self, usage: &str) -> [u8; 32] {
        Sha256::new().chain_update(b"partyplaylist ").chain_update(usage).chain_update(self.0).finalize().into()
    }

    /// Reads a key file; refuses one that is not a key.
    fn read(path: &Path) -> Result<Self> {
        let (name, mut text) = (path.display(), Vec::new());
        usable(path)?;
        let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut text));
        read.map_err(|error| Error::Refused(format!("The key {name} cannot be read: {error}.")))?;
        let bytes = STANDARD.decode(text.trim_ascii()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            Error::Refused(format!("{name} is not a key. Put the right file back, or move it away to make a new one (everybody signs in again)."))
        })
    }
}

/// Bytes to read of a key file at most; a key has fewer.
const MOST: u64 = 1024;

fn file(data: &Path) -> PathBuf {
    data.join("partyplaylist.key")
}

fn unfinished(data: &Path) -> PathBuf {
    data.join("partyplaylist.key.new")
}

/// What is said of a database without its key.
pub fn missing() -> Error {
    let sentence = "The key partyplaylist.key is missing beside the database. Put it back, or start the box once to make a new one.";
    Error::Refused(sentence.into())
}

/// Whether a data folder has a key. A link that leads nowhere just now counts.
pub fn exists(data: &Path) -> bool {
    std::fs::symlink_metadata(file(data)).is_ok()
}

/// Refuses a key that cannot be used, or that others can read.
pub fn check(data: &Path) -> Result {
    Keys::read(&file(data))?;
    keeps_locks(&file(data))?;
    rights::is_private(&file(data))
}

/// The box's own key; made on first start, readable by its owner only.
pub fn load_or_make(data: &Path) -> Result<Keys> {
    let path = file(data);
    if !exists(data) {
        let io = |error| denied(&path, "made", &error);
        let made = store::make(&path, |unfinished| write(unfinished).map_err(io));
        // Another process may have made one first: then that one is used.
        made.or_else(|error| if exists(data) { Ok(()) } else { Err(about_key(&error)) })?;
    }
    keeps_locks(&path)?;
    Keys::read(&path)
}

/// Whether a change of keys is under way, or was cut short.
pub fn is_changing(data: &Path) -> bool {
    unfinished(data).exists()
}

/// Ends an interrupted change of keys: keeps the new key if it opens the database, and drops it otherwise. The caller holds
/// the data folder; where the new key was kept, the answer is the lock that holds the folder from now on.
pub fn settle(data: &Path) -> Result<Option<File>> {
    let newer = unfinished(data);
    if !newer.exists() {
        return Ok(None);
    }
    let opens = |keys: Keys| store::opens_with(&database(data), &keys.vault());
    if Keys::read(&newer).map_or(Ok(false), opens)? {
        return end_change(data).map(Some);
    }
    std::fs::remove_file(newer).map_err(|error| unchanged(data, &error))?;
    Ok(None)
}

/// Makes a new key beside the old one, which stays in use until `end_change`.
pub fn begin_change(data: &Path) -> Result<Keys> {
    write(&unfinished(data)).map_err(|error| unchanged(data, &error))?;
    Keys::read(&unfinished(data))
}

/// Puts the new key in the place of the old one, and answers the lock that holds the data folder from now on. It is taken
/// before the old one goes, so that the folder is never without.
pub fn end_change(data: &Path) -> Result<File> {
    let held = lock(data, &unfinished(data))?;
    put(data).map(|()| held)
}

fn unchanged(data: &Path, error: &std::io::Error) -> Error {
    Error::Refused(format!("The key in {} cannot be changed: {error}", data.display()))
}

/// Holds the data folder for this process alone; refuses while another one does.
pub fn hold(data: &Path) -> Result<File> {
    let path = file(data);
    let held = lock(data, &path)?;
    keeps_locks(&path).map(|()| held)
}

fn lock(data: &Path, key: &Path) -> Result<File> {
    // Asked first: opening a named pipe would wait for a writer.
    usable(key)?;
    let held = open(key)?;
    held.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => Error::Refused(format!(
            "A PartyPlaylist is running on the data folder {} already. Stop it first, or choose another with --data.",
            data.display()
        )),
        TryLockError::Error(error) => no_locks(data, &error),
    })?;
    Ok(held)
}

/// Refuses a key that is no plain file, or not for this user to read.
fn usable(key: &Path) -> Result {
    may_read(key).map_err(|error| Error::Refused(format!("The key cannot be used. {error}")))
}

fn open(key: &Path) -> Result<File> {
    File::open(key).map_err(|error| about_key(&denied(key, "read", &error)))
}

/// What the store says of a path, said of the key.
fn about_key(error: &store::Error) -> Error {
    Error::Refused(format!("The key {error}"))
}

/// Whether another process holds the data folder.
pub fn is_held(data: &Path) -> bool {
    let tried = File::open(file(data)).map(|key| key.try_lock());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

/// Refuses a file system without POSIX locks, on which `SQLite` could not keep two writers apart. Tried on the key and never
/// on the database: closing that would release every lock this process has on it.
fn keeps_locks(key: &Path) -> Result {
    let file = open(key)?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) | Err(Errno::AGAIN | Errno::ACCESS) => Ok(()),
        Err(error) => Err(no_locks(key, &error.into())),
    }
}

/// What is said of a file whose disk keeps no locks.
pub fn no_locks(path: &Path, error: &std::io::Error) -> Error {
    Error::Refused(format!(
        "The disk of {} keeps no locks ({error}), as NFS without its lock service does: the database could be ruined on it. Use a disk of this machine with --data.",
        path.display()
    ))
}

/// As `hold`, where there is a key. Without one no box has run here, and there is nothing to hold.
pub fn hold_if_made(data: &Path) -> Result<Option<File>> {
    if exists(data) { hold(data).map(Some) } else { Ok(None) }
}

/// Writes a fresh key to a file that is renamed afterwards: a power cut leaves no half key.
fn write(unfinished: &Path) -> std::io::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
    writeln!(file, "{}", STANDARD.encode(bytes))?;
    file.sync_all()
}

fn put(data: &Path) -> Result {
    let put = std::fs::rename(unfinished(data), file(data));
    put.map_err(|error| unchanged(data, &error))?;
    Ok(store::keep_name(&file(data))?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::load_or_make;

    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let key = load_or_make(dir.path()).unwrap();
        assert_eq!(load_or_make(dir.path()).unwrap().sign(), key.sign());
        let mode = std::fs::metadata(dir.path().join("partyplaylist.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn commands_that_make_the_first_key_at_once_all_have_the_same() {
        for _ in 0..20 {
            let dir = tempfile::tempdir().unwrap();
            let made = || load_or_make(dir.path()).unwrap().sign();
            let keys: Vec<_> = std::thread::scope(|scope| {
                let makers: Vec<_> = (0..8).map(|_| scope.spawn(made)).collect();
                makers.into_iter().map(|maker| maker.join().unwrap()).collect()
            });
            assert!(keys.iter().all(|key| *key == made()), "a key was written over");
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "something was left behind");
        }
    }

    #[test]
    fn a_file_that_is_not_a_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("partyplaylist.key"), "short").unwrap();
        assert!(load_or_make(dir.path()).err().unwrap().to_string().contains("is not a key"));
        assert_eq!(std::fs::read_to_string(dir.path().join("partyplaylist.key")).unwrap(), "short");
    }
}
