use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use crate::config::Config;
use crate::store::{Clock, LATEST, Readers, Store, migrate};

/// The database in a data folder.
pub fn database(data: &Path) -> PathBuf {
    data.join("partyplaylist.db")
}

/// Makes the data folder, readable by its owner only, where there is none.
pub fn make(data: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|error| {
        format!("The data folder {} cannot be made: {error}. Choose another with --data.", data.display())
    })
}

/// Opens the store in a data folder, brought up to the newest version.
pub fn open(config: &Config, data: &Path) -> Result<Store, String> {
    make(data)?;
    let clock = Clock::system();
    let file = database(data);
    let moved = migrate(&file, LATEST, clock.now()).map_err(|error| error.to_string())?;
    if moved.from > 0 && moved.from < moved.to {
        eprintln!("The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
    }
    let readers = Readers { min: config.database.pool_min, max: config.database.pool_max };
    Store::open(&file, readers, clock).map_err(|error| error.to_string())
}

/// The threads that async work runs on.
pub fn runtime() -> Result<Runtime, String> {
    Runtime::new().map_err(|error| format!("The worker threads did not start: {error}"))
}
