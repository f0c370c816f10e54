//! Sees when another program has the database or its WAL open, so that nobody's copy is spoilt.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

/// How long after the last touch from outside the files are left alone: whoever copies the database takes its WAL next.
const AFTER: Duration = Duration::from_secs(2);

/// Watches the two files through the kernel; cheap to clone.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

struct Inner {
    watch: Option<OwnedFd>,
    seen: Mutex<Seen>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What went on at the files, our own connections left out.
#[derive(Default)]
struct Seen {
    /// Opens of others that have not been followed by a close yet.
    held: i64,
    /// All opens of others so far.
    opens: u64,
    touched: Option<Instant>,
    closed: bool,
}

/// A file's `-wal`.
pub fn wal_of(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

impl Guard {
    /// Begins to watch a database in WAL mode that this process has open already. Where the system cannot watch, nobody is ever seen.
    pub fn of(path: &Path) -> Self {
        let watch = watch(path);
        if let Err(error) = &watch {
            log::warn!(target: "box", "Copies of the running database cannot be noticed here ({error}): use `partyplaylist backup` instead of copying the file.");
        }
        let guard = Self(Arc::new(Inner { watch: watch.ok(), seen: Mutex::default(), thread: Mutex::default() }));
        let watcher = guard.clone();
        // Reading at once keeps the kernel from melting two opens in a row into one.
        match Builder::new().name("guard".into()).spawn(move || while watcher.await_events() {}) {
            Ok(thread) => *guard.0.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
            Err(error) => log::warn!(target: "box", "The guard thread did not start: {error}"),
        }
        guard
    }

    /// Whether nobody else has the files open, nor had a moment ago.
    pub fn is_free(&self) -> bool {
        let seen = self.look(0);
        seen.held == 0 && seen.touched.is_none_or(|at| at.elapsed() > AFTER)
    }

    /// How often others have opened one of the files so far.
    pub fn opens(&self) -> u64 {
        self.look(0).opens
    }

    /// Opens a connection of our own, which is nobody else's open.
    pub fn ours<T>(&self, connect: impl FnOnce() -> T) -> T {
        let mut seen = self.look(0);
        let made = connect();
        self.take_in(&mut seen, 1);
        made
    }

    /// Ends the watch; what was seen last stays as it is.
    pub fn close(&self) {
        self.look(0).closed = true;
        if let Some(watch) = &self.0.watch {
            // The first watch is number 1; taking it away rings the thread awake.
            let _ = inotify::remove_watch(watch, 1);
        }
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It ends without a panic: there is nothing in it that could.
        let _ = thread.map(JoinHandle::join);
    }

    fn await_events(&self) -> bool {
        let Some(watch) = &self.0.watch else { return false };
        let rung = poll(&mut [PollFd::new(watch, PollFlags::IN)], None);
        rung.is_ok_and(|_| !self.look(0).closed) || rung == Err(Errno::INTR)
    }

    /// What was seen up to this very moment; of each file, `own` opens are ours.
    fn look(&self, own: u64) -> MutexGuard<'_, Seen> {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_in(&mut seen, own);
        seen
    }

    fn take_in(&self, seen: &mut Seen, own: u64) {
        let Some(watch) = self.0.watch.as_ref().filter(|_| !seen.closed) else { return };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(watch, &mut buffer);
        let mut ours = [own; 3];
        while let Ok(event) = events.next() {
            let of_file = ours.get_mut(usize::try_from(event.wd()).unwrap_or(0)).filter(|left| **left > 0);
            match (event.events(), of_file) {
                (kind, Some(left)) if kind.contains(ReadFlags::OPEN) => *left -= 1,
                (kind, _) => seen.note(kind),
            }
        }
    }
}

impl Seen {
    fn note(&mut self, kind: ReadFlags) {
        if kind.contains(ReadFlags::OPEN) {
            self.held += 1;
            self.opens += 1;
        } else if kind.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) {
            // What was open before the watch began closes without having opened.
            self.held = (self.held - 1).max(0);
        } else if kind.contains(ReadFlags::QUEUE_OVERFLOW) {
            self.held = 0;
        } else {
            return;
        }
        self.touched = Some(Instant::now());
    }
}

fn watch(path: &Path) -> Result<OwnedFd, Errno> {
    let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    for file in [path.to_owned(), wal_of(path)] {
        inotify::add_watch(&watch, file, WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE)?;
    }
    Ok(watch)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::{Guard, wal_of};

    #[test]
    fn others_are_seen_and_our_own_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let (db, wal) = (File::create(&path).unwrap(), File::create(wal_of(&path)).unwrap());
        let guard = Guard::of(&path);
        assert!(guard.is_free());
        let own = guard.ours(|| (File::open(&path).unwrap(), File::open(wal_of(&path)).unwrap()));
        assert!(guard.is_free() && guard.opens() == 0, "our own connection counts as another's");
        let other = File::open(&path).unwrap();
        assert!(!guard.is_free() && guard.opens() == 1);
        let second = File::open(wal_of(&path)).unwrap();
        drop(other);
        assert!(!guard.is_free(), "one is left");
        drop(second);
        assert!(!guard.is_free(), "it has only just been closed");
        guard.0.seen.lock().unwrap().touched = None;
        assert!(guard.is_free(), "nobody is left");
        guard.close();
        drop((db, wal, own));
    }
}
