//! What the DJ reads of a recording and taps, in a browser.

use serde_json::json;

use super::{GOOD, asked, looked_for, party, way};
use crate::browser::{Driver, PHONE, Person, run};
use crate::pages::sign_in;

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
