use std::fs::File;
use std::path::Path;

use tokio::runtime::Runtime;

use super::folder::{self, database};
use super::key::{self, Keys};
use crate::config::Config;
use crate::store::{Clock, Folder, LATEST, Readers, Store, inspect, migrate, newest_copy, set_aside, sweep};

/// Since this version a database holds what only its key opens.
const SEALED: u32 = 4;

/// Opens the store of the box itself in a data folder, brought up to the newest version.
pub fn open(config: &Config, data: &Path, keys: &Keys) -> Result<Store, String> {
    bring_up(data)?;
    let folder = if config.database.litestream { Folder::Another } else { Folder::Box };
    let readers = Readers { min: config.database.pool_min, max: config.database.pool_max };
    let store = Store::open_beside(&database(data), readers, folder, Clock::system(), keys.vault());
    let store = store.map_err(|error| error.to_string())?;
    folder::close_files(data);
    Ok(store)
}

/// Opens the store for a command, beside a box that may be running: nothing is moved under it or under who copies its file.
/// Refuses to bring an older database up to date while one runs, and one whose key is missing: a new key would close
/// what the old one has sealed.
pub fn visit(data: &Path) -> Result<(Store, Keys), String> {
    let version = inspect(&database(data)).map_err(|error| error.to_string())?;
    if version >= SEALED && !key::exists(data) {
        return Err(key::MISSING.into());
    }
    let keys = if version < LATEST || key::is_changing(data) {
        let (_held, keys) = take(data)?;
        bring_up(data)?;
        keys
    } else {
        folder::make(data).and_then(|()| key::load_or_make(data))?
    };
    let store = Store::open_alone(&database(data), Clock::system(), keys.vault()).map_err(|error| error.to_string())?;
    folder::close_files(data);
    Ok((store, keys))
}

/// Takes a data folder for this process alone: ends what was cut short, and answers the key.
pub fn take(data: &Path) -> Result<(File, Keys), String> {
    folder::make(data).and_then(|()| key::load_or_make(data))?;
    let held = key::hold(data)?;
    settle(data)?;
    let held = key::settle(data, held)?;
    Ok((held, key::load_or_make(data)?))
}

/// Leads the database of a data folder to the newest version. Only for who holds the folder.
pub fn bring_up(data: &Path) -> Result<(), String> {
    let file = database(data);
    let moved = migrate(&file, LATEST, Clock::system().now()).map_err(|error| error.to_string())?;
    if moved.from > 0 && moved.from < moved.to {
        log::info!(target: "box", "The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
    }
    Ok(())
}

/// Clears away what was cut short, and moves a WAL out of the way that would spoil the database. Only for who holds the
/// data folder.
pub fn settle(data: &Path) -> Result<(), String> {
    sweep(&database(data)).map_err(|error| error.to_string())?;
    let moved = set_aside(&database(data), Clock::system().now()).map_err(|error| error.to_string())?;
    if let Some(aside) = moved {
        log::warn!(target: "box", "The WAL beside the database belongs to another database, and was moved to {}: was a backup put in place by hand, or the database taken away? Use `partyplaylist restore` for that.", aside.display());
    }
    let copy = newest_copy(&database(data)).map_err(|error| error.to_string())?;
    if let Some(copy) = copy.filter(|_| !database(data).exists()) {
        log::warn!(target: "box", "There is no database in {}, so a new one is made, with no account in it. The newest copy of an earlier one is {}: stop the box and run `partyplaylist restore` on it to go on with that.", data.display(), copy.display());
    }
    Ok(())
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}
