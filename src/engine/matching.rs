//! Looking for the recordings of requests typed by hand, long before their turn: among what the box knows, then at Spotify.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::spotify::Spotify;
use super::translate::hit;
use super::trouble::{Stumble, trouble};
use crate::domain::{
    Failure, Hit, OpenRequest, Searched, SpotifyTrouble, Timestamp, Tries, Turn, UNKNOWN, Unsearched, UserId, chosen,
    plain,
};
use crate::spotify::{self, MOST_RESULTS, Why};
use crate::store::{Result, SpotifyWorker, Tenant, Wait};

/// Time between two searches: an evening's requests are not all to be asked within the half minute that Spotify counts.
const PACE_MS: i64 = 2_000;
/// A search takes ten seconds at most, and may not make what is due by then late.
const ROOM_MS: i64 = 12_000;
/// Nobody is asked for so long after a search that got no answer.
const SILENCE_MS: i64 = 15_000;

/// What a round came to.
pub enum Round {
    /// Nothing was found; there may be more to do at that time.
    Nothing(Option<Timestamp>),
    /// The queue may have changed; there may be more to do at that time.
    Found(Timestamp),
}

/// Looks for the recordings of all DJs' requests, for one DJ at a time.
#[derive(Clone)]
pub struct Matching {
    spotify: Spotify,
    tries: Arc<Mutex<BTreeMap<UserId, Tries>>>,
}

impl Matching {
    pub fn new(spotify: &Spotify) -> Self {
        Self { spotify: spotify.clone(), tries: Arc::default() }
    }

    /// Nobody watches this DJ any more.
    pub fn forget(&self, user: &UserId) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }

    /// What a DJ is to be told of the searches for their requests, with each poll until one is answered.
    pub fn trouble(&self, worker: &Tenant<SpotifyWorker>) -> Option<SpotifyTrouble> {
        self.tries(worker, |tries| tries.trouble())
    }

    /// Looks for the request whose turn it is; what else there is to do for this DJ is due at `due`. Blocks.
    pub fn round(&self, worker: &Tenant<SpotifyWorker>, due: Timestamp) -> Result<Round> {
        worker.tell_anew().wait()?;
        self.settle(worker)?;
        loop {
            let Some(unsearched) = worker.unsearched(self.spotify.defaults()).wait()? else {
                return Ok(Round::Nothing(None));
            };
            let now = self.spotify.now();
            match self
                .tries(worker, |tries| tries.turn(&unsearched.requests, |request| unsearched.may_ask(request), now))
            {
                Turn::Here(request) => {
                    if find_known(worker, &request)? {
                        return Ok(Round::Found(now.plus_ms(1)));
                    }
                }
                Turn::Rest(until) => return Ok(Round::Nothing(until)),
                // With no other song that could go over, nothing that is due matters more.
                Turn::There(_) if due.ms_since(now) < ROOM_MS && unsearched.ready > 0 => {
                    return Ok(Round::Nothing(None));
                }
                Turn::There(request) => return self.search_at_spotify(worker, &unsearched, &request),
            }
        }
    }

    /// What was refused counts only while it is still to be found, and until anybody's search is answered.
    fn settle(&self, worker: &Tenant<SpotifyWorker>) -> Result<()> {
        let Some((refused, at)) = self.tries(worker, |tries| tries.refused()) else { return Ok(()) };
        if worker.was_answered_since(at).wait()? {
            self.tries(worker, Tries::answered);
            return Ok(());
        }
        let open = worker.still_unfound(refused).wait()?;
        self.tries(worker, |tries| tries.keep(&open));
        Ok(())
    }

    fn search_at_spotify(
        &self,
        worker: &Tenant<SpotifyWorker>,
        unsearched: &Unsearched,
        request: &OpenRequest,
    ) -> Result<Round> {
        let found = match self.found(worker, unsearched, request) {
            Ok(found) => found,
            Err(Stumble::Spotify(error)) => return self.stumbled(worker, request, &error),
            Err(Stumble::Store(error)) => return Err(error),
        };
        let rules = worker.rules().wait()?;
        match chosen(&request.song, &rules, found) {
            Searched::Recording(hit) => worker.matched(&request.id, hit).wait()?,
            Searched::Nothing(why, near) => worker.unmatched(&request.id, why, near).wait()?,
        }
        Ok(Round::Found(self.spotify.now().plus_ms(PACE_MS)))
    }

    /// What Spotify has for the words of a request; where it has nothing, for its title alone: the DJ may choose from that.
    /// Where it refuses the words, an answer for the title tells that it does not refuse every search.
    fn found(
        &self,
        worker: &Tenant<SpotifyWorker>,
        unsearched: &Unsearched,
        request: &OpenRequest,
    ) -> Result<Vec<Hit>, Stumble> {
        // Spotify has something for every sign, and it is none of what is meant.
        if plain(&words(request)).is_empty() {
            return Ok(vec![]);
        }
        let (found, title) = (self.search(worker, &words(request)), &request.song.title);
        match found {
            _ if unsearched.budget.spare() == 0 => found,
            Ok(found) if found.is_empty() => self.search(worker, title),
            Err(Stumble::Spotify(spotify::Error::Refused { why: Why::Other | Why::Question, .. })) => {
                self.ask(worker, title)
            }
            found => found,
        }
    }

    /// What Spotify has for some words, or had within a day.
    fn search(&self, worker: &Tenant<SpotifyWorker>, words: &str) -> Result<Vec<Hit>, Stumble> {
        match worker.find(words).wait()?.remembered {
            Some(known) => Ok(known),
            None => self.ask(worker, words),
        }
    }

    /// What Spotify has for some words at this moment.
    fn ask(&self, worker: &Tenant<SpotifyWorker>, words: &str) -> Result<Vec<Hit>, Stumble> {
        let tracks = self.spotify.ask(worker, |account| account.search(words, MOST_RESULTS, 0))?;
        self.tries(worker, Tries::answered);
        let hits: Vec<Hit> = tracks.into_iter().map(hit).collect();
        worker.learn(Some(plain(words)), hits.clone()).wait()?;
        Ok(hits)
    }

    /// It stays a request that nobody has looked for, unless it is Spotify's word on this one alone.
    fn stumbled(&self, worker: &Tenant<SpotifyWorker>, request: &OpenRequest, error: &spotify::Error) -> Result<Round> {
        let now = self.spotify.now();
        let wait_ms = match error {
            spotify::Error::TooMany { .. }
            | spotify::Error::QuotaUntil { .. }
            | spotify::Error::Later { retry_after: Some(_) } => trouble(error).wait_ms().unwrap_or(SILENCE_MS),
            _ => {
                self.weigh(worker, request, error)?;
                if matches!(error, spotify::Error::Refused { .. }) { PACE_MS } else { SILENCE_MS }
            }
        };
        let until = self.tries(worker, |tries| tries.rest(wait_ms.max(PACE_MS), now));
        Ok(Round::Nothing(Some(until)))
    }

    /// Whose fault it is.
    fn weigh(&self, worker: &Tenant<SpotifyWorker>, request: &OpenRequest, error: &spotify::Error) -> Result<()> {
        let (how, why) = match error {
            spotify::Error::Refused { why: Why::Question, message } => {
                (Failure::Question(message.clone()), UNKNOWN.to_owned())
            }
            other => {
                let said = format!("Spotify does not answer a search for this song: {}", trouble(other).sentence());
                let how = match (other, trouble(other)) {
                    (_, SpotifyTrouble::Refused(message)) => Failure::Refused(message),
                    (spotify::Error::Refused { .. }, trouble) => Failure::Refused(trouble.sentence()),
                    _ => Failure::Silence,
                };
                (how, said)
            }
        };
        let now = self.spotify.now();
        if self.tries(worker, |tries| tries.failed(request, how, now)) {
            return worker.unmatched(&request.id, why, vec![]).wait();
        }
        match self.tries(worker, |tries| tries.trouble().and_then(|_| tries.acquit())) {
            Some(wronged) => worker.ask_again(&wronged).wait(),
            None => Ok(()),
        }
    }

    fn tries<T>(&self, worker: &Tenant<SpotifyWorker>, work: impl FnOnce(&mut Tries) -> T) -> T {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        work(tries.entry(worker.id().clone()).or_default())
    }
}

/// Whether the box knows the song already.
fn find_known(worker: &Tenant<SpotifyWorker>, request: &OpenRequest) -> Result<bool> {
    let known = worker.find(&words(request)).wait()?.here;
    let rules = worker.rules().wait()?;
    let Searched::Recording(hit) = chosen(&request.song, &rules, known) else { return Ok(false) };
    worker.matched(&request.id, hit).wait()?;
    Ok(true)
}

fn words(request: &OpenRequest) -> String {
    format!("{} {}", request.song.title, request.song.artist)
}
