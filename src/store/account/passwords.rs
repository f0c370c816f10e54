//! Passwords that wait to be looked at. bcrypt beside a busy party is felt by everyone, so one is looked at at a time, and
//! sources take turns: however many one source sends, another's waits for one of them and not for all. A browser that signed
//! in before is a source of its own, and goes past all that were never signed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::Refusal;
use crate::store::error::{Error, Result};

/// Passwords of one source that may stand in line: a venue's DJs, all behind one router.
const OF_SOURCE: usize = 16;
/// Passwords that may stand in line in all: with more, each would wait longer than anybody does.
const OF_ALL: usize = 48;
/// The same with those of which each is the first of its source: a few sources that fill the line keep no other out.
const WITH_FIRSTS: usize = 256;

/// How long anybody stands in line: who tried has gone away by then, and is not to be looked at for nothing.
const PATIENCE: Duration = Duration::from_secs(15);

/// Whose password it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A new one, of whoever is let in already.
    New,
    /// Of a browser that signed in before.
    Known(String),
    /// Of all others from one source.
    Source(String),
}

/// Everybody who waits, a line for each source.
pub struct Passwords {
    strangers: Semaphore,
    known: Semaphore,
    queues: Mutex<HashMap<Whose, Queue>>,
}

/// Those of one source: how many, and whose turn it is among them.
struct Queue {
    length: usize,
    first: Arc<Semaphore>,
}

/// A place in a source's line, until it is dropped.
pub struct Place<'a> {
    passwords: &'a Passwords,
    whose: Whose,
    first: Arc<Semaphore>,
}

/// The one password that is being looked at.
pub struct Turn<'a> {
    _first: SemaphorePermit<'a>,
    _one: SemaphorePermit<'a>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { strangers: Semaphore::new(1), known: Semaphore::new(1), queues: Mutex::default() }
    }
}

impl Passwords {
    /// A place in a line; refuses where too many stand in it.
    pub fn queue(&self, whose: Whose) -> Result<Place<'_>> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let strange = queues.iter().filter(|(whose, _)| whose.is_strange());
        let all: usize = if whose.is_strange() { strange.map(|(_, queue)| queue.length).sum() } else { 0 };
        let queue =
            queues.entry(whose.clone()).or_insert_with(|| Queue { length: 0, first: Arc::new(Semaphore::new(1)) });
        queue.length += 1;
        let (length, first) = (queue.length, queue.first.clone());
        drop(queues);
        let place = Place { passwords: self, whose, first };
        let most = if length == 1 { WITH_FIRSTS } else { OF_ALL };
        if length > OF_SOURCE || all >= most { Err(Refusal::SignInQueue.into()) } else { Ok(place) }
    }
}

impl Whose {
    fn is_strange(&self) -> bool {
        matches!(self, Self::Source(_))
    }
}

impl Place<'_> {
    /// Waits until this one is the first of its source, and its source is on; refuses where that takes too long.
    pub async fn turn(&self) -> Result<Turn<'_>> {
        self.turn_within(PATIENCE).await
    }

    async fn turn_within(&self, patience: Duration) -> Result<Turn<'_>> {
        let one = if self.whose.is_strange() { &self.passwords.strangers } else { &self.passwords.known };
        let turn = async {
            let first = self.first.acquire().await.map_err(|_| Error::Busy)?;
            Ok(Turn { _first: first, _one: one.acquire().await.map_err(|_| Error::Busy)? })
        };
        tokio::time::timeout(patience, turn).await.unwrap_or_else(|_| Err(Refusal::SignInQueue.into()))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queues = self.passwords.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = queues.get_mut(&self.whose) else { return };
        queue.length -= 1;
        if queue.length == 0 {
            queues.remove(&self.whose);
        }
    }
}

impl Turn<'_> {
    /// Hashes, off the async threads.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let panicked = |_| Error::Broken("hashing panicked".into());
        tokio::task::spawn_blocking(work).await.map_err(panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Duration, OF_ALL, OF_SOURCE, Passwords, WITH_FIRSTS, Whose};

    fn source(name: &str) -> Whose {
        Whose::Source(name.into())
    }

    #[tokio::test]
    async fn one_source_with_many_passwords_holds_up_another_by_one_of_them() {
        let passwords = Arc::new(Passwords::default());
        let (looked_at, mut order) = tokio::sync::mpsc::unbounded_channel();
        let begun = passwords.queue(source("crowd")).unwrap();
        let turn = begun.turn().await.unwrap();
        for name in ["crowd", "crowd", "crowd", "other"] {
            let (passwords, looked_at) = (passwords.clone(), looked_at.clone());
            tokio::spawn(async move {
                let place = passwords.queue(source(name)).unwrap();
                let _turn = place.turn().await.unwrap();
                looked_at.send(name).unwrap();
            });
            tokio::task::yield_now().await;
        }
        drop(turn);
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(order.recv().await.unwrap());
        }
        let place = told.iter().position(|name| *name == "other").unwrap();
        assert!(place <= 1, "{told:?}");
    }

    #[test]
    fn a_full_line_is_told_keeps_no_other_source_out_and_makes_room_again() {
        let passwords = Passwords::default();
        let crowds = || (0..OF_ALL).map(|n| format!("crowd {}", n / OF_SOURCE));
        let full: Vec<_> = crowds().map(|name| passwords.queue(source(&name)).unwrap()).collect();
        assert!(crowds().all(|name| passwords.queue(source(&name)).is_err()));
        let others: Vec<_> =
            (OF_ALL..WITH_FIRSTS).map(|n| passwords.queue(source(&format!("other {n}"))).unwrap()).collect();
        assert!(passwords.queue(source("other 60")).is_err(), "a second of a source, before the first is looked at");
        assert!(passwords.queue(source("one more")).is_err(), "nobody waits for hundreds");
        drop((full, others));
        assert!(passwords.queue(source("crowd 0")).is_ok());
        assert!(passwords.queues.lock().unwrap().is_empty(), "lines nobody stands in are kept");
    }

    #[tokio::test]
    async fn behind_a_full_line_a_browser_that_signed_in_before_is_looked_at_and_who_went_away_is_not() {
        let passwords = Passwords::default();
        let full: Vec<_> = (0..WITH_FIRSTS).map(|n| passwords.queue(source(&format!("crowd {n}"))).unwrap()).collect();
        let turn = full[0].turn().await.unwrap();
        let owner = passwords.queue(Whose::Known("a browser".into())).unwrap();
        assert!(owner.turn().await.is_ok());
        assert!(full[1].turn_within(Duration::ZERO).await.is_err(), "one is still looked at");
        drop(turn);
        assert!(full[1].turn_within(Duration::ZERO).await.is_ok());
    }
}
