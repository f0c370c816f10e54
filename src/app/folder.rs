use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The database in a data folder.
pub fn database(data: &Path) -> PathBuf {
    data.join("partyplaylist.db")
}

/// The same where there is one; refuses an empty folder.
pub fn existing(data: &Path) -> Result<PathBuf, String> {
    let file = database(data);
    if file.exists() { Ok(file) } else { Err(format!("There is no database in {}.", data.display())) }
}

/// Makes the data folder, readable by its owner only, where there is none.
pub fn make(data: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|error| {
        format!("The data folder {} cannot be made: {error}. Choose another with --data.", data.display())
    })
}
