//! What was committed and is to be announced: gathered by party, and let out so many times a second at most.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{RequestId, UserId};

/// How long a party rests once its changes were taken: what changes meanwhile comes out in one piece. However fast one guest
/// taps, every page hears of it three times a second at most.
const REST: Duration = Duration::from_millis(300);

/// Whose party changed since somebody last looked, and which requests in it.
pub type Changed = HashMap<UserId, BTreeSet<RequestId>>;

/// Gathers committed changes for whoever announces them; many changes of one party come out as one.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    changed: Changed,
    /// Whose changes were taken a moment ago, and until when theirs wait.
    resting: HashMap<UserId, Instant>,
    /// Something is to be announced that is no change of a party.
    rung: bool,
    closed: bool,
}

impl Changes {
    /// Notes that `user`'s party changed, in these requests.
    pub fn note(&self, user: &UserId, touched: impl IntoIterator<Item = RequestId>) {
        self.lock().changed.entry(user.clone()).or_default().extend(touched);
        self.bell.notify_all();
    }

    /// Ends the wait under way, or the next: how the store fares is not what it was.
    pub fn ring(&self) {
        self.lock().rung = true;
        self.bell.notify_all();
    }

    /// Waits up to `most` for changes and takes those of every party that does not rest; also where there are none but it
    /// was rung. `None` once closed.
    pub fn wait(&self, most: Duration) -> Option<Changed> {
        let end = Instant::now() + most;
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let due = state.due(now);
            if state.closed {
                return None;
            }
            if std::mem::take(&mut state.rung) || !due.is_empty() || now >= end {
                return Some(due);
            }
            let left = state.next(end).saturating_duration_since(now);
            state = self.bell.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends every wait, now and from now on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Takes the changes of every party that does not rest; from now on those do.
    fn due(&mut self, now: Instant) -> Changed {
        self.resting.retain(|_, until| *until > now);
        let changed = std::mem::take(&mut self.changed).into_iter();
        let (due, later): (Changed, Changed) = changed.partition(|(user, _)| !self.resting.contains_key(user));
        self.resting.extend(due.keys().map(|user| (user.clone(), now + REST)));
        self.changed = later;
        due
    }

    /// When the first of the parties that changed has rested, or `end` where that comes before.
    fn next(&self, end: Instant) -> Instant {
        self.changed.keys().filter_map(|user| self.resting.get(user).copied()).fold(end, Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, REST, UserId, Waiting};

    #[test]
    fn a_party_that_changes_without_end_comes_out_after_each_rest_and_another_at_once() {
        let (mut waiting, began) = (Waiting::default(), Instant::now());
        let [busy, quiet] = ["busy", "quiet"].map(|name| UserId::parse(name).unwrap());
        let mut due_at = |ms: u64, changed: &[&UserId]| {
            waiting.changed.extend(changed.iter().map(|user| ((*user).clone(), [].into())));
            let due = waiting.due(began + Duration::from_millis(ms));
            [&busy, &quiet].map(|user| due.contains_key(user))
        };
        let told = (0..1000).filter(|ms| due_at(*ms, &[&busy])[0]).count();
        assert_eq!(told, 4, "a thousand changes in a second");
        assert_eq!(due_at(1000, &[&busy, &quiet]), [false, true], "who rests holds up nobody");
        assert_eq!(due_at(1199, &[]), [false, false]);
        assert_eq!(due_at(1200, &[]), [true, false], "nothing that waited is lost");
        assert_eq!(waiting.next(began), began);
        assert_eq!(REST.as_millis(), 300);
    }
}
