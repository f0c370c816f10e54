//! How a day's calls are spread over a night.

use super::{Budget, HOUR_MS, Night, Timestamp, hour_start, searchable_in_ms, used};

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
    let searchable_in =
        |limit: i64| searchable_in_ms(&[(hour, 60), (at(-20, 0), 40)], limit, NOW).map(|ms| ms / HOUR_MS);
    assert_eq!([120, 80, 0].map(searchable_in), [Some(5), Some(24), None]);
    let night = Night { left_ms: 6 * HOUR_MS, djs: 1 };
    let budget = Budget::of(&[(hour, 60), (at(-20, 0), 40)], 1000, NOW, night);
    assert_eq!(budget, Budget { used: 100, limit: 1000, carried: 60, night });
}

fn at(used: i64, hours: i64, djs: i64) -> Budget {
    Budget { used, limit: 1000, carried: used, night: Night { left_ms: hours * HOUR_MS, djs } }
}

#[test]
fn looks_are_as_far_apart_as_the_calls_that_are_left_last_for_the_night() {
    for (words, budget, seconds) in [
        ("a fresh day for a whole night", at(0, 6, 1), 30),
        ("as many calls for two", at(0, 6, 2), 80),
        ("most of them gone with the night half over", at(650, 3, 1), 67),
        ("the same near its end", at(650, 2, 1), 37),
        ("nothing left but the reserve", at(900, 2, 1), 120),
        ("more than all", at(i64::MAX, 6, 1), 120),
    ] {
        assert_eq!(budget.poll_ms() / 1000, seconds, "{words}");
    }
    assert!(!at(0, 6, 1).is_stretched() && at(0, 6, 2).is_stretched());
}

#[test]
fn guests_search_with_what_looks_and_songs_leave_over() {
    assert_eq!(at(0, 6, 1).spare(), 480);
    assert_eq!(at(0, 6, 2).spare(), 30);
    assert_eq!((at(900, 2, 1).spare(), at(i64::MAX, 2, 1).spare()), (0, 0));
    let yesterday = Budget { carried: 0, ..at(850, 6, 1) };
    assert_eq!(yesterday.spare(), 50, "however much leaves the day before the night is over");
}

#[test]
fn nine_tenths_spent_close_the_day_but_for_hand_overs() {
    let at = |used| at(used, 6, 1);
    assert!(at(699).is_searchable() && !at(700).is_searchable());
    assert!(!at(899).is_reserved() && at(900).is_reserved() && at(i64::MAX).is_reserved());
    assert!(Budget { limit: 0, ..at(0) }.is_reserved());
}

#[test]
fn a_night_is_planned_for_six_hours_and_is_never_nearer_to_its_end_than_two() {
    let left = |hours: i64| Night::of(NOW.plus_ms(-hours * HOUR_MS), 1, NOW).left_ms / HOUR_MS;
    assert_eq!([0, 1, 4, 5, 99, -1].map(left), [6, 5, 2, 2, 2, 6]);
    assert_eq!([0, 1, 3].map(|djs| Night::of(NOW, djs, NOW).djs), [1, 1, 3]);
}
