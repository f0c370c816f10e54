//! A lock on the database file itself, whatever name it is reached by: a link or a mount in another data folder leads to
//! the same one. It is of the open file, so that it ends with the process, and no other descriptor of the file lets go of it.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc::{F_RDLCK, F_WRLCK, SEEK_SET, c_int, c_short, flock, off_t};

use crate::store::db::wal::open_files::FileId;

/// The byte after those that `SQLite` locks, on the page where it never keeps anything.
const BYTE: off_t = 0x4000_0000 + 512;
/// How often it is looked whether commands at work are done.
const APART: Duration = Duration::from_millis(20);
/// How often a file is opened whose name leads to another one by the time it is held.
const TRIES: usize = 50;
/// What says that there is no file, or none that this user may change.
const NOT_OURS: [ErrorKind; 3] = [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem];

/// Holds a database file. To be dropped only when `SQLite` has it open nowhere in this process: closing any descriptor of a
/// file lets go of the locks that `SQLite` has on it.
pub struct FileLock(File);

/// Why a file cannot be held.
#[derive(Debug)]
pub enum Locked {
    /// Another process has it for itself.
    Alone,
    /// Commands are working on it, and have not come to an end.
    AtWork,
    /// Its disk keeps no locks.
    Never(std::io::Error),
    /// It cannot be opened, for another reason than that this user may not.
    Shut(std::io::Error),
    /// Its name leads to another file each time.
    Restless,
}

impl FileLock {
    /// How long commands at work are waited for.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Holds a file for this process alone. `None` where there is no file yet, where this user may not change it, and on a
    /// system that knows no such lock: then nobody can tell.
    pub fn alone(path: &Path) -> Result<Option<Self>, Locked> {
        patiently(|| lock(path, F_WRLCK))
    }

    /// Holds a file together with others who do so, against whoever would have it alone.
    pub fn beside(path: &Path) -> Result<Option<Self>, Locked> {
        patiently(|| lock(path, F_RDLCK))
    }

    /// Whether it is still this file that a path leads to.
    pub fn is_on(&self, path: &Path) -> bool {
        let own = self.0.metadata().map(|about| FileId::from(&about));
        own.is_ok_and(|own| FileId::of(path).is_ok_and(|there| there == own))
    }
}

fn patiently(lock: impl Fn() -> Result<Option<FileLock>, Locked>) -> Result<Option<FileLock>, Locked> {
    let deadline = Instant::now() + FileLock::PATIENCE;
    loop {
        match lock() {
            Err(Locked::AtWork) if Instant::now() < deadline => std::thread::sleep(APART),
            done => return done,
        }
    }
}

fn lock(path: &Path, kind: c_int) -> Result<Option<FileLock>, Locked> {
    for _ in 0..TRIES {
        let file = match OpenOptions::new().read(true).write(kind == F_WRLCK).open(path) {
            Ok(file) => FileLock(file),
            Err(error) if NOT_OURS.contains(&error.kind()) => return Ok(None),
            Err(error) => return Err(Locked::Shut(error)),
        };
        match fcntl(&file.0, FcntlArg::F_OFD_SETLK(&region(kind))) {
            // Another file may have taken its place meanwhile.
            Ok(_) if file.is_on(path) => return Ok(Some(file)),
            Ok(_) => std::thread::sleep(APART),
            Err(Errno::EAGAIN | Errno::EACCES) => return Err(holder(&file.0)),
            Err(Errno::EINVAL) => return Ok(None),
            Err(error) => return Err(Locked::Never(error.into())),
        }
    }
    Err(Locked::Restless)
}

/// How somebody else holds the file; who has let go by now was at work.
fn holder(file: &File) -> Locked {
    let mut asked = region(F_WRLCK);
    match fcntl(file, FcntlArg::F_OFD_GETLK(&mut asked)) {
        Ok(_) if c_int::from(asked.l_type) == F_WRLCK => Locked::Alone,
        Ok(_) => Locked::AtWork,
        Err(error) => Locked::Never(error.into()),
    }
}

// The C library has these small numbers as longer ones.
#[allow(clippy::cast_possible_truncation)]
fn region(kind: c_int) -> flock {
    flock { l_type: kind as c_short, l_whence: SEEK_SET as c_short, l_start: BYTE, l_len: 1, l_pid: 0 }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Duration, File, FileLock, Locked};
    use crate::store::db::pool::connect;
    use crate::store::db::wal::holders::by_lock;

    fn a_file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        connect(&path).unwrap().execute_batch("CREATE TABLE t (v)").unwrap();
        (dir, path)
    }

    #[test]
    fn a_file_is_held_by_all_its_names_until_it_is_let_go() {
        let (dir, path) = a_file();
        let names = [path.clone(), dir.path().join("hard"), dir.path().join("soft")];
        std::fs::hard_link(&path, &names[1]).unwrap();
        std::os::unix::fs::symlink(&path, &names[2]).unwrap();
        let held = FileLock::alone(&names[1]).unwrap().unwrap();
        for name in &names {
            assert!(matches!(FileLock::alone(name), Err(Locked::Alone)) && held.is_on(name));
            assert!(matches!(FileLock::beside(name), Err(Locked::Alone)));
            // Another descriptor that is closed lets go of nothing.
            drop(File::open(name).unwrap());
        }
        std::fs::rename(&path, dir.path().join("away")).unwrap();
        std::fs::write(&path, "another").unwrap();
        assert!(!held.is_on(&path) && FileLock::alone(&path).unwrap().is_some());
        drop(held);
        assert!(FileLock::alone(&names[1]).unwrap().is_some());
        assert!(FileLock::alone(&dir.path().join("nothing")).unwrap().is_none());
    }

    #[test]
    fn who_would_have_a_file_alone_waits_until_commands_are_done() {
        let (_dir, path) = a_file();
        let both = [FileLock::beside(&path).unwrap(), FileLock::beside(&path).unwrap()];
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(100));
                done.store(true, Ordering::Relaxed);
                drop(both);
            });
            assert!(FileLock::alone(&path).unwrap().is_some());
            assert!(done.load(Ordering::Relaxed), "a command was not waited for");
        });
        let _stays = FileLock::beside(&path).unwrap();
        assert!(matches!(FileLock::alone(&path), Err(Locked::AtWork)));
    }

    #[test]
    fn sqlite_works_on_a_file_that_is_held_and_keeps_locks_of_its_own() {
        let (_dir, path) = a_file();
        let held = FileLock::alone(&path).unwrap();
        let conn = connect(&path).unwrap();
        conn.execute_batch("INSERT INTO t VALUES (1); PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let file = File::open(&path).unwrap();
        assert_eq!(by_lock(&file), None, "the lock is taken for another program's");
        let mode = conn.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0));
        assert_eq!(mode.unwrap(), "delete", "the lock is in the way");
        drop((conn, file, held));
    }
}
