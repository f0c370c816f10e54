//! Looking for songs at Spotify on behalf of one DJ's party.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::single_flight::SingleFlight;
use super::spotify::Spotify;
use super::translate::hit;
use super::trouble::{Stumble, trouble};
use crate::domain::{Attempts, Budget, Hit, Unopened, UserId, plain};
use crate::spotify::{Account, MOST_RESULTS};
use crate::store::{Error, Result as Stored, Store, Wait};

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
    single_flight: SingleFlight<Found>,
    /// Calls made for each DJ's party; they need not outlive a restart.
    made: Arc<Mutex<Attempts>>,
}

/// What a search found.
#[derive(Clone, Default)]
struct Found {
    hits: Vec<Hit>,
    /// Where Spotify was not asked: after how long it may be, in milliseconds, as far as is known.
    wait_ms: Option<i64>,
}

/// Who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searcher {
    /// What a DJ looks for counts as their guests' does, but is refused only with the budget: it is theirs.
    Host,
    Guest,
}

/// What to look for: a track by its id, or any for some words as they were typed.
enum Sought {
    Track(String),
    Words(String),
}

impl Search {
    pub fn new(store: &Store, spotify: &Spotify) -> Self {
        Self {
            store: store.clone(),
            spotify: spotify.clone(),
            single_flight: SingleFlight::new(MOST),
            made: Arc::new(Mutex::new(Attempts::new(MOST_IN_AN_HOUR, HOUR_MS))),
        }
    }

    /// Tracks for some words, which are sent as they were typed; the answer is kept for a day, for all who spell them
    /// otherwise too.
    pub async fn find(&self, user: &UserId, words: &str, searcher: Searcher) -> Vec<Hit> {
        let what = format!("{user} words {}", plain(words));
        self.patiently(what, user, Sought::Words(words.to_owned()), searcher).await.hits
    }

    /// Whether there is no Spotify of this DJ's to ask.
    pub async fn is_by_hand(&self, user: &UserId) -> Stored<bool> {
        Ok(self.store.spotify_worker(user).await?.budget(self.spotify.defaults()).await?.is_none())
    }

    /// The track behind an id.
    pub async fn track(&self, user: &UserId, id: &str, searcher: Searcher) -> Result<Hit, Unopened> {
        let found = self.patiently(format!("{user} track {id}"), user, Sought::Track(id.to_owned()), searcher).await;
        found.hits.into_iter().next().ok_or_else(|| found.wait_ms.map_or(Unopened::Now, Unopened::Within))
    }

    async fn patiently(&self, what: String, user: &UserId, sought: Sought, searcher: Searcher) -> Found {
        let (this, whose) = (self.clone(), user.clone());
        let call = move || this.answer(&whose, &sought, searcher);
        // Guests and DJs have shares of their own, and are told of them.
        match timeout(PATIENCE, self.single_flight.share(format!("{searcher:?} {what}"), call)).await {
            Ok(Some(found)) => found,
            Ok(None) | Err(_) => Found::default(),
        }
    }

    fn answer(&self, user: &UserId, sought: &Sought, searcher: Searcher) -> Found {
        match self.learn(user, sought, searcher) {
            Ok(found) => found,
            Err(Stumble::Spotify(error)) => {
                log::info!(target: "box", "A search for {user} came to nothing: {error}");
                Found { hits: vec![], wait_ms: trouble(&error).wait_ms() }
            }
            Err(Stumble::Store(error)) => {
                log::warn!(target: "box", "A search for {user} came to nothing: {error}");
                Found::default()
            }
        }
    }

    fn learn(&self, user: &UserId, sought: &Sought, searcher: Searcher) -> Result<Found, Stumble> {
        let worker = self.store.spotify_worker(user).wait().map_err(Stumble::Store)?;
        let budget: Result<Option<Budget>, Error> = worker.budget(self.spotify.defaults()).wait();
        let Some(budget) = budget? else { return Ok(Found::default()) };
        if !budget.is_searchable() {
            let wait_ms = worker.searchable_in_ms(self.spotify.defaults()).wait()?;
            return Ok(Found { hits: vec![], wait_ms });
        }
        if let Err(wait_ms) = self.counts(user, searcher, budget) {
            return Ok(Found { hits: vec![], wait_ms });
        }
        let ask = |account: Account<'_>| match sought {
            Sought::Track(id) => account.track(id).map(|track| vec![track]),
            Sought::Words(words) => account.search(words, MOST_RESULTS, 0),
        };
        let hits: Vec<Hit> = self.spotify.ask(&worker, ask)?.into_iter().map(hit).collect();
        let words = match sought {
            Sought::Track(_) => None,
            Sought::Words(words) => Some(plain(words)),
        };
        worker.learn(words, hits.clone()).wait()?;
        Ok(Found { hits, wait_ms: None })
    }

    /// Counts a call about to be made. Refuses where the guests of this DJ have had their share: within an hour as many as
    /// are left over for the hours after it; says how long to wait where there are any.
    fn counts(&self, user: &UserId, searcher: Searcher, budget: Budget) -> Result<(), Option<i64>> {
        let (mut made, now) = (self.made.lock().unwrap_or_else(PoisonError::into_inner), self.spotify.own_time());
        let share = usize::try_from(budget.spare()).unwrap_or_default();
        if searcher == Searcher::Guest && made.within(user.as_str(), now) >= share {
            return Err(made.wait_below_ms(user.as_str(), share, now));
        }
        made.wrong(user.as_str(), now);
        Ok(())
    }
}
