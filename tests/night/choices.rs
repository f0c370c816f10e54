//! Which recording a wish is, said by somebody who may not, of something that may not be, or too late.

mod by_hand;
mod offered;
mod read;

use std::thread;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::Simulator;
use serde_json::{Value, json};

use crate::connecting::{APPS, connect, open};
use crate::venue::{Caller, Venue};

/// Swear Jar is explicit; Battery Heart is not.
const RUDE: &str = "spotify:track:song000000000000000019";
const GOOD: &str = "spotify:track:song000000000000000045";
const OTHER: &str = "spotify:track:song000000000000000046";

/// A box whose John takes no explicit songs, and a wish of his that Spotify does not know.
fn party() -> (Venue, Simulator, Caller, String) {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    assert_eq!(john.put("/api/johnsmith/settings", &json!({ "allow_explicit": false })).status, 200);
    let id = typed_by(&mut john, "Nobody Ever Sang This");
    (venue, spotify, john, id)
}

/// A wish that Spotify does not know; the box has asked.
fn typed_by(john: &mut Caller, title: &str) -> String {
    let id = asked(john, title, "Not A Band");
    looked_for(john, &id);
    id
}

fn asked(caller: &mut Caller, title: &str, artist: &str) -> String {
    let asked = caller.post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }));
    asked.json()["request"]["id"].as_str().unwrap().to_owned()
}

/// A wish once the box has asked for it.
fn looked_for(john: &mut Caller, id: &str) -> Value {
    let began = Instant::now();
    loop {
        let one = shown(john, id);
        if one["match"]["state"] != "searching" {
            return one;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{id} is looked for without an end");
        thread::yield_now();
    }
}

fn shown(john: &mut Caller, id: &str) -> Value {
    let all = john.get("/api/johnsmith/requests").json();
    all["requests"].as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap().clone()
}

fn way(id: &str) -> String {
    format!("/api/johnsmith/requests/{id}/match")
}

#[test]
fn only_the_dj_says_which_recording_a_wish_is_and_only_of_their_own() {
    let (venue, _spotify, mut john, id) = party();
    let before = shown(&mut john, &id);
    let mut jane = venue.host("janedoe");
    assert_eq!(jane.post("/api/janedoe/event", &json!({ "name": "Hers" })).status, 201);
    for choice in [json!({ "uri": GOOD }), json!({ "by_hand": true })] {
        let others = [
            venue.stranger(),
            venue.guest_of("johnsmith", &mut john),
            venue.screen("johnsmith"),
            venue.helper("johnsmith"),
        ];
        for mut other in others {
            assert_eq!(other.post(&way(&id), &choice).status, 401);
        }
        assert_eq!(jane.post(&way(&id), &choice).code(), "not_owner");
        assert_eq!(jane.post(&format!("/api/janedoe/requests/{id}/match"), &choice).status, 404);
    }
    assert_eq!(shown(&mut john, &id), before);
    for nobody in
        ["x", "00000000-0000-0000-0000-000000000000", "%27%20OR%201=1--", "%00", "..%2f..", &"9".repeat(5_000)]
    {
        let answer = john.post(&way(nobody), &json!({ "by_hand": true }));
        assert!([404, 414, 431].contains(&answer.status), "{nobody}: {}", answer.status);
    }
    for nothing in [
        json!({}),
        json!([]),
        json!(null),
        json!({ "uri": null, "by_hand": false }),
        json!({ "by_hand": "yes" }),
        json!({ "by_hand": 1 }),
        json!({ "uri": 7 }),
        json!({ "uri": ["spotify:track:song000000000000000045"] }),
        json!({ "uri": "" }),
        json!({ "uri": "spotify:track:" }),
        json!({ "uri": "spotify:track:song000000000000000045/../../me" }),
        json!({ "uri": "spotify:episode:any" }),
        json!({ "uri": "spotify:local:a:b:c:1" }),
        json!({ "uri": "https://open.spotify.com/album/song000000000000000045" }),
        json!({ "uri": "spotify:track:nosuchtrack00000000000" }),
    ] {
        let answer = john.post(&way(&id), &nothing);
        assert_eq!(answer.status, 422, "{nothing}: {}", answer.body);
    }
    assert_eq!(shown(&mut john, &id), before);
}

#[test]
fn what_the_rules_refuse_is_not_chosen_whoever_offered_it_and_a_second_tap_changes_nothing() {
    let (_venue, _spotify, mut john, id) = party();
    let before = shown(&mut john, &id);
    assert_eq!(john.post(&way(&id), &json!({ "uri": RUDE })).code(), "explicit");
    for (rules, code) in [
        (json!({ "max_length_ms": 60_000 }), "too_long"),
        (json!({ "max_length_ms": 0, "do_not_play": ["battery heart"] }), "not_tonight"),
        (json!({ "do_not_play": [GOOD] }), "not_tonight"),
    ] {
        assert_eq!(john.put("/api/johnsmith/settings", &rules).status, 200);
        assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).code(), code);
    }
    assert_eq!(john.put("/api/johnsmith/settings", &json!({ "do_not_play": [] })).status, 200);
    assert_eq!(shown(&mut john, &id)["title"], before["title"]);
    // It was not offered: the DJ may say what they like.
    let said = [0, 1].map(|_| john.post(&way(&id), &json!({ "uri": GOOD })));
    let requests = said.each_ref().map(|said| said.json()["request"].clone());
    assert_eq!(said.map(|said| said.status), [200; 2]);
    assert_eq!((&requests[0]["title"], &requests[0]["match"]["state"]), (&json!("Battery Heart"), &json!("matched")));
    for same in ["id", "title", "track_uri", "position", "status"] {
        assert_eq!(requests[0][same], requests[1][same], "{same}");
    }
    // Nor is it two wishes at once.
    let second = typed_by(&mut john, "Nor This");
    assert_eq!(john.post(&way(&second), &json!({ "uri": GOOD })).code(), "listed_again");
    assert_eq!(john.post(&way(&second), &json!({ "uri": OTHER })).status, 200);
    assert_eq!(john.post(&way(&id), &json!({ "uri": OTHER })).code(), "listed_again");
}

#[test]
fn a_wish_that_has_gone_over_was_played_or_turned_down_is_no_other_recording_any_more() {
    let (_venue, _spotify, mut john, id) = party();
    let turned_down = typed_by(&mut john, "Turned Down");
    for (id, act) in [(&id, "playing"), (&id, "played"), (&turned_down, "reject")] {
        assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status, 200, "{act}");
        let before = shown(&mut john, id);
        for choice in [json!({ "uri": GOOD }), json!({ "by_hand": true })] {
            assert_eq!(john.post(&way(id), &choice).code(), "wrong_state", "{act}");
        }
        assert_eq!(shown(&mut john, id), before, "{act}");
    }
    let last = typed_by(&mut john, "Nor This");
    assert_eq!(john.post("/api/johnsmith/event/end", &json!({})).status, 200);
    let late = john.post(&way(&last), &json!({ "uri": GOOD }));
    assert_eq!((late.status, late.code()), (410, "event_over".to_owned()));
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Saturday" })).status, 201);
    assert_eq!(john.post(&way(&last), &json!({ "by_hand": true })).code(), "event_over");
}

#[test]
fn choices_acts_and_undos_at_once_leave_one_wish_in_one_state() {
    let (_venue, _spotify, mut john, id) = party();
    for round in 0..10 {
        thread::scope(|scope| {
            let ways: [(String, Value); 6] = [
                (way(&id), json!({ "uri": GOOD })),
                (way(&id), json!({ "by_hand": true })),
                (way(&id), json!({ "uri": OTHER })),
                (format!("/api/johnsmith/requests/{id}/reject"), json!({})),
                (format!("/api/johnsmith/requests/{id}/undo"), json!({})),
                (format!("/api/johnsmith/requests/{id}/retry"), json!({})),
            ];
            for (path, body) in ways {
                let mut dj = john.clone();
                scope.spawn(move || {
                    let answer = dj.post(&path, &body);
                    assert!([200, 409].contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
                });
            }
        });
        let one = shown(&mut john, &id);
        let whole = match one["match"]["state"].as_str().unwrap() {
            "matched" => {
                one["track_uri"] == GOOD && one["title"] == "Battery Heart"
                    || one["track_uri"] == OTHER && one["title"] == "Arcade Romance"
            }
            "by_hand" | "unmatched" | "searching" => {
                one["track_uri"] == Value::Null && one["duration_ms"] == Value::Null
            }
            _ => false,
        };
        assert!(
            whole && ["pending", "approved", "rejected"].contains(&one["status"].as_str().unwrap()),
            "{round}: {one}"
        );
        if one["status"] == "rejected" {
            assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/retry"), &json!({})).status, 200);
        }
    }
}
