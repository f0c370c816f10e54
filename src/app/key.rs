use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::folder::{self, database};
use crate::store::{self, Vault, denied, may_read};

/// What is made of the box's own key: one key for each use, so that neither can stand in for the other.
pub struct Keys([u8; 32]);

impl Keys {
    /// Signs tokens.
    pub fn sign(&self) -> [u8; 32] {
        self.derived("sign")
    }

    /// Seals what must be shown again.
    pub fn vault(&self) -> Vault {
        Vault::new(&self.derived("seal"))
    }

    fn derived(&self, usage: &str) -> [u8; 32] {
        Sha256::new().chain_update(b"partyplaylist ").chain_update(usage).chain_update(self.0).finalize().into()
    }

    /// Reads a key file; refuses one that is not a key.
    fn read(path: &Path) -> Result<Self, String> {
        let (name, mut text) = (path.display(), Vec::new());
        may_read(path).map_err(|error| format!("The key cannot be used. {error}"))?;
        let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut text));
        read.map_err(|error| format!("The key {name} cannot be read: {error}."))?;
        let bytes = STANDARD.decode(text.trim_ascii()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            format!("{name} is not a key. Put the right file back, or move it away to make a new one (everybody signs in again).")
        })
    }
}

/// What is said of a database without its key.
pub const MISSING: &str =
    "The key partyplaylist.key is missing beside the database. Put it back, or start the box once to make a new one.";
/// Bytes that are read of a key file: more than a key has.
const MOST: u64 = 1024;

fn file(data: &Path) -> PathBuf {
    data.join("partyplaylist.key")
}

fn unfinished(data: &Path) -> PathBuf {
    data.join("partyplaylist.key.new")
}

/// Whether there is a key in a data folder, if only a link to one that is not there now.
pub fn exists(data: &Path) -> bool {
    std::fs::symlink_metadata(file(data)).is_ok()
}

/// Refuses a key that cannot be used, or that others can read.
pub fn look(data: &Path) -> Result<(), String> {
    Keys::read(&file(data))?;
    keeps_locks(&file(data))?;
    folder::is_private(&file(data))
}

/// The box's own key; made on first start, readable by its owner only.
pub fn load_or_make(data: &Path) -> Result<Keys, String> {
    let path = file(data);
    if !exists(data) {
        let io = |error| denied(&path, "made", &error);
        let made = store::make(&path, |unfinished| write(unfinished).map_err(io));
        // Another program may have been faster: then theirs it is.
        made.or_else(|error| if exists(data) { Ok(()) } else { Err(format!("The key {error}")) })?;
    }
    keeps_locks(&path)?;
    Keys::read(&path)
}

/// Whether a change of keys is under way, or was cut short.
pub fn is_changing(data: &Path) -> bool {
    unfinished(data).exists()
}

/// Ends a change of keys that was cut short: with the new key if the database has changed over, as if it had never begun
/// otherwise. For who holds the data folder; answers what holds it from now on, if no longer the old key.
pub fn settle(data: &Path) -> Result<Option<File>, String> {
    let newer = unfinished(data);
    if !newer.exists() {
        return Ok(None);
    }
    let opens = |keys: Keys| store::opens_with(&database(data), &keys.vault()).map_err(|error| error.to_string());
    if Keys::read(&newer).map_or(Ok(false), opens)? {
        return end_change(data).map(Some);
    }
    std::fs::remove_file(newer).map_err(|error| unchanged(data, &error))?;
    Ok(None)
}

/// A new key, beside the old one until the change ends.
pub fn begin_change(data: &Path) -> Result<Keys, String> {
    write(&unfinished(data)).map_err(|error| unchanged(data, &error))?;
    Keys::read(&unfinished(data))
}

/// Puts the new key in the place of the old one. Answers what holds the data folder from now on; there is no moment at which
/// nobody does.
pub fn end_change(data: &Path) -> Result<File, String> {
    let held = lock(data, &unfinished(data))?;
    put(data).map(|()| held)
}

fn unchanged(data: &Path, error: &std::io::Error) -> String {
    format!("The key in {} cannot be changed: {error}", data.display())
}

/// Holds the data folder for this process alone; refuses while another one does.
pub fn hold(data: &Path) -> Result<File, String> {
    let path = file(data);
    let held = lock(data, &path)?;
    keeps_locks(&path).map(|()| held)
}

fn lock(data: &Path, key: &Path) -> Result<File, String> {
    // To open a pipe would wait for somebody to write to it.
    may_read(key).map_err(|error| format!("The key cannot be used. {error}"))?;
    let held = File::open(key).map_err(|error| format!("The key {}", denied(key, "read", &error)))?;
    held.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => format!(
            "A PartyPlaylist is running on the data folder {} already. Stop it first, or choose another with --data.",
            data.display()
        ),
        TryLockError::Error(error) => no_locks(data, &error),
    })?;
    Ok(held)
}

/// Whether another process holds it.
pub fn is_held(data: &Path) -> bool {
    let tried = File::open(file(data)).map(|key| key.try_lock());
    matches!(tried, Ok(Err(TryLockError::WouldBlock)))
}

/// Refuses a file system on which `SQLite` could not tell who else writes. The key is asked, and never the database: closing
/// that would let go of the locks of whoever has it open in this process.
fn keeps_locks(key: &Path) -> Result<(), String> {
    let file = File::open(key).map_err(|error| format!("The key {}", denied(key, "read", &error)))?;
    match fcntl_lock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) | Err(Errno::AGAIN | Errno::ACCESS) => Ok(()),
        Err(error) => Err(no_locks(key, &error.into())),
    }
}

/// What is said of a file whose disk keeps no locks.
pub fn no_locks(path: &Path, error: &std::io::Error) -> String {
    format!(
        "The disk of {} keeps no locks ({error}), as NFS without its lock service does: the database could be ruined on it. Use a disk of this machine with --data.",
        path.display()
    )
}

/// The same where there is a key yet; without one nothing has ever run here.
pub fn hold_if_made(data: &Path) -> Result<Option<File>, String> {
    if exists(data) { hold(data).map(Some) } else { Ok(None) }
}

/// Writes a new key under another name first, so that a plug pulled here leaves no half key.
fn write(unfinished: &Path) -> std::io::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
    writeln!(file, "{}", STANDARD.encode(bytes))?;
    file.sync_all()
}

fn put(data: &Path) -> Result<(), String> {
    let put = std::fs::rename(unfinished(data), file(data));
    put.map_err(|error| unchanged(data, &error))?;
    store::keep_name(&file(data)).map_err(|error| error.to_string())
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
        assert!(load_or_make(dir.path()).err().unwrap().contains("is not a key"));
        assert_eq!(std::fs::read_to_string(dir.path().join("partyplaylist.key")).unwrap(), "short");
    }
}
