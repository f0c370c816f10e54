//! One thing to write, and someone who waits for the word that it is safe.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::queue::Tenancy;
use crate::store::error::{Error, Result};

/// Something to write, and someone who waits for the word that it is safe.
pub trait Job: Send {
    /// Writes; the rows shall stay unless it fails.
    fn run(&mut self, conn: &Connection) -> Result<()>;
    /// Gives the word, `commit` being the fate of the whole transaction; answers whether the disk had room.
    fn answer(self: Box<Self>, commit: Result<()>) -> bool;
    /// Since when it waits.
    fn queued(&self) -> Instant;
    /// Whose it is.
    fn owner(&self) -> &Tenancy;
}

/// What the thread is asked for.
pub enum Message {
    Write(Box<dyn Job>),
    /// To look whether another program has written, and to say when it has looked.
    Look(oneshot::Sender<()>),
}

/// What is to be written, and what is to follow.
pub struct Task<T, F, A> {
    owner: Tenancy,
    work: Option<F>,
    outcome: Result<T>,
    after: A,
    answer: oneshot::Sender<Result<T>>,
    queued: Instant,
}

impl<T, F, A> Task<T, F, A> {
    /// A task that waits from now on, and where its answer will come.
    pub fn new(owner: Tenancy, work: F, after: A) -> (Self, oneshot::Receiver<Result<T>>) {
        let (answer, answered) = oneshot::channel();
        (Self { owner, work: Some(work), outcome: Err(Error::Busy), after, answer, queued: Instant::now() }, answered)
    }
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

    fn owner(&self) -> &Tenancy {
        &self.owner
    }
}
