//! Seeing one song over to Spotify, once and only once: the ledger is written before the call, and an answer that was
//! lost is looked for in the queue. A song that Spotify refuses for itself gives way to the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::spotify::Spotify;
use super::translate::position;
use super::trouble::{Stumble, ms, trouble};
use crate::domain::{Fate, OpenRequest, Orders, Position, Ruling, SpotifyTrouble, Timestamp, Trial, UserId};
use crate::spotify::{self, Why};
use crate::store::{Result, Setback, SpotifyWorker, Tenant, Wait};

/// Waited before a song is tried again: without a device, and where Spotify refuses for reasons of its own.
const NO_DEVICE_MS: i64 = 30_000;
const REFUSED_MS: i64 = 120_000;
/// Waited where Spotify did not take it this once: the song that plays ends in twenty seconds.
const ONCE_MS: i64 = 3_000;
/// A song held no longer ago than this is not held for the first time.
const LATELY_MS: i64 = 60_000;
/// Waited at least before a queue is asked again that did not answer.
const QUEUE_AGAIN_MS: i64 = 30_000;
/// An account without Premium may have got it meanwhile.
const NO_PREMIUM_MS: i64 = 60 * 60 * 1000;
/// What is said of a song over which Spotify breaks down.
const BROKE: &str = "it broke down over the song.";

/// What each DJ's songs ran into lately.
#[derive(Clone, Default)]
pub struct Trials(Arc<Mutex<BTreeMap<UserId, Trial>>>);

impl Trials {
    fn of<T>(&self, user: &UserId, work: impl FnOnce(&mut Trial) -> T) -> T {
        work(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(user.clone()).or_default())
    }

    /// Nobody watches this DJ any more.
    pub fn forget(&self, user: &UserId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }
}

/// How long is waited after a refusal, in milliseconds.
struct Waits {
    /// Before the same song is tried once more.
    again_ms: i64,
    /// Where it is trouble with every song.
    all_ms: i64,
}

/// One DJ's song on its way.
pub struct Handover<'a> {
    spotify: &'a Spotify,
    worker: &'a Tenant<SpotifyWorker>,
    trials: &'a Trials,
}

impl<'a> Handover<'a> {
    pub fn new(spotify: &'a Spotify, worker: &'a Tenant<SpotifyWorker>, trials: &'a Trials) -> Self {
        Self { spotify, worker, trials }
    }

    /// Hands over the head of the queue, or another song where it has to be learned whether the head is to blame.
    pub fn hand_over(&self, orders: &Orders, now: Timestamp) -> Result<()> {
        let Some(head) = &orders.next else { return Ok(()) };
        let Some(next) = &self.turn(head, now)? else { return Ok(()) };
        // What nobody has found yet is no head of the queue.
        let Some(uri) = &next.song.track_uri else { return Ok(()) };
        if !self.worker.begin_handover(&next.id, uri).wait()? {
            return Ok(());
        }
        match self.spotify.ask(self.worker, |account| account.add_to_queue(uri, None)) {
            Ok(()) => {
                self.taken(next, None)?;
                // Where it stands tells it later from copies of it in the DJ's own list.
                if orders.budget.is_stretched() { Ok(()) } else { self.search_queue(next) }
            }
            Err(Stumble::Spotify(spotify::Error::Unknown)) => self.search_queue(next),
            Err(Stumble::Spotify(spotify::Error::Broke)) => {
                self.trial(|trial| trial.broke(&next.id));
                self.search_queue(next)
            }
            Err(Stumble::Spotify(error)) => self.refused(orders, next, &error),
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// Finds out where the song handed over is; `unseen_ms` when another has just begun: for so long nobody looked before.
    pub fn settle(&self, orders: &Orders, unseen_ms: Option<i64>) -> Result<()> {
        let Some(handed) = &orders.handed else { return Ok(()) };
        match self.position(&handed.request) {
            Ok(position) => match handed.fate(position, unseen_ms, self.spotify.now()) {
                Fate::Queued(ahead) if !handed.is_queued => self.taken(&handed.request, ahead),
                Fate::Back => self.came_back(&handed.request),
                fate => self.keep(&handed.request, fate),
            },
            // It may have played, and the next poll would not tell.
            Err(Stumble::Spotify(_)) if handed.is_queued && unseen_ms.is_some_and(|ms| handed.fits(ms)) => {
                self.keep(&handed.request, Fate::Missed)
            }
            // Spotify has it: the next song that begins asks again.
            Err(Stumble::Spotify(_)) if handed.is_queued => Ok(()),
            Err(Stumble::Spotify(error)) => {
                let wait_ms = trouble(&error).wait_ms().unwrap_or(QUEUE_AGAIN_MS).max(QUEUE_AGAIN_MS);
                let hold_until = self.spotify.now().plus_ms(wait_ms);
                self.worker.hold(Setback { hold_until, trouble: trouble(&error) }).wait()
            }
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// The song to be tried now; `None` where the head was refused and there is no other to tell why.
    fn turn(&self, head: &OpenRequest, now: Timestamp) -> Result<Option<OpenRequest>> {
        if !self.trial(|trial| trial.accuses(&head.id, now)) {
            return Ok(Some(head.clone()));
        }
        let trial = self.trial(|trial| trial.clone());
        if let Some((other, place)) = self.worker.another(trial).wait()? {
            self.trial(|trial| trial.tries(&other.id, place));
            return Ok(Some(other));
        }
        let (titles, why) = self.trial(Trial::acquit);
        let setback = Setback { hold_until: now.plus_ms(REFUSED_MS), trouble: SpotifyTrouble::Songs { titles, why } };
        self.worker.hold(setback).wait()?;
        Ok(None)
    }

    /// Spotify has the song; what it has just refused was refused for itself.
    fn taken(&self, request: &OpenRequest, ahead: Option<i64>) -> Result<()> {
        self.keep(request, Fate::Queued(ahead))?;
        let now = self.spotify.now();
        let Some((guilty, why)) = self.trial(|trial| trial.taken(&request.id, now)) else { return Ok(()) };
        let reason = format!(
            "Spotify refused this song twice and took another. It says: {why} Play it by hand, or bring it back to try again."
        );
        self.worker.give_up(&guilty, reason).wait()
    }

    /// A song whose answer was lost never arrived; where Spotify broke down over it, that was a refusal.
    fn came_back(&self, request: &OpenRequest) -> Result<()> {
        if self.trial(|trial| trial.has_broken(&request.id)) {
            return self.weigh(request, BROKE.into(), Waits { again_ms: 0, all_ms: REFUSED_MS });
        }
        let fate = self.back(request);
        self.keep(request, fate)
    }

    /// Where the song is in the queue, Spotify has it; where it is not though the answer was lost, only time tells.
    fn search_queue(&self, next: &OpenRequest) -> Result<()> {
        match self.position(next) {
            Ok(Position::Behind(ahead)) => self.taken(next, Some(ahead)),
            Ok(Position::Absent | Position::Hidden) | Err(Stumble::Spotify(_)) => Ok(()),
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// Where a song is in the queue.
    fn position(&self, request: &OpenRequest) -> std::result::Result<Position, Stumble> {
        let queue = self.spotify.ask(self.worker, |account| account.queue())?;
        Ok(position(queue.as_ref(), request))
    }

    fn keep(&self, request: &OpenRequest, fate: Fate) -> Result<()> {
        self.worker.settle_handover(&request.id, fate).wait()
    }

    /// Back to the head of the queue, or to where it stood when it was tried out of its turn.
    fn back(&self, request: &OpenRequest) -> Fate {
        self.trial(|trial| trial.stood(&request.id)).map_or(Fate::Back, Fate::BackTo)
    }

    fn trial<T>(&self, work: impl FnOnce(&mut Trial) -> T) -> T {
        self.trials.of(self.worker.id(), work)
    }

    /// Spotify surely did not take it: back into the queue, or given up where it never will.
    fn refused(&self, orders: &Orders, next: &OpenRequest, error: &spotify::Error) -> Result<()> {
        let now = self.spotify.now();
        let hold_ms = match error {
            spotify::Error::Refused { why: Why::NoSuchSong, message } => {
                let reason = format!("Spotify does not take this song: {message}");
                return self.worker.give_up(&next.id, reason).wait();
            }
            spotify::Error::Refused { why: Why::NotFound, message } => {
                return self.weigh(next, message.clone(), Waits { again_ms: NO_DEVICE_MS, all_ms: NO_DEVICE_MS });
            }
            spotify::Error::Refused { why: Why::Question | Why::Other, message } => {
                return self.weigh(next, message.clone(), Waits { again_ms: ONCE_MS, all_ms: REFUSED_MS });
            }
            spotify::Error::TooMany { retry_after } | spotify::Error::QuotaUntil { retry_after } => ms(*retry_after),
            spotify::Error::NotPremium => NO_PREMIUM_MS,
            spotify::Error::Refused { .. } => REFUSED_MS,
            spotify::Error::Later { retry_after: None } if now.ms_since(orders.hold_until) > LATELY_MS => ONCE_MS,
            _ => NO_DEVICE_MS,
        };
        self.put_back(next, Setback { hold_until: now.plus_ms(hold_ms), trouble: trouble(error) })
    }

    /// A refusal that may be the song's fault, or trouble with every song.
    fn weigh(&self, next: &OpenRequest, why: String, waits: Waits) -> Result<()> {
        let (now, fate) = (self.spotify.now(), self.back(next));
        let titles = |titles: Vec<String>| SpotifyTrouble::Songs { titles, why: why.clone() };
        let alone = || titles(vec![next.song.title.clone()]);
        let (hold_ms, trouble) = match self.trial(|trial| trial.refused(next, why.clone(), now)) {
            Ruling::Again => (waits.again_ms, alone()),
            Ruling::Another => (0, alone()),
            Ruling::All(all) => (waits.all_ms, titles(all)),
        };
        let setback = Setback { hold_until: now.plus_ms(hold_ms), trouble };
        self.worker.take_back(&next.id, fate, setback).wait()
    }

    /// Trouble with every song accuses none.
    fn put_back(&self, next: &OpenRequest, setback: Setback) -> Result<()> {
        let fate = self.back(next);
        self.trial(Trial::acquit);
        self.worker.take_back(&next.id, fate, setback).wait()
    }
}
