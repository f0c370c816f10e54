//! Trouble that is over in a moment, right before a song has to go over.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::Trouble;

use super::hall::{Hall, uri};

const ADD: &str = "POST /me/player/queue";
const LOOK: &str = "GET /me/player";
const TOKEN: &str = "POST /api/token";

/// What began after the first song, which lasts 214 s, if it was queued.
fn second(hall: &Hall) -> Option<String> {
    hall.seen(0).played[1].queued.clone()
}

#[test]
fn one_look_that_fails_in_a_songs_last_seconds_loses_no_hand_over() {
    for at in [193, 206] {
        let mut hall = Hall::of(1);
        hall.pass(at);
        hall.fault(0, LOOK, (Trouble::Broken(502), false), Some(1));
        let ids = hall.ask(0, [40]);
        hall.pass(30);
        assert_eq!((second(&hall), hall.status(0, &ids[0])), (Some(uri(40)), Status::Playing), "after {at} s");
    }
}

/// Spotify's answer is that the token has expired, and no new one is to be had: surely nothing was taken.
fn no_token(hall: &Hall, times: Option<u32>) {
    hall.fault(0, ADD, (Trouble::Expired, false), times);
    hall.fault(0, TOKEN, (Trouble::Broken(502), false), times);
}

#[test]
fn a_song_surely_not_taken_is_offered_again_while_there_is_time() {
    let mut hall = Hall::of(1);
    hall.ask(0, [40]);
    hall.pass(190);
    no_token(&hall, Some(1));
    hall.pass(40);
    assert_eq!((second(&hall), hall.calls(0, ADD)), (Some(uri(40)), 2));
}

#[test]
fn a_song_not_taken_all_night_is_offered_twice_for_each_that_plays() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    no_token(&hall, None);
    hall.pass(3600);
    let (tries, looks) = (hall.calls(0, ADD), hall.calls(0, LOOK));
    println!("{tries} tries and {looks} looks in an hour of {} songs", hall.seen(0).played.len());
    assert!((20..=40).contains(&tries) && looks <= 180, "{tries} tries, {looks} looks");
    hall.sim.heal();
    hall.pass(900);
    assert_eq!(hall.status(0, &ids[0]), Status::Played);
}

#[test]
fn a_spotify_that_is_away_is_asked_at_once_again_and_then_ever_less() {
    let mut hall = Hall::of(1);
    hall.pass(31);
    let (began, before) = (hall.now(), hall.calls(0, LOOK));
    hall.fault(0, LOOK, (Trouble::Broken(502), false), None);
    let mut asked = vec![];
    while asked.len() < 7 {
        hall.pass(1);
        let looks = hall.calls(0, LOOK) - before;
        asked.resize(usize::try_from(looks).unwrap(), hall.now().ms_since(began) / 1000);
    }
    let waits: Vec<i64> = asked.windows(2).map(|two| two[1] - two[0]).collect();
    println!("{waits:?} s between looks that fail");
    assert_eq!(waits, [1, 30, 60, 120, 300, 300]);
}
