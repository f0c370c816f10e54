//! Whose Spotify is watched, and when each is due.

use std::io;
use std::time::{Duration, Instant};

use super::agenda::Lateness;
use super::scheduler::Scheduler;
use super::spotify::Spotify;
use super::watcher::Watcher;
use crate::domain::{Timestamp, UserId};
use crate::store::{Result, Store, Wait};

/// Threads that watch: as many DJs' Spotify may hang at once before anybody else's poll is late.
const THREADS: usize = 8;
/// How long rounds under way may take when the box is told to stop.
const LAST_ROUNDS: Duration = Duration::from_millis(200);

/// Who watches whose Spotify when: every DJ at their own times, on a few threads.
#[derive(Clone)]
pub struct WatchList(Scheduler<UserId>);

impl WatchList {
    /// Starts the threads, which watch nobody yet.
    pub fn start(store: &Store, spotify: &Spotify) -> io::Result<Self> {
        let (watcher, clock) = (Watcher::new(store, spotify), store.clone());
        let scheduler = Scheduler::start(THREADS, move |user: &UserId| {
            watcher.round(user).map(|due| Instant::now() + until(due, clock.now()))
        })?;
        Ok(Self(scheduler))
    }

    /// Watches everybody whose night follows Spotify and who is not watched yet: at the start, and where an account was
    /// let in again from the command line.
    pub fn attend(&self, store: &Store) -> Result<()> {
        let now = Instant::now();
        store.followers().wait()?.iter().for_each(|user| self.0.watch_new(user, now));
        Ok(())
    }

    /// Has a DJ's orders read again: something of theirs has changed.
    pub fn consider(&self, user: &UserId) {
        self.0.watch(user, Instant::now());
    }

    /// Begins no more rounds. One that waits for Spotify is left behind: the ledger knows what it was about.
    pub fn stop(&self) {
        self.0.stop(LAST_ROUNDS);
    }

    /// How many DJs are watched.
    pub fn watched(&self) -> usize {
        self.0.watched()
    }

    /// How late rounds began since this was last asked.
    pub fn lateness(&self) -> Lateness {
        self.0.lateness()
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(due.ms_since(now)).unwrap_or(0))
}
