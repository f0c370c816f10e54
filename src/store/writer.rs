use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::{Error, Result};

/// Most jobs in one commit.
const BATCH: usize = 512;
/// Quiet time after which the WAL is folded into the main file.
const IDLE: Duration = Duration::from_millis(220);
/// Longest a busy WAL waits for that.
const BUSY: Duration = Duration::from_secs(5);
/// Pages of WAL (4 KiB each) that are folded in at once: 4 MB.
const WAL_PAGES: i64 = 1024;

/// Something to write, and someone who waits for the word that it is safe.
trait Job: Send {
    /// Writes; answers whether the rows shall stay.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Gives the word, `commit` being the fate of the whole transaction.
    fn answer(self: Box<Self>, commit: Result<()>);
}

struct Task<T, F, A> {
    work: Option<F>,
    outcome: Result<T>,
    after: A,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F, A> Job for Task<T, F, A>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, conn: &Connection) -> bool {
        if let Some(work) = self.work.take() {
            let panicked = |_| Err(Error::Broken("a write panicked".into()));
            self.outcome = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(panicked);
        }
        self.outcome.is_ok()
    }

    fn answer(self: Box<Self>, commit: Result<()>) {
        let outcome = commit.and(self.outcome);
        if let Ok(value) = &outcome {
            (self.after)(value);
        }
        // Nobody listens any more when the caller went away; the rows stay all the same.
        let _ = self.answer.send(outcome);
    }
}

/// The one thread that writes. It takes what is queued, gives each job its own savepoint in one
/// transaction, commits once, and only then answers all.
pub struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub fn start(conn: Connection) -> Result<Self> {
        let (jobs, queue) = channel();
        let commits = Arc::<AtomicU64>::default();
        let count = commits.clone();
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || Loop { conn, dirty_since: None, commits: count }.run(&queue))
            .map_err(|error| Error::Broken(format!("the writer thread did not start: {error}")))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), commits })
    }

    /// Runs `work` in the next transaction. Its rows stay only if it answers `Ok`; `after` runs once they are safe on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let task = Task { work: Some(work), outcome: Err(Error::Busy), after, answer };
        self.queue(Box::new(task))?;
        answered.await.unwrap_or(Err(Error::Busy))
    }

    fn queue(&self, job: Box<dyn Job>) -> Result<()> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(Error::Busy)
    }

    /// Transactions committed so far; each may carry many jobs.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Finishes what is queued, folds the WAL in and closes; later jobs are answered `Busy`.
    pub fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            log::error!(target: "box", "The writer thread ended with a panic.");
        }
    }
}

struct Loop {
    conn: Connection,
    dirty_since: Option<Instant>,
    commits: Arc<AtomicU64>,
}

impl Loop {
    fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        loop {
            let wait = if self.dirty_since.is_some() { IDLE } else { Duration::from_secs(3600) };
            match queue.recv_timeout(wait) {
                Ok(first) => self.take(first, queue),
                Err(RecvTimeoutError::Timeout) => self.checkpoint(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.checkpoint();
        if let Err((_, error)) = self.conn.close() {
            log::error!(target: "box", "The database did not close cleanly: {error}");
        }
    }

    fn take(&mut self, first: Box<dyn Job>, queue: &Receiver<Box<dyn Job>>) {
        let mut jobs: Vec<_> = std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        let commit = commit(&mut self.conn, &mut jobs);
        self.commits.fetch_add(u64::from(commit.is_ok()), Ordering::Relaxed);
        for job in jobs {
            job.answer(commit.clone());
        }
        let since = *self.dirty_since.get_or_insert_with(Instant::now);
        if since.elapsed() > BUSY || wal_pages(&self.conn) > WAL_PAGES {
            self.checkpoint();
        }
    }

    fn checkpoint(&mut self) {
        self.dirty_since = None;
        match self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)) {
            Ok(0) => {}
            // A reader stood in the way: try again after the next quiet time.
            Ok(_) => self.dirty_since = Some(Instant::now()),
            Err(error) => log::warn!(target: "box", "The WAL could not be folded into the database: {error}"),
        }
    }
}

/// Pages waiting in the WAL; asks without moving any.
fn wal_pages(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1)).unwrap_or(0)
}

/// One transaction for all jobs; one that fails takes back its own rows only.
fn commit(conn: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in jobs {
        tx.execute_batch("SAVEPOINT job")?;
        let keep = job.run(&tx);
        if tx.is_autocommit() {
            // A full disk or an I/O error makes SQLite undo everything at once.
            return Err(Error::Full);
        }
        tx.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    Ok(tx.commit()?)
}
