use super::Timestamp;

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
    #[must_use]
    pub fn wait_after(self, failures: u32) -> i64 {
        let (free, most) = self.bounds();
        failures.checked_sub(free).map_or(0, |over| doubled(over, most))
    }

    /// How much of the wait is left at `now`. A time that lies ahead is a clock that was wrong: it holds up nobody.
    #[must_use]
    pub fn left(self, failures: u32, last_at: Timestamp, now: Timestamp) -> Option<i64> {
        let gone = now.ms_since(last_at);
        // Tries that overtake each other are a moment ahead; a clock that was wrong is far ahead.
        let left = self.wait_after(failures) - gone.max(0);
        (gone > -FORGET_MS && left > 0).then_some(left)
    }
}

/// A second, doubled `times` times, but `most` milliseconds at most.
#[must_use]
pub fn doubled(times: u32, most: i64) -> i64 {
    1000_i64.checked_shl(times.min(40)).map_or(most, |ms| ms.min(most))
}

/// The count after one more wrong password at `now`.
#[must_use]
pub fn counted(before: Option<(u32, Timestamp)>, now: Timestamp) -> u32 {
    match before {
        Some((failures, last_at)) if (-FORGET_MS..FORGET_MS).contains(&now.ms_since(last_at)) => {
            failures.saturating_add(1)
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Subject, Timestamp, counted};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    #[test]
    fn waits_grow_and_stop_growing() {
        let waits: Vec<i64> = (4..=13).map(|n| Subject::Somebody.wait_after(n)).collect();
        assert_eq!(waits, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        assert_eq!(Subject::Source.wait_after(19), 0);
        assert_eq!(Subject::Source.wait_after(u32::MAX), 15 * 60_000);
    }

    #[test]
    fn a_clock_that_jumps_a_day_locks_nobody_out() {
        let (then, failures) = (Timestamp(10 * DAY), 50);
        assert_eq!(Subject::Somebody.left(failures, then, then), Some(60_000));
        assert_eq!(Subject::Somebody.left(failures, then, then.plus_ms(-DAY)), None);
        assert_eq!(Subject::Somebody.left(failures, then, then.plus_ms(DAY)), None);
    }

    #[test]
    fn wrong_tries_are_forgotten_after_a_quiet_hour() {
        let then = Timestamp(10 * DAY);
        assert_eq!(counted(Some((7, then)), then.plus_ms(1000)), 8);
        assert_eq!(counted(Some((7, then)), then.plus_ms(-50)), 8, "tries that overtake each other");
        assert_eq!(Subject::Somebody.left(7, then, then.plus_ms(-50)), Some(4000));
        assert_eq!(counted(Some((7, then)), then.plus_ms(2 * 60 * 60 * 1000)), 1);
        assert_eq!(counted(Some((7, then)), then.plus_ms(-DAY)), 1);
        assert_eq!(counted(None, then), 1);
    }
}
