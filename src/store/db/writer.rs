//! The thread that writes: everybody's jobs in turn, many in one commit.

pub mod freshness;
pub mod job;
pub mod queue;
#[cfg(test)]
mod tests;
pub mod unsaved;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use self::freshness::{Freshness, Traces};
use self::job::{Job, Message, Task};
use self::queue::{Jobs, Tenancy};
use self::unsaved::Unsaved;
use super::file::displaced::{DisplacementWatch, OpenedFiles};
use super::lookout::Lookout;
use super::wal::checkpoint::Checkpointer;
use super::wal::mark;
use super::wal::mark::Begun;
use crate::store::changes::Changes;
use crate::store::error::{Error, Result};

/// How long a commit takes in jobs at least. On a slow disk as long as the last one took to reach it: then half of the
/// time is the disk's, and nobody waits much longer than for the disk itself.
const WORK: Duration = Duration::from_millis(3);
/// How long a job waits for another program to let go of the database.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the thread itself asks at a time, so that nobody's patience is overstretched.
const STEPS: i32 = 250;
/// From one time to the next: a program that locks again and again leaves short gaps.
const STEP: Duration = Duration::from_micros(200);
/// How often it is looked whether the database is still in its place when nobody writes.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The one thread that writes. It takes what is queued, a fair share of everybody's, gives each job its own savepoint in
/// one transaction, commits once, and only then answers all.
pub struct Writer {
    jobs: Mutex<Option<Sender<Message>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    told: Arc<Told>,
    freshness: Arc<Freshness>,
}

/// What the thread lets others know.
struct Told {
    commits: AtomicU64,
    unsaved: Unsaved,
}

impl Writer {
    /// Starts the thread on a connection of its own; `changes` is rung when nothing can be saved, and when that is over.
    pub fn start(
        conn: Connection,
        checkpointer: Checkpointer,
        place: OpenedFiles,
        changes: Arc<Changes>,
        lookout: Arc<Lookout>,
    ) -> Result<Self> {
        let (jobs, queue) = channel();
        let told = Arc::new(Told { commits: AtomicU64::new(0), unsaved: Unsaved::new(changes) });
        let (tell, freshness) = (told.clone(), Arc::<Freshness>::default());
        let traces = Traces::of(&conn, freshness.clone(), lookout)?;
        conn.busy_handler(Some(ask_again))?;
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let place = DisplacementWatch::of(place);
                Loop { conn, checkpointer, place, traces, told: tell, jobs: Jobs::new(), disk: WORK }.run(&queue);
            })
            .map_err(|error| Error::Broken(format!("the writer thread did not start: {error}")))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), told, freshness })
    }

    /// Runs `work` in one of the next transactions, when its owner's turn comes. Its rows stay only if it answers `Ok`;
    /// `after` runs once they are safe on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        owner: Tenancy,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        self.told.unsaved.is_displaced()?;
        let (task, answered) = Task::new(owner, work, after);
        self.ask(Message::Write(Box::new(task)))?;
        answered.await.unwrap_or(Err(Error::Busy))
    }

    fn ask(&self, message: Message) -> Result<()> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().and_then(|jobs| jobs.send(message).ok()).ok_or(Error::Busy)
    }

    /// What was committed, as far as is noted.
    pub fn freshness(&self) -> Arc<Freshness> {
        self.freshness.clone()
    }

    /// Notes what other programs have written up to now.
    pub async fn look_for_others(&self) -> Result<()> {
        let (said, looked) = oneshot::channel();
        self.ask(Message::Look(said))?;
        looked.await.map_err(|_| Error::Busy)
    }

    /// Transactions committed so far; each may carry many jobs.
    pub fn commits(&self) -> u64 {
        self.told.commits.load(Ordering::Relaxed)
    }

    /// Why nothing can be saved, as far as the last write or look knows.
    pub fn unsaved(&self) -> Option<Error> {
        self.told.unsaved.why()
    }

    /// Refuses once what is read is not what was written.
    pub fn is_readable(&self) -> Result<()> {
        self.told.unsaved.is_overwritten()
    }

    /// Finishes what is queued, checkpoints the WAL and closes; later jobs are answered `Busy`.
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
    checkpointer: Checkpointer,
    told: Arc<Told>,
    jobs: Jobs<Box<dyn Job>>,
    /// How long the last commit took to reach the disk.
    disk: Duration,
    place: DisplacementWatch,
    traces: Traces,
}

impl Loop {
    fn run(mut self, queue: &Receiver<Message>) {
        loop {
            self.gather(queue);
            if !self.jobs.is_empty() {
                self.take(queue);
                continue;
            }
            self.see_to_place();
            let wait = self.checkpointer.due_in().unwrap_or(CHECK_EVERY);
            match queue.recv_timeout(wait.min(CHECK_EVERY)) {
                Ok(first) => self.hear(first),
                Err(RecvTimeoutError::Timeout) if self.place.has_wal() => self.checkpointer.try_checkpoint(&self.conn),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.end();
    }

    /// The last connection takes the WAL and its index away by their names, so it is closed only where these are ours.
    fn end(mut self) {
        self.see_to_place();
        self.place.keep(&self.conn);
        if !self.place.has_wal() {
            std::mem::forget((self.conn, self.checkpointer));
            return;
        }
        let last = self.checkpointer.finish(&self.conn);
        if let Err((_, error)) = self.conn.close() {
            log::error!(target: "box", "The database did not close cleanly: {error}");
        }
        drop(last);
    }

    fn gather(&mut self, queue: &Receiver<Message>) {
        for message in queue.try_iter() {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Write(job) => self.jobs.push(&job.owner().clone(), job),
            Message::Look(said) => {
                self.traces.look(&self.conn);
                // Whoever asked may have gone away.
                let _ = said.send(());
            }
        }
    }

    /// One transaction, from its beginning to everybody's answer.
    fn take(&mut self, queue: &Receiver<Message>) {
        let mut done = Vec::new();
        let begun = self.check().and_then(|()| self.begin(queue));
        let commit = match begun {
            Ok(begun) => self.fill(&begun, &mut done, queue),
            Err(error) => {
                done = self.jobs.extract(|_| true);
                Err(error)
            }
        };
        if done.is_empty() {
            return;
        }
        // What came into a file that was exchanged meanwhile is told as not saved.
        let commit = self.check().and(commit);
        self.told.commits.fetch_add(u64::from(commit.is_ok()), Ordering::Relaxed);
        let mut room = true;
        for job in done {
            room &= job.answer(commit.clone());
        }
        self.told.unsaved.set_full(!room);
        self.place.tell(&self.conn);
        if self.place.has_wal() {
            self.checkpointer.wrote(&self.conn);
        }
    }

    /// Whether what is written now is there after the next start; whoever asks to write is told at once from here on.
    fn check(&mut self) -> Result<()> {
        let found = self.checkpointer.check().and_then(|()| self.place.check());
        self.told.unsaved.set_found(&found);
        found
    }

    /// When the database is taken from its place, and when it is back, that is told, once.
    fn see_to_place(&mut self) {
        drop(self.check());
        self.place.tell(&self.conn);
    }

    /// Begins a transaction. While another program holds the database, whoever has waited long enough is answered `Busy`,
    /// and new jobs join the rest.
    fn begin(&mut self, queue: &Receiver<Message>) -> Result<Begun> {
        loop {
            match mark::begin(&self.conn) {
                Err(Error::Busy) if !self.jobs.is_empty() => {
                    self.gather(queue);
                    for late in self.jobs.extract(|job| job.queued().elapsed() > PATIENCE) {
                        late.answer(Err(Error::Busy));
                    }
                }
                begun => return begun,
            }
        }
    }

    /// Runs jobs in the transaction begun, those that come meanwhile too, and ends it; one that fails takes back its own
    /// rows only.
    fn fill(&mut self, begun: &Begun, done: &mut Vec<Box<dyn Job>>, queue: &Receiver<Message>) -> Result<()> {
        self.traces.look(&self.conn);
        let mut batch = self.jobs.batch(self.disk.max(WORK));
        let mut ran = Ok(());
        while ran.is_ok()
            && let Some(mut job) = self.jobs.next(&mut batch)
        {
            ran = run(&self.conn, job.as_mut());
            self.traces.note(&self.conn, job.owner());
            done.push(job);
            self.gather(queue);
        }
        self.jobs.end(batch);
        let worked = Instant::now();
        let marked = ran.and_then(|()| begun.mark(&self.conn));
        let ended = marked.and_then(|()| Ok(self.conn.execute_batch("COMMIT")?));
        if ended.is_err() && !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.traces.end(&self.conn, ended.is_ok());
        self.disk = worked.elapsed();
        ended
    }
}

/// Runs one job in a savepoint of its own.
fn run(conn: &Connection, job: &mut dyn Job) -> Result<()> {
    conn.execute_batch("SAVEPOINT job")?;
    let done = job.run(conn);
    if conn.is_autocommit() {
        // A full disk or an I/O error makes SQLite undo everything at once.
        return done.and(Err(Error::Full));
    }
    Ok(conn.execute_batch(if done.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?)
}
