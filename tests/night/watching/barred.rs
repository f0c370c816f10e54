//! House rules hold for the recording in which a typed wish goes over.

use partyplaylist::domain::Status;
use serde_json::{Value, json};

use super::hall::Hall;

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
    let all = hall.peek(0, async |host| host.requests(None, None).await.unwrap().0);
    assert_eq!(all[0].view.title, "Battery Heart");
}

#[test]
fn a_song_the_dj_gave_another_name_is_shown_as_spotify_names_it() {
    let mut hall = Hall::of(1);
    hall.ask(0, [45]);
    hall.pass(230);
    assert_eq!(hall.playback(0).track.unwrap().title, "Battery Heart", "not “Wish 45”");
}
