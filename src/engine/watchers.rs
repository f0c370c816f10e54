use std::io;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::agenda::Lateness;
use super::scheduler::Scheduler;
use super::spotify::Spotify;
use super::watch::Watch;
use crate::domain::{Timestamp, UserId};
use crate::store::Store;

/// Threads that watch: as many DJs' Spotify may hang at once before anybody else's look is late.
const THREADS: usize = 8;
/// When it is asked again whom to watch, where the store could not say.
const BEGIN_AGAIN: Duration = Duration::from_secs(5);
/// How long rounds under way may take when the box is told to stop.
const LAST_ROUNDS: Duration = Duration::from_millis(200);

/// Who watches whose Spotify when: every DJ at their own times, on a few threads.
#[derive(Clone)]
pub struct Watchers(Scheduler<UserId>);

impl Watchers {
    /// Starts the threads and watches everybody whose night is on. Needs a tokio runtime around it.
    pub fn start(store: &Store, spotify: &Spotify) -> io::Result<Self> {
        let (watch, clock) = (Watch::new(store, spotify), store.clone());
        let scheduler = Scheduler::start(THREADS, move |user: &UserId| {
            watch.round(user).map(|due| Instant::now() + until(due, clock.now()))
        })?;
        let (watchers, store) = (Self(scheduler), store.clone());
        let begun = watchers.clone();
        Handle::current().spawn(async move { begun.begin(&store).await });
        Ok(watchers)
    }

    async fn begin(&self, store: &Store) {
        loop {
            match store.followers().await {
                Ok(users) => return users.iter().for_each(|user| self.consider(user)),
                Err(error) => log::error!(target: "box", "Whose Spotify to watch is not known: {error}"),
            }
            tokio::time::sleep(BEGIN_AGAIN).await;
        }
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
    #[must_use]
    pub fn watched(&self) -> usize {
        self.0.watched()
    }

    /// How late rounds began since this was last asked.
    #[must_use]
    pub fn lateness(&self) -> Lateness {
        self.0.lateness()
    }
}

fn until(due: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(due.ms_since(now)).unwrap_or(0))
}
