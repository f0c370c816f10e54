//! Passwords that wait to be looked at. bcrypt beside a busy party is felt by everyone, so one is looked at at a time, and
//! addresses take turns: however many one address sends, another's waits for one of them and not for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{Error, Result};
use crate::domain::Refusal;

/// Passwords of one address that may stand in line: a venue's DJs, all behind one router.
const OF_ADDRESS: usize = 16;
/// Passwords that may stand in line in all: with more, each would wait longer than anybody does.
const OF_ALL: usize = 48;

/// Everybody who waits, a line for each address.
pub struct Passwords {
    one: Semaphore,
    lines: Mutex<HashMap<String, Line>>,
}

/// Those of one address: how many, and whose turn it is among them.
struct Line {
    length: usize,
    first: Arc<Semaphore>,
}

/// A place in an address's line, until it is dropped.
pub struct Place<'a> {
    passwords: &'a Passwords,
    address: String,
    first: Arc<Semaphore>,
}

/// The one password that is being looked at.
pub struct Turn<'a> {
    _first: SemaphorePermit<'a>,
    _one: SemaphorePermit<'a>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { one: Semaphore::new(1), lines: Mutex::default() }
    }
}

impl Passwords {
    /// A place in the line of an address, `None` being the box itself; refuses where too many stand in it.
    pub fn line(&self, address: Option<&str>) -> Result<Place<'_>> {
        let address = address.unwrap_or_default().to_owned();
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = lines.values().map(|line| line.length).sum();
        let line =
            lines.entry(address.clone()).or_insert_with(|| Line { length: 0, first: Arc::new(Semaphore::new(1)) });
        line.length += 1;
        let (length, first) = (line.length, line.first.clone());
        drop(lines);
        let place = Place { passwords: self, address, first };
        if length > OF_ADDRESS || all >= OF_ALL { Err(Refusal::SignInQueue.into()) } else { Ok(place) }
    }
}

impl Place<'_> {
    /// Waits until this one is the first of its address, and its address is on.
    pub async fn turn(&self) -> Result<Turn<'_>> {
        let first = self.first.acquire().await.map_err(|_| Error::Busy)?;
        Ok(Turn { _first: first, _one: self.passwords.one.acquire().await.map_err(|_| Error::Busy)? })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut lines = self.passwords.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = lines.get_mut(&self.address) else { return };
        line.length -= 1;
        if line.length == 0 {
            lines.remove(&self.address);
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
    use super::{Arc, OF_ADDRESS, OF_ALL, Passwords};

    #[tokio::test]
    async fn one_address_with_many_passwords_holds_up_another_by_one_of_them() {
        let passwords = Arc::new(Passwords::default());
        let (looked_at, mut order) = tokio::sync::mpsc::unbounded_channel();
        let begun = passwords.line(Some("crowd")).unwrap();
        let turn = begun.turn().await.unwrap();
        for name in ["crowd", "crowd", "crowd", "other"] {
            let (passwords, looked_at) = (passwords.clone(), looked_at.clone());
            tokio::spawn(async move {
                let place = passwords.line(Some(name)).unwrap();
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
    fn a_full_line_is_told_and_makes_room_again() {
        let passwords = Passwords::default();
        let full: Vec<_> = (0..OF_ADDRESS).map(|_| passwords.line(Some("crowd")).unwrap()).collect();
        assert!(passwords.line(Some("crowd")).is_err());
        let others: Vec<_> =
            (OF_ADDRESS..OF_ALL).map(|n| passwords.line(Some(&format!("other {n}"))).unwrap()).collect();
        assert!(passwords.line(Some("one more")).is_err());
        drop((full, others));
        assert!(passwords.line(Some("crowd")).is_ok());
        assert!(passwords.lines.lock().unwrap().is_empty(), "lines nobody stands in are kept");
    }
}
