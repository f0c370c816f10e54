use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tokio::runtime::Runtime;

use super::folder::database;
use super::key::Keys;
use crate::config::Config;
use crate::store::{Clock, Folder, LATEST, Readers, Store, migrate};

/// Opens the store in a data folder, brought up to the newest version.
pub fn open(config: &Config, data: &Path, keys: &Keys) -> Result<Store, String> {
    let clock = Clock::system();
    let file = database(data);
    // SQLite would make it readable for everybody, and its -wal and -shm after it.
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&file)
        .map_err(|error| format!("The database {} cannot be written: {error}.", file.display()))?;
    let moved = migrate(&file, LATEST, clock.now()).map_err(|error| error.to_string())?;
    if moved.from > 0 && moved.from < moved.to {
        log::info!(target: "box", "The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
    }
    let readers = Readers { min: config.database.pool_min, max: config.database.pool_max };
    let folder = if config.database.litestream { Folder::Litestream } else { Folder::Box };
    Store::open_beside(&file, readers, folder, clock, keys.vault()).map_err(|error| error.to_string())
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}
