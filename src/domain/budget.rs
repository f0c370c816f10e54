//! The day's calls of a client id, spent over the hours of a night.

use super::Timestamp;

/// The calls of one client id within a rolling day, and the night they are to last for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub used: i64,
    /// Calls allowed within 24 hours; 0 allows no polling.
    pub limit: i64,
    /// Of the calls used those that still count when the night is over.
    pub carried: i64,
    pub night: Night,
}

/// What is left of a DJ's night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    pub left_ms: i64,
    /// DJs who call with the same client id these hours, this one among them.
    pub djs: i64,
}

const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A night is planned to last so long; one that lasts longer is never nearer to its end than this.
const NIGHT_MS: i64 = 6 * HOUR_MS;
const AT_LEAST_MS: i64 = 2 * HOUR_MS;
/// What is kept for handing songs over.
const RESERVE_PERCENT: i64 = 10;
/// From here on what a DJ looks for is not looked for at Spotify.
const SEARCHED_PERCENT: i64 = 70;
/// Calls in an hour that songs take whoever polls how often: each is handed over, and polled for before.
const SONGS: i64 = 30;
/// Calls in an hour that a night takes at least.
const LEAST: i64 = 70;
/// Time between two polls at a song that plays: as often as is of use, and as seldom as will do.
const SHORTEST_MS: i64 = 30 * SECOND_MS;
const LONGEST_MS: i64 = 120 * SECOND_MS;
/// From this time between two polls on, the queue is not looked into.
const STRETCHED_MS: i64 = 60 * SECOND_MS;

impl Night {
    /// What is left at `now` of a night that began at `started_at`.
    pub fn of(started_at: Timestamp, djs: i64, now: Timestamp) -> Self {
        Self { left_ms: (NIGHT_MS - now.ms_since(started_at)).clamp(AT_LEAST_MS, NIGHT_MS), djs: djs.max(1) }
    }
}

impl Budget {
    /// The budget as its hourly buckets tell it at `now`.
    pub fn of(buckets: &[(Timestamp, i64)], limit: i64, now: Timestamp, night: Night) -> Self {
        let past: Vec<_> = buckets.iter().filter(|(start, _)| *start <= now).copied().collect();
        Self { used: used(buckets, now), limit, carried: used(&past, now.plus_ms(night.left_ms)), night }
    }

    /// Time between two polls at a song that plays: what is left is spent over what is left of the night.
    pub fn poll_ms(self) -> i64 {
        let hourly = (self.left().saturating_mul(HOUR_MS) / self.night.left_ms / self.night.djs - SONGS).max(1);
        (HOUR_MS / hourly).clamp(SHORTEST_MS, LONGEST_MS)
    }

    /// Whether no more calls are made for a song than it cannot do without.
    pub fn is_stretched(self) -> bool {
        self.is_reserved() || self.poll_ms() >= STRETCHED_MS
    }

    /// Calls that the polls and songs of the rest of the night leave over, for each DJ.
    pub fn spare(self) -> i64 {
        let hours_need = LEAST * self.night.djs * self.night.left_ms / HOUR_MS;
        let today = self.limit.saturating_mul(100 - RESERVE_PERCENT) / 100 - self.used;
        ((self.left() - hours_need).min(today) / self.night.djs).max(0)
    }

    /// Whether a DJ's own searches may go out.
    pub fn is_searchable(self) -> bool {
        !self.reaches(SEARCHED_PERCENT)
    }

    /// Whether what is left is kept for handing songs over: to be asked again before each poll, other DJs may have
    /// spent it since this one was planned.
    pub fn is_reserved(self) -> bool {
        self.reaches(100 - RESERVE_PERCENT)
    }

    /// Whether nothing is left at all.
    pub fn is_spent(self) -> bool {
        self.reaches(100)
    }

    /// Calls that may be made until the night is over, the reserve aside.
    fn left(self) -> i64 {
        self.limit.saturating_mul(100 - RESERVE_PERCENT) / 100 - self.carried
    }

    fn reaches(self, percent: i64) -> bool {
        self.used.saturating_mul(100) >= self.limit.saturating_mul(percent)
    }
}

/// Calls within the 24 hours before `now`, of `(start of the hour, calls)`. The hour that is leaving counts by the part
/// of it still within (the sliding window counter), rounded up: counted whole, a DJ who plays two nights in a row
/// would stand still for yesterday's calls.
pub fn used(buckets: &[(Timestamp, i64)], now: Timestamp) -> i64 {
    buckets.iter().map(|&(start, calls)| within_day(calls, now.ms_since(start))).sum()
}

/// How long it takes until a DJ's searches may go out again, in milliseconds, rounded up to hours; nobody calls meanwhile.
pub fn searchable_in_ms(buckets: &[(Timestamp, i64)], limit: i64, now: Timestamp) -> Option<i64> {
    let is_searchable = |ms: &i64| used(buckets, now.plus_ms(*ms)) * 100 < limit.saturating_mul(SEARCHED_PERCENT);
    (1..=25).map(|hours| hours * HOUR_MS).find(is_searchable)
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
pub fn hour_start(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(HOUR_MS))
}

#[cfg(test)]
mod tests;
