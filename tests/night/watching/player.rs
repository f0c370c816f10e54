//! What a player may do: stand still, play something else, say little.

use partyplaylist::domain::{PlaybackState, Status};
use partyplaylist::spotify::simulator::{Button, Change, Trouble};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";
const QUEUE: &str = "GET /me/player/queue";

#[test]
fn a_wish_paused_for_an_hour_goes_on_and_is_over_at_its_end() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(280);
    assert_eq!(hall.status(0, &ids[0]), Status::Playing);
    hall.change(0, Change::Press(Button::Pause));
    hall.pass(3600);
    assert_eq!((hall.status(0, &ids[0]), hall.playback(0).state), (Status::Playing, PlaybackState::Paused));
    hall.change(0, Change::Press(Button::Play));
    hall.pass(60);
    assert_eq!(hall.statuses(0, &ids), [Status::Playing, Status::Approved]);
    hall.pass(900);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
}

#[test]
fn a_song_on_its_way_when_the_player_pauses_for_an_hour_is_next_all_the_same() {
    for silent in [false, true] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40, 41]);
        hall.pass(200);
        hall.change(0, Change::QueueIsSilent(silent));
        for _ in 0..3 {
            hall.change(0, Change::Press(Button::Pause));
            hall.pass(1200);
            hall.change(0, Change::Press(Button::Play));
            hall.pass(1);
        }
        hall.pass(400);
        assert_eq!(hall.heard(0)[..1], [uri(40)], "{silent}");
        hall.pass(600);
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "{silent}");
        assert_eq!(hall.heard(0), [40, 41].map(uri), "{silent}");
    }
}

#[test]
fn a_wish_that_the_dj_chose_and_holds_paused_does_not_play_yet() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(60);
    hall.change(0, Change::Press(Button::Start(uri(41))));
    hall.change(0, Change::Press(Button::Pause));
    hall.pass(70);
    assert_eq!(hall.statuses(0, &ids), [Status::Approved; 2]);
    assert_eq!(hall.playback(0).state, PlaybackState::Paused);
    hall.change(0, Change::Press(Button::Play));
    hall.pass(61);
    assert_eq!(hall.statuses(0, &ids), [Status::Approved, Status::Playing]);
    // The song that played is over when another is put in its place, though that one stands.
    hall.change(0, Change::Press(Button::Start(uri(40))));
    hall.change(0, Change::Press(Button::Pause));
    hall.pass(70);
    assert_eq!(hall.statuses(0, &ids), [Status::Approved, Status::Played]);
}

#[test]
fn the_last_wish_is_over_when_the_player_falls_silent_after_it() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.change(0, Change::Context(vec![]));
    hall.pass(700);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.playback(0).track, None);
}

#[test]
fn a_player_that_never_says_how_far_it_is_still_gets_its_songs() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::NullFields(true));
    let ids = hall.ask(0, [40, 41, 42]);
    hall.pass(1800);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 3]);
    assert_eq!(hall.heard(0), [40, 41, 42].map(uri));
}

#[test]
fn podcasts_and_the_djs_own_files_are_shown_and_followed_by_wishes() {
    for odd in ["spotify:episode:any", "spotify:local:Me:Mine:My%20Song:200"] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40]);
        hall.change(0, Change::Press(Button::Start(odd.into())));
        hall.pass(31);
        let playback = hall.playback(0);
        assert_eq!((playback.state, hall.health(0).as_str()), (PlaybackState::Playing, "ok"), "{odd}");
        assert!(!playback.track.unwrap().title.is_empty(), "{odd}");
        hall.change(0, Change::Press(Button::Before(40_000)));
        hall.pass(300);
        assert_eq!(hall.statuses(0, &ids), [Status::Played], "{odd}");
    }
}

#[test]
fn a_mix_of_twenty_minutes_and_dragging_back_and_forth_double_nothing() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [37, 40]);
    hall.pass(200);
    for _ in 0..4 {
        hall.change(0, Change::Press(Button::Before(120_000)));
        hall.pass(31);
        hall.change(0, Change::Press(Button::Before(15_000)));
        hall.pass(5);
    }
    assert_eq!(hall.seen(0).added, [uri(37)]);
    hall.pass(60);
    assert_eq!(hall.statuses(0, &ids), [Status::Playing, Status::Approved]);
    hall.pass(1500);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0), [37, 40].map(uri));
}

/// So many looks, and looks into the queue, in an hour in which somebody asks for something every half minute.
fn an_hour_away(hall: &mut Hall, trouble: Trouble) -> (u32, u32) {
    hall.fault(0, "", (trouble, false), None);
    let before = (hall.calls(0, LOOK), hall.calls(0, QUEUE));
    for song in 0..120 {
        hall.pass(30);
        hall.song(0, &format!("Song {song}"), "Somebody");
    }
    (hall.calls(0, LOOK) - before.0, hall.calls(0, QUEUE) - before.1)
}

#[test]
fn while_spotify_is_away_few_calls_are_made_whatever_guests_do() {
    for trouble in [Trouble::Broken(502), Trouble::NotRegistered, Trouble::TooMany(600)] {
        for on_its_way in [None, Some(false), Some(true)] {
            let mut hall = Hall::of(1);
            if on_its_way.is_some() {
                hall.ask(0, [40, 41]);
            }
            if on_its_way == Some(true) {
                hall.fault(0, "POST /me/player/queue", (Trouble::Drop, true), Some(1));
                hall.fault(0, QUEUE, (Trouble::Drop, false), Some(2));
            }
            hall.pass(195);
            let (looks, queues) = an_hour_away(&mut hall, trouble);
            println!("{trouble:?}, a song on its way: {on_its_way:?}: {looks} looks, {queues} into the queue");
            // One that may be back at any moment is looked for twice a minute, as songs wait.
            let most = if matches!(trouble, Trouble::Broken(_)) { 122 } else { 36 };
            assert!(looks <= most && queues <= 2, "{trouble:?} {on_its_way:?}: {looks} looks, {queues} into the queue");
        }
    }
}

#[test]
fn a_queue_that_does_not_answer_is_not_asked_again_by_every_guest() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.fault(0, "POST /me/player/queue", (Trouble::Drop, false), Some(1));
    hall.fault(0, QUEUE, (Trouble::Broken(502), false), None);
    hall.pass(195);
    let before = hall.calls(0, QUEUE);
    for song in 0..30 {
        hall.pass(2);
        hall.song(0, &format!("Song {song}"), "Somebody");
    }
    // Each is tried once more a moment later.
    assert!(hall.calls(0, QUEUE) - before <= 4, "{} looks into the queue", hall.calls(0, QUEUE) - before);
    assert_eq!(hall.health(0), "unavailable");
    hall.sim.heal();
    hall.pass(700);
    assert!([Status::Played, Status::Failed].contains(&hall.status(0, &ids[0])));
    assert_eq!(hall.status(0, &ids[1]), Status::Played);
}

#[test]
fn a_song_long_over_is_not_shown_as_playing_while_nobody_may_look() {
    let mut hall = Hall::of(1);
    hall.pass(60);
    hall.sim.exhaust(&hall.djs[0].client_id.clone(), 4 * 3600);
    hall.pass(60);
    assert_eq!((hall.playback(0).state, hall.health(0).as_str()), (PlaybackState::Playing, "quota"));
    hall.pass(600);
    let playback = hall.playback(0);
    assert_eq!((playback.state, playback.health.as_str()), (PlaybackState::Idle, "quota"));
    assert!(playback.track.is_some(), "what was heard last");
}
