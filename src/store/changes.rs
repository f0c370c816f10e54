//! What was committed and is to be announced: gathered by party, and let out so many times a second at most.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{RequestId, UserId};

/// How long what guests do waits once something was told of their party: what comes meanwhile comes out in one piece.
/// However fast they tap, every page hears of it twice a second at most.
const REST: Duration = Duration::from_millis(500);
/// The same for what the DJ decides and the player does, which people wait for: as fast as nobody's hands are.
const BREATH: Duration = Duration::from_millis(40);

/// Whose party changed since somebody last looked.
pub type Changed = HashMap<UserId, News>;

/// What is to be told of one party.
#[derive(Debug, Default)]
pub struct News {
    /// The requests that changed.
    pub touched: BTreeSet<RequestId>,
    /// Whether anything did; else somebody has come who is to hear what will.
    pub is_change: bool,
    /// Whether it may wait for more.
    may_wait: bool,
}

/// Gathers committed changes for whoever announces them; many changes of one party come out as one.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    changed: Changed,
    /// Whose changes were taken a moment ago, and when.
    resting: HashMap<UserId, Instant>,
    /// Something is to be announced that is no change of a party.
    rung: bool,
    closed: bool,
}

impl Changes {
    /// Notes that `user`'s party changed, in these requests; it is told at once.
    pub fn note(&self, user: &UserId, touched: impl IntoIterator<Item = RequestId>) {
        self.add(user, News { touched: touched.into_iter().collect(), is_change: true, may_wait: false });
    }

    /// The same of what guests do, who are many: it is told with what follows.
    pub fn gather(&self, user: &UserId, touched: impl IntoIterator<Item = RequestId>) {
        self.add(user, News { touched: touched.into_iter().collect(), is_change: true, may_wait: true });
    }

    /// Notes that somebody has come to `user`'s party who is to hear what changes.
    pub fn call(&self, user: &UserId) {
        self.add(user, News { may_wait: true, ..News::default() });
    }

    fn add(&self, user: &UserId, news: News) {
        self.lock().add(user, news);
        self.bell.notify_all();
    }

    /// Whether something of `user`'s party is still to be told.
    #[must_use]
    pub fn has(&self, user: &UserId) -> bool {
        self.lock().changed.get(user).is_some_and(|news| news.is_change)
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
    fn add(&mut self, user: &UserId, news: News) {
        let noted = self.changed.entry(user.clone()).or_insert(News { may_wait: true, ..News::default() });
        noted.touched.extend(news.touched);
        noted.is_change |= news.is_change;
        noted.may_wait &= news.may_wait;
    }

    /// Takes the changes of every party that does not rest; from now on those do.
    fn due(&mut self, now: Instant) -> Changed {
        self.resting.retain(|_, since| *since + REST > now);
        let changed = std::mem::take(&mut self.changed).into_iter();
        let (due, later): (Changed, Changed) = changed.partition(|(user, news)| self.rested(user, news) <= Some(now));
        let told = due.iter().filter(|(_, news)| news.is_change);
        self.resting.extend(told.map(|(user, _)| (user.clone(), now)));
        self.changed = later;
        due
    }

    /// When this may be told; `None` where nothing keeps it.
    fn rested(&self, user: &UserId, news: &News) -> Option<Instant> {
        let since = self.resting.get(user).filter(|_| news.is_change)?;
        Some(*since + if news.may_wait { REST } else { BREATH })
    }

    /// When the first of the parties that changed has rested, or `end` where that comes before.
    fn next(&self, end: Instant) -> Instant {
        self.changed.iter().filter_map(|(user, news)| self.rested(user, news)).fold(end, Instant::min)
    }
}

#[cfg(test)]
mod tests {
    use super::{BREATH, Duration, Instant, News, REST, UserId, Waiting};

    fn after(waiting: &mut Waiting, began: Instant, ms: u64, changed: &[(&UserId, bool)]) -> [bool; 2] {
        for (user, may_wait) in changed {
            waiting.add(user, News { is_change: true, may_wait: *may_wait, ..News::default() });
        }
        let due = waiting.due(began + Duration::from_millis(ms));
        ["busy", "quiet"].map(|name| due.contains_key(&UserId::parse(name).unwrap()))
    }

    #[test]
    fn a_party_whose_guests_act_without_end_comes_out_twice_a_second_and_another_at_once() {
        let (mut waiting, began) = (Waiting::default(), Instant::now());
        let [busy, quiet] = ["busy", "quiet"].map(|name| UserId::parse(name).unwrap());
        let told = (0..2000).filter(|ms| after(&mut waiting, began, *ms, &[(&busy, true)])[0]).count();
        assert_eq!(told, 4, "two thousand changes in two seconds");
        let mut due_at = |ms: u64, changed: &[(&UserId, bool)]| after(&mut waiting, began, ms, changed);
        assert_eq!(due_at(2000, &[(&busy, true)]), [true, false]);
        assert_eq!(due_at(2001, &[(&busy, true), (&quiet, true)]), [false, true], "who rests holds up nobody");
        assert_eq!(due_at(2499, &[]), [false, false]);
        assert_eq!(due_at(2500, &[]), [true, false], "nothing that waited is lost");
        assert_eq!(waiting.next(began), began);
        assert_eq!(REST.as_millis(), 500);
    }

    #[test]
    fn what_is_decided_waits_for_no_vote_and_takes_those_before_it_along() {
        let (mut waiting, began) = (Waiting::default(), Instant::now());
        let busy = UserId::parse("busy").unwrap();
        let mut due_at = |ms: u64, changed: &[(&UserId, bool)]| after(&mut waiting, began, ms, changed)[0];
        assert!(due_at(0, &[(&busy, true)]) && !due_at(100, &[(&busy, true)]));
        assert!(due_at(101, &[(&busy, false)]), "a decision waited");
        assert!(!due_at(102, &[(&busy, false)]) && due_at(141, &[]), "a hand that never rests is told without end");
        assert_eq!(BREATH.as_millis(), 40);
    }

    #[test]
    fn somebody_who_comes_is_seen_at_once_and_has_nothing_wait() {
        let (mut waiting, began) = (Waiting::default(), Instant::now());
        let busy = UserId::parse("busy").unwrap();
        let call = |waiting: &mut Waiting| waiting.add(&busy, News { may_wait: true, ..News::default() });
        call(&mut waiting);
        assert!(!waiting.due(began)[&busy].is_change);
        assert!(after(&mut waiting, began, 1, &[(&busy, true)])[0], "it rests for nothing that was told");
        call(&mut waiting);
        assert!(waiting.due(began + Duration::from_millis(2)).contains_key(&busy));
    }
}
