//! Looking for songs at Spotify on behalf of one DJ's party.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::flights::Flights;
use super::spotify::{Spotify, Stumble};
use super::tracks::hit;
use crate::domain::{Hit, UserId};
use crate::spotify::{self, Account, MOST_RESULTS, Track};
use crate::store::{Error, Store};

/// How long somebody waits for Spotify; an answer that comes later is kept for the next one who asks.
const PATIENCE: Duration = Duration::from_secs(2);
/// Searches that may be under way at once on the whole box.
const MOST: usize = 16;

/// Answers what Spotify has, or nothing: trouble there is none of a guest's business.
#[derive(Clone)]
pub struct Search {
    store: Store,
    spotify: Spotify,
    handle: Handle,
    flights: Flights<Vec<Hit>>,
}

impl Search {
    /// Needs a tokio runtime around it.
    #[must_use]
    pub fn new(store: &Store, spotify: &Spotify) -> Self {
        Self { store: store.clone(), spotify: spotify.clone(), handle: Handle::current(), flights: Flights::new(MOST) }
    }

    /// Tracks for some plain words; the answer is kept for a day.
    pub async fn find(&self, user: &UserId, words: &str) -> Vec<Hit> {
        let (this, whose, sought) = (self.clone(), user.clone(), words.to_owned());
        let call = move || {
            let look = |account: Account<'_>| account.search(&sought, MOST_RESULTS, 0);
            this.answer(&whose, look, Some(sought.clone()))
        };
        self.patiently(format!("{user} words {words}"), call).await
    }

    /// The track behind an id.
    pub async fn track(&self, user: &UserId, id: &str) -> Option<Hit> {
        let (this, whose, sought) = (self.clone(), user.clone(), id.to_owned());
        let call = move || this.answer(&whose, |account| account.track(&sought).map(|track| vec![track]), None);
        self.patiently(format!("{user} track {id}"), call).await.into_iter().next()
    }

    async fn patiently(&self, what: String, call: impl FnOnce() -> Vec<Hit> + Send + 'static) -> Vec<Hit> {
        match timeout(PATIENCE, self.flights.share(what, call)).await {
            Ok(Some(hits)) => hits,
            Ok(None) | Err(_) => vec![],
        }
    }

    fn answer(
        &self,
        user: &UserId,
        look: impl Fn(Account<'_>) -> spotify::Result<Vec<Track>>,
        words: Option<String>,
    ) -> Vec<Hit> {
        match self.learn(user, look, words) {
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

    fn learn(
        &self,
        user: &UserId,
        look: impl Fn(Account<'_>) -> spotify::Result<Vec<Track>>,
        words: Option<String>,
    ) -> Result<Vec<Hit>, Stumble> {
        let watcher = self.handle.block_on(self.store.watcher(user)).map_err(Stumble::Store)?;
        let may: Result<bool, Error> = self.handle.block_on(watcher.may_search(self.spotify.house()));
        if !may? {
            return Ok(vec![]);
        }
        let hits: Vec<Hit> = self.spotify.ask(&watcher, look)?.into_iter().map(hit).collect();
        self.handle.block_on(watcher.learn(words, hits.clone()))?;
        Ok(hits)
    }
}
