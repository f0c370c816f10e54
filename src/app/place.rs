use std::fs::File;
use std::path::Path;

use tokio::runtime::Runtime;

use super::folder::{self, database};
use super::key::{self, Keys};
use crate::config::Config;
use crate::store::{self, Clock, Folder, LATEST, Readers, Store, inspect, is_half_done, migrate};

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
    heal(data)?;
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

/// Takes back a change that was left half done, before anything looks: who only looks is refused until then.
pub fn heal(data: &Path) -> Result<(), String> {
    if !is_half_done(&database(data)).map_err(|error| error.to_string())? {
        return Ok(());
    }
    let _held = key::hold_if_made(data)?;
    settle(data)
}

/// Settles what was cut off. Only for who holds the data folder.
pub fn settle(data: &Path) -> Result<(), String> {
    store::settle(&database(data), Clock::system().now()).map_err(|error| error.to_string())
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}
