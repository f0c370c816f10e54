use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
use tokio::runtime::Runtime;

use super::folder::{self, database};
use super::key::{self, Keys};
use super::limits;
use crate::config::Config;
use crate::store::{
    self, Clock, FileLock, Folder, LATEST, Locked, Names, Readers, Store, inspect, is_half_done, migrate, wal_of,
};

/// Since this version a database holds what only its key opens.
const SEALED: u32 = 4;

/// A data folder that this process has for itself, and its database by whatever name.
pub struct Held {
    data: PathBuf,
    file: Option<FileLock>,
    key: Option<File>,
}

/// How long it is asked whether whoever holds the folder holds its database too, and how far apart: longer than a start
/// waits for commands.
const PATIENCE: Duration = FileLock::PATIENCE.saturating_add(Duration::from_secs(1));
const APART: Duration = Duration::from_millis(20);

/// A store that a command works on, and what nobody takes the database alone for meanwhile. The store is to be closed first.
pub struct Visit {
    pub store: Store,
    pub keys: Keys,
    _beside: Option<FileLock>,
}

impl Held {
    /// Holds a data folder as it lies: nothing is made or changed before nobody else can be at it.
    pub fn of(data: &Path) -> Result<Self, String> {
        let key = key::hold_if_made(data)?;
        Ok(Self { data: data.to_owned(), file: alone(data)?, key })
    }

    /// Makes the first key where there is none yet, and refuses one that cannot be used.
    pub fn make_key(&mut self) -> Result<(), String> {
        key::load_or_make(&self.data)?;
        if self.key.is_none() {
            self.key = Some(key::hold(&self.data)?);
        }
        Ok(())
    }

    /// Leads the database to the newest version.
    pub fn bring_up(&mut self) -> Result<(), String> {
        let file = database(&self.data);
        let moved = migrate(&file, LATEST, Clock::system().now()).map_err(|error| error.to_string())?;
        if moved.from > 0 && moved.from < moved.to {
            log::info!(target: "box", "The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
        }
        self.hold_again()
    }

    /// Settles what was cut off.
    pub fn settle(&mut self) -> Result<(), String> {
        store::settle(&database(&self.data), Clock::system().now()).map_err(|error| error.to_string())?;
        self.hold_again()
    }

    /// There may be another file now, or a first one.
    fn hold_again(&mut self) -> Result<(), String> {
        if !self.file.as_ref().is_some_and(|held| held.is_on(&database(&self.data))) {
            self.file = alone(&self.data)?;
        }
        Ok(())
    }

    /// Ends a change of keys that was cut short.
    pub fn settle_key(&mut self) -> Result<(), String> {
        self.key = key::settle(&self.data)?.or(self.key.take());
        Ok(())
    }
}

/// Opens the store of the box itself, brought up to the newest version.
pub fn open(config: &Config, held: &mut Held, keys: &Keys) -> Result<Store, String> {
    held.bring_up()?;
    let folder = if config.database.litestream { Folder::Another } else { Folder::Box };
    let readers = Readers { min: config.database.pool_min, max: limits::shares(&config.database).readers };
    let (path, asked) = (database(&held.data), folder::named_database(&held.data));
    let names = Names { path: &path, asked: &asked };
    let store = Store::open_beside(names, readers, folder, Clock::system(), keys.vault());
    let store = store.map_err(|error| error.to_string())?;
    folder::close_files(&held.data);
    warn_of_names(&database(&held.data));
    Ok(store)
}

/// The WAL lies beside the name a file is opened by: whoever comes by another one after a crash does not see it.
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

/// Opens the store for a command, beside a box that may be running: nothing is moved under it or under who copies its file.
/// Refuses to bring an older database up to date while one runs, and one whose key is missing: a new key would close
/// what the old one has sealed. Refuses a database that is run by another name.
pub fn visit(data: &Path) -> Result<Visit, String> {
    heal(data)?;
    // With the WAL of another beside it a file may look like anything.
    let version = inspect(&database(data)).or_else(|error| beside_the_box(data).and(Err(error.to_string())))?;
    let mut lock = if version == LATEST { beside_the_box(data)? } else { beside(data)? };
    if version >= SEALED && !key::exists(data) {
        return Err(key::MISSING.into());
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
    let store = Store::open_alone(&database(data), Clock::system(), keys.vault()).map_err(|error| error.to_string())?;
    folder::close_files(data);
    Ok(Visit { store, keys, _beside: lock })
}

/// Takes a data folder for this process alone: ends what was cut short, and answers the key.
pub fn take(data: &Path) -> Result<(Held, Keys), String> {
    let mut held = Held::of(data)?;
    folder::make(data)?;
    held.make_key()?;
    held.settle()?;
    held.settle_key()?;
    Ok((held, key::load_or_make(data)?))
}

/// The database of a data folder, to be read for as long as what comes with it is held. Refuses one that is run by a name
/// beside which this one has no WAL: what is not in the main file yet would be missing.
pub fn to_read(data: &Path) -> Result<(PathBuf, Option<FileLock>), String> {
    let file = folder::existing(data)?;
    if wal_of(&file).exists() {
        return Ok((file, None));
    }
    let held = beside(data)?;
    // One may have begun meanwhile.
    if held.is_none() && !wal_of(&file).exists() && key::is_held(data) {
        return Err(format!(
            "Whoever works on {} has the WAL of its database open, and it is not there: it was moved or deleted. Restart the box.",
            data.display()
        ));
    }
    Ok((file, held))
}

/// Holds the database of a data folder against all others.
fn alone(data: &Path) -> Result<Option<FileLock>, String> {
    FileLock::alone(&database(data)).map_err(|locked| refused(data, &locked))
}

/// Holds it against others of another name; whoever holds this folder does so already.
pub fn beside(data: &Path) -> Result<Option<FileLock>, String> {
    match FileLock::beside(&database(data)) {
        Err(Locked::Alone) if key::is_held(data) => Ok(None),
        held => held.map_err(|locked| refused(data, &locked)),
    }
}

/// The same of a database of today's version. Refuses one that was put in the place of what the box has open, whose WAL
/// lies there still; a box of an earlier version, which holds no file, has one of that version.
pub fn beside_the_box(data: &Path) -> Result<Option<FileLock>, String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let held = beside(data)?;
        if held.is_none() || !key::is_held(data) {
            return Ok(held);
        }
        // Whoever has only just taken the folder takes the file in a moment, unless it is kept from it here.
        drop(held);
        std::thread::sleep(APART);
    }
    Err(format!(
        "The box that runs on {} has another database open than the one there now: that was moved, deleted or replaced meanwhile. Put the same file back, or restart the box.",
        data.display()
    ))
}

fn refused(data: &Path, locked: &Locked) -> String {
    let file = database(data);
    let name = file.display();
    match locked {
        Locked::Alone => format!(
            "Another PartyPlaylist has the database {name} open by another name, such as a link to it in another data folder. Use that folder with --data, or stop that one first."
        ),
        Locked::AtWork => format!("A command is working on the database {name}. Try again when it is done."),
        Locked::Never(error) => key::no_locks(&file, error),
        Locked::Shut(error) => format!("The database {}", store::denied(&file, "opened", error)),
        Locked::Restless => format!("The database {name} is exchanged again and again. Stop what does so first."),
    }
}

/// Takes back a change that was left half done, before anything looks: who only looks is refused until then.
pub fn heal(data: &Path) -> Result<(), String> {
    if !is_half_done(&database(data)).map_err(|error| error.to_string())? {
        return Ok(());
    }
    Held::of(data)?.settle()
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{alone, beside_the_box, folder, key};

    #[test]
    fn commands_that_wait_for_a_box_that_starts_do_not_keep_it_from_its_database() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        folder::make(data).unwrap();
        key::load_or_make(data).unwrap();
        std::fs::write(folder::database(data), "").unwrap();
        let folder = key::hold(data).unwrap();
        let waiting = AtomicBool::new(false);
        // Held until the last of them has seen it.
        let held = std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    waiting.store(true, Ordering::Relaxed);
                    assert!(beside_the_box(data).unwrap().is_none(), "the box has no file yet");
                });
            }
            while !waiting.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            alone(data)
        });
        assert!(held.unwrap().is_some());
        drop(folder);
    }
}
