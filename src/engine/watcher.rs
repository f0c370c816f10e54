//! One DJ's Spotify at a time: polling the player when it is due, and seeing songs over.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::handover::{Handover, Trials};
use super::matching::{Matching, Round};
use super::spotify::Spotify;
use super::translate::observed_track;
use super::trouble::{Stumble, ms, trouble};
use crate::domain::{
    Budget, Learned, Observation, Orders, PlaybackState, PollOutcome, Refusal, SpotifyTrouble, Step, Timestamp, UserId,
    next_poll,
};
use crate::spotify::{self, Kind, Playing};
use crate::store::{self, Error, Poll, Result, Store, Tenant, Wait};

/// Things done in one round at most: a poll, a hand-over, and what follows from them.
const STEPS: usize = 4;
/// When the store is asked again that could not answer.
const STORE_AGAIN_MS: i64 = 5_000;
/// When a round that came to no rest goes on.
const NEXT_ROUND_MS: i64 = 10_000;

/// Does what is due for one DJ; knows neither threads nor anybody else's.
#[derive(Clone)]
pub struct Watcher {
    store: Store,
    spotify: Spotify,
    /// Who was polled since the start, and what that taught: what was planned before it is not to be trusted.
    known: Arc<Mutex<BTreeMap<UserId, Learned>>>,
    trials: Trials,
    matching: Matching,
}

impl Watcher {
    /// Has polled nobody yet.
    pub fn new(store: &Store, spotify: &Spotify) -> Self {
        let matching = Matching::new(spotify);
        Self {
            store: store.clone(),
            spotify: spotify.clone(),
            known: Arc::default(),
            trials: Trials::default(),
            matching,
        }
    }

    /// Does what is due for `user` and answers when something is due next; `None` while there is nothing to watch.
    /// Blocks.
    pub fn round(&self, user: &UserId) -> Option<Timestamp> {
        let next = match self.store.spotify_worker(user).wait() {
            Ok(worker) => self.work(&worker),
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
        self.trials.forget(user);
        self.matching.forget(user);
        None
    }

    fn handover<'a>(&'a self, worker: &'a Tenant<store::SpotifyWorker>) -> Handover<'a> {
        Handover::new(&self.spotify, worker, &self.trials)
    }

    /// What the player asks for, then what requests typed by hand do: by what is found of them there may be a song to hand
    /// over.
    fn work(&self, worker: &Tenant<store::SpotifyWorker>) -> Result<Option<Timestamp>> {
        let Some(due) = self.steps(worker)? else { return Ok(None) };
        match self.matching.round(worker, due)? {
            Round::Nothing(next) => Ok(next.into_iter().chain([due]).min()),
            Round::Found(next) => Ok(self.steps(worker)?.map(|due| due.min(next))),
        }
    }

    fn steps(&self, worker: &Tenant<store::SpotifyWorker>) -> Result<Option<Timestamp>> {
        for _ in 0..STEPS {
            let Some(mut orders) = worker.orders(self.spotify.defaults()).wait()? else {
                return Ok(None);
            };
            match self.known().entry(worker.id().clone()) {
                Entry::Occupied(learned) => orders.learned = learned.get().clone(),
                Entry::Vacant(unknown) => {
                    unknown.insert(Learned::default());
                    (orders.due, orders.observation) = (None, None);
                }
            }
            let handover = self.handover(worker);
            match orders.step(self.store.now()) {
                Step::RestUntil(until) => return Ok(Some(until)),
                Step::NoteQuota(until) => {
                    note(worker, until, SpotifyTrouble::Quota(until.ms_since(self.store.now())))?;
                }
                Step::NoteSpent(until) => note(worker, until, SpotifyTrouble::Spent)?,
                Step::Poll => self.poll(worker, &orders)?,
                Step::HandOver => handover.hand_over(&orders, self.store.now())?,
                Step::Settle => handover.settle(&orders, None)?,
            }
        }
        Ok(Some(self.store.now().plus_ms(NEXT_ROUND_MS)))
    }

    /// Polls the player, and follows what it does.
    fn poll(&self, worker: &Tenant<store::SpotifyWorker>, orders: &Orders) -> Result<()> {
        let answer = self.spotify.ask(worker, |account| account.player());
        let now = self.store.now();
        let streak = orders.streak.saturating_add(1);
        let (observation, outcome, trouble) = match answer {
            Ok(Some(playing)) => {
                let restricted = playing.device.as_ref().filter(|device| device.is_restricted);
                let restricted = restricted.map(|device| SpotifyTrouble::Restricted(device.name.clone()));
                let kind = playing.kind;
                let observation = seen(playing, orders.observation.as_ref(), now);
                let outcome = outcome(&observation, kind, orders.observation.as_ref(), streak);
                (Some(observation), outcome, named(outcome).or(restricted))
            }
            Ok(None) => (Some(silence(now)), PollOutcome::Empty { streak }, named(PollOutcome::Empty { streak })),
            Err(Stumble::Spotify(error)) => (None, failed(&error, streak, now), Some(trouble(&error))),
            Err(Stumble::Store(error)) => return Err(error),
        };
        let found = !matches!(outcome, PollOutcome::Empty { .. } | PollOutcome::Stuck { .. });
        let streak = if found && observation.is_some() { 0 } else { streak };
        // This poll counts too.
        let budget = Budget { used: orders.budget.used.saturating_add(1), ..orders.budget };
        let trouble = trouble.or_else(|| self.matching.trouble(worker));
        let trouble = trouble.or(budget.is_reserved().then_some(SpotifyTrouble::Reserved));
        let due = next_poll(outcome, budget, now);
        self.learn(worker.id(), orders, observation.as_ref(), outcome.is_away().then_some(now));
        let unseen_ms = observation.as_ref().map(|observation| orders.unseen_ms(observation));
        let followed = worker.record_poll(Poll { observation, due, streak, trouble }).wait()?;
        if due.is_none() {
            return Err(Refusal::Spotify(SpotifyTrouble::NotConnected).into());
        }
        if followed.missed {
            return self.handover(worker).settle(orders, unseen_ms);
        }
        Ok(())
    }

    /// Takes in what a poll teaches of the player.
    fn learn(&self, user: &UserId, orders: &Orders, observation: Option<&Observation>, away_at: Option<Timestamp>) {
        let mut known = self.known();
        let learned = known.entry(user.clone()).or_default();
        learned.next = orders.next.as_ref().map(|next| next.id.clone());
        learned.away_at = away_at;
        if let (Some(before), Some(observation)) = (&orders.observation, observation) {
            learned.learn(before, observation);
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<UserId, Learned>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes why nobody polls until then.
fn note(worker: &Tenant<store::SpotifyWorker>, until: Timestamp, trouble: SpotifyTrouble) -> Result<()> {
    let poll = Poll { observation: None, due: Some(until), streak: 0, trouble: Some(trouble) };
    worker.record_poll(poll).wait().map(drop)
}

fn silence(now: Timestamp) -> Observation {
    Observation { state: PlaybackState::Idle, item: None, progress_ms: 0, seen_at: now }
}

/// What the player said, stamped on arrival. Where it does not say how far it is, it has
/// gone on since the observation `before`.
fn seen(playing: Playing, before: Option<&Observation>, now: Timestamp) -> Observation {
    let state = match (playing.is_playing, &playing.item) {
        (true, _) => PlaybackState::Playing,
        (false, Some(_)) => PlaybackState::Paused,
        (false, None) => PlaybackState::Idle,
    };
    let item = playing.item.map(observed_track);
    let gone_on = || before.filter(|before| before.item == item).map_or(0, |before| before.progress_at(now));
    let progress_ms = playing.progress_ms.unwrap_or_else(gone_on);
    Observation { state, item, progress_ms, seen_at: now }
}

fn outcome(observation: &Observation, kind: Kind, before: Option<&Observation>, streak: u32) -> PollOutcome {
    match observation.state {
        PlaybackState::Idle => PollOutcome::Empty { streak },
        PlaybackState::Paused => PollOutcome::Paused,
        PlaybackState::Playing if observation.item.is_none() && matches!(kind, Kind::Advert | Kind::Unknown) => {
            PollOutcome::Advert
        }
        PlaybackState::Playing => {
            if before.is_some_and(|before| observation.is_stuck_since(before)) {
                return PollOutcome::Stuck { streak };
            }
            PollOutcome::Playing { remaining_ms: observation.ends().map(|end| end.ms_since(observation.seen_at)) }
        }
    }
}

/// What a DJ is told of a poll that succeeded: a player stuck once may only have been slow.
fn named(outcome: PollOutcome) -> Option<SpotifyTrouble> {
    match outcome {
        PollOutcome::Empty { .. } | PollOutcome::Stuck { streak: 2.. } => Some(SpotifyTrouble::NoDevice),
        _ => None,
    }
}

fn failed(error: &spotify::Error, streak: u32, now: Timestamp) -> PollOutcome {
    let until = |span: &std::time::Duration| now.plus_ms(ms(*span));
    match error {
        spotify::Error::TooMany { retry_after } | spotify::Error::Later { retry_after: Some(retry_after) } => {
            PollOutcome::RateLimited { until: until(retry_after) }
        }
        spotify::Error::QuotaUntil { retry_after } => PollOutcome::QuotaExceeded { until: until(retry_after) },
        spotify::Error::Reconnect { .. } => PollOutcome::Unauthorized,
        // A token refused the moment it was brought: no other would do better so soon.
        spotify::Error::Refused { .. }
        | spotify::Error::NotPremium
        | spotify::Error::NoDevice
        | spotify::Error::Expired => PollOutcome::Forbidden,
        spotify::Error::Later { retry_after: None } | spotify::Error::Unknown | spotify::Error::Broke => {
            PollOutcome::Unreachable { streak }
        }
    }
}
