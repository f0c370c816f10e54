//! Which recording a wish is, said by somebody who may not, of something that may not be, or too late.

use std::thread;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::Simulator;
use serde_json::{Value, json};

use crate::browser::{Driver, PHONE, Person, run};
use crate::connecting::{APPS, connect, open};
use crate::pages::sign_in;
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
    let wish = json!({ "title": title, "artist": "Not A Band" });
    let asked = john.post("/api/johnsmith/requests", &wish).json()["request"].clone();
    let id = asked["id"].as_str().unwrap().to_owned();
    let began = Instant::now();
    while shown(john, &id)["match"]["state"] == "searching" {
        assert!(began.elapsed() < Duration::from_secs(20), "{title} is looked for without an end");
        thread::yield_now();
    }
    id
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
fn a_recording_chosen_by_mistake_is_taken_back_and_the_wish_is_as_it_was() {
    let (venue, _spotify, mut john, id) = party();
    let near = json!({ "words": "battery heart" });
    assert_eq!(john.post(&way(&id), &near).status, 200);
    let sight = |john: &mut Caller| {
        let mut one = shown(john, &id);
        let whole = one.as_object_mut().unwrap();
        whole.remove("version");
        one
    };
    let undo = |of: &Value| format!("/api/johnsmith/requests/{id}/undo?of={of}");
    let before = sight(&mut john);
    assert_eq!(before["match"]["candidates"][0]["title"], "Battery Heart");
    for choice in [json!({ "uri": GOOD }), json!({ "by_hand": true })] {
        let chosen = john.post(&way(&id), &choice).json()["request"].clone();
        assert_ne!(sight(&mut john), before);
        assert_eq!(john.post(&undo(&chosen["version"]), &json!({})).status, 200, "{choice}");
        assert_eq!(sight(&mut john), before, "{choice}");
        assert_eq!(john.post(&undo(&chosen["version"]), &json!({})).code(), "nothing_to_undo", "{choice}");
    }
    // The second thought before the last: each is taken back by itself.
    let first = john.post(&way(&id), &json!({ "uri": GOOD })).json()["request"].clone();
    let second = john.post(&way(&id), &json!({ "uri": OTHER })).json()["request"].clone();
    assert_eq!(john.post(&undo(&first["version"]), &json!({})).code(), "changed_since");
    assert_eq!(john.post(&undo(&second["version"]), &json!({})).json()["request"]["track_uri"], GOOD);
    // What was chosen is not lost with an act that came after it, and what was typed does not come back beside its like.
    let typed = |title: &str| json!({ "title": title, "artist": "Not A Band" });
    let again = john.post(&way(&id), &json!({ "uri": OTHER })).json()["request"].clone();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for act in ["reject", "undo"] {
        assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status, 200, "{act}");
    }
    assert_eq!((shown(&mut john, &id)["track_uri"].as_str(), &again["track_uri"]), (Some(OTHER), &json!(OTHER)));
    let last = john.post(&way(&id), &json!({ "by_hand": true })).json()["request"].clone();
    assert_eq!(last["title"], "Arcade Romance");
    let other = typed_by(&mut john, "Nobody Ever Sang That");
    let chosen = john.post(&way(&other), &json!({ "uri": GOOD })).json()["request"].clone();
    assert_eq!(guest.post("/api/johnsmith/requests", &typed("Nobody Ever Sang That")).status, 201);
    let twice = john.post(&format!("/api/johnsmith/requests/{other}/undo?of={}", chosen["version"]), &json!({}));
    assert_eq!(twice.code(), "listed_again", "{}", twice.body);
}

#[test]
fn a_dj_who_taps_the_wrong_recording_has_undo_in_reach_with_and_without_a_script() {
    let driver = Driver::start();
    let (venue, _spotify, mut john, id) = party();
    assert_eq!(john.post(&way(&id), &json!({ "words": "battery heart" })).status, 200);
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        for (button, said) in
            [(".offer", "“Battery Heart” is the one."), (".match form:last-child button", "is played by hand.")]
        {
            dj.tap(&format!(".line {button}")).await;
            dj.read(".toast", said).await;
            dj.tap(".toast button").await;
            dj.read(".toast", "Taken back").await;
            dj.see(".line .offer").await;
        }
        dj.leave().await;
    });
    let mut page = john.clone().with("Accept", "text/html");
    let sent = page.form(&way(&id), &[("uri", GOOD)]);
    let to = format!("/johnsmith/admin/requests?did={id}");
    assert_eq!((sent.status, sent.header("location")), (303, Some(&*to)));
    let html = page.get(&to).body;
    assert!(html.contains("banner did") && html.contains("/undo?of="), "{html}");
}

#[test]
fn what_is_offered_is_a_track_as_a_search_shows_it() {
    let (_venue, _spotify, mut john, id) = party();
    let offered = john.post(&way(&id), &json!({ "words": "battery heart" })).json();
    let found = john.get("/api/johnsmith/search?q=battery%20heart").json()["tracks"][0].clone();
    for request in [offered["request"].clone(), shown(&mut john, &id)] {
        let near = &request["match"]["candidates"][0];
        for (field, value) in found.as_object().unwrap() {
            assert_eq!(&near[field], value, "{field}");
        }
        let (art, cover) = (near["art"].as_str().unwrap(), near["cover"].as_str().unwrap());
        assert_eq!(art, format!("/api/johnsmith/art/{cover}"));
        assert_eq!(john.get(art).status, 200);
    }
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

#[test]
fn a_wish_that_is_not_found_can_be_looked_for_by_other_words() {
    let (venue, _spotify, mut john, id) = party();
    let offered = |answer: &Value| {
        let one = &answer["request"];
        let near = one["match"]["candidates"].as_array().unwrap().iter();
        (near.map(|near| near["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), one["reason"].clone())
    };
    let none = john.post(&way(&id), &json!({ "words": " Nobody Sang That " })).json();
    assert_eq!(offered(&none), (vec![], json!("Nothing found for “Nobody Sang That” either.")));
    let found = john.post(&way(&id), &json!({ "words": "battery heart" })).json();
    let (titles, told) = offered(&found);
    assert_eq!((titles[0].as_str(), told.as_str().unwrap()), ("Battery Heart", "Found for “battery heart”:"));
    assert_eq!(
        (&found["request"]["match"]["state"], &found["request"]["position"]),
        (&json!("unmatched"), &Value::Null)
    );
    // What the rules refuse is not offered, and nobody else may look.
    let rude = john.post(&way(&id), &json!({ "words": "swear jar" })).json();
    assert!(offered(&rude).0.iter().all(|title| title != "Swear Jar"), "{rude}");
    assert_eq!(venue.guest_of("johnsmith", &mut john).post(&way(&id), &json!({ "words": "x y z" })).status, 401);
    // By a plain form as well, on whose page it stands then.
    let mut page = john.clone().with("Accept", "text/html");
    let sent = page.form(&way(&id), &[("words", "battery heart")]);
    assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith/admin/requests")));
    let html = page.get("/johnsmith/admin/requests").body;
    assert!(html.contains("It is Battery Heart by") && html.contains(r#"name="words""#), "{html}");
    assert_eq!(john.post(&way(&id), &json!({ "words": " " })).status, 422);
    // What is known stays known.
    assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
    let kept = john.post(&way(&id), &json!({ "words": "swear jar" })).json();
    assert_eq!(
        (&kept["request"]["match"]["state"], &kept["request"]["title"]),
        (&json!("matched"), &json!("Battery Heart"))
    );
}
