//! Who may read and write what a box keeps: its owner, and nobody else.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::app::error::{Error, Result};

/// Takes away the right to write into the folder from all but its owner: whoever may write there may exchange the key and
/// the database. Refuses a folder that stays open; of one that is everybody's by design, such as `/tmp`, it only warns.
pub fn close_to_others(data: &Path) -> Result {
    let (mode, name) = (mode(data), data.display());
    if mode & 0o022 == 0 {
        return Ok(());
    }
    if mode & 0o1000 != 0 {
        log::warn!(target: "box", "Everybody on this machine may put files into the data folder {name} (mode {mode:04o}): give the box a folder of its own with --data.");
        return Ok(());
    }
    let closed = std::fs::set_permissions(data, Permissions::from_mode(0o700));
    if self::mode(data) & 0o022 != 0 {
        let why = closed.err().map_or_else(|| "its disk keeps no modes".into(), |error| error.to_string());
        return Err(Error::Refused(format!(
            "Others may write into the data folder {name} (mode {mode:04o}), and so exchange the key and the database, and that cannot be changed: {why}. Run `chmod 700` on it as its owner, or choose another with --data."
        )));
    }
    log::warn!(target: "box", "Others could write into the data folder {name} (mode {mode:04o}), and so exchange the key and the database. It is for its owner only now (mode 0700).");
    Ok(())
}

/// Refuses a folder into which others may write.
pub fn is_closed(data: &Path) -> Result {
    let mode = mode(data);
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "Others may write into {} (mode {mode:04o}), and so exchange the key and the database. Run `chmod 700` on it.",
        data.display()
    )))
}

/// Refuses a file that others may read.
pub fn is_private(file: &Path) -> Result {
    let (mode, others) = (mode(file), 0o077);
    if mode & others == 0 || is_out_of_reach(file) {
        return Ok(());
    }
    Err(Error::Refused(format!("Others can read {} (mode {mode:04o}). Run `chmod 600` on it.", file.display())))
}

/// Takes the right to read the key and the database away from others, who may have it after a copy by hand. Leaves files
/// alone in a folder that others may not enter.
pub fn close_files(data: &Path) {
    for (name, open) in [("partyplaylist.key", 0o077), ("partyplaylist.db", 0o027), ("partyplaylist.db-wal", 0o027)] {
        make_private(&data.join(name), open);
    }
}

/// Takes a file's `open` rights away from others.
fn make_private(file: &Path, open: u32) {
    let (mode, name) = (mode(file), file.display());
    if mode & open == 0 || is_out_of_reach(file) {
        return;
    }
    match std::fs::set_permissions(file, Permissions::from_mode(0o600)) {
        Ok(()) => {
            log::warn!(target: "box", "Others could read {name} (mode {mode:04o}): it is for its owner only now (mode 0600).");
        }
        Err(error) => {
            log::warn!(target: "box", "Others can read {name} (mode {mode:04o}), and that cannot be changed: {error}.");
        }
    }
}

/// Whether only the owner may enter the folder.
fn is_out_of_reach(file: &Path) -> bool {
    file.parent().is_some_and(|folder| mode(folder) & 0o011 == 0)
}

/// The mode of a path; 0 where there is nothing.
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).map_or(0, |about| about.permissions().mode() & 0o7777)
}
