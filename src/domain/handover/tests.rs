//! What follows from what is seen of a song on its way.

use super::Position::{Absent, Behind, Hidden};
use super::{
    Budget, Fate, Handed, Learned, Observation, OpenRequest, Orders, PlaybackState, Position, Step, Timestamp,
};
use crate::domain::{Night, ObservedTrack, RequestId, Song, Status};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn request() -> OpenRequest {
    OpenRequest { id: RequestId::fresh(), status: Status::HandedOver, song: Song::named("A", "B") }
}

fn handed(is_queued: bool, ahead: Option<i64>, misses: i64) -> Handed {
    Handed { request: request(), is_queued, begun_at: NOW, ahead, misses }
}

#[test]
fn a_song_that_leaves_the_queue_unseen_was_not_played() {
    let fate = |ahead, misses, position: Position| {
        handed(true, ahead, misses).fate(position, Some(30_000), NOW.plus_ms(60_000))
    };
    for (ahead, misses, position, expected) in [
        (None, 0, Behind(2), Fate::Queued(Some(2))),
        (None, 0, Behind(3), Fate::Gone),
        (Some(0), 0, Absent, Fate::Left),
        (Some(3), 0, Behind(2), Fate::Queued(Some(2))),
        (Some(3), 0, Behind(3), Fate::Queued(Some(3))),
        (Some(0), 0, Behind(5), Fate::Left),
        (None, 0, Absent, Fate::Gone),
        (None, 1, Absent, Fate::Gone),
        (None, 0, Hidden, Fate::Missed),
        (None, 1, Hidden, Fate::Gone),
        (Some(0), 1, Absent, Fate::Gone),
    ] {
        assert_eq!(fate(ahead, misses, position), expected, "{ahead:?} {misses} {position:?}");
    }
    let fresh = handed(true, None, 0);
    assert_eq!(fresh.fate(Behind(3), None, NOW), Fate::Queued(Some(3)), "no other has begun meanwhile");
    assert_eq!(fresh.fate(Hidden, None, NOW), Fate::Missed, "Spotify has it: there is no answer to wait for");
    let mut known = handed(true, None, 0);
    known.request.song.isrc = Some("I1".into());
    assert_eq!(known.fate(Absent, Some(30_000), NOW), Fate::Left, "another recording of it would have been known");
}

#[test]
fn a_song_whose_answer_was_lost_comes_back_only_when_that_is_sure() {
    let fate = |misses, changed: bool, seconds: i64, position: Position| {
        handed(false, None, misses).fate(position, changed.then_some(30_000), NOW.plus_ms(seconds * 1000))
    };
    for (misses, changed, seconds, position, expected) in [
        (0, false, 1, Behind(0), Fate::Queued(Some(0))),
        (0, false, 14, Absent, Fate::Wait),
        (0, true, 14, Hidden, Fate::Wait),
        (0, false, 15, Absent, Fate::Back),
        (0, false, 16, Absent, Fate::Back),
        (0, false, 90, Absent, Fate::Back),
        (0, false, 91, Absent, Fate::Unsure),
        (0, false, 16, Hidden, Fate::Missed),
        (0, true, 16, Hidden, Fate::Missed),
        (1, false, 16, Hidden, Fate::Missed),
        (1, true, 30, Hidden, Fate::Back),
        (0, false, 9999, Behind(1), Fate::Queued(Some(1))),
    ] {
        assert_eq!(fate(misses, changed, seconds, position), expected, "{misses} {changed} {seconds} {position:?}");
    }
    let mut short = handed(false, None, 0);
    short.request.song.duration_ms = Some(60_000);
    let after = |seconds: i64| short.fate(Absent, None, NOW.plus_ms(seconds * 1000));
    assert_eq!([after(60), after(61)], [Fate::Back, Fate::Unsure], "a short song is sooner over");
}

#[test]
fn a_song_that_may_have_been_heard_while_nobody_looked_is_gone() {
    let mut song = handed(true, Some(0), 0);
    song.request.song.duration_ms = Some(200_000);
    let fate = |seconds: i64| song.fate(Absent, Some(seconds * 1000), NOW);
    assert_eq!([fate(61), fate(179), fate(180), fate(9999)], [Fate::Left, Fate::Left, Fate::Gone, Fate::Gone]);
    song.request.song.duration_ms = Some(30_000);
    assert!(song.fits(15_000) && !song.fits(14_999), "half of a short song at least");
    let seen = Observation { seen_at: NOW.plus_ms(30_000), ..orders(100).observation.unwrap() };
    let way = Orders { handed: Some(song.clone()), ..orders(100) };
    assert_eq!(way.unseen_ms(&seen), 40_000);
    let early = Learned { early_ms: 6_000, ..Learned::default() };
    assert_eq!(Orders { learned: early, ..way.clone() }.unseen_ms(&seen), 46_000, "what gave way early was heard");
    let silent = Observation { item: None, ..seen.clone() };
    assert_eq!(Orders { observation: Some(silent), ..way.clone() }.unseen_ms(&seen), 30_000, "since the hand-over");
    assert_eq!(Orders { observation: None, ..way }.unseen_ms(&seen), i64::MAX, "the box was off");
}

fn budget(used: i64) -> Budget {
    Budget { used, limit: 1000, carried: used, night: Night { left_ms: 6 * 3_600_000, djs: 1 } }
}

/// A song of 200 s, observed ten seconds ago after `progress` seconds, and the next poll in 20 s.
fn orders(progress: i64) -> Orders {
    let (uri, title, artist) = ("a".into(), "A".into(), "B".into());
    let item = ObservedTrack { uri, isrc: None, title, artist, art: None, duration_ms: 200_000 };
    let seen_at = NOW.plus_ms(-10_000);
    let observation =
        Observation { state: PlaybackState::Playing, item: Some(item), progress_ms: progress * 1000, seen_at };
    Orders {
        client_id: String::new(),
        budget: budget(0),
        quota_until: None,
        observation: Some(observation),
        due: Some(NOW.plus_ms(20_000)),
        streak: 0,
        hold_until: Timestamp(0),
        handed: None,
        next: Some(request()),
        learned: Learned::default(),
    }
}

#[test]
fn the_next_song_goes_over_twenty_seconds_before_the_end_after_a_fresh_look() {
    let rest = |seconds: i64| Step::RestUntil(NOW.plus_ms(seconds * 1000));
    assert_eq!(orders(100).step(NOW), rest(20), "the look comes first");
    assert_eq!(orders(165).step(NOW), rest(5));
    assert_eq!(orders(175).step(NOW), Step::Poll, "what was seen before the time may have changed");
    assert_eq!(orders(170).step(NOW), Step::Poll, "at the very time, too");
    assert_eq!(orders(180).step(NOW), Step::HandOver, "it was seen at the time");
    assert_eq!(orders(185).step(NOW), Step::HandOver, "it was seen after the time");
    let reserved = |progress| Orders { budget: budget(900), ..orders(progress) };
    assert_eq!(reserved(175).step(NOW), Step::HandOver, "the last calls are not for looks");
    assert_eq!(reserved(170).step(NOW), Step::HandOver);
    let mut over = reserved(165);
    for seconds in [35, 40] {
        over.observation.as_mut().unwrap().seen_at = NOW.plus_ms(-seconds * 1000);
        assert_eq!(over.step(NOW), Step::Poll, "what was seen is over");
    }
    let early = Learned { early_ms: 4_000, next: None, away_at: None };
    assert_eq!(Orders { learned: early, ..orders(165) }.step(NOW), rest(1), "where songs give way early");
    let without = Orders { next: None, ..orders(185) };
    assert_eq!(without.step(NOW), rest(20));
    let held = Orders { hold_until: NOW.plus_ms(7000), ..orders(185) };
    assert_eq!(held.step(NOW), rest(7));
    let ahead = Orders { handed: Some(handed(true, None, 0)), ..orders(185) };
    assert_eq!(ahead.step(NOW), rest(6), "one ahead and no more: its beginning is looked for");
    let mut paused = orders(185);
    paused.observation.as_mut().unwrap().state = PlaybackState::Paused;
    assert_eq!(paused.step(NOW), rest(20), "nothing is handed to a player that stands");
}

#[test]
fn the_player_is_looked_at_once_more_when_another_song_comes_to_stand_first() {
    let moved = || Orders {
        learned: Learned { next: Some(RequestId::fresh()), ..Learned::default() },
        due: Some(NOW.plus_ms(20_000)),
        ..orders(100)
    };
    assert_eq!(moved().step(NOW), Step::Poll);
    let mut just_seen = moved();
    just_seen.observation.as_mut().unwrap().seen_at = NOW.plus_ms(-1_000);
    assert_eq!(just_seen.step(NOW), Step::RestUntil(NOW.plus_ms(4_000)));
    let same = Learned { next: moved().next.map(|next| next.id), ..Learned::default() };
    for otherwise in [
        Orders { next: None, ..moved() },
        Orders { handed: Some(handed(true, Some(0), 0)), ..moved() },
        Orders { budget: budget(600), ..moved() },
        Orders { streak: 1, ..moved() },
        Orders { learned: same.clone(), next: same.next.clone().map(|id| OpenRequest { id, ..request() }), ..moved() },
        Orders { learned: Learned::default(), ..moved() },
    ] {
        assert_eq!(otherwise.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)), "{otherwise:?}");
    }
}

#[test]
fn deadlines_come_before_everything() {
    let until = NOW.plus_ms(3_600_000);
    let quota = Orders { quota_until: Some(until), ..orders(185) };
    assert_eq!(quota.step(NOW), Step::NoteQuota(until));
    assert_eq!(Orders { due: Some(until), ..quota }.step(NOW), Step::RestUntil(until));
    let over = Orders { quota_until: Some(NOW), ..orders(185) };
    assert_eq!(over.step(NOW), Step::HandOver);
    let spent = Orders { budget: budget(1000), ..orders(185) };
    assert_eq!(spent.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)), "what was planned is waited for");
    assert_eq!(Orders { due: Some(NOW), ..spent }.step(NOW), Step::NoteSpent(NOW.plus_ms(600_000)));
    let lost =
        Orders { handed: Some(Handed { begun_at: NOW.plus_ms(-15_000), ..handed(false, None, 0) }), ..orders(100) };
    assert_eq!(lost.step(NOW), Step::Settle);
    assert_eq!(Orders { due: None, ..orders(100) }.step(NOW), Step::Poll);
    let failing = Orders { streak: 1, ..orders(185) };
    assert_eq!(failing.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)), "nothing is tried on what was seen long ago");
    let future = Observation { seen_at: NOW.plus_ms(1), ..orders(100).observation.unwrap() };
    assert_eq!(Orders { observation: Some(future), ..orders(100) }.step(NOW), Step::Poll, "the clock was put back");
    let seen = Observation { seen_at: NOW, ..orders(100).observation.unwrap() };
    assert_eq!(Orders { observation: Some(seen), ..orders(100) }.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)));
    assert_eq!(Orders { due: Some(NOW), ..orders(100) }.step(NOW), Step::Poll, "it is due");
    let soon = Orders { budget: budget(1000), due: Some(NOW.plus_ms(3_600_000)), ..orders(185) };
    assert_eq!(soon.step(NOW), Step::RestUntil(NOW.plus_ms(600_000)), "our own count is read again meanwhile");
}

#[test]
fn a_hand_over_whose_answer_was_lost_is_settled_once_the_call_must_be_over() {
    let lost = |begun: i64, is_queued, misses| Orders {
        handed: Some(Handed { begun_at: NOW.plus_ms(begun), ..handed(is_queued, None, misses) }),
        ..orders(100)
    };
    let rest = |seconds: i64| Step::RestUntil(NOW.plus_ms(seconds * 1000));
    assert_eq!(lost(0, false, 0).step(NOW), rest(15));
    assert_eq!(lost(1, false, 0).step(NOW), Step::Settle, "the clock was put back");
    assert_eq!(Orders { hold_until: NOW.plus_ms(7_000), ..lost(-60_000, false, 0) }.step(NOW), rest(7));
    assert_eq!(lost(-60_000, true, 0).step(NOW), rest(20), "Spotify has it");
    assert_eq!(lost(-60_000, false, 1).step(NOW), rest(20), "once it was missed only another beginning tells");
}

#[test]
fn the_song_handed_over_is_looked_for_as_it_begins() {
    let seen = |progress_ms: i64, early_ms: i64, streak| {
        let observation = Observation { progress_ms, seen_at: NOW, ..orders(0).observation.unwrap() };
        let learned = Learned { early_ms, ..Learned::default() };
        let handed = Some(handed(true, None, 0));
        Orders { observation: Some(observation), due: Some(NOW.plus_ms(60_000)), handed, learned, streak, ..orders(0) }
            .step(NOW)
    };
    let rest = |ms: i64| Step::RestUntil(NOW.plus_ms(ms));
    assert_eq!(seen(180_000, 0, 0), rest(21_000), "a second after the end");
    assert_eq!(seen(180_000, 6_000, 0), rest(15_000), "where songs give way early");
    assert_eq!(seen(199_500, 0, 0), rest(3_000), "a player is left alone for a moment");
    assert_eq!(seen(201_000, 0, 0), rest(60_000), "it should have begun before the look");
    assert_eq!(seen(180_000, 0, 1), rest(60_000), "nobody knows what plays");
}

#[test]
fn a_player_that_was_away_is_looked_for_every_half_minute_while_songs_wait_for_it() {
    let away = |ms: i64| {
        let learned = Learned { away_at: Some(NOW.plus_ms(-ms)), ..Learned::default() };
        Orders { learned, observation: None, due: Some(NOW.plus_ms(60_000)), ..orders(0) }
    };
    let rest = |seconds: i64| Step::RestUntil(NOW.plus_ms(seconds * 1000));
    assert_eq!([away(5_000).step(NOW), away(30_000).step(NOW)], [rest(25), Step::Poll]);
    let on_its_way = Orders { next: None, handed: Some(handed(true, None, 0)), ..away(5_000) };
    assert_eq!(on_its_way.step(NOW), rest(25));
    assert_eq!(Orders { next: None, ..away(5_000) }.step(NOW), rest(60), "nothing waits");
    assert_eq!(Orders { budget: budget(600), ..away(5_000) }.step(NOW), rest(60), "calls have become scarce");
}

#[test]
fn how_early_songs_give_way_is_learned_and_forgotten_with_those_that_do_not() {
    let observation = |uri: &str, progress_ms: i64, seen_ms: i64| {
        let mut observation =
            Observation { progress_ms, seen_at: NOW.plus_ms(seen_ms), ..orders(0).observation.unwrap() };
        observation.item.as_mut().unwrap().uri = uri.into();
        observation
    };
    let mut learned = Learned::default();
    for (early_ms, learned_ms) in
        [(6_000, 6_000), (0, 3_000), (2_000, 2_500), (-1_500, 500), (-9_000, 0), (45_001, 0), (45_000, 45_000)]
    {
        // The one before is over 20 s after it was seen, the other has played for 2 s.
        learned.learn(&observation("a", 180_000, 0), &observation("b", 2_000, 22_000 - early_ms));
        assert_eq!(learned.early_ms, learned_ms, "{early_ms}");
    }
    learned.learn(&observation("a", 180_000, 0), &observation("a", 182_000, 2_000));
    assert_eq!(learned.early_ms, 45_000, "the same song goes on");
}
