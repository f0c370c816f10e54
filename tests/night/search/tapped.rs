//! Songs that are found are tapped in a browser, by guests and by the DJ.

use partyplaylist::spotify::simulator::Trouble;
use serde_json::{Value, json};

use super::{fault, party};
use crate::browser::{Driver, PHONE, Person, run};

#[test]
fn a_guest_types_three_letters_taps_a_cover_and_the_wish_is_there() {
    let driver = Driver::start();
    let (_venue, _spotify, mut john) = party();
    let way_in = john.join_url("johnsmith");
    run(async {
        let guest = Person::new(&driver, PHONE, true).await;
        guest.open(&way_in).await;
        guest.mark().await;
        guest.fill("#ask [name=title]", "neo").await;
        guest.read(".hits", "Neon Orchard").await;
        guest.see_picture("#ask .hits .cover img[src^='/api/johnsmith/art/']").await;
        guest.tap("#ask .hits li:first-child button").await;
        guest.read(".mine", "Waiting for the DJ").await;
        guest.see_picture(".mine .cover img").await;
        guest.looks_whole().await;
        guest.was_not_reloaded().await;
        guest.leave().await;
    });
    let asked = john.get("/api/johnsmith/requests").json()["requests"][0].clone();
    assert!(asked["track_uri"].as_str().unwrap().starts_with("spotify:track:"), "{asked}");
    assert!(asked["duration_ms"].as_i64().unwrap() > 60_000);
}

#[test]
fn songs_found_late_do_not_push_the_send_button_from_under_a_thumb() {
    let driver = Driver::start();
    let (_venue, spotify, mut john) = party();
    let way_in = john.join_url("johnsmith");
    fault(&spotify, "GET /search", Trouble::Slow(1_000));
    run(async {
        let guest = Person::new(&driver, PHONE, true).await;
        guest.open(&way_in).await;
        guest.fill("#ask [name=title]", "neon orchard").await;
        guest.fill("#ask [name=artist]", "Juno Vale").await;
        guest.has_heard("/api/johnsmith/search").await;
        assert!(!guest.shows("#ask .hits").await, "found when the guest was at the artist");
        guest.tap("#ask button[type=submit]").await;
        guest.read(".mine", "Waiting for the DJ").await;
        guest.leave().await;
    });
}

#[test]
fn the_dj_taps_one_of_three_that_come_near_or_plays_it_by_hand() {
    let driver = Driver::start();
    let (venue, _spotify, mut john) = party();
    let way_in = john.join_url("johnsmith");
    run(async {
        let guest = Person::new(&driver, PHONE, true).await;
        guest.open(&way_in).await;
        for (title, artist) in [("Harbour Lights", "The Tin Robots"), ("Nobody Ever Sang This", "Not A Band")] {
            guest.fill("#ask [name=title]", title).await;
            guest.fill("#ask [name=artist]", artist).await;
            guest.tap("#ask button[type=submit]").await;
            guest.read(".mine", title).await;
        }
        guest.read(".amber", "The DJ decides on this one").await;
        guest.looks_whole().await;
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", crate::venue::PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.read(".amber", "Not found on Spotify").await;
        dj.see_picture(".ticket .offer .cover img[src^='/api/johnsmith/art/']").await;
        dj.looks_whole().await;
        dj.mark().await;
        dj.tap(".ticket .offer").await;
        dj.read(".pending", "The Paper Boats").await;
        guest.read(".mine", "The Paper Boats").await;
        dj.was_not_reloaded().await;
        dj.leave().await;
        guest.leave().await;
    });
    // The other one by a plain form.
    let all = john.get("/api/johnsmith/requests").json()["requests"].clone();
    let open = all.as_array().unwrap().iter().find(|one| one["match"]["state"] == "unmatched").unwrap().clone();
    let way = format!("/api/johnsmith/requests/{}/match", open["id"].as_str().unwrap());
    let mut page = john.clone().with("Accept", "text/html");
    let html = page.get("/johnsmith/admin/requests").body;
    assert!(html.contains(&way) && html.contains("Play by hand"), "{html}");
    let sent = page.form(&way, &[("by_hand", "true")]);
    // With what was done there, and the way to take it back.
    let to = format!("/johnsmith/admin/requests?did={}", open["id"].as_str().unwrap());
    assert_eq!((sent.status, sent.header("location")), (303, Some(&*to)));
    let now = john.get("/api/johnsmith/requests").json()["requests"].clone();
    let now = now.as_array().unwrap().iter().find(|one| one["id"] == open["id"]).unwrap().clone();
    assert_eq!((&now["match"]["state"], &now["reason"]), (&json!("by_hand"), &Value::Null));
    assert_eq!(john.post(&way, &json!({})).status, 422);
    assert_eq!(john.post(&way, &json!({ "uri": "spotify:album:x" })).status, 422);
}

/// Holds the answer to what is sent back.
const LATE: &str = "const call = fetch; window.fetch = (...all) => call(...all).then((answer) => (all[1] || {}).method === 'POST' ? new Promise((go) => { window.go = () => go(answer); }) : answer)";

/// Lets it through, and is over when what was sent stands in the field no more.
const EMPTIED: &str = "window.go(); const empty = (done) => document.querySelector('.ticket [name=words]').value ? requestAnimationFrame(() => empty(done)) : done(); return new Promise(empty)";

#[test]
fn the_dj_looks_for_a_wish_by_other_words_and_what_they_type_stays_when_news_comes() {
    let driver = Driver::start();
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let typed = json!({ "title": "Batery Hart", "artist": "Not A Band" });
    let id = guest.post("/api/johnsmith/requests", &typed).json()["request"]["id"].as_str().unwrap().to_owned();
    let mut other = venue.guest_of("johnsmith", &mut john);
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        crate::pages::sign_in(&dj, &venue, "requests").await;
        dj.read(".amber", "Not found on Spotify").await;
        dj.fill(".ticket [name=words]", "battery").await;
        // Somebody votes for it meanwhile: the card is a new one.
        assert_eq!(other.post(&format!("/api/johnsmith/requests/{id}/vote"), &json!({})).status, 200);
        dj.read(".why", "▲ 1").await;
        assert_eq!(dj.value(".ticket [name=words]").await, "battery");
        let held = "return document.activeElement.name";
        assert_eq!(dj.does(held).await, json!("words"), "the focus is lost");
        dj.fill(".ticket [name=words]", "battery heart").await;
        // The news is there before the answer.
        dj.does(LATE).await;
        dj.tap(".ticket .again button").await;
        dj.read(".offer", "Battery Heart").await;
        dj.does(EMPTIED).await;
        dj.looks_whole().await;
        dj.tap(".ticket .offer").await;
        dj.read(".title", "Battery Heart").await;
        dj.was_not_reloaded().await;
        dj.leave().await;
    });
}
