use std::fs::{DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::store::{begins, denied, is_in, is_ours, may_change};

/// The longest path of a data folder, in bytes: what lies in it has up to a hundred more, and `SQLite` takes 512.
const MOST_BYTES: usize = 400;
/// How files begin that the box makes in its folder under names of its own.
const OURS: [&str; 5] =
    ["partyplaylist.db", "partyplaylist.key", "partyplaylist.crt", "partyplaylist.address", "partyplaylist.damaged"];
const ANOTHER: &str = "Choose another with --data.";

/// A data folder by its whole name, of any bytes. Refuses at once, with the cause, what no command could work in.
pub fn named(given: &Path) -> Result<PathBuf, String> {
    let unusable = |error: std::io::Error| format!("The data folder {}", denied(given, "opened", &error));
    let data = std::path::absolute(given).map_err(unusable)?;
    let (name, length) = (data.display(), data.as_os_str().len());
    if length > MOST_BYTES {
        return Err(format!(
            "The path of the data folder has {length} bytes, and the database takes {MOST_BYTES}. {ANOTHER}"
        ));
    }
    match std::fs::metadata(&data) {
        Ok(about) if !about.is_dir() => Err(format!("{name} is a file, not a folder for data. {ANOTHER}")),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(error)),
        Err(_) if data.is_symlink() => Err(format!("The data folder {name} is a link to nothing: is its disk there?")),
        _ => holds_no_trap(&data).map(|()| data),
    }
}

/// Refuses a folder whose database cannot be looked at, or is none.
fn holds_no_trap(data: &Path) -> Result<(), String> {
    let file = data.join("partyplaylist.db");
    match std::fs::metadata(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(denied(&file, "opened", &error).to_string()),
        Err(_) if file.is_symlink() => Err(format!("{} is a link to nothing: is its disk there?", file.display())),
        Ok(about) if !about.is_file() => Err(format!("{} is not a plain file. {ANOTHER}", file.display())),
        _ => Ok(()),
    }
}

/// The name of the database in a data folder, wherever it leads.
pub fn named_database(data: &Path) -> PathBuf {
    data.join("partyplaylist.db")
}

/// The database in a data folder. A link is followed: `SQLite` keeps the WAL beside what it leads to, and so must we.
pub fn database(data: &Path) -> PathBuf {
    let file = named_database(data);
    std::fs::canonicalize(&file).ok().filter(|_| file.is_symlink()).unwrap_or(file)
}

/// The same where there is one; refuses a folder without, and makes nothing.
pub fn existing(data: &Path) -> Result<PathBuf, String> {
    let (file, name) = (database(data), data.display());
    if file.exists() {
        return Ok(file);
    }
    let missing =
        if data.exists() { format!("There is no database in {name}") } else { format!("There is no folder {name}") };
    Err(format!("{missing}, so nothing was done. Start the box once, or choose another with --data."))
}

/// Makes the data folder, for its owner only, where there is none. Refuses one in which nothing can be changed, and closes
/// it to others.
pub fn make(data: &Path) -> Result<(), String> {
    make_private_folder(data).map_err(|error| format!("The data folder {}", denied(data, "made", &error)))?;
    may_change(data).map_err(|error| format!("The data folder {error}"))?;
    close_to_others(data)?;
    let file = database(data);
    if file.exists() {
        may_change(&file).map_err(|error| format!("The database {error}"))?;
    }
    Ok(())
}

/// Takes a folder away again that a command made for nothing, unless there is something in it by now.
pub fn leave(data: &Path) {
    let _ = std::fs::remove_dir(data);
}

/// Where copies go that have no other place.
pub fn backups(data: &Path) -> Result<PathBuf, String> {
    let folder = data.join("backups");
    make_private_folder(&folder).map_err(|error| denied(&folder, "made", &error).to_string())?;
    Ok(folder)
}

/// Refuses a name for a copy that the box's own files have, or will have: some of them it clears away.
pub fn not_ours(data: &Path, dest: PathBuf) -> Result<PathBuf, String> {
    if is_in(data, &dest) && OURS.iter().any(|ours| begins(&dest, ours)) || is_ours(&database(data), &dest) {
        return Err(format!("{} is the box's own. Choose another name.", dest.display()));
    }
    Ok(dest)
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Whoever may write into the folder may exchange the key and the database.
fn close_to_others(data: &Path) -> Result<(), String> {
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
        return Err(format!(
            "Others may write into the data folder {name} (mode {mode:04o}), and so exchange the key and the database, and that cannot be changed: {why}. Run `chmod 700` on it as its owner, or choose another with --data."
        ));
    }
    log::warn!(target: "box", "Others could write into the data folder {name} (mode {mode:04o}), and so exchange the key and the database. It is for its owner only now (mode 0700).");
    Ok(())
}

/// Refuses a folder into which others may write.
pub fn is_closed(data: &Path) -> Result<(), String> {
    let mode = mode(data);
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(format!(
        "Others may write into {} (mode {mode:04o}), and so exchange the key and the database. Run `chmod 700` on it.",
        data.display()
    ))
}

/// Refuses a file that others may read.
pub fn is_private(file: &Path) -> Result<(), String> {
    let (mode, others) = (mode(file), 0o077);
    if mode & others == 0 || is_out_of_reach(file) {
        return Ok(());
    }
    Err(format!("Others can read {} (mode {mode:04o}). Run `chmod 600` on it.", file.display()))
}

/// Takes away from others what they could read: a copy by hand has left it so. In a folder they may not enter they cannot.
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

/// The rights on a path; none where there is nothing.
fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).map_or(0, |about| about.permissions().mode() & 0o7777)
}
