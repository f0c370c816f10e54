//! What follows from what is seen of a song on its way.

use super::Position::{Absent, Behind, Hidden};
use super::{Asked, Budget, Fate, Handed, Learned, Look, Orders, PlaybackState, Position, Step, Timestamp};
use crate::domain::{Heard, Night, RequestId, Song, Status};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn asked() -> Asked {
    Asked { id: RequestId::fresh(), status: Status::HandedOver, song: Song::named("A", "B") }
}

fn handed(is_queued: bool, ahead: Option<i64>, misses: i64) -> Handed {
    Handed { asked: asked(), is_queued, begun_at: NOW, ahead, misses }
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
    ] {
        assert_eq!(fate(ahead, misses, position), expected, "{ahead:?} {misses} {position:?}");
    }
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
        (0, false, 16, Absent, Fate::Back),
        (0, false, 90, Absent, Fate::Back),
        (0, false, 91, Absent, Fate::Unsure),
        (0, false, 16, Hidden, Fate::Missed),
        (1, false, 16, Hidden, Fate::Missed),
        (1, true, 30, Hidden, Fate::Back),
        (0, false, 9999, Behind(1), Fate::Queued(Some(1))),
    ] {
        assert_eq!(fate(misses, changed, seconds, position), expected, "{misses} {changed} {seconds} {position:?}");
    }
}

#[test]
fn a_song_that_may_have_been_heard_while_nobody_looked_is_gone() {
    let mut song = handed(true, Some(0), 0);
    song.asked.song.duration_ms = Some(200_000);
    let fate = |seconds: i64| song.fate(Absent, Some(seconds * 1000), NOW);
    assert_eq!([fate(61), fate(179), fate(180), fate(9999)], [Fate::Left, Fate::Left, Fate::Gone, Fate::Gone]);
    let seen = Look { seen_at: NOW.plus_ms(30_000), ..orders(100).look.unwrap() };
    let way = Orders { handed: Some(song.clone()), ..orders(100) };
    assert_eq!(way.unseen_ms(&seen), 40_000);
    let silent = Look { item: None, ..seen.clone() };
    assert_eq!(Orders { look: Some(silent), ..way.clone() }.unseen_ms(&seen), 30_000, "since the hand-over");
    assert_eq!(Orders { look: None, ..way }.unseen_ms(&seen), i64::MAX, "the box was off");
}

fn budget(used: i64) -> Budget {
    Budget { used, limit: 1000, carried: used, night: Night { left_ms: 6 * 3_600_000, djs: 1 } }
}

/// A song of 200 s, looked at ten seconds ago after `progress` seconds, and the next look in 20 s.
fn orders(progress: i64) -> Orders {
    let (uri, title, artist) = ("a".into(), "A".into(), "B".into());
    let item = Heard { uri, isrc: None, title, artist, art: None, duration_ms: 200_000 };
    let seen_at = NOW.plus_ms(-10_000);
    let look = Look { state: PlaybackState::Playing, item: Some(item), progress_ms: progress * 1000, seen_at };
    Orders {
        client_id: String::new(),
        budget: budget(0),
        quota_until: None,
        look: Some(look),
        due: Some(NOW.plus_ms(20_000)),
        streak: 0,
        hold_until: Timestamp(0),
        handed: None,
        next: Some(asked()),
        learned: Learned::default(),
    }
}

#[test]
fn the_next_song_goes_over_twenty_seconds_before_the_end_after_a_fresh_look() {
    let rest = |seconds: i64| Step::RestUntil(NOW.plus_ms(seconds * 1000));
    assert_eq!(orders(100).step(NOW), rest(20), "the look comes first");
    assert_eq!(orders(165).step(NOW), rest(5));
    assert_eq!(orders(175).step(NOW), Step::Look, "what was seen before the time may have changed");
    assert_eq!(orders(185).step(NOW), Step::HandOver, "it was seen after the time");
    let reserved = |progress| Orders { budget: budget(900), ..orders(progress) };
    assert_eq!(reserved(175).step(NOW), Step::HandOver, "the last calls are not for looks");
    let mut over = reserved(165);
    over.look.as_mut().unwrap().seen_at = NOW.plus_ms(-40_000);
    assert_eq!(over.step(NOW), Step::Look, "what was seen is over");
    let without = Orders { next: None, ..orders(185) };
    assert_eq!(without.step(NOW), rest(20));
    let held = Orders { hold_until: NOW.plus_ms(7000), ..orders(185) };
    assert_eq!(held.step(NOW), rest(7));
    let ahead = Orders { handed: Some(handed(true, None, 0)), ..orders(185) };
    assert_eq!(ahead.step(NOW), rest(6), "one ahead and no more: its beginning is looked for");
    let mut paused = orders(185);
    paused.look.as_mut().unwrap().state = PlaybackState::Paused;
    assert_eq!(paused.step(NOW), rest(20), "nothing is handed to a player that stands");
}

#[test]
fn the_player_is_looked_at_once_more_when_another_song_comes_to_stand_first() {
    let moved = || Orders {
        learned: Learned { next: Some(RequestId::fresh()), ..Learned::default() },
        due: Some(NOW.plus_ms(20_000)),
        ..orders(100)
    };
    assert_eq!(moved().step(NOW), Step::Look);
    let mut just_seen = moved();
    just_seen.look.as_mut().unwrap().seen_at = NOW.plus_ms(-1_000);
    assert_eq!(just_seen.step(NOW), Step::RestUntil(NOW.plus_ms(4_000)));
    let same = Learned { next: moved().next.map(|next| next.id), ..Learned::default() };
    for otherwise in [
        Orders { next: None, ..moved() },
        Orders { handed: Some(handed(true, Some(0), 0)), ..moved() },
        Orders { budget: budget(600), ..moved() },
        Orders { streak: 1, ..moved() },
        Orders { learned: same.clone(), next: same.next.clone().map(|id| Asked { id, ..asked() }), ..moved() },
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
    assert_eq!(Orders { due: None, ..orders(100) }.step(NOW), Step::Look);
    let failing = Orders { streak: 1, ..orders(185) };
    assert_eq!(failing.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)), "nothing is tried on what was seen long ago");
    let future = Look { seen_at: NOW.plus_ms(1), ..orders(100).look.unwrap() };
    assert_eq!(Orders { look: Some(future), ..orders(100) }.step(NOW), Step::Look, "the clock was put back");
}
