use std::fs::OpenOptions;
use std::path::Path;

use tokio::runtime::Runtime;

use super::folder::database;
use super::key::Keys;
use crate::config::Config;
use crate::store::{Clock, Folder, LATEST, Readers, Store, migrate, set_aside};

/// Opens the store in a data folder, brought up to the newest version.
pub fn open(config: &Config, data: &Path, keys: &Keys) -> Result<Store, String> {
    let clock = Clock::system();
    let file = database(data);
    if file.exists() {
        let writable = OpenOptions::new().append(true).open(&file);
        writable.map_err(|error| format!("The database {} cannot be written: {error}.", file.display()))?;
    }
    let moved = migrate(&file, LATEST, clock.now()).map_err(|error| error.to_string())?;
    if moved.from > 0 && moved.from < moved.to {
        log::info!(target: "box", "The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
    }
    let readers = Readers { min: config.database.pool_min, max: config.database.pool_max };
    let folder = if config.database.litestream { Folder::Litestream } else { Folder::Box };
    Store::open_beside(&file, readers, folder, clock, keys.vault()).map_err(|error| error.to_string())
}

/// Moves a WAL out of the way that would spoil the database. Only for who holds the data folder.
pub fn settle(data: &Path) -> Result<(), String> {
    let moved = set_aside(&database(data), Clock::system().now()).map_err(|error| error.to_string())?;
    if let Some(aside) = moved {
        log::warn!(target: "box", "The WAL beside the database belongs to another database, and was moved to {}: was a backup put in place by hand? Use `partyplaylist restore` for that.", aside.display());
    }
    Ok(())
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}
