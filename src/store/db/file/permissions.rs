//! What this user may do with a file or folder, and the sentence for what they may not.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::store::error::{Error, Result};

/// Refuses what is no plain file that can be read.
pub fn may_read(file: &Path) -> Result<()> {
    let name = file.display();
    let unfit = match std::fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => format!("There is no file {name}."),
        Err(error) => return Err(denied(file, "read", &error)),
        Ok(about) if about.is_dir() => format!("{name} is a folder. Name the file in it."),
        // Opening a pipe would wait for somebody to write to it.
        Ok(about) if !about.is_file() => format!("{name} is not a plain file."),
        Ok(_) => return access(file, Access::READ_OK).map_err(|error| denied(file, "read", &error.into())),
    };
    Err(Error::Unfit(unfit))
}

/// Refuses a file that cannot be read and written, and a folder in which no file can be made.
pub fn may_change(path: &Path) -> Result<()> {
    let wanted = Access::READ_OK | Access::WRITE_OK | if path.is_dir() { Access::EXEC_OK } else { Access::empty() };
    access(path, wanted).map_err(|error| denied(path, "written", &error.into()))
}

/// What stands in the way, and how to get past it.
pub fn denied(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let name = path.display();
    Error::Unfit(match Errno::from_io_error(error) {
        Some(Errno::ROFS) => {
            format!("{name} cannot be {what}: its disk is read-only. Make the disk writable, or choose another place.")
        }
        Some(Errno::ACCESS | Errno::PERM) => format!("{name} cannot be {what} by this user{}.", whose(path)),
        Some(Errno::NOTDIR) => format!("{name} cannot be {what}: a part of its path is a file, not a folder."),
        Some(Errno::NOSPC | Errno::DQUOT) => {
            format!("{name} cannot be {what}: its disk is full. Free some space, or choose another place.")
        }
        _ => format!("{name} cannot be {what}: {error}."),
    })
}

/// Who may, of the file or of the first folder above it that can be looked at.
fn whose(path: &Path) -> String {
    let own = geteuid().as_raw();
    let seen = path.ancestors().find_map(|path| Some((path, std::fs::metadata(path).ok()?)));
    seen.map_or_else(String::new, |(at, about)| {
        let (owner, mode) = (about.uid(), about.mode() & 0o7777);
        let at = if at == path { "it".into() } else { at.display().to_string() };
        let then =
            if owner == own { "Change that with `chmod`" } else { "Run as that user, or change that with `chown`" };
        format!(" (number {own}): {at} belongs to number {owner} and has mode {mode:04o}. {then}")
    })
}
