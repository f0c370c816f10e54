//! The database of a data folder, opened: by the box for as long as it runs, by a command, or only to be read.

use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

use super::folder::{self, database};
use super::hold::{Held, beside, beside_the_box, heal, take};
use super::key::{self, Keys};
use super::rights;
use crate::app::error::{Error, Result};
use crate::store::{CheckpointedBy, Clock, FileLock, LATEST, Names, Readers, Store, inspect, wal_of};

/// The first schema version with columns encrypted by the key.
const SEALED: u32 = 4;

/// A store that a command works on, and the lock that keeps others from taking the database for themselves meanwhile. Close
/// the store before this is dropped.
pub struct Visit {
    pub store: Store,
    pub keys: Keys,
    _beside: Option<FileLock>,
}

/// Opens the store of the box itself, brought up to the newest version.
pub fn open(held: &mut Held, keys: &Keys, readers: Readers, checkpointed_by: CheckpointedBy) -> Result<Store> {
    held.bring_up()?;
    let data = held.folder();
    let (path, asked) = (database(data), folder::named_database(data));
    let names = Names { path: &path, asked: &asked };
    let store = Store::open_beside(names, readers, checkpointed_by, Clock::system(), keys.vault())?;
    rights::close_files(data);
    warn_of_names(&database(data));
    Ok(store)
}

/// Warns of a database with several names. The WAL lies beside the name it was opened by: after a crash, who opens the
/// database by another name does not see that WAL.
fn warn_of_names(database: &Path) {
    let Ok(about) = statx(CWD, database, AtFlags::empty(), StatxFlags::NLINK) else { return };
    let (names, file) = (about.stx_nlink, database.display());
    let found = "after a crash the last wishes are found by the name that was in use only";
    if about.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        log::warn!(target: "box", "The database {file} is a mount of that one file. Mount its folder instead: {found}.");
    } else if names > 1 {
        log::warn!(target: "box", "The database {file} has {names} names (hard links). Remove the others: {found}.");
    }
}

/// Opens the store for a command, while a box may be running: neither the box nor a backup is disturbed. Refuses to migrate
/// an older database while a box runs, a database whose key is missing (a new key could not open what the old one has
/// sealed), and one that is in use by another name.
pub fn visit(data: &Path) -> Result<Visit> {
    heal(data)?;
    // A file beside which the WAL of another one lies may look like anything: that is the better explanation.
    let version = inspect(&database(data)).or_else(|error| beside_the_box(data).and(Err(error.into())))?;
    let mut lock = if version == LATEST { beside_the_box(data)? } else { beside(data)? };
    if version >= SEALED && !key::exists(data) {
        return Err(key::missing());
    }
    let keys = if version < LATEST || key::is_changing(data) {
        drop(lock);
        let (mut held, keys) = take(data)?;
        held.bring_up()?;
        drop(held);
        lock = beside(data)?;
        keys
    } else {
        folder::make(data).and_then(|()| key::load_or_make(data))?
    };
    let store = Store::open_alone(&database(data), Clock::system(), keys.vault())?;
    rights::close_files(data);
    Ok(Visit { store, keys, _beside: lock })
}

/// The database of a data folder for reading, with the lock to hold meanwhile. Refuses a database in use whose WAL is not
/// beside it: what is not in the main file yet would be missing.
pub fn to_read(data: &Path) -> Result<(PathBuf, Option<FileLock>)> {
    let file = folder::existing(data)?;
    if wal_of(&file).exists() {
        return Ok((file, None));
    }
    let held = beside(data)?;
    // A box may have started since the first look.
    if held.is_none() && !wal_of(&file).exists() && key::is_held(data) {
        return Err(Error::Refused(format!(
            "Whoever works on {} has the WAL of its database open, and it is not there: it was moved or deleted. Restart the box.",
            data.display()
        )));
    }
    Ok((file, held))
}
