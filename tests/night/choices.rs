//! Which recording a wish is, said by somebody who may not, of something that may not be, or too late.

use std::thread;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::{Fault, Simulator, Trouble};
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
    assert_eq!(last["title"], "Nobody Ever Sang This");
    let other = typed_by(&mut john, "Nobody Ever Sang That");
    let chosen = john.post(&way(&other), &json!({ "uri": GOOD })).json()["request"].clone();
    assert_eq!(guest.post("/api/johnsmith/requests", &typed("Nobody Ever Sang That")).status, 201);
    let twice = john.post(&format!("/api/johnsmith/requests/{other}/undo?of={}", chosen["version"]), &json!({}));
    assert_eq!(twice.code(), "listed_again", "{}", twice.body);
}

#[test]
fn a_wish_named_wrongly_and_then_played_by_hand_is_led_to_the_right_recording() {
    let (_venue, _spotify, mut john, _) = party();
    let id = asked(&mut john, "Hallo", "Adele");
    looked_for(&mut john, &id);
    assert_eq!(john.post(&way(&id), &json!({ "uri": OTHER })).status, 200);
    assert_eq!(john.post(&way(&id), &json!({ "by_hand": true })).status, 200);
    let page = john.clone().with("Accept", "text/html").get("/johnsmith/admin/requests").body;
    assert!(page.contains("Search other words for Hallo"), "{page}");
    let found = john.post(&way(&id), &json!({ "words": "battery heart" })).json()["request"]["match"].clone();
    assert_eq!((&found["state"], &found["candidates"][0]["uri"]), (&json!("unmatched"), &json!(GOOD)), "{found}");
    let named = john.post(&way(&id), &json!({ "uri": GOOD })).json()["request"].clone();
    assert_eq!((&named["title"], &named["match"]["state"]), (&json!("Battery Heart"), &json!("matched")));
}

#[test]
fn a_wish_whose_own_words_are_barred_meanwhile_is_not_played_by_hand() {
    let (_venue, _spotify, mut john, _) = party();
    let id = asked(&mut john, "Hallo", "Adele");
    looked_for(&mut john, &id);
    assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
    assert_eq!(john.put("/api/johnsmith/settings", &json!({ "do_not_play": ["Adele - Hallo"] })).status, 200);
    let refused = john.post(&way(&id), &json!({ "by_hand": true }));
    assert_eq!((refused.status, refused.code().as_str()), (403, "not_tonight"), "{}", refused.body);
    assert_eq!(shown(&mut john, &id)["title"], "Battery Heart");
}

#[test]
fn a_wish_that_was_named_wrongly_goes_by_the_guests_own_words_again_once_it_is_played_by_hand() {
    let (venue, _spotify, mut john, _) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let id = asked(&mut guest, "Hallo", "Adele");
    looked_for(&mut john, &id);
    let page = |john: &Caller| john.clone().with("Accept", "text/html").get("/johnsmith/admin/requests").body;
    // The second wrong one does not take the place of what was asked for.
    for (uri, title) in [(GOOD, "Battery Heart"), (OTHER, "Arcade Romance")] {
        let named = john.post(&way(&id), &json!({ "uri": uri })).json()["request"].clone();
        assert_eq!(
            (&named["title"], &named["asked_as"]),
            (&json!(title), &json!({ "title": "Hallo", "artist": "Adele" }))
        );
        // For the DJ alone, who checks it.
        assert!(page(&john).contains("Asked as “<bdi>Hallo</bdi>” by <bdi>Adele</bdi>"), "{}", page(&john));
        let page = guest.clone().with("Accept", "text/html").get("/johnsmith").body;
        assert!(page.contains(title) && !page.contains("Hallo"), "{page}");
        assert_eq!(guest.get("/api/johnsmith/party").json()["mine"][0]["title"], title);
    }
    let before = shown(&mut john, &id);
    assert!(page(&john).contains("Play by hand: Arcade Romance"), "{}", page(&john));
    let by_hand = john.post(&way(&id), &json!({ "by_hand": true })).json()["request"].clone();
    for (field, value) in [
        ("title", json!("Hallo")),
        ("artist", json!("Adele")),
        ("asked_as", Value::Null),
        ("track_uri", Value::Null),
        ("duration_ms", Value::Null),
        ("cover", Value::Null),
    ] {
        assert_eq!(by_hand[field], value, "{field}");
    }
    assert!(!page(&john).contains("Asked as"), "{}", page(&john));
    // It is found by these words, and by the wrong ones no more.
    let mut others = venue.guest_of("johnsmith", &mut john);
    let again = |other: &mut Caller, title: &str, artist: &str| {
        other.post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist })).json()["merged"].clone()
    };
    assert_eq!(again(&mut others, "hallo", "ADELE"), true);
    // Taken back, it is what the DJ chose before.
    let of = &by_hand["version"];
    let back = john.post(&format!("/api/johnsmith/requests/{id}/undo?of={of}"), &json!({})).json()["request"].clone();
    for field in ["title", "artist", "asked_as", "track_uri", "duration_ms", "cover"] {
        assert_eq!(back[field], before[field], "{field}");
    }
    // Somebody asks for it in the same words meanwhile: it does not come back beside that.
    let theirs = asked(&mut others, "Hallo", "Adele");
    assert_ne!(theirs, id);
    assert_eq!(john.post(&way(&id), &json!({ "by_hand": true })).code(), "listed_again");
    assert_eq!(shown(&mut john, &id)["title"], "Arcade Romance");
}

#[test]
fn what_a_wish_was_asked_as_is_read_to_its_end_on_a_phone_where_the_dj_checks_it() {
    let driver = Driver::start();
    let (venue, _spotify, mut john, _) = party();
    let id = asked(&mut john, "The One That Goes On And On And Is On The Radio", "Whoever");
    looked_for(&mut john, &id);
    assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        dj.see(".asked bdi").await;
        let lines = dj.does("return document.querySelector('.asked bdi').getClientRects().length").await;
        assert!(lines.as_i64().unwrap() > 1, "it is cut after {lines} line");
        dj.looks_whole().await;
        dj.leave().await;
    });
}

#[test]
fn what_spotify_names_as_it_was_typed_is_not_said_to_be_asked_for_otherwise() {
    let (_venue, _spotify, mut john, _) = party();
    let id = asked(&mut john, "battery HEART", "the tin robots");
    assert_eq!(looked_for(&mut john, &id)["title"], "Battery Heart");
    let page = john.clone().with("Accept", "text/html").get("/johnsmith/admin/requests").body;
    assert!(!page.contains("Asked as"), "{page}");
}

#[test]
fn an_act_taken_back_after_other_rules_came_tells_nothing_of_the_rules_before() {
    let explicit = |john: &mut Caller, may: bool| {
        assert_eq!(john.put("/api/johnsmith/settings", &json!({ "allow_explicit": may })).status, 200);
    };
    for act in ["match", "reject"] {
        let (_venue, _spotify, mut john, _) = party();
        let id = asked(&mut john, "Swear Jar", "Juno Falk");
        let told = looked_for(&mut john, &id)["reason"].clone();
        assert!(told.as_str().unwrap().contains("it is explicit"), "{told}");
        let to = format!("/api/johnsmith/requests/{id}");
        assert_eq!(john.post(&format!("{to}/{act}"), &json!({ "by_hand": true })).status, 200);
        explicit(&mut john, true);
        let back = john.post(&format!("{to}/undo"), &json!({})).json()["request"].clone();
        assert_eq!((&back["status"], &back["reason"]), (&json!("approved"), &Value::Null), "{act}");
        let found = looked_for(&mut john, &id);
        assert_eq!((&found["match"]["state"], &found["title"]), (&json!("matched"), &json!("Swear Jar")), "{act}");
    }
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
fn while_every_search_is_refused_the_dj_can_say_of_any_typed_wish_that_they_play_it_by_hand() {
    let driver = Driver::start();
    let (venue, spotify, mut john, _) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let (target, call) = ("johnsmith".to_owned(), Some("GET /search".to_owned()));
    spotify.fault(Fault { target, call, trouble: Trouble::Malformed(403), after_effect: false, times: None });
    let ids = [asked(&mut john, "Our Own Demo", "The Cousins"), asked(&mut guest, "Their Own Demo", "The Uncles")];
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        for (id, title) in ids.iter().zip(["Our Own Demo", "Their Own Demo"]) {
            let card = format!("[data-id='{id}']");
            dj.tap(&format!("{card} .more summary")).await;
            dj.looks_whole().await;
            dj.tap(&format!("{card} .more form[action$='/match'] button")).await;
            dj.read(".toast", &format!("“{title}” is played by hand.")).await;
        }
        dj.leave().await;
    });
    for id in &ids {
        assert_eq!(shown(&mut john, id)["match"]["state"], "by_hand");
    }
}

#[test]
fn a_search_by_other_words_for_a_wish_that_was_found_meanwhile_is_not_said_to_have_found_it() {
    let driver = Driver::start();
    let (venue, _spotify, mut john, id) = party();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        sign_in(&dj, &venue, "requests").await;
        dj.fill(".line [name=words]", "swear jar").await;
        dj.does("window.form = document.querySelector('.line .again')").await;
        assert_eq!(john.post(&way(&id), &json!({ "uri": GOOD })).status, 200);
        dj.read(".line", "Battery Heart").await;
        // The page has put another form in its place by now.
        let sent = "document.body.append(form); form.requestSubmit();
            return new Promise((done) => {
                const answered = () => { if (!form.dataset.busy) done(form.sent); };
                setInterval(answered, 20);
            })";
        assert_ne!(dj.does(sent).await, json!(null), "it was never sent");
        assert_eq!(dj.does("return document.querySelector('#toast').textContent").await, json!(""));
        dj.leave().await;
    });
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
