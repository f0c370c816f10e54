//! How a wall clock was set: by how much, and what is believed of it.

use super::Timestamp;
use super::line::amount;

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const YEAR_MS: i64 = 365 * DAY_MS;

/// A clock that is set by less is followed as if the time had passed: network time does it all the while.
const NOTICED_MS: i64 = 5 * SECOND_MS;
/// A box that was switched off for longer is rather one whose clock is wrong.
const LONGEST_STOP_MS: i64 = YEAR_MS;
/// No clock that is right says less: this program was not made yet.
pub const MADE: Timestamp = Timestamp(1_793_491_200_000);
/// Nor does one that is right say more: no box grows that old.
const WORN_OUT: Timestamp = Timestamp(MADE.0 + 20 * YEAR_MS);
/// How long a jump is worth a banner.
const NEWS_MS: i64 = DAY_MS;

/// What to do about a clock that is wrong.
const SET_IT: &str = "set it, or let the network set it (timedatectl set-ntp true)";

/// The clock went another way than the time: it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// What the clock said right after.
    pub at: Timestamp,
    /// How far it was set ahead; back where it is negative.
    pub by_ms: i64,
}

impl Jump {
    /// A running box's clock says `now`, which is `by_ms` more than the time that passed.
    pub fn while_running(by_ms: i64, now: Timestamp) -> Option<Self> {
        (by_ms.abs() > NOTICED_MS).then_some(Self { at: now, by_ms })
    }

    /// A box that ran last when its clock said `left` starts and reads `now`. How long it was off only the clock can
    /// tell: it is believed where it went ahead by what a box may have been off, and nowhere else.
    pub fn over_a_stop(left: Timestamp, now: Timestamp) -> Option<Self> {
        let by_ms = now.ms_since(left);
        let believed = (-NOTICED_MS..=LONGEST_STOP_MS).contains(&by_ms);
        (!believed).then_some(Self { at: now, by_ms })
    }

    /// Whether somebody who looks at `now` should still hear of it.
    pub fn is_news(self, now: Timestamp) -> bool {
        (0..NEWS_MS).contains(&now.ms_since(self.at))
    }

    /// What happened, and what to do.
    pub fn sentence(self) -> String {
        let way = if self.by_ms > 0 { "ahead" } else { "back" };
        format!(
            "The clock of this box was set {way} by {} and now says {} {} UTC. Events, sign-ins, guests and screens go on as if \
             nothing had happened. If that time is wrong, {SET_IT}.",
            span(self.by_ms),
            self.at.day(),
            self.at.clock()
        )
    }
}

/// Whether a clock may be right that says `now`.
pub fn is_plausible(now: Timestamp) -> bool {
    (MADE..WORN_OUT).contains(&now)
}

/// Whether a box may have written a moment down, be it one whose clock begins anew with each start.
pub fn is_possible(at: Timestamp) -> bool {
    (Timestamp(0)..WORN_OUT).contains(&at)
}

/// What is wrong with a clock that says `now`, and what to do; `None` where it may be right.
pub fn clock_trouble(now: Timestamp) -> Option<String> {
    let when = if now < MADE { "before this program was made" } else { "longer than any box lasts" };
    let sentence = || format!("The clock of this box says {} {} UTC, {when}. Please {SET_IT}.", now.day(), now.clock());
    (!is_plausible(now)).then(sentence)
}

/// About how long, in words.
fn span(ms: i64) -> String {
    let ms = ms.saturating_abs();
    let units = [(YEAR_MS, "year"), (DAY_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute"), (SECOND_MS, "second")];
    let (unit, word) = units.into_iter().find(|(unit, _)| ms >= *unit).unwrap_or((SECOND_MS, "second"));
    amount((ms + unit / 2) / unit, word)
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, HOUR_MS, Jump, MADE, MINUTE_MS, Timestamp, YEAR_MS, clock_trouble, is_plausible, span};

    const NOW: Timestamp = Timestamp(MADE.0 + 30 * DAY_MS);

    #[test]
    fn a_clock_set_by_seconds_is_followed_and_by_more_is_a_jump() {
        for by in [0, 5000, -5000] {
            assert_eq!(Jump::while_running(by, NOW), None, "{by}");
        }
        for by in [5001, -5001, 2 * MINUTE_MS, -YEAR_MS] {
            assert_eq!(Jump::while_running(by, NOW), Some(Jump { at: NOW, by_ms: by }), "{by}");
        }
    }

    #[test]
    fn a_clock_is_believed_how_long_the_box_was_off_unless_it_went_back_or_by_years() {
        let jump = |by: i64| Jump::over_a_stop(NOW, NOW.plus_ms(by)).map(|jump| jump.by_ms);
        for off in [0, -1000, HOUR_MS, 9 * DAY_MS, 300 * DAY_MS] {
            assert_eq!(jump(off), None, "{off}");
        }
        for off in [-40 * MINUTE_MS, -NOW.0, 2 * YEAR_MS] {
            assert_eq!(jump(off), Some(off));
        }
    }

    #[test]
    fn a_clock_before_the_program_was_made_cannot_be_right() {
        assert!(is_plausible(NOW) && clock_trouble(NOW).is_none());
        for (says, words) in [(0, "1970-01-01 00:00 UTC, before"), (MADE.0 - 1, "before"), (MADE.0 * 3, "longer than")]
        {
            assert!(!is_plausible(Timestamp(says)));
            let said = clock_trouble(Timestamp(says)).unwrap();
            assert!(said.contains(words) && said.contains("timedatectl"), "{said}");
        }
    }

    #[test]
    fn a_jump_is_told_in_words_with_what_to_do() {
        let said = Jump { at: NOW, by_ms: 9 * DAY_MS }.sentence();
        assert!(
            said.contains("ahead by 9 days and now says 2026-12-01 00:00 UTC") && said.contains("set it"),
            "{said}"
        );
        let spans = [2 * MINUTE_MS, -40 * MINUTE_MS, HOUR_MS, DAY_MS, -56 * YEAR_MS, 6000].map(span);
        assert_eq!(spans, ["2 minutes", "40 minutes", "1 hour", "1 day", "56 years", "6 seconds"]);
    }

    #[test]
    fn a_jump_is_news_for_a_day() {
        let jump = Jump { at: NOW, by_ms: HOUR_MS };
        assert!(jump.is_news(NOW) && jump.is_news(NOW.plus_ms(DAY_MS - 1)));
        assert!(!jump.is_news(NOW.plus_ms(DAY_MS)) && !jump.is_news(NOW.plus_ms(-1)));
    }
}
