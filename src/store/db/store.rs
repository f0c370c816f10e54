//! The database as the box has it open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use r2d2::ManageConnection;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::file::displaced::OpenedFiles;
use super::lookout::Lookout;
use super::pool::{Manager, Readers, pool};
use super::wal::checkpoint::Checkpointer;
use super::wal::file_watch::FileWatch;
use super::wal::mark;
use super::writer::Writer;
use crate::domain::{Forms, Timestamp, UserId};
use crate::store::changes::Changes;
use crate::store::clock::Clock;
use crate::store::error::{Error, Result};
use crate::store::vault::Vault;

/// How long `close` waits for reads under way.
const LAST_READS: Duration = Duration::from_millis(300);

/// The database; cheap to clone.
#[derive(Clone)]
pub struct Store(pub(in crate::store) Arc<Inner>);

pub(in crate::store) struct Inner {
    pub readers: RwLock<Option<r2d2::Pool<Manager>>>,
    pub permits: Arc<Semaphore>,
    /// How many readers there may be; with none the writer's connection serves all.
    pub width: u32,
    watch: Option<FileWatch>,
    pub lookout: Arc<Lookout>,
    path: PathBuf,
    /// The box before this one came to no clean stop.
    pub cut_off: bool,
    pub writer: Writer,
    changes: Arc<Changes>,
    pub clock: Clock,
    vault: Arc<Vault>,
    memory: Forms,
}

/// What a database is opened from.
pub(in crate::store) struct Opened {
    pub path: PathBuf,
    pub conn: Connection,
    pub checkpointer: Checkpointer,
    pub place: OpenedFiles,
    pub clock: Clock,
    pub vault: Vault,
}

impl Store {
    /// Starts the writer; with no `readers` its connection serves all.
    pub(in crate::store) fn start(opened: Opened, readers: Option<Readers>, cut_off: bool) -> Result<Self> {
        let Opened { path, conn, checkpointer, place, clock, vault } = opened;
        let watch = readers.and(checkpointer.watch());
        let manager = |readers| Manager::new(&path, readers, watch.clone(), place.clone());
        let eye = readers.map(|readers| manager(readers).connect()).transpose()?;
        let lookout = Arc::new(eye.map_or_else(|| Ok(Lookout::default()), Lookout::of)?);
        let pool = readers.map(|readers| pool(manager(readers), readers)).transpose()?;
        let changes = Arc::<Changes>::default();
        let width = readers.map_or(0, |readers| readers.max.max(1));
        Ok(Self(Arc::new(Inner {
            readers: RwLock::new(pool),
            permits: Arc::new(Semaphore::new(width as usize)),
            width,
            watch,
            lookout: lookout.clone(),
            path,
            cut_off,
            writer: Writer::start(conn, checkpointer, place, changes.clone(), lookout)?,
            changes,
            clock,
            vault: Arc::new(vault),
            memory: Forms::default(),
        })))
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(in crate::store) fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(in crate::store) fn vault(&self) -> Arc<Vault> {
        self.0.vault.clone()
    }

    /// What a room of the store remembers while the box runs.
    pub(in crate::store) fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.0.memory.of(T::default)
    }

    /// What was committed, for whoever announces it.
    pub fn changes(&self) -> Arc<Changes> {
        self.0.changes.clone()
    }

    /// Transactions committed since the store was opened.
    pub fn commits(&self) -> u64 {
        self.0.writer.commits()
    }

    /// Why nothing can be saved right now, as far as the last write or look knows.
    pub fn unsaved(&self) -> Option<Error> {
        self.0.writer.unsaved()
    }

    /// Whether a write reaches the disk right now.
    pub async fn probe(&self) -> Result<()> {
        self.write(mark::touch).await
    }

    /// Ends all work and closes every connection, the writer's last, so that no `-wal` is left behind. Blocks.
    pub fn close(&self) {
        self.0.changes.close();
        // From here on connections of our own are closed: who else has the file open is settled.
        self.0.watch.iter().for_each(FileWatch::close);
        self.0.lookout.close();
        drop(self.0.readers.write().unwrap_or_else(PoisonError::into_inner).take());
        let deadline = Instant::now() + LAST_READS;
        while self.0.permits.available_permits() < self.0.width as usize && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.0.writer.close();
    }

    /// Writes in the box's own share; no party hears of it.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.writer.run(None, work, |_| {}).await
    }

    /// The same, where the party of `whose` hears of it once it is committed.
    pub(in crate::store) async fn write_and_announce<T: Send + 'static>(
        &self,
        whose: &UserId,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (changes, whose) = (self.changes(), whose.clone());
        self.0.writer.run(None, work, move |_| changes.note(&whose, [])).await
    }
}
