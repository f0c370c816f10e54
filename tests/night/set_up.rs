//! What Spotify refuses before a night begins, and what the DJ is told to press.

use std::time::Duration;

use partyplaylist::spotify::simulator::{AppRules, Change, Device, Fault, Simulator, Trouble};
use serde_json::{Value, json};

use crate::browser::{Driver, PHONE, Person, run};
use crate::connecting::{APPS, begin, connect, finish, open, say_yes};
use crate::venue::{Caller, PASSWORD};

fn fault(spotify: &Simulator, call: &str, trouble: Trouble) {
    let (target, call) = ("johnsmith".to_owned(), Some(call.to_owned()));
    spotify.fault(Fault { target, call, trouble, after_effect: false, times: Some(1) });
}

#[test]
fn a_refusal_of_the_set_up_names_the_button_to_press() {
    let (venue, spotify) = open();
    let mut john = venue.host("johnsmith");
    let app = |rules| spotify.set_app(APPS[0], rules);
    let refusals: [(&str, &str, &dyn Fn()); 5] = [
        ("not_registered", "User Management", &|| fault(&spotify, "GET /me", Trouble::NotRegistered)),
        ("owner_needs_premium", "Renew it", &|| app(AppRules { owner_has_premium: false, ..AppRules::default() })),
        ("unknown_client", "field “Client ID”", &|| app(AppRules { known: false, ..AppRules::default() })),
        ("wrong_redirect_uri", "press Settings, then Edit", &|| {
            app(AppRules { redirect_uris: Some(vec!["https://elsewhere.example/".into()]), ..AppRules::default() });
        }),
        ("consent_refused", "Press Connect Spotify again", &|| spotify.advance(Duration::from_secs(3600))),
    ];
    for (code, words, strike) in refusals {
        app(AppRules::default());
        let back = say_yes(&begin(&mut john, "johnsmith", APPS[0]), "johnsmith");
        strike();
        let refused = finish(&mut john, "johnsmith", &back);
        assert_eq!((refused.status, refused.code().as_str()), (409, code), "{}", refused.body);
        assert!(refused.body.contains(words), "{code}: {}", refused.body);
    }
    let own = finish(&mut john, "johnsmith", "https://accounts.spotify.com/de/authorize?client_id=x");
    assert!(own.status == 422 && own.body.contains("Spotify’s own page"), "{}", own.body);
    app(AppRules::default());
    connect(&venue, "johnsmith", APPS[0]);
}

#[test]
fn what_spotify_says_of_a_wrong_way_back_is_explained_on_the_page_one_comes_from() {
    let (venue, spotify) = open();
    let mut john = venue.host("johnsmith");
    let asked = begin(&mut john, "johnsmith", APPS[0]);
    let own = format!("{}/spotify/callback", venue.base);
    for (registered, status) in
        [(vec![own.clone()], 200), (vec!["http://127.0.0.1/spotify/callback".to_owned()], 200), (vec![], 400)]
    {
        spotify.set_app(APPS[0], AppRules { redirect_uris: Some(registered.clone()), ..AppRules::default() });
        let said = crate::spotify::raw("GET", &asked, None, "");
        assert_eq!(said.0, status, "{registered:?}: {}", said.1);
        assert_eq!(said.1 == "INVALID_CLIENT: Invalid redirect URI", status == 400, "{}", said.1);
    }
    let page = john.with("Accept", "text/html").form("/api/johnsmith/spotify/connect", &[]).body;
    for words in ["Invalid redirect URI", "Invalid client", "User Management", &own] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn what_is_pasted_in_quotes_or_into_the_wrong_field_is_taken_or_told_where_it_belongs() {
    let (venue, _spotify) = open();
    let mut john = venue.host("johnsmith");
    let mut keep = |pasted: &str| john.put("/api/johnsmith/spotify/app", &json!({ "client_id": pasted }));
    for pasted in [format!("“{}”", APPS[0]), format!("https://developer.spotify.com/dashboard/{}", APPS[0])] {
        assert_eq!(keep(&pasted).json()["client_id"], json!(APPS[0]), "{pasted}");
    }
    let back = say_yes(&begin(&mut venue.host("johnsmith"), "johnsmith", APPS[0]), "johnsmith");
    let wrong = keep(&back);
    assert!(wrong.status == 422 && wrong.body.contains("the field “Address”"), "{}", wrong.body);
    let wrong = finish(&mut john, "johnsmith", APPS[0]);
    assert!(wrong.status == 422 && wrong.body.contains("the field “Client ID”"), "{}", wrong.body);
    assert_eq!(finish(&mut john, "johnsmith", &format!("« {back} »")).status, 200);
}

fn light(dj: &mut Caller, name: &str) -> (bool, String) {
    // It looks once a minute, and anew where something was done meanwhile.
    dj.put("/api/johnsmith/playback/volume", &json!({ "percent": 60 }));
    let checks: Value = dj.post("/api/johnsmith/spotify/doctor", &json!({})).json()["checks"].clone();
    let light = checks.as_array().unwrap().iter().find(|light| light["name"] == name).unwrap().clone();
    (light["ok"].as_bool().unwrap(), light["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_device_that_takes_no_commands_is_not_fine() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(light(&mut john, "Device"), (true, "Plays on Laptop.".into()));
    let (id, name) = ("johnsmith-laptop".to_owned(), "Old radio".to_owned());
    let radio = Device { id, name, is_active: true, is_restricted: true, ..Device::default() };
    spotify.change("johnsmith", Change::Device(radio.clone())).unwrap();
    let (ok, said) = light(&mut john, "Device");
    assert!(!ok && said.contains("“Old radio” takes no commands"), "{said}");
    let still = Device { is_active: false, ..radio.clone() };
    for device in john.get("/api/johnsmith/devices").json()["devices"].as_array().unwrap() {
        let id = device["id"].as_str().unwrap().to_owned();
        spotify.change("johnsmith", Change::Device(Device { id, ..still.clone() })).unwrap();
    }
    let (ok, said) = light(&mut john, "Device");
    assert!(!ok && said.contains("takes no commands"), "{said}");
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    assert_eq!(john.put("/api/johnsmith/playback/source", &json!({ "source": "spotify" })).status, 200);
    let mut plain = john.clone().with("Accept", "text/html");
    assert_eq!(plain.form("/api/johnsmith/devices", &[]).header("location"), Some("/johnsmith/admin/spotify"));
    let page = plain.get("/johnsmith/admin/spotify").body;
    assert!(page.contains("What is on takes no commands") && page.contains("None to choose"), "{page}");
    let driver = Driver::start();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.tap(".steering summary").await;
        dj.read(".steering", "What is on takes no commands").await;
        dj.read(".steering", "None to choose").await;
        dj.looks_whole().await;
        dj.leave().await;
    });
    let plain = Device { is_restricted: false, ..radio };
    spotify.change("johnsmith", Change::Device(plain)).unwrap();
    spotify.change("johnsmith", Change::PrivateSession(true)).unwrap();
    let (ok, said) = light(&mut john, "Device");
    assert!(!ok && said.contains("private session"), "{said}");
}

#[test]
fn two_djs_on_one_account_are_told_and_neither_learns_of_the_other() {
    let (venue, _spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let told = |dj: &mut Caller, name: &str| {
        let link = dj.get(&format!("/api/{name}/spotify")).json();
        let said = link["message"].as_str().is_some_and(|message| message.contains("same Spotify account"));
        assert_eq!(link["shared_account"], json!(said), "{link}");
        said
    };
    assert!(!told(&mut john, "johnsmith") && light(&mut john, "Account").0);
    let mut jane = venue.host("janedoe");
    let back = say_yes(&begin(&mut jane, "janedoe", APPS[1]), "johnsmith");
    assert_eq!(finish(&mut jane, "janedoe", &back).status, 200);
    assert!(told(&mut john, "johnsmith") && told(&mut jane, "janedoe"));
    assert!(!light(&mut john, "Account").0);
    let page = john.clone().with("Accept", "text/html").get("/johnsmith/admin/overview").body;
    assert!(page.contains("same Spotify account"), "{page}");
    assert!(!page.contains("janedoe") && !page.contains("Jane"), "{page}");
    assert_eq!(jane.delete("/api/janedoe/spotify").status, 204);
    assert!(!told(&mut john, "johnsmith") && light(&mut john, "Account").0);
}

#[test]
fn a_button_that_spotify_leaves_unanswered_was_not_pressed_too_often() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let mut press = |what: &str| {
        let answer = john.post(&format!("/api/johnsmith/playback/{what}"), &json!({}));
        assert_eq!(answer.code(), "spotify_unavailable", "{}", answer.body);
        // What may have been done is not to be done again after a while.
        assert_eq!(answer.header("Retry-After").is_some(), what == "pause");
        (answer.status, answer.json()["error"]["message"].as_str().unwrap().to_owned())
    };
    // Longer than the box waits for anything.
    fault(&spotify, "PUT /me/player/pause", Trouble::Slow(10_500));
    assert_eq!(press("pause"), (503, "Spotify did not answer. Please try again in a moment.".into()));
    fault(&spotify, "POST /me/player/next", Trouble::Drop);
    let (status, said) = press("next");
    assert!(status == 503 && said.contains("Look before you press again"), "{said}");
    spotify.exhaust(APPS[0], 50_000);
    let spent = john.post("/api/johnsmith/playback/pause", &json!({}));
    assert!(spent.status == 429 && spent.body.contains("about 14 hours"), "{}", spent.body);
}

#[test]
fn a_dj_whose_app_is_gone_finds_the_field_for_another() {
    let driver = Driver::start();
    let (venue, spotify) = open();
    connect(&venue, "johnsmith", APPS[0]);
    spotify.set_app(APPS[0], AppRules { known: false, ..AppRules::default() });
    spotify.change("johnsmith", Change::ExpireAccess).unwrap();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login?next=/johnsmith/admin/spotify", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.tap("form[action$='/spotify/doctor'] button").await;
        dj.read(".lights", "into the field “Client ID”").await;
        dj.looks_whole().await;
        dj.tap("#app summary").await;
        dj.see("#app [name=client_id]").await.clear().await.unwrap();
        dj.fill("#app [name=client_id]", APPS[1]).await;
        dj.tap("#app button").await;
        dj.tap("form[action$='/spotify/connect'] button").await;
        dj.tap("details:has(code) > summary").await;
        dj.read("main", "add exactly this as redirect URI").await;
        dj.looks_whole().await;
        dj.leave().await;
    });
}
