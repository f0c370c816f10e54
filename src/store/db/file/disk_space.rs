//! Room on the disk, asked for before a long piece of work takes it.

use std::path::Path;

use super::permissions::denied;
use crate::store::error::{Error, Result};

const MB: u64 = 1_000_000;

/// The folder a file is in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Bytes that are free in a folder for who is not root.
pub fn free(folder: &Path) -> Result<u64> {
    let disk = rustix::fs::statvfs(folder).map_err(|error| denied(folder, "looked at", &error.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Refuses where fewer than `needed` bytes are free, naming both; `what` begins the sentence.
pub fn ask(folder: &Path, needed: u64, what: &str) -> Result<()> {
    let free = free(folder)?;
    if free >= needed {
        return Ok(());
    }
    let (wanted, there) = (needed.div_ceil(MB), free / MB);
    Err(Error::Unfit(format!(
        "{what} needs about {wanted} MB in {}, and {there} MB are free. Nothing was changed. Make room (old copies are in backups/) and try again.",
        folder.display()
    )))
}
