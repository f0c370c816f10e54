//! Links on the do-not-play list, and lines that bar nothing.

use partyplaylist::spotify::simulator::{Fault, Trouble};
use serde_json::{Value, json};

use super::{RUDE, ask, bar_unnoticed, free, rules, status};
use crate::browser::{Driver, LAPTOP, Person, run};
use crate::connecting::{APPS, connect, open};
use crate::pages::{party, sign_in};
use crate::venue::Caller;

#[test]
fn the_link_of_a_song_on_the_do_not_play_list_bars_it_by_name_too() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    free(&mut john);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let typed = ask(&mut guest, "johnsmith", "swear jar", "JUNO FALK");
    let link = "https://open.spotify.com/intl-de/track/song000000000000000019?si=abc";
    let saved = john.put("/api/johnsmith/settings", &json!({ "do_not_play": ["Waltz", link] })).json();
    let named = "Juno Falk - Swear Jar https://open.spotify.com/track/song000000000000000019";
    assert_eq!((&saved["do_not_play"], &saved["turned_down"]), (&json!(["Waltz", named]), &json!(1)));
    assert_eq!(status(&mut john, "johnsmith", &typed), "rejected");
    let asked = |guest: &mut Caller, title: &str, artist: &str| {
        guest.post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }))
    };
    assert_eq!(asked(&mut guest, "Swear Jar (Radio Edit)", "Juno Falk").code(), "not_tonight");
    assert_eq!(asked(&mut guest, "Glass Shoes", "Juno Falk").status, 201, "another song of theirs");
    assert_eq!(asked(&mut guest, "Swear Jar", "Somebody Else").status, 201, "and another of that name");
    // What is known is asked for no more.
    let calls = || spotify.account("johnsmith").unwrap().calls.get("GET /tracks/{id}").copied();
    let before = calls();
    for lines in [json!([link]), json!([named]), json!(["Waltz", link])] {
        let saved = john.put("/api/johnsmith/settings", &json!({ "do_not_play": lines })).json();
        assert!(saved["do_not_play"].as_array().unwrap().contains(&json!(named)), "{saved}");
    }
    assert_eq!(calls(), before);
}

/// Links to songs that there are not.
fn links(count: usize) -> Value {
    (0..count).map(|n| format!("https://open.spotify.com/track/nosong{n:016}")).collect()
}

#[test]
fn a_list_of_thousands_of_links_is_refused_before_any_of_them_is_looked_up() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = || spotify.account("johnsmith").unwrap().calls.get("GET /tracks/{id}").copied();
    let before = calls();
    let refused = john.put("/api/johnsmith/settings", &json!({ "do_not_play": links(13_000) }));
    assert_eq!((refused.status, calls()), (422, before), "{}", refused.body);
    assert!(refused.body.contains("These are 13000 lines"), "{}", refused.body);
}

#[test]
fn a_change_that_is_refused_spends_no_calls_on_the_links_that_came_with_it() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = || spotify.account("johnsmith").unwrap().calls.get("GET /tracks/{id}").copied();
    let before = calls();
    let with_a_bad_line = json!(["https://open.spotify.com/track/nosong0000000000000001", "x".repeat(5_000)]);
    for change in [json!({ "do_not_play": links(5), "max_per_hour": -1 }), json!({ "do_not_play": with_a_bad_line })] {
        let refused = john.put("/api/johnsmith/settings", &change);
        assert_eq!((refused.status / 100, calls()), (4, before), "{}", refused.body);
    }
}

#[test]
fn a_long_list_of_links_leaves_the_dj_their_searches_and_the_night_its_calls() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = |what: &str| spotify.account("johnsmith").unwrap().calls.get(what).copied().unwrap_or(0);
    let saved = john.put("/api/johnsmith/settings", &json!({ "do_not_play": links(240) }));
    assert_eq!((saved.status, calls("GET /tracks/{id}")), (200, 40), "{}", saved.body);
    assert_eq!(saved.json()["do_not_play"], links(240), "whose name is not asked for is barred by its address");
    let before = calls("GET /search");
    assert_eq!(john.get("/api/johnsmith/search?q=glass+shoes&typing=0").status, 200);
    assert_eq!(calls("GET /search"), before + 1);
}

#[test]
fn a_link_nobody_can_look_up_bars_its_address_and_the_page_says_that_this_is_all() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    free(&mut john);
    let call = Some("GET /tracks/{id}".to_owned());
    let (target, trouble) = ("johnsmith".to_owned(), Trouble::Broken(503));
    spotify.fault(Fault { target, call, trouble, after_effect: false, times: None });
    let saved = john.put("/api/johnsmith/settings", &json!({ "do_not_play": [RUDE] })).json();
    assert_eq!(saved["do_not_play"], json!([RUDE]));
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let forged = json!({ "title": "Nice Song", "artist": "Somebody", "track_uri": RUDE });
    assert_eq!(guest.post("/api/johnsmith/requests", &forged).code(), "not_tonight");
    let said = "One link could not be looked up and bars that one address alone";
    assert!(john.get("/johnsmith/admin/settings").body.contains(said));
    spotify.heal();
    // Saved once more as the page has it, it is looked up.
    let mut page = john.clone().with("Accept", "text/html");
    let html = page.get("/johnsmith/admin/settings").body;
    let marks = html.split("name=\"was_do_not_play\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("_method", "PUT"), ("was_do_not_play", marks), ("do_not_play", RUDE)];
    assert_eq!(page.form("/api/johnsmith/settings", &fields).status, 303);
    let now = john.get("/api/johnsmith/settings").json()["do_not_play"].clone();
    assert_eq!(now, json!(["Juno Falk - Swear Jar https://open.spotify.com/track/song000000000000000019"]));
    assert!(!john.get("/johnsmith/admin/settings").body.contains("could not be looked up"));
}

#[test]
fn a_line_of_the_do_not_play_list_that_can_bar_nothing_is_refused_with_what_to_write_instead() {
    let (venue, mut john) = party();
    for (line, instead) in [
        ("https://spotify.link/AbCdEfGhIj", "copy the long one"),
        ("https://open.spotify.com/album/song000000000000000019?si=1", "it leads to an album"),
        ("https://youtu.be/dQw4w9WgXcQ", "“Artist - Title”"),
    ] {
        let refused = john.put("/api/johnsmith/settings", &json!({ "do_not_play": ["Waltz", line] }));
        assert_eq!((refused.status, refused.code().as_str()), (422, "invalid"), "{}", refused.body);
        let said = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(said.contains("bars nothing") && said.contains(instead), "{said}");
        let beside = format!("Nickelback {line}");
        rules(&mut john, &json!({ "do_not_play": [beside] }));
        let mut guest = venue.guest("johnsmith");
        let wish = json!({ "title": "Photograph", "artist": "Nickelback" });
        assert_eq!(guest.post("/api/johnsmith/requests", &wish).code(), "not_tonight", "{beside}");
    }
    // One that an earlier version took is told of, and holds nothing else up.
    bar_unnoticed(&venue, "https://spotify.link/AbCdEfGhIj");
    rules(&mut john, &json!({ "order": "votes" }));
    let page = john.get("/johnsmith/admin/settings").body;
    assert!(page.contains("“https://spotify.link/AbCdEfGhIj” bars nothing"), "{page}");
    rules(&mut john, &json!({ "do_not_play": ["https://spotify.link/AbCdEfGhIj", "Waltz"] }));
}

#[test]
fn a_dj_in_a_browser_reads_why_a_line_is_refused_and_keeps_what_they_typed() {
    let (driver, (venue, _john)) = (Driver::start(), party());
    run(async {
        let dj = Person::new(&driver, LAPTOP, true).await;
        sign_in(&dj, &venue, "settings").await;
        dj.fill("[name=do_not_play]", "Waltz\nhttps://spotify.link/AbCdEfGhIj").await;
        dj.tap("form.stack button[type=submit]").await;
        dj.read(".alert", "“https://spotify.link/AbCdEfGhIj” bars nothing").await;
        assert!(dj.value("[name=do_not_play]").await.starts_with("Waltz\n"));
        dj.leave().await;
    });
}
