//! The last act on each request, kept for an hour and as long as the box runs, so that it can be taken back.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{HelperId, RequestId, Status, Timestamp, UserId};
use crate::store::party::songs::recordings::Recording;

/// How long an act can be taken back.
const AN_HOUR_MS: i64 = 60 * 60 * 1000;
/// A little longer than the words of an act stand on the page, with the way to take it back beside them.
const AT_ONCE_MS: i64 = 10_000;

/// What was done last to each request, by whose it is.
#[derive(Default)]
pub struct LastActs(Mutex<HashMap<(UserId, RequestId), LastAct>>);

#[derive(Clone)]
pub struct LastAct {
    /// The helper who did it; else the host.
    pub by: Option<HelperId>,
    pub at: Timestamp,
    pub was: Was,
    /// What it came to, and at which version of the event.
    pub came_to: Status,
    pub version: i64,
    /// The host has moved the song by hand since.
    pub overtaken: bool,
}

/// The act that was kept before another was, or before it was forgotten.
pub struct Replaced(Option<LastAct>);

/// A request before an act, and what played then.
#[derive(Clone)]
pub struct Was {
    pub status: Status,
    pub place: Option<i64>,
    pub reason: Option<String>,
    pub approved_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub played_at: Option<Timestamp>,
    pub playing: Option<RequestId>,
    pub announced: Option<Announced>,
    /// The recording it was, where the act made it another.
    pub recording: Option<Recording>,
}

/// A song nobody asked for, that the DJ announced.
#[derive(Clone)]
pub struct Announced {
    pub title: String,
    pub artist: String,
    pub started_at: Timestamp,
    pub over_spotify: bool,
}

impl LastAct {
    /// Whether others may have counted on what it led to: it was not a slip, noticed at once.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        now.ms_since(self.at).abs() > AT_ONCE_MS
    }

    fn is_young(&self, now: Timestamp) -> bool {
        now.ms_since(self.at).abs() <= AN_HOUR_MS
    }
}

impl LastActs {
    /// Keeps an act, in the place of the one before.
    pub fn keep(&self, whose: &UserId, id: &RequestId, act: LastAct) -> Replaced {
        let mut all = self.lock();
        all.retain(|_, known| known.is_young(act.at));
        Replaced(all.insert((whose.clone(), id.clone()), act))
    }

    pub fn of(&self, whose: &UserId, id: &RequestId, now: Timestamp) -> Option<LastAct> {
        let known = self.lock().get(&(whose.clone(), id.clone())).cloned();
        known.filter(|known| known.is_young(now))
    }

    /// What was taken back cannot be taken back once more.
    pub fn forget(&self, whose: &UserId, id: &RequestId) -> Replaced {
        Replaced(self.lock().remove(&(whose.clone(), id.clone())))
    }

    /// What was kept or forgotten was not saved after all: it is as before.
    pub fn put_back(&self, whose: &UserId, id: &RequestId, Replaced(before): Replaced) {
        let whose_act = (whose.clone(), id.clone());
        match before {
            Some(act) => drop(self.lock().insert(whose_act, act)),
            None => drop(self.lock().remove(&whose_act)),
        }
    }

    /// Notes that the host changes these otherwise: before that is saved, so that nothing in the same commit takes an act
    /// back across it.
    pub fn overtake(&self, whose: &UserId, ids: &[RequestId]) {
        let mut all = self.lock();
        for id in ids {
            if let Some(known) = all.get_mut(&(whose.clone(), id.clone())) {
                known.overtaken = true;
            }
        }
    }

    /// Other rules hold for this host by now: what was not found under those before is to be looked for anew.
    pub fn look_anew(&self, whose: &UserId) {
        for (_, act) in self.lock().iter_mut().filter(|((of, _), _)| of == whose) {
            if let Some(recording) = &mut act.was.recording {
                recording.look_anew();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(UserId, RequestId), LastAct>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
