//! Who is connected, and who goes first when it is tight: whoever asks for nothing keeps nobody out.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::domain::source_of;
use table::{List, Table};

mod sources;
mod table;

/// Connections at once, at most, however many descriptors there are: beyond this it is memory that runs out.
const MOST: u32 = 8192;
/// How long a new connection has for its first request.
const FIRST: Duration = Duration::from_secs(10);
/// How long a connection may be silent between two requests, and how long the head of one may take: longer than proxies
/// keep theirs (nginx a minute), so that none sends a request while it ends.
pub const NEXT: Duration = Duration::from_secs(75);
/// Bytes that any request may have while it is not whole: those of browsers have fewer.
const SMALL: usize = 8 * 1024;
/// Bytes of an answer from which on it may be taken more slowly: the system holds as many for a phone.
const LONG: usize = 128 * 1024;
/// How long a connection is kept whose other end takes nothing of what is sent, in milliseconds: whoever has left says so
/// seldom. One that takes a large answer may pause: half a minute at a slow disk, or for as long as a phone is put away.
const DEAF: u32 = 60_000;
const DEAF_TO_MUCH: u32 = 15 * 60_000;

/// All connections of a port.
pub struct Connections {
    /// As many places as there are, free or taken.
    all: u32,
    places: Arc<Semaphore>,
    table: Mutex<Table>,
}

impl Connections {
    /// For as many connections as there are descriptors.
    pub fn up_to(descriptors: usize) -> Arc<Self> {
        let all = u32::try_from(descriptors).unwrap_or(MOST).min(MOST);
        Arc::new(Self { all, places: Arc::new(Semaphore::new(all as usize)), table: Mutex::default() })
    }

    /// Waits until nobody is connected.
    pub async fn all_gone(&self) {
        drop(self.places.acquire_many(self.all).await);
    }

    /// Takes somebody in who has come. Where all places are taken one becomes free for it; `None` where everybody is being
    /// answered.
    pub async fn enter(self: &Arc<Self>, from: SocketAddr) -> Option<Arc<Connection>> {
        // Whoever has one address of IPv6 has all that share its first half.
        let source = source_of(from.ip());
        let place = if let Ok(place) = self.places.clone().try_acquire_owned() {
            place
        } else {
            self.table().make_room(source).then_some(())?;
            self.places.clone().acquire_owned().await.ok()?
        };
        let go = Arc::new(Notify::new());
        let mut table = self.table();
        Some(Arc::new(Connection {
            id: table.enter(source, go.clone()),
            from,
            all: self.clone(),
            go,
            read: AtomicUsize::new(0),
            said: AtomicBool::new(false),
            deaf: AtomicU32::new(DEAF),
            kept: AtomicUsize::new(0),
            passing: AtomicBool::new(false),
            due: Mutex::new(Some(Instant::now() + FIRST)),
            _place: place,
        }))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, in whatever hands it is. Its place is free when the last of them has let go.
pub struct Connection {
    pub id: u64,
    pub from: SocketAddr,
    all: Arc<Connections>,
    go: Arc<Notify>,
    /// Bytes that were read of a request that is not whole.
    read: AtomicUsize,
    /// Whether an answer is said to its end, though not yet sent.
    said: AtomicBool,
    deaf: AtomicU32,
    /// Bytes of the answer under way that are in memory until all of it is sent.
    kept: AtomicUsize,
    /// Whether a piece of an answer that is read as it is sent is on its way to the system.
    passing: AtomicBool,
    /// Until when its next request must have come; none while one is answered.
    due: Mutex<Option<Instant>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// Waits until this one must go.
    pub async fn must_go(&self) {
        self.go.notified().await;
    }

    /// Notes that something was said for the first time.
    pub fn begins(&self) {
        self.all.table().begin(self.id);
    }

    /// Notes that somebody asks for something, though not all of it has come: nobody who has asked for longer goes later.
    pub fn asks(&self) {
        self.set_due(None);
        self.wait_anew();
    }

    fn wait_anew(&self) {
        let mut table = self.all.table();
        table.put(self.id, List::Waiting);
        table.put(self.id, List::Begun);
    }

    /// Counts bytes of a request; answers whether it goes on. One that is large may be the one too many.
    pub fn reads(&self, bytes: usize) -> bool {
        if self.read.fetch_add(bytes, Ordering::Relaxed) + bytes <= SMALL {
            return true;
        }
        let mut table = self.all.table();
        table.grow(self.id);
        table.has(self.id)
    }

    /// Notes whether the other end takes what is sent.
    pub fn takes(&self, takes: bool) {
        let left = (!takes).then(|| self.kept.load(Ordering::Relaxed));
        self.all.table().take(self.id, left);
    }

    /// Its request is whole, and is answered until the value is gone and what was said is sent.
    pub fn answered(self: &Arc<Self>) -> Answering {
        self.read.store(0, Ordering::Relaxed);
        self.set_due(None);
        let mut table = self.all.table();
        for list in [List::Waiting, List::Begun, List::Large] {
            table.take_off(self.id, list);
        }
        table.put(self.id, List::Answered);
        Answering(self.clone())
    }

    /// Notes that all is with the system that was said so far; answers whether there may be more of an answer that waits for it.
    pub fn passed(&self) -> bool {
        self.passing.swap(false, Ordering::Relaxed)
    }

    /// Notes that all is sent that was said so far. The system may hold much of it for one that takes it slowly.
    pub fn sent(&self) {
        if self.said.swap(false, Ordering::Relaxed) {
            let takes = if self.may_hold() { Duration::from_millis(self.deaf().into()) } else { NEXT };
            self.set_due(Some(Instant::now() + takes));
            self.all.table().take_off(self.id, List::Answered);
            self.wait_anew();
        }
    }

    /// Whether the system may hold much of its last answer.
    pub fn may_hold(&self) -> bool {
        self.deaf() > DEAF
    }

    /// Until when its next request must have come.
    pub fn due(&self) -> Option<Instant> {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_due(&self, due: Option<Instant>) {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = due;
    }

    /// How long its other end may take nothing, in milliseconds.
    pub fn deaf(&self) -> u32 {
        self.deaf.load(Ordering::Relaxed)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.table().leave(self.id);
    }
}

/// An answer under way.
pub struct Answering(Arc<Connection>);

impl Answering {
    /// Notes how many bytes the answer has, where that is known, and how many of them are in memory meanwhile.
    pub fn with(self, size: Option<usize>, kept: usize) -> Self {
        let deaf = if size.is_some_and(|size| size > LONG) { DEAF_TO_MUCH } else { DEAF };
        self.0.deaf.store(deaf, Ordering::Relaxed);
        self.0.kept.store(kept, Ordering::Relaxed);
        self
    }

    /// Notes that a piece is on its way to the system.
    pub fn pass(&self) {
        self.0.passing.store(true, Ordering::Relaxed);
    }

    /// Whether one is, and not there yet.
    pub fn is_passing(&self) -> bool {
        self.0.passing.load(Ordering::Relaxed)
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.said.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
