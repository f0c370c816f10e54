//! What the rules of a night let through.

use super::{GuestTally, HouseRules, Refusal, Song, Timestamp};

const NOW: Timestamp = Timestamp(10_000_000);

#[test]
fn a_guest_waits_between_wishes_and_is_told_how_long() {
    let tally = GuestTally { last_wish: Some(NOW.plus_ms(-10_000)), ..GuestTally::default() };
    assert_eq!(HouseRules::default().admit(&tally, NOW), Err(Refusal::TooSoon(20_000)));
    assert_eq!(HouseRules::default().admit(&tally, NOW.plus_ms(20_000)), Ok(()));
}

#[test]
fn three_wishes_may_wait_and_ten_fit_an_hour() {
    let full = GuestTally { active: 3, ..GuestTally::default() };
    assert!(matches!(HouseRules::default().admit(&full, NOW), Err(Refusal::TooManyWaiting(_))));
    let hour = GuestTally { in_last_hour: 10, oldest_in_hour: Some(NOW.plus_ms(-3_000_000)), ..GuestTally::default() };
    assert_eq!(HouseRules::default().admit(&hour, NOW), Err(Refusal::HourFull(600_000)));
}

#[test]
fn zero_switches_a_limit_off() {
    let rules = HouseRules { max_active_per_guest: 0, max_per_hour: 0, min_gap_ms: 0, ..HouseRules::default() };
    let busy = GuestTally { active: 99, in_last_hour: 99, last_wish: Some(NOW), oldest_in_hour: Some(NOW) };
    assert_eq!(rules.admit(&busy, NOW), Ok(()));
}

#[test]
fn what_is_known_to_be_explicit_or_too_long_is_refused_where_the_dj_said_so() {
    let song = Song { explicit: Some(true), duration_ms: Some(600_000), ..Song::named("Fog", "X") };
    assert_eq!(HouseRules::default().allow(&song), Ok(()));
    let clean = HouseRules { allow_explicit: false, ..HouseRules::default() };
    assert_eq!(clean.allow(&song), Err(Refusal::Explicit));
    let short = HouseRules { max_length_ms: 480_000, ..HouseRules::default() };
    assert_eq!(short.allow(&song), Err(Refusal::TooLong(480_000)));
    assert_eq!(short.allow(&Song { duration_ms: Some(480_000), ..song }), Ok(()));
    for rules in [clean, short] {
        assert_eq!(rules.allow(&Song::named("Fog", "X")), Ok(()), "nobody knows");
    }
}

#[test]
fn a_played_song_rests_for_an_hour_and_says_so() {
    let played = Some(NOW.plus_ms(-60_000));
    assert_eq!(HouseRules::default().rested(played, None, NOW), Err(Refusal::PlayedAlready(3_540_000)));
    assert_eq!(HouseRules::default().rested(None, played, NOW), Ok(()));
    let hour_ago = Some(NOW.plus_ms(-3_600_000));
    assert_eq!(HouseRules::default().rested(hour_ago, None, NOW), Ok(()), "to the millisecond");
}

#[test]
fn an_artist_rests_where_the_dj_said_so_and_the_song_itself_is_named_first() {
    let rules = HouseRules { artist_cooldown_ms: 90_000, ..HouseRules::default() };
    let ago = |ms: i64| Some(NOW.plus_ms(-ms));
    assert_eq!(rules.rested(None, ago(60_000), NOW), Err(Refusal::ArtistRested(30_000)));
    assert_eq!(rules.rested(None, ago(90_000), NOW), Ok(()));
    assert_eq!(rules.rested(ago(60_000), ago(60_000), NOW), Err(Refusal::PlayedAlready(3_540_000)));
}

#[test]
fn a_song_on_the_do_not_play_list_is_refused_whatever_else_the_rules_take() {
    let rules = HouseRules { do_not_play: vec!["Fog".into()], ..HouseRules::default() };
    assert_eq!(rules.allow(&Song::named("Fog", "X")), Err(Refusal::DoNotPlay));
    assert_eq!(rules.allow(&Song::named("Mist", "X")), Ok(()));
}

#[test]
fn each_limit_is_taken_to_its_bound_and_no_further() {
    const DAY: u32 = 86_400_000;
    let faults = |over: u32| {
        let rules = HouseRules {
            max_active_per_guest: 100 + over,
            max_per_hour: 1000 + over,
            min_gap_ms: DAY + over,
            max_length_ms: DAY + over,
            replay_cooldown_ms: DAY + over,
            artist_cooldown_ms: DAY + over,
            ..HouseRules::default()
        };
        match rules.check(&HouseRules::default()) {
            Err(Refusal::Invalid(faults)) => faults.len(),
            other => other.map_or(99, |()| 0),
        }
    };
    assert_eq!([0, 1].map(faults), [0, 6]);
}

#[test]
fn rules_out_of_bounds_are_named() {
    let rules = HouseRules { max_per_hour: 5000, do_not_play: vec![" ".into()], ..HouseRules::default() };
    let Err(Refusal::Invalid(faults)) = rules.check(&HouseRules::default()) else { panic!("accepted") };
    assert_eq!(faults.iter().map(|f| f.0).collect::<Vec<_>>(), ["max_per_hour", "do_not_play"]);
    let with = |do_not_play: Vec<String>| HouseRules { do_not_play, ..HouseRules::default() };
    let said = |do_not_play: Vec<String>| match with(do_not_play).check(&HouseRules::default()) {
        Err(Refusal::Invalid(faults)) => faults[0].1.clone(),
        other => panic!("{other:?}"),
    };
    assert!(said(vec!["Waltz".into(), format!("Polka {}", "x".repeat(200))]).contains("“Polka xxx"));
    assert!(said(vec!["Waltz".into(); 501]).contains("501 lines"));
    let short = vec!["Waltz".into(), "https://spotify.link/abc".into()];
    assert!(said(short.clone()).contains("“https://spotify.link/abc” bars nothing"));
    assert_eq!(with(short.clone()).check(&with(short)), Ok(()), "it was there");
}
