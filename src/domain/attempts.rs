//! Tries that are counted as long as they matter.

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
    #[must_use]
    pub fn new(most: usize, window_ms: i64) -> Self {
        Self { most, window_ms, tries: HashMap::new() }
    }

    /// How long `key` must wait, in milliseconds, when its tries are used up.
    #[must_use]
    pub fn wait_ms(&self, key: &str, now: Timestamp) -> Option<i64> {
        self.wait_below_ms(key, self.most, now)
    }

    /// How long it takes, in milliseconds, until fewer than `most` tries of `key` count.
    #[must_use]
    pub fn wait_below_ms(&self, key: &str, most: usize, now: Timestamp) -> Option<i64> {
        let fresh: Vec<_> = self.tries.get(key)?.iter().filter(|at| self.is_fresh(**at, now)).collect();
        let first = fresh.len().checked_sub(most)?;
        fresh.get(first).map(|at| self.window_ms - now.ms_since(**at).max(0))
    }

    /// How many tries of `key` count at `now`.
    #[must_use]
    pub fn within(&self, key: &str, now: Timestamp) -> usize {
        self.tries.get(key).map_or(0, |tries| tries.iter().filter(|at| self.is_fresh(**at, now)).count())
    }

    /// How long ago the last try of `key` was, in milliseconds, where it still counts.
    #[must_use]
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

#[cfg(test)]
mod tests {
    use super::{Attempts, Timestamp};

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
}
