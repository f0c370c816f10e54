//! Locks on a data folder and its database, against other processes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::folder::{self, database};
use super::key::{self, Keys};
use crate::app::error::{Error, Result};
use crate::store::{self, Clock, FileLock, LATEST, Locked, is_half_done, migrate};

/// Exclusive use of a data folder and of its database, whatever name the database is opened by elsewhere.
pub struct Held {
    data: PathBuf,
    file: Option<FileLock>,
    key: Option<File>,
}

/// How long a command waits for the process that holds the folder to lock the database too: longer than a starting box waits
/// for commands to finish.
const PATIENCE: Duration = FileLock::PATIENCE.saturating_add(Duration::from_secs(1));
/// Between two attempts.
const APART: Duration = Duration::from_millis(20);

impl Held {
    /// Locks a data folder as it is. Makes and changes nothing: that is safe only once the locks are held.
    pub fn of(data: &Path) -> Result<Self> {
        let key = key::hold_if_made(data)?;
        Ok(Self { data: data.to_owned(), file: alone(data)?, key })
    }

    /// The folder that is held.
    pub fn folder(&self) -> &Path {
        &self.data
    }

    /// Makes the first key where there is none yet, and refuses one that cannot be used.
    pub fn make_key(&mut self) -> Result {
        key::load_or_make(&self.data)?;
        if self.key.is_none() {
            self.key = Some(key::hold(&self.data)?);
        }
        Ok(())
    }

    /// Migrates the database to the newest version.
    pub fn bring_up(&mut self) -> Result {
        let file = database(&self.data);
        let moved = migrate(&file, LATEST, Clock::system().now())?;
        if moved.from > 0 && moved.from < moved.to {
            log::info!(target: "box", "The database went from version {} to {}; the old one is in backups/.", moved.from, moved.to);
        }
        self.hold_again()
    }

    /// Finishes or takes back what an earlier process did not get to finish.
    pub fn settle(&mut self) -> Result {
        store::settle(&database(&self.data), Clock::system().now())?;
        self.hold_again()
    }

    /// Locks the database again where the file is another one by now, or exists only now.
    fn hold_again(&mut self) -> Result {
        if !self.file.as_ref().is_some_and(|held| held.is_on(&database(&self.data))) {
            self.file = alone(&self.data)?;
        }
        Ok(())
    }

    /// Finishes or takes back a change of keys that was interrupted.
    pub fn settle_key(&mut self) -> Result {
        self.key = key::settle(&self.data)?.or(self.key.take());
        Ok(())
    }
}

/// Takes a data folder for this process alone, makes what is missing, deals with what was interrupted, and answers the key.
pub fn take(data: &Path) -> Result<(Held, Keys)> {
    let mut held = Held::of(data)?;
    folder::make(data)?;
    held.make_key()?;
    held.settle()?;
    held.settle_key()?;
    Ok((held, key::load_or_make(data)?))
}

/// Locks the database of a data folder against every other process.
fn alone(data: &Path) -> Result<Option<FileLock>> {
    FileLock::alone(&database(data)).map_err(|locked| refused(data, &locked))
}

/// Locks the database for use beside a running box, against those that open it by another name. `None` where the box of this
/// folder runs: it holds that lock already.
pub fn beside(data: &Path) -> Result<Option<FileLock>> {
    match FileLock::beside(&database(data)) {
        Err(Locked::Alone) if key::is_held(data) => Ok(None),
        held => held.map_err(|locked| refused(data, &locked)),
    }
}

/// As `beside`, for a database of the newest version. Refuses a file that took the place of the one a running box has open,
/// because that one's WAL still lies beside it. (A box of an earlier version locks no file, and its database is older.)
pub fn beside_the_box(data: &Path) -> Result<Option<FileLock>> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let held = beside(data)?;
        if held.is_none() || !key::is_held(data) {
            return Ok(held);
        }
        // A box that has just locked the folder locks the file next. Let go of it, or it would wait for us.
        drop(held);
        std::thread::sleep(APART);
    }
    Err(Error::Refused(format!(
        "The box that runs on {} has another database open than the one there now: that was moved, deleted or replaced meanwhile. Put the same file back, or restart the box.",
        data.display()
    )))
}

fn refused(data: &Path, locked: &Locked) -> Error {
    let file = database(data);
    let name = file.display();
    Error::Refused(match locked {
        Locked::Alone => format!(
            "Another PartyPlaylist has the database {name} open by another name, such as a link to it in another data folder. Use that folder with --data, or stop that one first."
        ),
        Locked::AtWork => format!("A command is working on the database {name}. Try again when it is done."),
        Locked::Never(error) => return key::no_locks(&file, error),
        Locked::Shut(error) => format!("The database {}", store::denied(&file, "opened", error)),
        Locked::Restless => format!("The database {name} is exchanged again and again. Stop what does so first."),
    })
}

/// Takes back a change that was left half done. To be called first: readers are refused until then.
pub fn heal(data: &Path) -> Result {
    if !is_half_done(&database(data))? {
        return Ok(());
    }
    Held::of(data)?.settle()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{alone, beside_the_box, folder, key};

    #[test]
    fn commands_that_wait_for_a_box_that_starts_do_not_keep_it_from_its_database() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        folder::make(data).unwrap();
        key::load_or_make(data).unwrap();
        std::fs::write(folder::database(data), "").unwrap();
        let folder = key::hold(data).unwrap();
        let waiting = AtomicBool::new(false);
        // Held until the last of them has seen it.
        let held = std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    waiting.store(true, Ordering::Relaxed);
                    assert!(beside_the_box(data).unwrap().is_none(), "the box has no file yet");
                });
            }
            while !waiting.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            alone(data)
        });
        assert!(held.unwrap().is_some());
        drop(folder);
    }
}
