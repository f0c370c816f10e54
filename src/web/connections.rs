//! Who is connected, and who goes first when it is tight: whoever asks for nothing keeps nobody out.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::domain::source_of;
use sources::{Order, Sources};

mod sources;

/// Connections at once, at most, however many descriptors there are: beyond this it is memory that runs out.
const MOST: usize = 8192;
/// Of them those whose request is waited for, the first or the next.
const WAITING: usize = 2048;
/// Of these those that have said something: each has buffers, 20 kB of them.
const BEGUN: usize = 512;
/// Bytes that any request may have while it is not whole: those of browsers have fewer.
const SMALL: usize = 8 * 1024;
/// Requests that may have more at once.
const LARGE: usize = 32;
/// Bytes of an answer from which on it may be taken more slowly: the system holds as many for a phone.
const LONG: usize = 128 * 1024;
/// How long a connection is kept whose other end takes nothing of what is sent, in milliseconds: whoever has left says so
/// seldom. One that takes a large answer may pause: half a minute at a slow disk, or for as long as a phone is put away.
const DEAF: u32 = 60_000;
const DEAF_TO_MUCH: u32 = 15 * 60_000;
/// How long nobody had to go when it is told anew that somebody must.
const OVER: Duration = Duration::from_secs(60);

/// All connections of a port.
pub struct Connections {
    places: Arc<Semaphore>,
    large: Arc<Semaphore>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// The newest number given.
    newest: u64,
    open: HashMap<u64, Entry>,
    waiting: Sources,
    /// Those among them that have said something.
    begun: Sources,
    answered: Sources,
    /// When it was told last that somebody had to go.
    told: Option<Instant>,
}

struct Entry {
    source: IpAddr,
    /// Where it stands among those of its source that wait, or that are answered.
    order: Order,
    stage: Stage,
    go: Arc<Notify>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Silent,
    /// A request has begun or may come, the first or the next.
    Begun,
    Answered,
}

impl Table {
    /// Tells a connection to go.
    fn cut(&mut self, id: u64) {
        if let Some(entry) = self.forget(id) {
            entry.go.notify_one();
        }
    }

    fn forget(&mut self, id: u64) -> Option<Entry> {
        let entry = self.open.remove(&id)?;
        for list in self.lists(entry.stage) {
            list.remove(entry.source, entry.order);
        }
        Some(entry)
    }

    /// Where connections stand that have come so far.
    fn lists(&mut self, stage: Stage) -> impl Iterator<Item = &mut Sources> {
        let lists = match stage {
            Stage::Silent => [Some(&mut self.waiting), None],
            Stage::Begun => [Some(&mut self.waiting), Some(&mut self.begun)],
            Stage::Answered => [Some(&mut self.answered), None],
        };
        lists.into_iter().flatten()
    }

    /// Takes a connection in, or on to another stage; there it is the newest; to begin to ask makes none newer.
    fn put(&mut self, id: u64, stage: Stage, mut entry: Entry) {
        self.newest += 1;
        if (entry.stage, stage) != (Stage::Silent, Stage::Begun) {
            entry.order = self.newest;
        }
        entry.stage = stage;
        for list in self.lists(stage) {
            list.add(entry.source, entry.order, id);
        }
        self.open.insert(id, entry);
        if self.begun.count > BEGUN {
            self.cut_first(|table| &table.begun);
        }
        if self.waiting.count > WAITING {
            self.cut_first(|table| &table.waiting);
        }
    }

    /// Of those in a list, tells the first of the source that has the most of them to go; answers whether there is one.
    fn cut_first(&mut self, list: impl Fn(&Self) -> &Sources) -> bool {
        let list = list(self);
        let Some((source, theirs)) = list.fullest() else { return false };
        let (all, count, first) = (list.count, theirs.len(), theirs.values().next());
        let Some(id) = first.copied() else { return false };
        if self.told.replace(Instant::now()).is_none_or(|last| last.elapsed() > OVER) {
            log::warn!(target: "box", "On {all} connections nobody asks for anything, {count} of them from {source}: who has waited longest is cut off, so that others get in.");
        }
        self.cut(id);
        true
    }

    /// Of those who are answered, tells the newest of a source to go that has far more of them than the source of who comes.
    fn cut_answered(&mut self, newcomer: IpAddr) -> bool {
        let own = self.answered.of.get(&newcomer).map_or(0, BTreeMap::len);
        let fullest = self.answered.fullest().filter(|(_, theirs)| theirs.len() > own + 1);
        let newest = fullest.and_then(|(_, theirs)| theirs.values().next_back().copied());
        if let Some(newest) = newest {
            self.cut(newest);
        }
        newest.is_some()
    }
}

impl Connections {
    /// For as many connections as there are descriptors.
    pub fn up_to(descriptors: usize) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(descriptors.min(MOST))),
            large: Arc::new(Semaphore::new(LARGE)),
            table: Mutex::default(),
        })
    }

    /// Takes somebody in who has come. Where all places are taken one becomes free for it; `None` where everybody is being
    /// answered.
    pub async fn enter(self: &Arc<Self>, from: SocketAddr) -> Option<Arc<Connection>> {
        // Whoever has one address of IPv6 has all that share its first half.
        let source = source_of(from.ip());
        let place = if let Ok(place) = self.places.clone().try_acquire_owned() {
            place
        } else {
            self.make_room(source).then_some(())?;
            self.places.clone().acquire_owned().await.ok()?
        };
        let go = Arc::new(Notify::new());
        let mut table = self.table();
        let id = table.newest;
        let entry = Entry { source, order: id, stage: Stage::Silent, go: go.clone() };
        table.put(id, Stage::Silent, entry);
        drop(table);
        let (read, deaf) = (AtomicUsize::new(0), AtomicU32::new(DEAF));
        Some(Arc::new(Connection {
            id,
            from,
            all: self.clone(),
            go,
            read,
            large: Mutex::default(),
            deaf,
            _place: place,
        }))
    }

    fn make_room(&self, newcomer: IpAddr) -> bool {
        let mut table = self.table();
        table.cut_first(|table| &table.waiting) || table.cut_answered(newcomer)
    }

    /// Notes that a connection has come on.
    fn goes_on(&self, id: u64, stage: Stage) {
        let mut table = self.table();
        if let Some(entry) = table.forget(id) {
            table.put(id, stage, entry);
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, in whatever hands it is. Its place is free when the last of them has let go.
pub struct Connection {
    id: u64,
    pub from: SocketAddr,
    all: Arc<Connections>,
    go: Arc<Notify>,
    /// Bytes that were read of a request that is not whole.
    read: AtomicUsize,
    large: Mutex<Option<OwnedSemaphorePermit>>,
    deaf: AtomicU32,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// Waits until this one must go.
    pub async fn must_go(&self) {
        self.go.notified().await;
    }

    /// Notes that something was said for the first time.
    pub fn begins(&self) {
        self.all.goes_on(self.id, Stage::Begun);
    }

    /// Counts bytes of a request; answers whether it may have that many while others have theirs. One that may not must go.
    pub fn reads(&self, bytes: usize) -> bool {
        if self.read.fetch_add(bytes, Ordering::Relaxed) + bytes <= SMALL {
            return true;
        }
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.is_none() {
            *large = self.all.large.clone().try_acquire_owned().ok();
        }
        if large.is_none() {
            self.go.notify_one();
        }
        large.is_some()
    }

    /// Its request is whole, and is answered until the value is gone.
    pub fn answered(self: &Arc<Self>) -> Answering {
        self.read.store(0, Ordering::Relaxed);
        *self.large.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.all.goes_on(self.id, Stage::Answered);
        Answering(self.clone())
    }

    /// How long its other end may take nothing, in milliseconds.
    pub fn deaf(&self) -> u32 {
        self.deaf.load(Ordering::Relaxed)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.table().forget(self.id);
    }
}

/// An answer under way.
pub struct Answering(Arc<Connection>);

impl Answering {
    /// Notes how many bytes the answer has, where that is known.
    pub fn with(self, size: Option<usize>) -> Self {
        let deaf = if size.is_some_and(|size| size > LONG) { DEAF_TO_MUCH } else { DEAF };
        self.0.deaf.store(deaf, Ordering::Relaxed);
        self
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.all.goes_on(self.0.id, Stage::Begun);
    }
}

#[cfg(test)]
mod tests;
