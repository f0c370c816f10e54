//! Tries that fail, counted as long as they matter, and how long whoever made them waits.

use std::collections::{HashMap, VecDeque};

use super::Timestamp;

/// Wrong tries within a window, counted per key; forgets by itself.
#[derive(Debug)]
pub struct Attempts {
    most: usize,
    window_ms: i64,
    tries: HashMap<String, VecDeque<Timestamp>>,
}

impl Attempts {
    /// At most `most` wrong tries of one key within `window_ms` milliseconds.
    pub fn new(most: usize, window_ms: i64) -> Self {
        Self { most, window_ms, tries: HashMap::new() }
    }

    /// How long `key` must wait, in milliseconds, when its tries are used up.
    pub fn wait_ms(&self, key: &str, now: Timestamp) -> Option<i64> {
        self.wait_below_ms(key, self.most, now)
    }

    /// How long it takes, in milliseconds, until fewer than `most` tries of `key` count.
    pub fn wait_below_ms(&self, key: &str, most: usize, now: Timestamp) -> Option<i64> {
        let fresh: Vec<_> = self.tries.get(key)?.iter().filter(|at| self.is_fresh(**at, now)).collect();
        let first = fresh.len().checked_sub(most)?;
        fresh.get(first).map(|at| self.window_ms - now.ms_since(**at).max(0))
    }

    /// How many tries of `key` count at `now`.
    pub fn within(&self, key: &str, now: Timestamp) -> usize {
        self.tries.get(key).map_or(0, |tries| tries.iter().filter(|at| self.is_fresh(**at, now)).count())
    }

    /// How long ago the last try of `key` was, in milliseconds, where it still counts.
    pub fn since_last_ms(&self, key: &str, now: Timestamp) -> Option<i64> {
        let last = self.tries.get(key)?.back().filter(|at| self.is_fresh(**at, now))?;
        Some(now.ms_since(*last).max(0))
    }

    /// Counts a try of `key` as wrong.
    pub fn wrong(&mut self, key: &str, now: Timestamp) {
        let window_ms = self.window_ms;
        self.tries.retain(|_, tries| tries.back().is_some_and(|at| is_fresh(*at, now, window_ms)));
        let tries = self.tries.entry(key.to_owned()).or_default();
        tries.push_back(now);
        if tries.len() > self.most {
            tries.pop_front();
        }
    }

    fn is_fresh(&self, at: Timestamp, now: Timestamp) -> bool {
        is_fresh(at, now, self.window_ms)
    }
}

/// Tries that overtake each other are a moment ahead; a time that lies far ahead is a clock that was wrong, and holds up
/// nobody.
fn is_fresh(at: Timestamp, now: Timestamp, window_ms: i64) -> bool {
    now.ms_since(at).abs() < window_ms
}

/// What wrong passwords are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Somebody at one account: a browser that signed in to it before; without that, all of one source.
    Somebody,
    /// One source, whichever accounts it tries: a venue may sit behind it, so it has more tries and then waits longer.
    Source,
    /// One account, tried from browsers that never signed in to it: so many tries that they come from many sources. The
    /// wait stays short, since its owner may be one of them.
    Account,
}

/// Wrong passwords so far.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// In a row, none of them an hour after the one before.
    pub count: u32,
    pub last_at: Timestamp,
}

impl Failures {
    /// Their count with one more at `now`.
    pub fn and_one_more(self, now: Timestamp) -> u32 {
        let are_fresh = (-FORGET_MS..FORGET_MS).contains(&now.ms_since(self.last_at));
        if are_fresh { self.count.saturating_add(1) } else { 1 }
    }
}

/// Wrong passwords are forgotten after an hour without any.
const FORGET_MS: i64 = 60 * 60 * 1000;

impl Subject {
    /// Tries without any wait, and the longest wait in milliseconds.
    fn bounds(self) -> (u32, i64) {
        match self {
            Self::Somebody => (5, 60_000),
            Self::Source => (20, 15 * 60_000),
            Self::Account => (300, 60_000),
        }
    }

    /// How long after the `failures`th wrong password the next try waits, in milliseconds: 1 s, doubled each time.
    pub fn wait_after(self, failures: u32) -> i64 {
        let (free, most) = self.bounds();
        failures.checked_sub(free).map_or(0, |over| doubled(over, most))
    }

    /// How much of the wait is left at `now`. A time that lies ahead is a clock that was wrong: it holds up nobody.
    pub fn left(self, failures: Failures, now: Timestamp) -> Option<i64> {
        let gone = now.ms_since(failures.last_at);
        // Tries that overtake each other are a moment ahead; a clock that was wrong is far ahead.
        let left = self.wait_after(failures.count) - gone.max(0);
        (gone > -FORGET_MS && left > 0).then_some(left)
    }
}

/// A second, doubled `times` times, but `most` milliseconds at most.
pub fn doubled(times: u32, most: i64) -> i64 {
    1000_i64.checked_shl(times.min(40)).map_or(most, |ms| ms.min(most))
}

#[cfg(test)]
mod tests {
    use super::{Attempts, Failures, Subject, Timestamp};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn failures(count: u32, last_at: Timestamp) -> Failures {
        Failures { count, last_at }
    }

    #[test]
    fn waits_grow_and_stop_growing() {
        let waits: Vec<i64> = (4..=13).map(|n| Subject::Somebody.wait_after(n)).collect();
        assert_eq!(waits, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(Subject::Source.wait_after(19), 0);
        assert_eq!(Subject::Source.wait_after(u32::MAX), 15 * 60_000);
    }

    #[test]
    fn a_clock_that_jumps_a_day_locks_nobody_out() {
        let then = Timestamp(10 * DAY);
        let left = |ms: i64| Subject::Somebody.left(failures(50, then), then.plus_ms(ms));
        assert_eq!([0, -DAY, DAY].map(left), [Some(60_000), None, None]);
    }

    #[test]
    fn wrong_tries_are_forgotten_after_a_quiet_hour() {
        let then = Timestamp(10 * DAY);
        let next = |ms: i64| failures(7, then).and_one_more(then.plus_ms(ms));
        assert_eq!(next(1000), 8);
        assert_eq!(next(-50), 8, "tries that overtake each other");
        assert_eq!(Subject::Somebody.left(failures(7, then), then.plus_ms(-50)), Some(4000));
        assert_eq!([2 * 60 * 60 * 1000, -DAY].map(next), [1, 1]);
    }

    #[test]
    fn the_sixth_try_waits_until_the_first_is_a_window_old() {
        let mut attempts = Attempts::new(5, 1000);
        for at in 0..5 {
            assert_eq!(attempts.wait_ms("a", Timestamp(at)), None);
            attempts.wrong("a", Timestamp(at));
        }
        assert_eq!((attempts.within("a", Timestamp(10)), attempts.within("a", Timestamp(1003))), (5, 1));
        assert_eq!(attempts.wait_ms("a", Timestamp(10)), Some(990));
        assert_eq!(attempts.wait_below_ms("a", 2, Timestamp(10)), Some(993));
        assert_eq!([10, 1003, 1004].map(|at| attempts.since_last_ms("a", Timestamp(at))), [Some(6), Some(999), None]);
        assert_eq!(attempts.wait_ms("b", Timestamp(10)), None);
        assert_eq!(attempts.wait_ms("a", Timestamp(1000)), None);
        assert_eq!(attempts.wait_ms("a", Timestamp(-86_400_000)), None, "a clock set back locks nobody out");
    }

    #[test]
    fn tries_that_overtake_each_other_make_nobody_forget_the_rest() {
        let mut attempts = Attempts::new(5, 1000);
        (0..5).for_each(|_| attempts.wrong("a", Timestamp(501)));
        attempts.wrong("a", Timestamp(500));
        attempts.wrong("b", Timestamp(500));
        assert_eq!((attempts.within("a", Timestamp(500)), attempts.within("b", Timestamp(500))), (5, 1));
        assert_eq!(attempts.wait_ms("a", Timestamp(500)), Some(1000), "no longer than the window");
        assert_eq!(attempts.since_last_ms("a", Timestamp(499)), Some(0));
    }

    #[test]
    fn keys_that_went_quiet_are_forgotten() {
        let mut attempts = Attempts::new(5, 1000);
        attempts.wrong("a", Timestamp(0));
        attempts.wrong("b", Timestamp(2000));
        assert_eq!(attempts.tries.len(), 1);
    }

    #[test]
    fn a_wait_is_over_to_the_millisecond_and_each_subject_has_its_own() {
        let (then, hour) = (Timestamp(10 * DAY), 60 * 60 * 1000);
        let left = |ms: i64| Subject::Somebody.left(failures(5, then), then.plus_ms(ms));
        assert_eq!([0, 999, 1000].map(left), [Some(1000), Some(1), None]);
        assert_eq!(
            [-hour, 1 - hour].map(left),
            [None, Some(1000)],
            "a clock that was wrong by an hour holds up nobody"
        );
        assert_eq!([hour - 1, hour].map(|ms| failures(7, then).and_one_more(then.plus_ms(ms))), [8, 1]);
        for (subject, free, most) in
            [(Subject::Somebody, 5, 60_000), (Subject::Source, 20, 900_000), (Subject::Account, 300, 60_000)]
        {
            assert_eq!([free - 1, free, free + 1, 999].map(|n| subject.wait_after(n)), [0, 1000, 2000, most]);
        }
    }
}
