//! The data folder itself: its path, the names in it, and how it is made.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::rights::close_to_others;
use crate::app::error::{Error, Result};
use crate::store::{self, begins, denied, is_in, is_ours, may_change};

/// The longest path of a data folder, in bytes: file names add up to a hundred, and `SQLite` takes 512 in all.
const MOST_BYTES: usize = 400;
/// What the names of the box's own files begin with.
const OURS: [&str; 5] =
    ["partyplaylist.db", "partyplaylist.key", "partyplaylist.crt", "partyplaylist.address", "partyplaylist.damaged"];
const ANOTHER: &str = "Choose another with --data.";

/// A data folder by its whole name, of any bytes. Refuses at once, with the cause, what no command could work in.
pub fn named(given: &Path) -> Result<PathBuf> {
    let unusable = |error: std::io::Error| about_folder(&denied(given, "opened", &error));
    let data = std::path::absolute(given).map_err(unusable)?;
    let (name, length) = (data.display(), data.as_os_str().len());
    if length > MOST_BYTES {
        return Err(Error::Refused(format!(
            "The path of the data folder has {length} bytes, and the database takes {MOST_BYTES}. {ANOTHER}"
        )));
    }
    let why = match std::fs::metadata(&data) {
        Ok(about) if !about.is_dir() => format!("{name} is a file, not a folder for data. {ANOTHER}"),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unusable(error)),
        Err(_) if data.is_symlink() => format!("The data folder {name} is a link to nothing: is its disk there?"),
        _ => return holds_no_trap(&data).map(|()| data),
    };
    Err(Error::Refused(why))
}

/// Refuses a folder whose database cannot be looked at, or is none.
fn holds_no_trap(data: &Path) -> Result {
    let file = named_database(data);
    let why = match std::fs::metadata(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(denied(&file, "opened", &error).into()),
        Err(_) if file.is_symlink() => format!("{} is a link to nothing: is its disk there?", file.display()),
        Ok(about) if !about.is_file() => format!("{} is not a plain file. {ANOTHER}", file.display()),
        _ => return Ok(()),
    };
    Err(Error::Refused(why))
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
pub fn existing(data: &Path) -> Result<PathBuf> {
    let (file, name) = (database(data), data.display());
    if file.exists() {
        return Ok(file);
    }
    let missing =
        if data.exists() { format!("There is no database in {name}") } else { format!("There is no folder {name}") };
    let what_to_do = "so nothing was done. Start the box once, or choose another with --data.";
    Err(Error::Refused(format!("{missing}, {what_to_do}")))
}

/// Makes the data folder, for its owner only, where there is none. Refuses one in which nothing can be changed, and closes
/// it to others.
pub fn make(data: &Path) -> Result {
    make_private_folder(data).map_err(|error| about_folder(&denied(data, "made", &error)))?;
    may_change(data).map_err(|error| about_folder(&error))?;
    close_to_others(data)?;
    let file = database(data);
    if file.exists() {
        may_change(&file).map_err(|error| Error::Refused(format!("The database {error}")))?;
    }
    Ok(())
}

/// Takes a folder away again that a command made for nothing, unless there is something in it by now.
pub fn leave(data: &Path) {
    let _ = std::fs::remove_dir(data);
}

/// Where copies go that have no other place.
pub fn backups(data: &Path) -> Result<PathBuf> {
    let folder = data.join("backups");
    make_private_folder(&folder).map_err(|error| denied(&folder, "made", &error))?;
    Ok(folder)
}

/// Refuses a name for a copy that the box's own files have, or will have: some of them it clears away.
pub fn not_ours(data: &Path, dest: PathBuf) -> Result<PathBuf> {
    if is_in(data, &dest) && OURS.iter().any(|ours| begins(&dest, ours)) || is_ours(&database(data), &dest) {
        return Err(Error::Refused(format!("{} is the box's own. Choose another name.", dest.display())));
    }
    Ok(dest)
}

/// What the store says of a path, said of the data folder.
fn about_folder(error: &store::Error) -> Error {
    Error::Refused(format!("The data folder {error}"))
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
