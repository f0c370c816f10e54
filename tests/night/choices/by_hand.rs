//! A request that was named wrongly, and then played by hand or led to another recording.

use serde_json::{Value, json};

use super::{GOOD, OTHER, asked, looked_for, party, shown, typed_by, way};
use crate::venue::Caller;

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
