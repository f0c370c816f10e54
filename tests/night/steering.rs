//! Steering the player from the host's pages, with and without a script.

use partyplaylist::spotify::simulator::{Change, Fault, Trouble};
use serde_json::json;

use crate::browser::{Driver, PHONE, Person, run};
use crate::connecting::{APPS, connect, open};
use crate::venue::PASSWORD;

#[test]
fn the_player_is_steered_by_plain_forms_too() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    let mut page = john.clone().with("Accept", "text/html");
    for path in ["overview", "requests", "queue"] {
        let body = page.get(&format!("/johnsmith/admin/{path}")).body;
        assert!(body.contains("/api/johnsmith/playback/next") && body.contains("Volume and device"), "{path}: {body}");
    }
    assert_eq!(page.form("/api/johnsmith/devices", &[]).status, 303);
    let devices = page.get("/johnsmith/admin/spotify").body;
    assert!(devices.contains("<option value=\"johnsmith-phone\""), "{devices}");
    let sent = page.form("/api/johnsmith/playback/pause", &[]);
    assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith/admin/overview")));
    assert!(!spotify.account("johnsmith").unwrap().is_playing);
    let sent = page.form("/api/johnsmith/playback/volume", &[("_method", "PUT"), ("percent", "25")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    let sent = page.form("/api/johnsmith/playback/device", &[("_method", "PUT"), ("device_id", "johnsmith-phone")]);
    assert_eq!(sent.status, 303, "{}", sent.body);
    spotify.change("johnsmith", Change::Premium(false)).unwrap();
    let refused = page.form("/api/johnsmith/playback/play", &[]);
    assert!(refused.status == 409 && refused.body.contains("no Premium"), "{}", refused.body);
    let by_hand = venue.host("janedoe").get("/janedoe/admin/overview").body;
    assert!(!by_hand.contains("/playback/next"), "nothing to steer without Spotify");
}

#[test]
fn a_command_that_meets_a_passing_trouble_is_given_once_more_unless_it_may_have_been_heard() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = |call: &str| spotify.account("johnsmith").unwrap().calls.get(call).copied().unwrap_or(0);
    let broken = |call: &str, times| {
        let (target, call) = ("johnsmith".to_owned(), Some(call.to_owned()));
        spotify.fault(Fault { target, call, trouble: Trouble::Broken(502), after_effect: false, times });
    };
    broken("PUT /me/player/pause", Some(1));
    broken("GET /me/player/devices", Some(1));
    assert_eq!(john.post("/api/johnsmith/playback/pause", &json!({})).status, 200);
    assert_eq!(john.get("/api/johnsmith/devices").status, 200);
    assert_eq!((calls("PUT /me/player/pause"), calls("GET /me/player/devices")), (2, 2));
    broken("PUT /me/player/volume", None);
    let away = john.put("/api/johnsmith/playback/volume", &json!({ "percent": 50 }));
    assert_eq!(away.code(), "spotify_unavailable", "{}", away.body);
    assert_eq!(calls("PUT /me/player/volume"), 2, "once more and no oftener");
    broken("POST /me/player/next", Some(1));
    assert_eq!(john.post("/api/johnsmith/playback/next", &json!({})).code(), "spotify_unavailable");
    assert_eq!(calls("POST /me/player/next"), 1, "two skips are one song too many");
}

#[test]
fn a_dj_pauses_and_chooses_a_device_with_a_thumb() {
    let driver = Driver::start();
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login?next=/johnsmith/admin/overview", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.tap("form[action$='/playback/pause'] button").await;
        dj.tap(".steering summary").await;
        dj.tap(".steering option[value=johnsmith-phone]").await;
        dj.tap("form[action$='/playback/device'] button").await;
        dj.looks_whole().await;
        spotify.change("johnsmith", Change::Premium(false)).unwrap();
        dj.tap("form[action$='/playback/volume'] button").await;
        dj.read(".alert", "no Premium").await;
        dj.leave().await;
    });
    let seen = spotify.account("johnsmith").unwrap();
    assert!(seen.calls.contains_key("PUT /me/player/pause") && seen.calls.contains_key("PUT /me/player"), "{seen:?}");
}
