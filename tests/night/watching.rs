//! Every DJ's Spotify watched at once, and songs handed over once and only once: nights in moments, on a clock the
//! test moves.

mod accounts;
mod away;
mod barred;
mod clock;
mod copies;
mod frozen;
mod hall;
mod hands;
mod ledger;
mod matching;
mod mended;
mod passing;
mod player;
mod poison;
mod quirks;
mod quota;
mod refreshing;
mod set_up;
mod shared;
mod six_hours;
mod switching;
mod torture;
mod unheard;

use partyplaylist::domain::{Source, Status};
use partyplaylist::spotify::simulator::{Button, Change, Trouble};

use serde_json::json;

use hall::{Hall, uri};

#[test]
fn a_wish_is_handed_over_before_the_end_plays_and_is_over() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41, 42]);
    hall.pass(60);
    assert_eq!(hall.statuses(0, &ids), [Status::Approved; 3]);
    assert_eq!(hall.seen(0).added, Vec::<String>::new());
    // The first song lasts 214 s.
    hall.pass(214 - 60 - 10);
    assert_eq!(hall.statuses(0, &ids), [Status::HandedOver, Status::Approved, Status::Approved]);
    assert_eq!(hall.seen(0).queued, [uri(40)], "one ahead and no more");
    hall.pass(12);
    assert_eq!(hall.status(0, &ids[0]), Status::Playing);
    let playback = hall.playback(0);
    assert_eq!(playback.source, Source::Spotify);
    assert_eq!(playback.track.unwrap().request_id, Some(ids[0].clone()));
    hall.pass(900);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 3]);
    assert_eq!(hall.heard(0), [uri(40), uri(41), uri(42)]);
}

#[test]
fn a_wish_approved_late_is_still_handed_over_in_time() {
    let mut hall = Hall::of(1);
    hall.pass(205);
    let ids = hall.ask(0, [40]);
    hall.pass(12);
    assert_eq!(hall.statuses(0, &ids), [Status::Playing]);
    assert_eq!(hall.heard(0), [uri(40)]);
}

#[test]
fn two_djs_see_their_own_songs_and_nobody_elses() {
    let mut hall = Hall::of(2);
    hall.pass(1);
    let tracks: Vec<_> = (0..2).map(|n| hall.playback(n).track.unwrap().track_uri.unwrap()).collect();
    assert_eq!(tracks, [uri(0), uri(3)]);
    hall.change(0, Change::Press(Button::Start(uri(50))));
    hall.pass(31);
    let tracks: Vec<_> = (0..2).map(|n| hall.playback(n).track.unwrap().track_uri.unwrap()).collect();
    assert_eq!(tracks, [uri(50), uri(3)]);
}

#[test]
fn nobody_is_watched_without_an_event() {
    let mut hall = Hall::of(2);
    hall.pass(60);
    hall.end(0);
    hall.pass(10);
    let before = (hall.calls(0, "GET /me/player"), hall.calls(1, "GET /me/player"));
    hall.pass(3600);
    assert!(!hall.is_watched(0) && hall.is_watched(1));
    assert_eq!(hall.calls(0, "GET /me/player"), before.0);
    assert!(hall.calls(1, "GET /me/player") > before.1 + 100);
}

#[test]
fn skips_and_songs_the_dj_starts_are_noticed() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41, 42]);
    hall.pass(200);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    // The DJ skips to it, and then skips it after two seconds, before anybody looks.
    hall.change(0, Change::Press(Button::Next));
    hall.pass(2);
    hall.change(0, Change::Press(Button::Next));
    hall.pass(60);
    assert_eq!(hall.status(0, &ids[0]), Status::Failed, "nobody saw it play");
    // The next one the DJ starts from Spotify's own list.
    hall.change(0, Change::Press(Button::Start(uri(41))));
    hall.pass(40);
    assert_eq!(hall.status(0, &ids[1]), Status::Playing);
    hall.pass(600);
    assert_eq!(hall.statuses(0, &ids), [Status::Failed, Status::Played, Status::Played]);
    assert_eq!(hall.heard(0), [uri(40), uri(42)], "what the DJ started was not sent again");
}

#[test]
fn a_song_behind_those_the_dj_queued_waits_for_its_turn() {
    let mut hall = Hall::of(1);
    let token = hall.sim.connect("dj000", &hall.djs[0].client_id).access_token;
    let client = hall.client();
    for n in [50, 51] {
        client.account(&token).add_to_queue(&uri(n), None).unwrap();
    }
    let ids = hall.ask(0, [40, 41]);
    hall.pass(220);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    hall.pass(1200);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0), [50, 51, 40, 41].map(uri));
}

#[test]
fn a_skipped_song_that_is_in_the_djs_own_list_too_holds_nothing_up() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::Context((0..8).chain([40]).map(uri).collect()));
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    // It stands first in the queue; skipped, the list's own copy stays far behind.
    hall.change(0, Change::Press(Button::Start(uri(20))));
    hall.pass(60);
    hall.change(0, Change::Press(Button::Next));
    hall.pass(1);
    hall.change(0, Change::Press(Button::Next));
    hall.pass(60);
    assert_eq!(hall.status(0, &ids[0]), Status::Failed, "nobody saw it play");
    hall.pass(400);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
}

#[test]
fn a_wish_typed_by_hand_is_found_at_spotify_or_waits_for_the_dj_with_a_reason() {
    let mut hall = Hall::of(1);
    let known = hall.song(0, "Battery Heart", "The Tin Robots");
    let unknown = hall.song(0, "Nobody Knows", "This One");
    let last = hall.ask(0, [41]).remove(0);
    hall.pass(700);
    assert_eq!(hall.statuses(0, &[known, last]), [Status::Played, Status::Played]);
    assert_eq!(hall.status(0, &unknown), Status::Approved);
    assert!(hall.reason(0, &unknown).unwrap().starts_with("Not found on Spotify"));
    assert_eq!(hall.calls(0, "GET /search"), 3, "for what it does not know it is asked once more, by the title alone");
    assert_eq!(hall.heard(0).len(), 2);
}

#[test]
fn a_wish_typed_by_hand_becomes_a_recording_the_house_allows_where_there_is_one() {
    let mut hall = Hall::of(1);
    let no_rude_ones = json!({ "allow_explicit": false }).as_object().unwrap().clone();
    hall.host(0, async |host| host.change_rules(no_rude_ones).await.map(drop).unwrap());
    let both = hall.song(0, "Static Kiss", "Velvet Antenna");
    let rude_only = hall.song(0, "Swear Jar", "Juno Falk");
    hall.pass(700);
    assert_eq!(hall.statuses(0, &[both, rude_only]), [Status::Played, Status::Approved]);
    assert_eq!(hall.heard(0), ["spotify:track:remaster00000000000006"]);
}

#[test]
fn a_song_spotify_does_not_take_fails_and_the_line_goes_on() {
    let mut hall = Hall::of(1);
    let gone = hall.wish(0, "Gone", Some("spotify:track:nosuchtrack00000000000".into()));
    let next = hall.ask(0, [41]).remove(0);
    hall.pass(500);
    assert_eq!(hall.statuses(0, &[gone.clone(), next]), [Status::Failed, Status::Played]);
    assert!(hall.reason(0, &gone).unwrap().contains("Invalid track uri"));
}

#[test]
fn a_404_that_speaks_of_no_song_gives_none_up() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    hall.fault(0, "POST /me/player/queue", (Trouble::Nowhere, false), Some(1));
    hall.pass(200);
    assert_eq!((hall.status(0, &ids[0]), hall.health(0).as_str()), (Status::Approved, "unavailable"));
    hall.pass(700);
    assert_eq!((hall.status(0, &ids[0]), hall.heard(0)), (Status::Played, vec![uri(40)]));
}

#[test]
fn a_dj_whose_consent_is_gone_is_told_and_goes_on_after_connecting_again() {
    let mut hall = Hall::of(2);
    let ids = hall.ask(0, [40]);
    hall.pass(30);
    hall.change(0, Change::Revoke);
    hall.pass(60);
    assert!(!hall.is_watched(0) && hall.is_watched(1), "their watcher stops, the other's goes on");
    let playback = hall.playback(0);
    assert_eq!((playback.source, playback.health.as_str()), (Source::Spotify, "reconnect"));
    let calls = hall.calls(0, "GET /me/player");
    hall.pass(600);
    assert_eq!((hall.calls(0, "GET /me/player"), hall.health(1)), (calls, "ok".to_owned()));
    hall.connect(0);
    hall.pass(600);
    assert_eq!((hall.health(0).as_str(), hall.statuses(0, &ids)), ("ok", vec![Status::Played]));
}

#[test]
fn a_consent_of_six_months_ago_is_gone() {
    let mut hall = Hall::of(1);
    hall.end(0);
    hall.pass(184 * 86_400);
    hall.begin(0);
    hall.pass(5);
    assert_eq!(hall.health(0), "reconnect");
    assert!(!hall.is_watched(0));
}
