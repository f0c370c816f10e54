//! When Spotify's player is polled next.

use super::{Budget, Timestamp};

/// What the last poll of a DJ's player came to. `streak` counts the polls in a row that came to the same, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// `remaining_ms` is None where Spotify does not say.
    Playing {
        remaining_ms: Option<i64>,
    },
    /// Said to play what stands still, or should be over.
    Stuck {
        streak: u32,
    },
    Paused,
    /// 204: nothing has played for a while, or the session is private.
    Empty {
        streak: u32,
    },
    Advert,
    /// No answer, or one that says nothing but "later".
    Unreachable {
        streak: u32,
    },
    /// 429, or a server that names a time to come back.
    RateLimited {
        until: Timestamp,
    },
    /// The client id has used up Spotify's day.
    QuotaExceeded {
        until: Timestamp,
    },
    /// Refused until the DJ mends the set-up: not registered, no Premium.
    Forbidden,
    /// The consent is gone; connecting again starts the polls again.
    Unauthorized,
}

impl PollOutcome {
    /// Whether the player may be back at any moment, with no word of when.
    pub fn is_away(self) -> bool {
        matches!(self, Self::Empty { .. } | Self::Paused | Self::Unreachable { .. })
    }
}

const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 60 * 60 * SECOND_MS;

/// How long after our own command the player is polled.
pub const AFTER_COMMAND_MS: i64 = SECOND_MS;
/// However soon a song should end, a player is left alone so long after a poll.
pub(super) const LEAST_MS: i64 = 3 * SECOND_MS;
const PAUSED_MS: i64 = 60 * SECOND_MS;
const ADVERT_MS: i64 = 15 * SECOND_MS;
/// Waits after the first, second, third … poll in a row that found nothing.
const BACKOFF_MS: [i64; 4] = [30 * SECOND_MS, 60 * SECOND_MS, 120 * SECOND_MS, 300 * SECOND_MS];
/// While the budget's last part is kept, nobody calls Spotify: only our own count is read again. It falls as the hours
/// of yesterday leave the day behind us, within minutes on a busy one; and the owner may raise the limit meanwhile.
const RESERVED_MS: i64 = 10 * 60 * SECOND_MS;

/// When to poll next; None is never, until something else begins the polls again.
pub fn next_poll(outcome: PollOutcome, budget: Budget, now: Timestamp) -> Option<Timestamp> {
    let due = match outcome {
        PollOutcome::Unauthorized => return None,
        PollOutcome::Forbidden => now.plus_ms(HOUR_MS),
        // One that has passed already must not make a busy loop.
        PollOutcome::RateLimited { until } | PollOutcome::QuotaExceeded { until } if until <= now => {
            now.plus_ms(SECOND_MS)
        }
        PollOutcome::RateLimited { until } | PollOutcome::QuotaExceeded { until } => until,
        PollOutcome::Playing { remaining_ms } => now.plus_ms(playing_ms(remaining_ms, budget)),
        PollOutcome::Paused => now.plus_ms(PAUSED_MS),
        PollOutcome::Advert => now.plus_ms(ADVERT_MS),
        PollOutcome::Empty { streak } => now.plus_ms(backoff_ms(streak)),
        PollOutcome::Stuck { streak } => now.plus_ms(again_ms(streak, LEAST_MS)),
        PollOutcome::Unreachable { streak } => now.plus_ms(again_ms(streak, SECOND_MS)),
    };
    Some(if budget.is_reserved() { due.max(now.plus_ms(RESERVED_MS)) } else { due })
}

fn playing_ms(remaining_ms: Option<i64>, budget: Budget) -> i64 {
    let base = budget.poll_ms();
    remaining_ms.map_or(base, |left| left.saturating_add(SECOND_MS).clamp(LEAST_MS, base))
}

/// The first time, it may be over in a moment; from the second on it backs off.
fn again_ms(streak: u32, first_ms: i64) -> i64 {
    if streak <= 1 { first_ms } else { backoff_ms(streak - 1) }
}

fn backoff_ms(streak: u32) -> i64 {
    let step = usize::try_from(streak.saturating_sub(1)).unwrap_or(usize::MAX);
    BACKOFF_MS[step.min(BACKOFF_MS.len() - 1)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::PollOutcome::{
        Advert, Empty, Forbidden, Paused, Playing, QuotaExceeded, RateLimited, Stuck, Unauthorized, Unreachable,
    };
    use super::{Budget, HOUR_MS, PollOutcome, Timestamp, next_poll};
    use crate::domain::{Night, hour_start, used};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);
    const DAY_MS: i64 = 24 * HOUR_MS;
    const FRESH: Budget = Budget { used: 0, limit: 1000, carried: 0, night: Night { left_ms: 6 * HOUR_MS, djs: 1 } };

    fn wait_ms(outcome: PollOutcome, used: i64) -> Option<i64> {
        next_poll(outcome, Budget { used, carried: used, ..FRESH }, NOW).map(|at| at.ms_since(NOW))
    }

    fn playing(left: i64) -> PollOutcome {
        Playing { remaining_ms: Some(left) }
    }

    #[test]
    fn each_outcome_has_its_wait() {
        for (words, outcome, wait) in [
            ("a long song is looked at every half minute", playing(180_000), Some(30_000)),
            ("a song with 29 s left, a second after its end", playing(29_000), Some(30_000)),
            ("a song that ends soon, a second after its end", playing(12_345), Some(13_345)),
            ("a song about to end is not asked in a hurry", playing(500), Some(3000)),
            ("nor one that should be over", playing(-60_000), Some(3000)),
            ("a song of unknown length", Playing { remaining_ms: None }, Some(30_000)),
            ("a podcast without end", playing(i64::MAX), Some(30_000)),
            ("a pause", Paused, Some(60_000)),
            ("an advert", Advert, Some(15_000)),
            ("a mistake of the set-up, hourly", Forbidden, Some(3_600_000)),
            ("a consent that is gone, never", Unauthorized, None),
        ] {
            assert_eq!(wait_ms(outcome, 0), wait, "{words}");
        }
    }

    #[test]
    fn a_player_that_is_silent_paused_or_out_of_reach_may_be_back_at_any_moment() {
        let (streak, until) = (1, NOW);
        for away in [Empty { streak }, Paused, Unreachable { streak }] {
            assert!(away.is_away(), "{away:?}");
        }
        for other in [playing(1), Stuck { streak }, Advert, RateLimited { until }, QuotaExceeded { until }, Forbidden] {
            assert!(!other.is_away(), "{other:?}");
        }
    }

    #[test]
    fn silence_and_failures_back_off_to_five_minutes() {
        let waits = [30_000, 30_000, 60_000, 120_000, 300_000, 300_000];
        for (streak, wait) in (0..).zip(waits).chain([(u32::MAX, 300_000)]) {
            assert_eq!(wait_ms(Empty { streak }, 0), Some(wait), "{streak}");
            let later = streak.saturating_add(1);
            assert_eq!(wait_ms(Unreachable { streak: later.max(2) }, 0), Some(wait), "{later}");
            assert_eq!(wait_ms(Stuck { streak: later.max(2) }, 0), Some(wait), "{later}");
        }
    }

    #[test]
    fn a_look_that_fails_or_is_stuck_once_is_soon_made_again_but_not_from_the_reserve() {
        assert_eq!(wait_ms(Stuck { streak: 1 }, 899), Some(3000));
        assert_eq!(wait_ms(Stuck { streak: 1 }, 900), Some(600_000));
        assert_eq!(wait_ms(Unreachable { streak: 1 }, 899), Some(1000));
        assert_eq!(wait_ms(Unreachable { streak: 1 }, 900), Some(600_000));
    }

    #[test]
    fn a_deadline_is_kept_to_the_millisecond() {
        for ahead in [1, 999, 7000, 52_531_000] {
            let until = NOW.plus_ms(ahead);
            for outcome in [RateLimited { until }, QuotaExceeded { until }] {
                assert_eq!(wait_ms(outcome, 0), Some(ahead));
                assert_eq!(wait_ms(outcome, 800), Some(ahead), "a budget mostly spent changes nothing");
            }
        }
        assert_eq!(wait_ms(RateLimited { until: NOW }, 0), Some(1000), "one that has passed is not a loop");
    }

    #[test]
    fn a_budget_mostly_spent_stretches_the_base_and_then_stops_the_looks() {
        for (used, wait) in [(0, 30_000), (300, 51_428), (899, 120_000), (900, 600_000), (5000, 600_000)] {
            assert_eq!(wait_ms(playing(200_000), used), Some(wait), "{used}");
        }
        assert_eq!(wait_ms(playing(12_000), 700), Some(13_000), "the end of a song is still not missed");
        assert_eq!(wait_ms(playing(12_000), 900), Some(600_000), "the reserve is for handing over only");
        assert_eq!(wait_ms(Forbidden, 900), Some(3_600_000));
        assert_eq!(wait_ms(Unauthorized, 900), None);
        let (soon, late) = (NOW.plus_ms(5000), NOW.plus_ms(DAY_MS));
        assert_eq!(wait_ms(RateLimited { until: soon }, 900), Some(600_000));
        assert_eq!(wait_ms(QuotaExceeded { until: late }, 900), Some(DAY_MS));
    }

    /// A night of 3:30 songs from `start`, each handed over 20 s before the end of the one before, after a poll of its
    /// own: the polls, and the longest time without one.
    fn night(start: Timestamp, hours: i64, calls: &mut BTreeMap<Timestamp, i64>, limit: i64) -> (i64, i64) {
        const SONG_MS: i64 = 210_000;
        let (mut polls, mut longest, mut last) = (0, 0, start);
        let (mut due, mut hand_over) = (start, start.plus_ms(SONG_MS - 20_000));
        while due.min(hand_over) < start.plus_ms(hours * HOUR_MS) {
            let now = due.min(hand_over);
            let buckets: Vec<_> = calls.iter().map(|(hour, count)| (*hour, *count)).collect();
            let budget = Budget::of(&buckets, limit, now, Night::of(start, 1, now));
            let handing_over = hand_over == now;
            if handing_over || !budget.is_reserved() {
                *calls.entry(hour_start(now)).or_default() += 1 + i64::from(handing_over);
                polls += 1;
                longest = longest.max(now.ms_since(last));
                last = now;
            }
            if handing_over {
                hand_over = now.plus_ms(SONG_MS);
            }
            let left = SONG_MS - now.ms_since(start).rem_euclid(SONG_MS);
            due = next_poll(playing(left), budget, now).unwrap();
        }
        (polls, longest)
    }

    #[test]
    fn six_hours_of_songs_are_about_820_looks() {
        let (polls, longest) = night(NOW, 6, &mut BTreeMap::new(), 100_000);
        println!("{polls} looks, never {longest} ms without one");
        assert!((810..=830).contains(&polls) && longest <= 30_000, "{polls}, {longest}");
    }

    #[test]
    fn nights_in_a_row_keep_within_the_budget_and_never_stand_still() {
        let mut calls = BTreeMap::new();
        for day in 0..5 {
            let start = NOW.plus_ms(day * DAY_MS);
            let (polls, longest) = night(start, 6, &mut calls, FRESH.limit);
            let buckets: Vec<_> = calls.iter().map(|(hour, count)| (*hour, *count)).collect();
            let spent = used(&buckets, start.plus_ms(6 * HOUR_MS));
            println!("night {day}: {polls} looks, {spent} calls in 24 h, never {longest} ms without a look");
            assert!(spent < FRESH.limit && longest <= 120_000, "{day}: {spent}, {longest}");
        }
    }
}
