//! What work that was cut short has left beside a database is cleared away, and its room given back.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::stale_wal::{ASIDE, SCRATCH};
use crate::store::db::copies::folder::{BEFORE, DISPLACED, NIGHTLY, backups_of, found, partials};
use crate::store::db::file::disk_space::folder_of;
use crate::store::db::file::files;
use crate::store::db::file::files::{UNFINISHED, begins, fault, with_tail};
use crate::store::db::file::foreign;
use crate::store::error::Result;

/// Files whose name is the database's with this behind it are made beside it before they take its place: when it is new,
/// changes its version, is restored.
pub const NEW: &str = ".new";
pub const CHANGED: &str = ".changed";
pub const RESTORED: &str = ".restored";
/// How files are called that keep what was replaced by a restore; those of a change of version lie in `backups/`.
pub const REPLACED: &str = "replaced-";

/// Clears away unfinished files, and a second name of the database itself that it was to be kept by. Only for who holds
/// the data folder; copies that others are making stay.
pub fn sweep(database: &Path) -> Result<()> {
    for end in [NEW, CHANGED, RESTORED, SCRATCH] {
        files::remove(&with_tail(database, end))?;
    }
    foreign::sweep(database)?;
    for (folder, kept) in [(folder_of(database).to_owned(), REPLACED), (backups_of(database), BEFORE)] {
        if !folder.is_dir() {
            continue;
        }
        for (_, left) in partials(&folder)?.iter().filter(|(_, path)| files::is_nobodys(path)) {
            files::remove(left)?;
        }
        for (_, second) in found(&folder, kept, "db")?.iter().filter(|(_, path)| is_second_name(database, path)) {
            std::fs::remove_file(second).map_err(|error| fault(second, &error))?;
        }
    }
    Ok(())
}

/// Whether this is the database itself under another name, so that nothing goes with the name.
fn is_second_name(database: &Path, other: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    let what = |path: &Path| std::fs::metadata(path).map(|about| (about.dev(), about.ino(), about.nlink() > 1));
    let same = matches!((what(database), what(other)), (Ok(one), Ok(two)) if one == two && one.2);
    same && whole(database) != whole(other)
}

/// Whether the box makes files of such a name in such a place, or clears them away.
pub fn is_ours(database: &Path, file: &Path) -> bool {
    let (beside, backups) = (folder_of(database), backups_of(database));
    let is = |kinds: &[&str]| kinds.iter().any(|kind| begins(file, kind));
    let own = begins(file, database.file_name().unwrap_or_default()) || is(&[REPLACED, ASIDE, foreign::NAME]);
    let partial = is(&[UNFINISHED]) && file.extension().is_some_and(|end| end == "partial");
    files::is_in(beside, file) && (own || partial)
        || files::is_in(&backups, file) && (partial || is(&[NIGHTLY, BEFORE, DISPLACED]))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;

    use super::{Path, is_ours, sweep};
    use crate::domain::Timestamp;
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;

    const ID: &str = "019abcde-0000-7000-8000-000000000001";

    fn a_box() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, Timestamp(0)).unwrap();
        std::fs::create_dir(dir.path().join("backups")).unwrap();
        (dir, path)
    }

    #[test]
    fn what_was_cut_short_goes_and_what_is_somebodys_stays() {
        let (dir, path) = a_box();
        let (held, left) = (format!("backups/partyplaylist-{ID}.partial"), format!("partyplaylist-{ID}.partial"));
        let gone = ["p.db.new", "p.db.changed", "p.db.changed-journal", "p.db.restored", "p.db.look-wal", &left];
        let kept = [&held, "backups/mine.partial", "partyplaylist-mine.partial", "backups/nightly-1.db"];
        let others = ["download-monday.db", "backups/download-monday.db", "p.new", "p.look", "replaced-1.db"];
        for name in gone.iter().chain(&kept).chain(&others) {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let (cut, own) = (dir.path().join(format!("incoming-{ID}")), dir.path().join("incoming-7"));
        for folder in [&cut, &own, &dir.path().join("replaced-2024.db")] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("file.db"), "x").unwrap();
        }
        let names = ["replaced-2.db", "backups/partyplaylist-v8-2.db"];
        for name in names {
            std::fs::hard_link(&path, dir.path().join(name)).unwrap();
        }
        let making = File::open(dir.path().join(&held)).unwrap();
        making.try_lock().unwrap();
        sweep(&path).unwrap();
        for name in gone.iter().chain(&names) {
            assert!(!dir.path().join(name).exists(), "{name} was left");
        }
        for name in kept.iter().chain(&others) {
            assert!(dir.path().join(name).exists(), "{name} is gone");
        }
        assert!(!cut.exists() && own.join("file.db").exists());
    }

    #[test]
    fn a_database_behind_a_link_is_not_swept_away_as_a_copy_of_itself() {
        for name in ["backups/partyplaylist-v10-1.db", "replaced-1.db", "p.new", "p.changed", "backups/nightly-1.db"] {
            let (dir, path) = a_box();
            let real = dir.path().join(name);
            std::fs::rename(&path, &real).unwrap();
            symlink(&real, &path).unwrap();
            let database = std::fs::canonicalize(&path).unwrap();
            sweep(&database).unwrap();
            assert!(real.exists(), "{name} is gone");
            let second = database.with_file_name("replaced-2.db");
            std::fs::hard_link(&real, &second).unwrap();
            sweep(&database).unwrap();
            assert!(real.exists() && !second.exists(), "{name}");
        }
    }

    #[test]
    fn every_name_that_is_swept_is_refused_for_a_copy() {
        let (dir, path) = a_box();
        let at = |name: &str| is_ours(&path, &dir.path().join(name));
        for name in [
            "p.db",
            "p.db-wal",
            "p.db.new",
            "p.db.restored",
            "replaced-mine.db",
            "leftover-1.db-wal",
            "incoming-1",
            "partyplaylist-a.partial",
            "backups/partyplaylist-a.partial",
            "backups/nightly-mine.db",
            "backups/displaced-mine.db",
            "backups/partyplaylist-vip.db",
        ] {
            assert!(at(name), "{name}");
        }
        for name in ["download-monday.db", "backups/download-monday.db", "nightly-mine.db", "backups/replaced-mine.db"]
        {
            assert!(!at(name), "{name}");
        }
        assert!(!is_ours(&path, Path::new("/nowhere/p.db")));
    }
}
