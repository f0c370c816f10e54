//! What work that was cut short has left beside a database is cleared away, and its room given back.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::Result;
use super::files::{self, UNFINISHED, fault};
use super::incoming;
use super::snapshots::{BEFORE, DOWNLOAD, NIGHTLY, found};

/// Ends of what is made beside a database before it takes its place: when it is new, changes its version, is restored,
/// is looked at.
pub const NEW: &str = "new";
pub const CHANGED: &str = "changed";
pub const RESTORED: &str = "restored";
pub const LOOK: &str = "look";
/// How files are called that keep what was replaced by a restore; those of a change of version lie in `backups/`.
pub const REPLACED: &str = "replaced-";

/// Clears away unfinished files, and a second name of the database itself that it was to be kept by. Only for who holds
/// the data folder; copies that others are making stay.
pub fn sweep(database: &Path) -> Result<()> {
    for end in [NEW, CHANGED, RESTORED, LOOK] {
        files::remove(&database.with_extension(end))?;
    }
    incoming::sweep(database)?;
    let (beside, backups) = (database.parent().unwrap_or(Path::new(".")), database.with_file_name("backups"));
    for folder in [beside, &backups].into_iter().filter(|folder| folder.is_dir()) {
        for (kind, end) in [(NIGHTLY, "partial"), (UNFINISHED, "partial"), (DOWNLOAD, "partial"), (DOWNLOAD, "db")] {
            for (_, left) in found(folder, kind, end)?.iter().filter(|(_, path)| is_nobodys(path)) {
                files::remove(left)?;
            }
        }
        for kind in [REPLACED, BEFORE] {
            for (_, kept) in found(folder, kind, "db")?.iter().filter(|(_, path)| is_one(database, path)) {
                std::fs::remove_file(kept).map_err(|error| fault(kept, &error))?;
            }
        }
    }
    Ok(())
}

/// Whether who made this file is no more: it would hold it.
fn is_nobodys(file: &Path) -> bool {
    File::open(file).is_ok_and(|file| file.try_lock().is_ok())
}

fn is_one(file: &Path, other: &Path) -> bool {
    let what = |path: &Path| std::fs::metadata(path).map(|about| (about.dev(), about.ino()));
    matches!((what(file), what(other)), (Ok(one), Ok(two)) if one == two)
}

#[cfg(test)]
mod tests {
    use super::super::migrate::migrate;
    use super::super::versions::LATEST;
    use super::{File, sweep};
    use crate::domain::Timestamp;

    #[test]
    fn what_was_cut_short_goes_and_what_is_somebodys_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, Timestamp(0)).unwrap();
        let backups = dir.path().join("backups");
        std::fs::create_dir(&backups).unwrap();
        let gone = [
            "p.new",
            "p.changed",
            "p.changed-journal",
            "p.restored",
            "p.look-wal",
            "backups/nightly-a.partial",
            "backups/download-1.db",
        ];
        let kept = ["backups/partyplaylist-b.partial", "backups/mine.partial", "backups/nightly-1.db", "replaced-1.db"];
        for name in gone.iter().chain(&kept) {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let names = ["replaced-2.db", "backups/partyplaylist-v8-2.db"];
        for name in names {
            std::fs::hard_link(&path, dir.path().join(name)).unwrap();
        }
        let making = File::open(backups.join("partyplaylist-b.partial")).unwrap();
        making.try_lock().unwrap();
        sweep(&path).unwrap();
        for name in gone.iter().chain(&names) {
            assert!(!dir.path().join(name).exists(), "{name} was left");
        }
        for name in kept {
            assert!(dir.path().join(name).exists(), "{name} is gone");
        }
    }
}
