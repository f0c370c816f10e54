//! Sees when another program has the database or its WAL open, so that nobody's copy is spoilt.
//!
//! The kernel's events say that something happened and no more: equal ones that follow each other are merged. So who has
//! the files open is asked of the list of processes, when somebody has touched them and a checkpoint is wanted. What that
//! list cannot show (another user's program, the world outside a container, a descriptor on its way from one process to
//! another) is counted from the events, which a second watch on the folder keeps apart: each open is told twice, in turn,
//! and equal events hardly ever meet. They still do where two programs open the file in the same moment, or by a second
//! name in another folder: then the count is wrong until nobody can be there.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::holders::{Holder, search};
use super::open_files::FileId;
use super::tally::{Occupancy, Seen};
use crate::store::db::file::disk_space::folder_of;
use crate::store::db::file::files::with_tail;

/// Watches the two files through the kernel; cheap to clone.
#[derive(Clone)]
pub struct FileWatch(Arc<Inner>);

struct Inner {
    events: Option<OwnedFd>,
    /// Wakes the thread.
    bell: Option<OwnedFd>,
    files: Vec<FileId>,
    seen: Mutex<Seen>,
    /// Held while a connection of our own is opened, or while none may be.
    connecting: Mutex<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A file's `-wal`.
pub fn wal_of(path: &Path) -> PathBuf {
    with_tail(path, "-wal")
}

impl FileWatch {
    /// Begins to watch a database in WAL mode that this process has open already.
    pub fn of(path: &Path) -> Self {
        let events = watch(path);
        if let Err(error) = &events {
            log::warn!(target: "box", "The system does not say when other programs open the database ({error}): a copy begun while changes are written into the file goes unnoticed. Use `partyplaylist backup` instead of copying the file.");
        }
        let inner = Inner {
            seen: Mutex::new(Seen::new(events.is_err())),
            events: events.ok(),
            bell: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).ok(),
            files: [path.to_owned(), wal_of(path)].iter().filter_map(|file| FileId::of(file).ok()).collect(),
            connecting: Mutex::default(),
            thread: Mutex::default(),
        };
        let watch = Self(Arc::new(inner));
        let worker = watch.clone();
        match Builder::new().name("file watch".into()).spawn(move || while worker.go_on() {}) {
            Ok(thread) => *lock(&watch.0.thread) = Some(thread),
            Err(error) => log::warn!(target: "box", "The file watch did not start: {error}"),
        }
        watch
    }

    /// How often others have opened the files so far, when nobody else has them open; `None` when somebody has or may have,
    /// or when that is being found out.
    pub fn free(&self) -> Option<u64> {
        let mut seen = self.seen(0);
        let free = seen.free();
        if free.is_none() && seen.want() {
            self.ring();
        }
        free
    }

    /// How often others have opened one of the files so far.
    pub fn opens(&self) -> u64 {
        self.seen(0).opens()
    }

    /// Who has the files open, as far as it is known.
    pub fn occupancy(&self) -> Occupancy {
        self.seen(0).occupancy()
    }

    /// Whether this one has used up everybody's patience.
    pub fn has_outstayed(&self, holder: &Holder) -> bool {
        self.seen(0).has_outstayed(holder)
    }

    /// From now on nobody is waited for who has had the files open until now.
    pub fn forget(&self, holder: Option<Holder>) {
        self.seen(0).forget(holder);
    }

    /// Opens a connection of our own, which is nobody else's open.
    pub fn ours<T>(&self, connect: impl FnOnce() -> T) -> T {
        let _alone = self.no_connecting();
        let mut seen = self.seen(0);
        let made = connect();
        self.take_in(&mut seen, 1);
        made
    }

    /// As long as this is held, every open is another's.
    pub fn no_connecting(&self) -> MutexGuard<'_, ()> {
        lock(&self.0.connecting)
    }

    /// Ends the watch; what was seen last stays as it is. Connections of our own may be closed after this.
    pub fn close(&self) {
        let known = self.seen(0).close();
        self.ring();
        let thread = lock(&self.0.thread).take();
        // It ends without a panic: there is nothing in it that could.
        let _ = thread.map(JoinHandle::join);
        if !known {
            self.find_out();
        }
    }

    fn ring(&self) {
        // A bell that cannot be rung has been rung often enough.
        let _ = self.0.bell.as_ref().map(|bell| rustix::io::write(bell, &1_u64.to_ne_bytes()));
    }

    /// Waits for an event, or for the moment to ask; answers whether to do so again.
    fn go_on(&self) -> bool {
        let Some(bell) = &self.0.bell else { return false };
        let wait = self.seen(0).due_in();
        if wait == Some(Duration::ZERO) {
            self.find_out();
            return true;
        }
        let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
        let sources = self.0.events.iter().chain([bell]);
        let mut sources: Vec<_> = sources.map(|source| PollFd::new(source, PollFlags::IN)).collect();
        let rung = poll(&mut sources, wait.as_ref());
        let _ = rustix::io::read(bell, &mut [0; 8]);
        (rung.is_ok() || rung == Err(Errno::INTR)) && !self.seen(0).is_closed()
    }

    fn find_out(&self) {
        let seen = self.seen(0);
        let (at, doubt, began) = (seen.events(), seen.doubt(), Instant::now());
        drop(seen);
        let found = search(&self.0.files, &doubt);
        self.seen(0).found(found, at, began.elapsed());
    }

    /// What was seen up to this very moment; of each file, `own` opens are ours.
    fn seen(&self, own: u64) -> MutexGuard<'_, Seen> {
        let mut seen = lock(&self.0.seen);
        self.take_in(&mut seen, own);
        seen
    }

    fn take_in(&self, seen: &mut Seen, own: u64) {
        let Some(events) = self.0.events.as_ref().filter(|_| !seen.is_closed()) else { return };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(events, &mut buffer);
        let mut ours = [own; 2];
        while let Ok(event) = events.next() {
            // The first two watches are the files', the third is the folder's.
            let file = usize::try_from(event.wd()).unwrap_or(0).wrapping_sub(1);
            match (event.events(), ours.get_mut(file)) {
                (kind, _) if kind.contains(ReadFlags::QUEUE_OVERFLOW) => seen.overflow(),
                (kind, Some(left)) if kind.contains(ReadFlags::OPEN) && *left > 0 => *left -= 1,
                (kind, Some(_)) if kind.contains(ReadFlags::OPEN) => seen.opened(file),
                (kind, Some(_)) if kind.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) => {
                    seen.closed(file);
                }
                _ => {}
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(path: &Path) -> Result<OwnedFd, Errno> {
    let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    let touched = WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE;
    for file in [path.to_owned(), wal_of(path)] {
        inotify::add_watch(&watch, file, touched)?;
    }
    inotify::add_watch(&watch, folder_of(path), touched)?;
    Ok(watch)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use super::{FileWatch, Occupancy, wal_of};

    fn await_occupancy(watch: &FileWatch, wanted: impl Fn(&Occupancy) -> bool, why: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !wanted(&watch.occupancy()) {
            watch.free();
            assert!(Instant::now() < deadline, "{why}: {:?}", watch.occupancy());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn reader(file: File) -> Child {
        Command::new("sleep").arg("60").stdin(file).spawn().unwrap()
    }

    fn end(mut reader: Child) {
        reader.kill().unwrap();
        reader.wait().unwrap();
    }

    #[test]
    fn two_opens_in_a_row_and_one_close_leave_the_file_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let (db, wal) = (File::create(&path).unwrap(), File::create(wal_of(&path)).unwrap());
        let watch = FileWatch::of(&path);
        await_occupancy(&watch, |occupancy| *occupancy == Occupancy::Free, "nobody came");
        let own = watch.ours(|| (File::open(&path).unwrap(), File::open(wal_of(&path)).unwrap()));
        assert_eq!(watch.free(), Some(0), "our own connection counts as another's");
        // Both opens come before either is looked at.
        let seen = watch.0.seen.lock().unwrap();
        let others = [File::open(&path).unwrap(), File::open(&path).unwrap()];
        drop(seen);
        let [first, second] = others.map(reader);
        assert_eq!((watch.free(), watch.opens()), (None, 2), "equal events were merged");
        end(first);
        await_occupancy(&watch, |occupancy| matches!(occupancy, Occupancy::Held(one) if one.len() == 1), "one is left");
        end(second);
        await_occupancy(&watch, |occupancy| *occupancy == Occupancy::Free, "nobody is left");
        watch.close();
        assert_eq!(watch.free(), Some(2), "what was seen last stays");
        drop((db, wal, own));
    }

    #[test]
    fn an_open_in_the_moment_of_our_own_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let files = (File::create(&path).unwrap(), File::create(wal_of(&path)).unwrap());
        let watch = FileWatch::of(&path);
        let (own, other) = watch.ours(|| (File::open(&path).unwrap(), File::open(&path).unwrap()));
        assert_eq!((watch.opens(), watch.free()), (1, None));
        watch.close();
        drop((files, own, other));
    }

    #[test]
    fn thirty_descriptors_closed_at_once_leave_the_file_free() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let files = (File::create(&path).unwrap(), File::create(wal_of(&path)).unwrap());
        let watch = FileWatch::of(&path);
        for _ in 0..3 {
            let many: Vec<_> = (0..30).map(|_| File::open(&path).unwrap()).collect();
            drop(many);
        }
        assert_eq!(watch.opens(), 90, "equal events were merged");
        await_occupancy(&watch, |occupancy| *occupancy == Occupancy::Free, "nobody is left");
        watch.close();
        drop(files);
    }
}
