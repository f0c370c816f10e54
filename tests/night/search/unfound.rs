//! Songs that nobody has found: no number, no wait, no promise.

use serde_json::{Value, json};

use super::party;
use crate::venue::Caller;

#[test]
fn a_song_that_is_played_by_hand_is_given_no_number_in_line() {
    let (venue, _spotify, mut john) = party();
    for song in [41, 42, 45] {
        let known = json!({ "title": "x", "artist": "x", "track_uri": format!("spotify:track:song{song:018}") });
        assert_eq!(john.post("/api/johnsmith/requests", &known).status, 201);
    }
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let typed = json!({ "title": "Our Own Demo", "artist": "The Cousins" });
    let id = guest.post("/api/johnsmith/requests", &typed).json()["request"]["id"].as_str().unwrap().to_owned();
    assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/match"), &json!({ "by_hand": true })).status, 200);
    let approved = john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).json()["request"].clone();
    assert_eq!((&approved["status"], &approved["position"]), (&json!("approved"), &Value::Null));
    let party = guest.get("/api/johnsmith/party").json();
    assert_eq!((&party["mine"][0]["position"], &party["queue"][3]["id"]), (&Value::Null, &json!(id)), "it is the last");
    let plain = john.clone().with("Accept", "text/html").get(&format!("/johnsmith/admin/requests?did={id}")).body;
    assert!(!plain.contains("number 4"), "{plain}");
}

#[test]
fn a_song_nobody_has_found_has_no_wait_wherever_it_stands() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for song in [45, 46] {
        let known =
            json!({ "title": "Known", "artist": "Somebody", "track_uri": format!("spotify:track:song{song:018}") });
        assert_eq!(john.post("/api/johnsmith/requests", &known).status, 201);
    }
    let typed = json!({ "title": "Nobody Ever Sang This", "artist": "Not A Band", "nickname": "Jo" });
    let asked = guest.post("/api/johnsmith/requests", &typed).json()["request"].clone();
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).status, 200);
    while guest.get("/api/johnsmith/party").json()["mine"][0]["match"]["state"] == "searching" {
        std::thread::yield_now();
    }
    let why = |caller: &Caller, path: &str| {
        let page = caller.clone().with("Accept", "text/html").get(path).body;
        let line = page.split(r#"class="songs"#).last().unwrap();
        let at = line.find("Nobody Ever Sang This").unwrap();
        let facts = line[at..].split(r#"<span class="why">"#).nth(1).unwrap();
        // What is counted has a place of its own there, and nothing is.
        let facts = ["told", "more"].iter().fold(facts.to_owned(), |facts, slot| {
            facts.replacen(&format!(r#"<span data-slot="{slot}"></span>"#), "", 1)
        });
        facts.split("</span>").next().unwrap().to_owned()
    };
    assert_eq!(why(&guest, "/johnsmith"), "The DJ decides on this one · for <bdi>Jo</bdi>");
    assert_eq!(why(&john, "/johnsmith/admin/requests"), "for <bdi>Jo</bdi>");
}

#[test]
fn nobody_is_told_next_with_a_song_that_nobody_has_found() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let typed = json!({ "title": "Nobody Ever Sang This", "artist": "Not A Band" });
    let asked = guest.post("/api/johnsmith/requests", &typed).json()["request"].clone();
    let id = asked["id"].as_str().unwrap().to_owned();
    let approved = john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).json()["request"].clone();
    assert_eq!(
        (&approved["status"], &approved["position"], &approved["why"]),
        (&json!("approved"), &Value::Null, &Value::Null)
    );
    let mut state = approved["match"]["state"].clone();
    while state == "searching" {
        state = guest.get("/api/johnsmith/party").json()["mine"][0]["match"]["state"].clone();
    }
    assert_eq!(state, "unmatched");
    let party = guest.get("/api/johnsmith/party").json();
    for view in [&party["mine"][0], &party["queue"][0]] {
        assert_eq!((&view["id"], &view["position"], &view["why"]), (&json!(id), &Value::Null, &Value::Null), "{view}");
    }
    let page = guest.clone().with("Accept", "text/html").get("/johnsmith").shown();
    assert!(
        page.contains("The DJ decides on this one") && !page.contains("next!") && !page.contains("Next, promised"),
        "{page}"
    );
    let screen = venue.screen("johnsmith").with("Accept", "text/html").get("/johnsmith/display").body;
    assert!(screen.contains("The line is empty") && !screen.contains("Nobody Ever Sang This"), "{screen}");
    let page = john.clone().with("Accept", "text/html").get("/johnsmith/admin/queue").shown();
    assert!(page.contains("Not found on Spotify") && !page.contains("promised"), "{page}");
    // Put first by the DJ, it is still nobody's next.
    let first = john.post(&format!("/api/johnsmith/requests/{id}/play-next"), &json!({})).json()["request"].clone();
    assert_eq!((&first["position"], &first["why"]), (&Value::Null, &Value::Null));
}
