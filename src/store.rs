//! The only SQL and the only connections.
//!
//! Reads go through a pool behind a semaphore, writes through one thread; a tenant's rows are reached by a [`Tenant`] alone.

mod accounts;
mod arriving;
mod asked;
mod audit;
mod backup;
mod belongings;
mod board;
mod budget;
mod catalogue;
mod changes;
mod client;
mod clock;
mod connecting;
mod covers;
mod crowd;
mod cut_off;
mod damage;
mod decisions;
mod doors;
mod elsewhere;
mod error;
mod events;
mod file_lock;
mod file_watch;
mod files;
mod finding;
mod folding;
mod glance;
mod guests;
mod handover;
mod health;
mod helpers;
mod history;
mod holders;
mod in_place;
mod incoming;
mod inspect;
mod job;
mod jobs;
mod journal;
mod jumps;
mod keeping;
mod last_acts;
mod leaving;
mod leftover;
mod limits;
mod main_file;
mod matching;
mod migrate;
mod moving;
mod night;
mod notice;
mod open_files;
mod outlook;
mod pages;
mod passwords;
mod pieces;
mod playback;
mod pool;
mod progress;
mod queue;
mod reading;
mod recordings;
mod refreshing;
mod replace;
mod requests;
mod rights;
mod room;
mod rows;
mod rulebook;
mod schema;
mod scope;
mod screens;
mod secrets;
mod sessions;
mod settings;
mod sightings;
mod single;
mod snapshots;
mod song_keys;
mod spotify;
mod standing;
mod stops;
mod sweep;
#[cfg(test)]
mod tests;
mod undo;
mod unsaved;
mod vault;
mod versions;
mod waiting;
mod waits;
mod wal_frames;
mod wal_mark;
mod watch;
mod ways;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::domain::Timestamp;
pub use accounts::{AccountChange, Accounts, NewAccount, accounts_in};
pub use arriving::{Arrival, Arrived};
pub use audit::Deed;
pub use backup::{Findings, check, check_own, copy, copy_passing, restore};
pub use changes::{Changed, Changes};
pub use client::{Client, Known};
pub use clock::Clock;
pub use cut_off::settle;
pub use error::{Error, Result};
pub use events::EventPatch;
pub use file_lock::{FileLock, Locked};
pub use file_watch::wal_of;
pub use files::{begins, is_in, keep_name, make, remove, write_whole};
pub use finding::Found;
pub use folding::Folder;
pub use glance::{Glance, glance};
pub use guests::{Ticket, Trier};
pub use handover::Setback;
pub use inspect::inspect;
pub use migrate::{Moved, mend, migrate};
pub use moving::{export, export_passing};
pub use pool::{APPLICATION_ID, Readers, is_half_done};
pub use refreshing::Tokens;
pub use requests::{Submitted, Whose};
pub use rights::{denied, may_change, may_read};
pub use scope::{Announcer, Ground, Guest, Helper, Host, Screen, Tenant, Visitor, Watcher};
pub use sessions::Signed;
pub use single::{Brought, bring_in};
pub use spotify::{ConsentBack, Granted, SpotifyHouse};
pub use sweep::is_ours;
pub use vault::Vault;
pub use versions::LATEST;
pub use watch::{Followed, Sighting};
pub use ways::{opens_with, reseal};

use crowd::Crowd;
use damage::Looks;
use file_watch::FileWatch;
use folding::Folding;
use in_place::InPlace;
use last_acts::LastActs;
use leftover::was_cut_off;
use passwords::Passwords;
use pool::Manager;
use standing::{Queue, Readings};
use writer::Writer;

/// How long `close` waits for reads under way.
const LAST_READS: Duration = Duration::from_millis(300);

/// The database; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: RwLock<Option<r2d2::Pool<Manager>>>,
    permits: Arc<Semaphore>,
    /// How many readers there may be; with none the writer's connection serves all.
    width: u32,
    watch: Option<FileWatch>,
    path: PathBuf,
    /// The box before this one came to no clean stop.
    cut_off: bool,
    writer: Writer,
    changes: Arc<Changes>,
    clock: Clock,
    vault: Arc<Vault>,
    looks: Looks,
    passwords: Passwords,
    pins: guests::Pins,
    queues: Readings<Queue>,
    last_acts: Arc<LastActs>,
    crowd: Arc<Crowd>,
}

impl Inner {
    fn of(path: &Path, writer: Writer, changes: Arc<Changes>, clock: Clock, vault: Vault) -> Self {
        Self {
            readers: RwLock::default(),
            watch: None,
            path: path.to_owned(),
            cut_off: false,
            permits: Arc::new(Semaphore::new(0)),
            width: 0,
            writer,
            changes,
            clock,
            vault: Arc::new(vault),
            looks: Looks::default(),
            passwords: Passwords::default(),
            pins: guests::Pins::default(),
            queues: Readings::new(),
            last_acts: Arc::default(),
            crowd: Arc::default(),
        }
    }
}

impl Store {
    /// Opens a database that is at the newest version already.
    pub fn open(path: &Path, readers: Readers, clock: Clock, vault: Vault) -> Result<Self> {
        Self::open_beside((path, path), readers, Folder::Box, clock, vault)
    }

    /// The same, and says by what name it is asked for, and who folds the WAL into the file.
    pub fn open_beside(
        (path, name): (&Path, &Path),
        readers: Readers,
        folder: Folder,
        clock: Clock,
        vault: Vault,
    ) -> Result<Self> {
        let cut_off = was_cut_off(path);
        let conn = pool::connect(path)?;
        ways::seal(&conn, &vault)?;
        let folding = Folding::new(path, folder)?;
        let watch = folding.watch();
        let place = InPlace::of(path, name, clock.clone())?;
        let changes = Arc::<Changes>::default();
        let writer = Writer::start(conn, folding, place.clone(), changes.clone())?;
        let width = readers.max.max(1);
        Ok(Self(Arc::new(Inner {
            readers: RwLock::new(Some(pool::pool(path, readers, watch.clone(), place)?)),
            watch,
            cut_off,
            permits: Arc::new(Semaphore::new(width as usize)),
            width,
            ..Inner::of(path, writer, changes, clock, vault)
        })))
    }

    /// Opens it for a command, beside a box that may be running: with one connection for everything.
    pub fn open_alone(path: &Path, clock: Clock, vault: Vault) -> Result<Self> {
        let conn = pool::connect(path)?;
        ways::seal(&conn, &vault)?;
        let place = InPlace::of(path, path, clock.clone())?;
        let changes = Arc::<Changes>::default();
        let writer = Writer::start(conn, Folding::new(path, Folder::Another)?, place, changes.clone())?;
        Ok(Self(Arc::new(Inner::of(path, writer, changes, clock, vault))))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    fn path(&self) -> &Path {
        &self.0.path
    }

    fn vault(&self) -> Arc<Vault> {
        self.0.vault.clone()
    }

    fn last_acts(&self) -> Arc<LastActs> {
        self.0.last_acts.clone()
    }

    /// What was committed, for whoever announces it.
    #[must_use]
    pub fn changes(&self) -> Arc<Changes> {
        self.0.changes.clone()
    }

    /// Ends all work and closes every connection, the writer's last, so that no `-wal` is left behind. Blocks.
    pub fn close(&self) {
        self.0.changes.close();
        // From here on connections of our own are closed: who else has the file open is settled.
        self.0.watch.iter().for_each(FileWatch::close);
        drop(self.0.readers.write().unwrap_or_else(PoisonError::into_inner).take());
        let deadline = std::time::Instant::now() + LAST_READS;
        while self.0.permits.available_permits() < self.0.width as usize && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.0.writer.close();
    }

    /// Writes in the box's own share.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        self.0.writer.run(None, work, after).await
    }
}
