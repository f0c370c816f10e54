use super::Timestamp;

/// The calls of one client id within a rolling day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub used: i64,
    /// Calls allowed within 24 hours; 0 allows no polling.
    pub limit: i64,
}

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
const STRETCH_AT_PERCENT: i64 = 70;
const RESERVE_AT_PERCENT: i64 = 90;

impl Budget {
    /// The budget as its hourly buckets tell it at `now`.
    #[must_use]
    pub fn of(buckets: &[(Timestamp, i64)], limit: i64, now: Timestamp) -> Self {
        Self { used: used(buckets, now), limit }
    }

    /// Whether the base between two looks is longer, so that the day lasts.
    #[must_use]
    pub fn is_stretched(self) -> bool {
        self.reaches(STRETCH_AT_PERCENT)
    }

    /// Whether what is left is kept for handing songs over: to be asked again before each look, other DJs may have
    /// spent it since this one was planned.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        self.reaches(RESERVE_AT_PERCENT)
    }

    /// Whether nothing is left at all.
    #[must_use]
    pub fn is_spent(self) -> bool {
        self.reaches(100)
    }

    fn reaches(self, percent: i64) -> bool {
        self.used.saturating_mul(100) >= self.limit.saturating_mul(percent)
    }
}

/// Calls within the 24 hours before `now`, of `(start of the hour, calls)`. The hour that is leaving counts by the part
/// of it still within (the sliding window counter), rounded up: counted whole, a DJ who plays two nights in a row
/// would stand still for yesterday's calls.
#[must_use]
pub fn used(buckets: &[(Timestamp, i64)], now: Timestamp) -> i64 {
    buckets.iter().map(|&(start, calls)| within_day(calls, now.ms_since(start))).sum()
}

fn within_day(calls: i64, age_ms: i64) -> i64 {
    // A clock put right by a little forgets nothing; one that was days ahead holds up nobody.
    if age_ms < -HOUR_MS {
        return 0;
    }
    let inside_ms = (DAY_MS + HOUR_MS - age_ms).clamp(0, HOUR_MS);
    calls.saturating_mul(inside_ms).saturating_add(HOUR_MS - 1) / HOUR_MS
}

/// The hour a call at `now` is counted in.
#[must_use]
pub fn hour_start(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(HOUR_MS))
}

#[cfg(test)]
mod tests {
    use super::{Budget, HOUR_MS, Timestamp, hour_start, used};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn calls_leave_the_day_little_by_little() {
        let hour = hour_start(NOW);
        let at = |hours: i64, minutes: i64| hour.plus_ms(hours * HOUR_MS + minutes * 60_000);
        for (words, now, count) in [
            ("in the hour itself", at(0, 30), 60),
            ("a day later to the minute", at(24, 0), 60),
            ("a quarter of the hour has left", at(24, 15), 45),
            ("a call half within is a call", Timestamp(at(24, 15).0 - 1), 46),
            ("all have left", at(25, 0), 0),
            ("a year later", at(9000, 0), 0),
            ("a clock set back a little forgets nothing", at(-1, 0), 60),
            ("one that was days ahead holds up nobody", at(-48, 0), 0),
        ] {
            assert_eq!(used(&[(hour, 60)], now), count, "{words}");
        }
        assert_eq!(used(&[], NOW), 0);
        assert_eq!(Budget::of(&[(hour, 60), (at(-3, 0), 40)], 1000, NOW), Budget { used: 100, limit: 1000 });
    }

    #[test]
    fn seven_tenths_spent_stretch_the_day_and_nine_tenths_close_it() {
        let at = |used| Budget { used, limit: 1000 };
        assert!(!at(699).is_stretched() && at(700).is_stretched());
        assert!(!at(899).is_reserved() && at(900).is_reserved() && at(i64::MAX).is_reserved());
        assert!(Budget { used: 0, limit: 0 }.is_reserved());
    }
}
