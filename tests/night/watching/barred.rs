//! House rules hold for the recording in which a typed wish goes over.

use partyplaylist::domain::{Act, Fate, Hit, MatchState, RequestId, Status};
use partyplaylist::store::{SpotifyWorker, Tenant};
use serde_json::{Value, json};

use super::hall::{Hall, uri};
use super::matching::{ask, guest};

fn rules(hall: &mut Hall, rules: &Value) {
    let rules = rules.as_object().unwrap().clone();
    hall.host(0, async |host| host.change_rules(rules).await.map(drop).unwrap());
}

#[test]
fn a_typed_wish_goes_over_in_no_recording_the_rules_refuse() {
    // Approved under looser rules, or in words that named no second artist.
    for (rule, (title, artist), why) in [
        (json!({ "allow_explicit": false }), ("Swear Jar", "Juno Falk"), "explicit"),
        (json!({ "max_length_ms": 480_000 }), ("Twenty Minutes of Fog", "DJ Ostwind"), "too long"),
        (json!({ "do_not_play": ["Ada Winters"] }), ("Sugar and Thunder", "Big Lou Carver"), "do-not-play list"),
    ] {
        let mut hall = Hall::of(1);
        let barred = hall.song(0, title, artist);
        rules(&mut hall, &rule);
        let good = hall.song(0, "Battery Heart", "The Tin Robots");
        hall.pass(600);
        assert_eq!(hall.statuses(0, &[barred.clone(), good]), [Status::Approved, Status::Played], "{title}");
        let reason = hall.reason(0, &barred).unwrap();
        assert!(reason.contains(why), "{reason}");
        assert_eq!(hall.heard(0).len(), 1, "{title}");
        // The DJ changes their mind, and it plays.
        rules(&mut hall, &json!({ "allow_explicit": true, "max_length_ms": 0, "do_not_play": [] }));
        hall.pass(1900);
        assert_eq!(hall.status(0, &barred), Status::Played, "{title}");
    }
}

#[test]
fn what_spotify_names_stands_on_the_page_once_a_typed_wish_is_known() {
    let mut hall = Hall::of(1);
    let typed = hall.song(0, "battery HEART", "tin robots");
    hall.pass(230);
    assert_eq!(hall.status(0, &typed), Status::Playing);
    let track = hall.playback(0).track.unwrap();
    assert_eq!((track.title.as_str(), track.artist.as_str()), ("Battery Heart", "The Tin Robots"));
    let all = hall.peek(0, async |host| host.listing(None, None).await.unwrap().requests.clone());
    assert_eq!(all[0].view.title, "Battery Heart");
}

#[test]
fn a_song_the_dj_gave_another_name_is_shown_as_spotify_names_it() {
    let mut hall = Hall::of(1);
    hall.ask(0, [45]);
    hall.pass(230);
    assert_eq!(hall.playback(0).track.unwrap().title, "Battery Heart", "not “Wish 45”");
}

fn worker(hall: &Hall) -> Tenant<SpotifyWorker> {
    hall.runtime.block_on(hall.store.spotify_worker(&hall.djs[0].user)).unwrap()
}

/// A guest's Battery Heart, found at Spotify and in line.
fn battery_heart(hall: &mut Hall) -> RequestId {
    let guest = guest(hall, 0);
    let id = ask(hall, &guest, "Battery Heart", "The Tin Robots");
    hall.pass(5);
    hall.host(0, async |host| host.act(&id, Act::Approve).await.unwrap());
    id
}

#[test]
fn a_song_that_comes_back_from_spotify_is_held_to_the_rules_that_came_meanwhile() {
    for fate in [Fate::Back, Fate::BackTo(Some(1)), Fate::BackTo(None)] {
        let mut hall = Hall::of(1);
        let (id, own) = (battery_heart(&mut hall), hall.song(0, "Arcade Romance", "The Tin Robots"));
        let worker = worker(&hall);
        assert!(hall.runtime.block_on(worker.begin_handover(&id, &uri(45))).unwrap());
        rules(&mut hall, &json!({ "do_not_play": ["Tin Robots"] }));
        assert_eq!(hall.statuses(0, &[id.clone(), own.clone()]), [Status::HandedOver, Status::Approved]);
        hall.runtime.block_on(worker.settle_handover(&id, fate)).unwrap();
        assert_eq!(hall.statuses(0, &[id, own]), [Status::Rejected, Status::Approved], "{fate:?}");
    }
}

#[test]
fn a_song_that_got_into_line_before_rules_were_held_against_it_is_not_handed_over() {
    let mut hall = Hall::of(1);
    let id = battery_heart(&mut hall);
    let conn = rusqlite::Connection::open(hall.file()).unwrap();
    let sql = "INSERT INTO settings (user_id, key, value) VALUES (?1, 'do_not_play', '[\"Tin Robots\"]')";
    conn.execute(sql, [hall.djs[0].user.as_str()]).unwrap();
    hall.pass(600);
    assert_eq!((hall.status(0, &id), hall.heard(0)), (Status::Rejected, vec![]));
}

#[test]
fn a_recording_found_under_the_rules_of_before_is_not_taken() {
    let mut hall = Hall::of(1);
    let guest = guest(&mut hall, 0);
    let id = ask(&mut hall, &guest, "Swear Jar", "Juno Falk");
    rules(&mut hall, &json!({ "allow_explicit": false }));
    let hit = Hit { uri: Some(uri(19)), title: "Swear Jar".into(), explicit: Some(true), ..Hit::default() };
    hall.runtime.block_on(worker(&hall).matched(&id, hit)).unwrap();
    let all = hall.peek(0, async |host| host.listing(None, None).await.unwrap().requests.clone());
    assert_eq!((all[0].view.matching.state, &all[0].view.track_uri), (MatchState::Searching, &None));
}

#[test]
fn what_is_known_of_a_song_is_not_forgotten_while_it_waits_however_much_is_looked_for_meanwhile() {
    let mut hall = Hall::of(1);
    let guest = guest(&mut hall, 0);
    let id = ask(&mut hall, &guest, "Swear Jar", "Juno Falk");
    hall.pass(60);
    for _ in 0..2 {
        let other = |n: usize| Hit { uri: Some(format!("spotify:track:other{n}")), ..Hit::default() };
        hall.runtime.block_on(worker(&hall).learn(None, (0..5_000).map(other).collect())).unwrap();
        hall.pass(60);
    }
    rules(&mut hall, &json!({ "allow_explicit": false }));
    assert_eq!(hall.status(0, &id), Status::Rejected);
}
