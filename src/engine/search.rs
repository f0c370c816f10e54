//! Looking for songs at Spotify on behalf of one DJ's party.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::flights::Flights;
use super::spotify::{Spotify, Stumble};
use super::tracks::hit;
use crate::domain::{Attempts, Budget, Hit, UserId, plain};
use crate::spotify::{Account, MOST_RESULTS};
use crate::store::{Error, Store};

/// How long somebody waits for Spotify; an answer that comes later is kept for the next one who asks.
const PATIENCE: Duration = Duration::from_secs(2);
/// Searches that may be under way at once on the whole box.
const MOST: usize = 16;
/// Calls for guests that are remembered; none has more in an hour.
const MOST_IN_AN_HOUR: usize = 1_000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// Answers what Spotify has, or nothing: trouble there is none of a guest's business.
#[derive(Clone)]
pub struct Search {
    store: Store,
    spotify: Spotify,
    handle: Handle,
    flights: Flights<Vec<Hit>>,
    /// Calls made for each DJ's party; they need not outlive a restart.
    made: Arc<Mutex<Attempts>>,
}

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeker {
    /// What a DJ looks for counts as their guests' does, but is refused only with the budget: it is theirs.
    Dj,
    Guest,
}

/// What to look for: a track by its id, or any for some words as they were typed.
enum Sought {
    Track(String),
    Words(String),
}

impl Search {
    /// Needs a tokio runtime around it.
    #[must_use]
    pub fn new(store: &Store, spotify: &Spotify) -> Self {
        Self {
            store: store.clone(),
            spotify: spotify.clone(),
            handle: Handle::current(),
            flights: Flights::new(MOST),
            made: Arc::new(Mutex::new(Attempts::new(MOST_IN_AN_HOUR, HOUR_MS))),
        }
    }

    /// Tracks for some words, which are sent as they were typed; the answer is kept for a day, for all who spell them
    /// otherwise too.
    pub async fn find(&self, user: &UserId, words: &str, seeker: Seeker) -> Vec<Hit> {
        self.patiently(format!("{user} words {}", plain(words)), user, Sought::Words(words.to_owned()), seeker).await
    }

    /// The track behind an id.
    pub async fn track(&self, user: &UserId, id: &str, seeker: Seeker) -> Option<Hit> {
        let found = self.patiently(format!("{user} track {id}"), user, Sought::Track(id.to_owned()), seeker);
        found.await.into_iter().next()
    }

    async fn patiently(&self, what: String, user: &UserId, sought: Sought, seeker: Seeker) -> Vec<Hit> {
        let (this, whose) = (self.clone(), user.clone());
        let call = move || this.answer(&whose, &sought, seeker);
        match timeout(PATIENCE, self.flights.share(what, call)).await {
            Ok(Some(hits)) => hits,
            Ok(None) | Err(_) => vec![],
        }
    }

    fn answer(&self, user: &UserId, sought: &Sought, seeker: Seeker) -> Vec<Hit> {
        match self.learn(user, sought, seeker) {
            Ok(hits) => hits,
            Err(Stumble::Spotify(error)) => {
                log::info!(target: "box", "A search for {user} came to nothing: {error}");
                vec![]
            }
            Err(Stumble::Store(error)) => {
                log::warn!(target: "box", "A search for {user} came to nothing: {error}");
                vec![]
            }
        }
    }

    fn learn(&self, user: &UserId, sought: &Sought, seeker: Seeker) -> Result<Vec<Hit>, Stumble> {
        let watcher = self.handle.block_on(self.store.watcher(user)).map_err(Stumble::Store)?;
        let budget: Result<Option<Budget>, Error> = self.handle.block_on(watcher.budget(self.spotify.house()));
        if !budget?.is_some_and(|budget| self.counts(user, seeker, budget)) {
            return Ok(vec![]);
        }
        let look = |account: Account<'_>| match sought {
            Sought::Track(id) => account.track(id).map(|track| vec![track]),
            Sought::Words(words) => account.search(words, MOST_RESULTS, 0),
        };
        let hits: Vec<Hit> = self.spotify.ask(&watcher, look)?.into_iter().map(hit).collect();
        let words = match sought {
            Sought::Track(_) => None,
            Sought::Words(words) => Some(plain(words)),
        };
        self.handle.block_on(watcher.learn(words, hits.clone()))?;
        Ok(hits)
    }

    /// Counts a call about to be made; false where the guests of this DJ have had their share: within an hour as many as are
    /// left over for the hours after it.
    fn counts(&self, user: &UserId, seeker: Seeker, budget: Budget) -> bool {
        let (mut made, now) = (self.made.lock().unwrap_or_else(PoisonError::into_inner), self.spotify.own_time());
        let fits = || i64::try_from(made.within(user.as_str(), now)).is_ok_and(|made| made < budget.spare());
        let may = budget.is_searchable() && (seeker == Seeker::Dj || fits());
        if may {
            made.wrong(user.as_str(), now);
        }
        may
    }
}
