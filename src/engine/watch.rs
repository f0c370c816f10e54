//! One DJ's Spotify at a time: looking at the player when it is due, and seeing songs over.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;

use super::handover::Handover;
use super::spotify::{Spotify, Stumble, ms, trouble};
use super::tracks::heard;
use crate::domain::{
    Budget, Look, Orders, PlaybackState, PollOutcome, Refusal, SpotifyTrouble, Step, Timestamp, UserId, next_poll,
};
use crate::spotify::{self, Kind, Playing, Why};
use crate::store::{Error, Result, Sighting, Store, Tenant, Watcher};

/// Things done in one round at most: a look, a hand-over, and what follows from them.
const STEPS: usize = 4;
/// When the store is asked again that could not answer.
const STORE_AGAIN_MS: i64 = 5_000;
/// When a queue is asked again that did not answer.
const QUEUE_AGAIN_MS: i64 = 10_000;

/// Does what is due for one DJ; knows neither threads nor anybody else's.
#[derive(Clone)]
pub struct Watch {
    store: Store,
    spotify: Spotify,
    handle: Handle,
    /// Who was looked at since the start: what was planned before it is not to be trusted.
    known: Arc<Mutex<BTreeSet<UserId>>>,
}

impl Watch {
    /// Needs a tokio runtime around it.
    #[must_use]
    pub fn new(store: &Store, spotify: &Spotify) -> Self {
        let (store, spotify, handle) = (store.clone(), spotify.clone(), Handle::current());
        Self { store, spotify, handle, known: Arc::default() }
    }

    /// Does what is due for `user` and answers when something is due next; `None` while there is nothing to watch.
    /// Blocks.
    #[must_use]
    pub fn round(&self, user: &UserId) -> Option<Timestamp> {
        let next = match self.handle.block_on(self.store.watcher(user)) {
            Ok(watcher) => self.steps(&watcher),
            Err(error) => Err(error),
        };
        match next {
            Ok(Some(due)) => return Some(due),
            Ok(None) | Err(Error::NotFound | Error::Refused(Refusal::Spotify(SpotifyTrouble::NotConnected))) => {}
            Err(error) => {
                log::warn!(target: "box", "The Spotify of {user} could not be watched: {error}");
                return Some(self.store.now().plus_ms(STORE_AGAIN_MS));
            }
        }
        self.known().remove(user);
        None
    }

    fn steps(&self, watcher: &Tenant<Watcher>) -> Result<Option<Timestamp>> {
        for _ in 0..STEPS {
            let Some(mut orders) = self.handle.block_on(watcher.orders(self.spotify.house()))? else {
                return Ok(None);
            };
            if self.known().insert(watcher.id().clone()) {
                (orders.due, orders.look) = (None, None);
            }
            let handover = Handover::new(&self.spotify, &self.handle, watcher);
            let rest = match orders.step(self.store.now()) {
                Step::RestUntil(until) => return Ok(Some(until)),
                Step::NoteQuota(until) => self.note_quota(watcher, until)?,
                Step::Look => self.look(watcher, &orders)?,
                Step::HandOver => handover.hand_over(&orders, self.store.now())?,
                Step::Settle => handover.settle(&orders, false)?,
            };
            if !rest {
                break;
            }
        }
        Ok(Some(self.store.now().plus_ms(QUEUE_AGAIN_MS)))
    }

    fn note_quota(&self, watcher: &Tenant<Watcher>, until: Timestamp) -> Result<bool> {
        let trouble = Some(SpotifyTrouble::Quota(until.ms_since(self.store.now())));
        let sighting = Sighting { look: None, due: Some(until), streak: 0, trouble };
        self.handle.block_on(watcher.saw(sighting))?;
        Ok(true)
    }

    /// Looks at the player; answers whether to go on at once.
    fn look(&self, watcher: &Tenant<Watcher>, orders: &Orders) -> Result<bool> {
        let answer = self.spotify.ask(watcher, |account| account.player());
        let now = self.store.now();
        let streak = orders.streak.saturating_add(1);
        let (look, outcome, trouble) = match answer {
            Ok(Some(playing)) => {
                let look = seen(playing, now);
                let outcome = outcome(&look, orders.look.as_ref(), streak);
                let trouble = (look.0.state == PlaybackState::Idle).then_some(SpotifyTrouble::NoDevice);
                (Some(look.0), outcome, trouble)
            }
            Ok(None) => (Some(silence(now)), PollOutcome::Empty { streak }, Some(SpotifyTrouble::NoDevice)),
            Err(Stumble::Spotify(error)) => (None, failed(&error, streak, now), Some(trouble(&error))),
            Err(Stumble::Store(error)) => return Err(error),
        };
        let found_nothing = matches!(outcome, PollOutcome::Empty { .. } | PollOutcome::Unreachable { .. });
        let streak = if found_nothing { streak } else { 0 };
        // This look counts too.
        let budget = Budget { used: orders.budget.used.saturating_add(1), ..orders.budget };
        let due = next_poll(outcome, budget, now);
        let followed = self.handle.block_on(watcher.saw(Sighting { look, due, streak, trouble }))?;
        if due.is_none() {
            return Err(Refusal::Spotify(SpotifyTrouble::NotConnected).into());
        }
        if followed.missed {
            return Handover::new(&self.spotify, &self.handle, watcher).settle(orders, true);
        }
        Ok(true)
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<UserId>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn silence(now: Timestamp) -> Look {
    Look { state: PlaybackState::Idle, item: None, progress_ms: 0, seen_at: now }
}

/// What the player said, stamped on arrival, and whether it was an advert.
fn seen(playing: Playing, now: Timestamp) -> (Look, Kind) {
    let state = match (playing.is_playing, &playing.item) {
        (true, _) => PlaybackState::Playing,
        (false, Some(_)) => PlaybackState::Paused,
        (false, None) => PlaybackState::Idle,
    };
    let item = playing.item.map(heard);
    (Look { state, item, progress_ms: playing.progress_ms.unwrap_or(0), seen_at: now }, playing.kind)
}

fn outcome((look, kind): &(Look, Kind), before: Option<&Look>, streak: u32) -> PollOutcome {
    match look.state {
        PlaybackState::Idle => PollOutcome::Empty { streak },
        PlaybackState::Paused => PollOutcome::Paused,
        PlaybackState::Playing if look.item.is_none() && matches!(kind, Kind::Advert | Kind::Unknown) => {
            PollOutcome::Advert
        }
        PlaybackState::Playing => {
            let left = look.ends().map(|end| end.ms_since(look.seen_at));
            let hangs = |before: &Look| before.item == look.item && before.ends().is_some_and(|end| end < look.seen_at);
            let stuck = left.is_some_and(|left| left <= 0) && before.is_some_and(hangs);
            PollOutcome::Playing { remaining_ms: left.filter(|_| !stuck) }
        }
    }
}

fn failed(error: &spotify::Error, streak: u32, now: Timestamp) -> PollOutcome {
    let until = |span: &std::time::Duration| now.plus_ms(ms(*span));
    match error {
        spotify::Error::TooMany { retry_after } | spotify::Error::Later { retry_after: Some(retry_after) } => {
            PollOutcome::RateLimited { until: until(retry_after) }
        }
        spotify::Error::QuotaUntil { retry_after } => PollOutcome::QuotaExceeded { until: until(retry_after) },
        spotify::Error::Expired | spotify::Error::Reconnect { .. } => PollOutcome::Unauthorized,
        spotify::Error::Refused { why: Why::NotFound, .. } | spotify::Error::NoDevice => PollOutcome::Empty { streak },
        spotify::Error::Refused { .. } | spotify::Error::NotPremium => PollOutcome::Forbidden,
        spotify::Error::Later { retry_after: None } | spotify::Error::Unknown => PollOutcome::Unreachable { streak },
    }
}
