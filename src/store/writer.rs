use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::{Error, Result};
use super::folding::Folding;
use super::wal_mark::{self, Begun};

/// Most jobs in one commit.
const BATCH: usize = 512;
/// How long a job waits for another program to let go of the database.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the thread itself asks at a time, so that nobody's patience is overstretched.
const STEPS: i32 = 250;
/// From one time to the next: a program that locks again and again leaves short gaps.
const STEP: Duration = Duration::from_micros(200);

/// Something to write, and someone who waits for the word that it is safe.
trait Job: Send {
    /// Writes; the rows shall stay unless it fails.
    fn run(&mut self, conn: &Connection) -> Result<()>;
    /// Gives the word, `commit` being the fate of the whole transaction; answers whether the disk had room.
    fn answer(self: Box<Self>, commit: Result<()>) -> bool;
    /// Since when it waits.
    fn queued(&self) -> Instant;
}

struct Task<T, F, A> {
    work: Option<F>,
    outcome: Result<T>,
    after: A,
    answer: oneshot::Sender<Result<T>>,
    queued: Instant,
}

impl<T, F, A> Job for Task<T, F, A>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, conn: &Connection) -> Result<()> {
        if let Some(work) = self.work.take() {
            let panicked = |_| Err(Error::Broken("a write panicked".into()));
            self.outcome = catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(panicked);
        }
        self.outcome.as_ref().map(drop).map_err(Clone::clone)
    }

    fn answer(self: Box<Self>, commit: Result<()>) -> bool {
        let outcome = commit.and(self.outcome);
        if let Ok(value) = &outcome {
            (self.after)(value);
        }
        let room = !matches!(outcome, Err(Error::Full));
        // Nobody listens any more when the caller went away; the rows stay all the same.
        let _ = self.answer.send(outcome);
        room
    }

    fn queued(&self) -> Instant {
        self.queued
    }
}

/// The one thread that writes. It takes what is queued, gives each job its own savepoint in one
/// transaction, commits once, and only then answers all.
pub struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    told: Arc<Told>,
}

/// What the thread lets others know.
#[derive(Default)]
struct Told {
    commits: AtomicU64,
    /// The last write found no room.
    full: AtomicBool,
}

impl Writer {
    /// Starts the thread on a connection of its own.
    pub fn start(conn: Connection, folding: Folding) -> Result<Self> {
        let (jobs, queue) = channel();
        let told = Arc::<Told>::default();
        let tell = told.clone();
        conn.busy_handler(Some(ask_again))?;
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || Loop { conn, folding, told: tell }.run(&queue))
            .map_err(|error| Error::Broken(format!("the writer thread did not start: {error}")))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), told })
    }

    /// Runs `work` in the next transaction. Its rows stay only if it answers `Ok`; `after` runs once they are safe on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let task = Task { work: Some(work), outcome: Err(Error::Busy), after, answer, queued: Instant::now() };
        self.queue(Box::new(task))?;
        answered.await.unwrap_or(Err(Error::Busy))
    }

    fn queue(&self, job: Box<dyn Job>) -> Result<()> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().and_then(|jobs| jobs.send(job).ok()).ok_or(Error::Busy)
    }

    /// Transactions committed so far; each may carry many jobs.
    pub fn commits(&self) -> u64 {
        self.told.commits.load(Ordering::Relaxed)
    }

    /// Whether the last write found the disk full or read-only.
    pub fn is_full(&self) -> bool {
        self.told.full.load(Ordering::Relaxed)
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

fn ask_again(asked: i32) -> bool {
    std::thread::sleep(STEP);
    asked < STEPS
}

struct Loop {
    conn: Connection,
    folding: Folding,
    told: Arc<Told>,
}

impl Loop {
    fn run(mut self, queue: &Receiver<Box<dyn Job>>) {
        loop {
            let wait = self.folding.due_in().unwrap_or(Duration::from_secs(3600));
            match queue.recv_timeout(wait) {
                Ok(first) => self.take(first, queue),
                Err(RecvTimeoutError::Timeout) => self.folding.try_fold(&self.conn),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let last = self.folding.finish(&self.conn);
        if let Err((_, error)) = self.conn.close() {
            log::error!(target: "box", "The database did not close cleanly: {error}");
        }
        drop(last);
    }

    fn take(&mut self, first: Box<dyn Job>, queue: &Receiver<Box<dyn Job>>) {
        let mut jobs: Vec<_> = std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)).collect();
        let begun = self.begin(&mut jobs, queue);
        if jobs.is_empty() {
            return;
        }
        let commit = begun.and_then(|begun| commit(&self.conn, &begun, &mut jobs));
        self.told.commits.fetch_add(u64::from(commit.is_ok()), Ordering::Relaxed);
        let mut room = true;
        for job in jobs {
            room &= job.answer(commit.clone());
        }
        self.tell_full(!room);
        self.folding.wrote(&self.conn);
    }

    /// Begins a transaction. While another program holds the database, whoever has waited long enough is answered `Busy`,
    /// and new jobs join the rest.
    fn begin(&self, jobs: &mut Vec<Box<dyn Job>>, queue: &Receiver<Box<dyn Job>>) -> Result<Begun> {
        loop {
            match wal_mark::begin(&self.conn) {
                Err(Error::Busy) if !jobs.is_empty() => {
                    jobs.extend(queue.try_iter());
                    for late in jobs.extract_if(.., |job| job.queued().elapsed() > PATIENCE) {
                        late.answer(Err(Error::Busy));
                    }
                }
                begun => return begun,
            }
        }
    }

    fn tell_full(&self, full: bool) {
        match (self.told.full.swap(full, Ordering::Relaxed), full) {
            (false, true) => {
                log::error!(target: "box", "The disk is full or read-only: pages are shown, nothing can be saved. Free some space; no restart is needed.");
            }
            (true, false) => log::info!(target: "box", "The disk takes writes again."),
            _ => {}
        }
    }
}

/// Ends the transaction begun with all jobs in it; one that fails takes back its own rows only.
fn commit(conn: &Connection, begun: &Begun, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    let done = run_all(conn, jobs).and_then(|()| begun.mark(conn)).and_then(|()| Ok(conn.execute_batch("COMMIT")?));
    if done.is_err() && !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    done
}

fn run_all(conn: &Connection, jobs: &mut [Box<dyn Job>]) -> Result<()> {
    for job in jobs {
        conn.execute_batch("SAVEPOINT job")?;
        let done = job.run(conn);
        if conn.is_autocommit() {
            // A full disk or an I/O error makes SQLite undo everything at once.
            return done.and(Err(Error::Full));
        }
        conn.execute_batch(if done.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    Ok(())
}
