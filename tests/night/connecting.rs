//! A DJ's own Spotify, from nothing to connected, against the simulated one.

mod in_browsers;

use std::sync::Arc;

use partyplaylist::domain::Timestamp;
use partyplaylist::spotify::simulator::{Change, Clock, Simulator, demo_accounts};
use serde_json::{Value, json};

use crate::venue::{Caller, PASSWORD, Venue, command};

pub const APPS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];

/// A box with two DJs, and a Spotify for it.
pub fn open() -> (Venue, Simulator) {
    let (dir, settings, spotify) = prepared();
    (Venue::of(dir, &settings), spotify)
}

pub type Settings = [(&'static str, String); 2];

pub fn prepared() -> (tempfile::TempDir, Settings, Simulator) {
    prepared_for(&["johnsmith", "janedoe"], Clock::standing(Timestamp(1_800_000_000_000)))
}

/// A data folder with an account for each DJ, and a Spotify with as many.
pub fn prepared_for(names: &[&str], clock: Clock) -> (tempfile::TempDir, Settings, Simulator) {
    let spotify = Simulator::start(0, clock).unwrap();
    for account in demo_accounts() {
        spotify.add_account(account);
    }
    let settings =
        [("PARTYPLAYLIST_SPOTIFY__API_URL", spotify.api_url()), ("PARTYPLAYLIST_SPOTIFY__ACCOUNTS_URL", spotify.url())];
    let venue = Venue::fresh(&settings);
    let (_, _, dir) = venue.terminate();
    for name in names {
        assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    }
    (dir, settings, spotify)
}

/// Where Spotify sends the browser of somebody who says yes as `account`.
pub fn say_yes(authorize_url: &str, account: &str) -> String {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).proxy(None).build().into();
    let query = authorize_url.split_once('?').unwrap().1;
    let base = authorize_url.split("/authorize").next().unwrap();
    let answer = agent.get(format!("{base}/authorize/allow?account={account}&{query}")).call().unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

pub fn begin(dj: &mut Caller, name: &str, client_id: &str) -> String {
    assert_eq!(dj.put(&format!("/api/{name}/spotify/app"), &json!({ "client_id": client_id })).status, 200);
    let asked = dj.post(&format!("/api/{name}/spotify/connect"), &json!({}));
    assert_eq!(asked.status, 200, "{}", asked.body);
    asked.json()["authorize_url"].as_str().unwrap().to_owned()
}

pub fn finish(dj: &mut Caller, name: &str, url: &str) -> crate::venue::Answer {
    dj.post(&format!("/api/{name}/spotify/finish"), &json!({ "url": url }))
}

pub fn connect(venue: &Venue, name: &str, client_id: &str) -> Caller {
    let mut dj = venue.host(name);
    let page = begin(&mut dj, name, client_id);
    let done = finish(&mut dj, name, &say_yes(&page, name));
    assert_eq!(done.status, 200, "{}", done.body);
    dj
}

#[test]
fn each_dj_connects_their_own_account_and_sees_only_that() {
    let (venue, spotify) = open();
    let mut john = venue.host("johnsmith");
    let bare = john.get("/api/johnsmith/spotify").json();
    assert_eq!((&bare["connected"], &bare["health"], &bare["budget"]), (&json!(false), &json!("manual"), &json!(1000)));
    assert_eq!(john.post("/api/johnsmith/spotify/connect", &json!({})).code(), "no_app");
    for (name, client_id, shown) in [("johnsmith", APPS[0], "John Smith"), ("janedoe", APPS[1], "Jane Doe")] {
        let mut dj = connect(&venue, name, client_id);
        let link = dj.get(&format!("/api/{name}/spotify")).json();
        assert_eq!(
            (&link["connected"], &link["account"], &link["client_id"], &link["health"]),
            (&json!(true), &json!(shown), &json!(client_id), &json!("ok"))
        );
        assert!(link["reconnect_by"].as_str() > link["authorized_at"].as_str());
        let devices = dj.get(&format!("/api/{name}/devices")).json()["devices"].clone();
        assert!(
            devices.as_array().unwrap().iter().any(|device| device["id"] == json!(format!("{name}-laptop"))),
            "{devices}"
        );
    }
    let used = |client: &str| spotify.usage(client).calls;
    let counted = venue.host("janedoe").get("/api/janedoe/spotify").json()["used_today"].clone();
    assert_eq!(counted, json!(1), "one call of janedoe's app was counted");
    assert!(used(APPS[0]) >= 1 && used(APPS[1]) >= 1);
    let rows: Vec<String> = {
        let conn = venue.rows();
        let mut statement = conn.prepare("SELECT u.username || ' ' || l.account_id FROM spotify_links l JOIN users u ON u.id = l.user_id ORDER BY 1").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(rows.len(), 2);
    assert!(rows[0].starts_with("janedoe ") && rows[1].starts_with("johnsmith "), "{rows:?}");
}

#[test]
fn a_state_is_good_once_for_ten_minutes_for_the_dj_who_began() {
    let (venue, _spotify) = open();
    let (mut john, mut jane) = (venue.host("johnsmith"), venue.host("janedoe"));
    let back = say_yes(&begin(&mut john, "johnsmith", APPS[0]), "johnsmith");
    begin(&mut jane, "janedoe", APPS[1]);
    let others = finish(&mut jane, "janedoe", &back);
    assert_eq!((others.status, others.code().as_str()), (409, "unknown_consent"));
    assert_eq!(finish(&mut john, "johnsmith", &back).status, 200, "another DJ's try spends nothing");
    assert_eq!(finish(&mut john, "johnsmith", &back).code(), "unknown_consent", "a second time");
    let late = say_yes(&begin(&mut john, "johnsmith", APPS[0]), "johnsmith");
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.execute("UPDATE spotify_consents SET expires_at = expires_at - 600000", []).unwrap();
    assert_eq!(finish(&mut john, "johnsmith", &late).code(), "unknown_consent", "after ten minutes");
    for (what, url) in [
        ("nothing", ""),
        ("another page", "https://example.com/"),
        ("no state", "http://127.0.0.1/spotify/callback?code=abc"),
        ("a refusal", "http://127.0.0.1/spotify/callback?error=access_denied&state=x"),
    ] {
        let answer = finish(&mut john, "johnsmith", url);
        assert_eq!((answer.status, answer.code().as_str()), (422, "invalid"), "{what}");
        assert!(answer.json()["error"]["fields"]["url"].is_string(), "{what}");
    }
}

#[test]
fn a_consent_for_another_app_is_not_taken() {
    let (venue, _spotify) = open();
    let mut john = venue.host("johnsmith");
    let back = say_yes(&begin(&mut john, "johnsmith", APPS[0]), "johnsmith");
    assert_eq!(john.put("/api/johnsmith/spotify/app", &json!({ "client_id": APPS[1] })).status, 200);
    assert_eq!(finish(&mut john, "johnsmith", &back).code(), "unknown_consent");
    let own = say_yes(&begin(&mut john, "johnsmith", APPS[1]), "johnsmith");
    assert_eq!(john.put("/api/johnsmith/spotify/app", &json!({ "client_id": APPS[1] })).status, 200);
    assert_eq!(finish(&mut john, "johnsmith", &own).status, 200, "entering the same one again changes nothing");
}

#[test]
fn tokens_are_sealed_and_go_with_the_connection() {
    let (venue, _spotify) = open();
    let mut dj = connect(&venue, "johnsmith", APPS[0]);
    let stored = || -> (Option<String>, Option<String>) {
        let sql = "SELECT access_token, refresh_token FROM spotify_links";
        venue.rows().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let (access, refresh) = stored();
    assert!(access.unwrap().starts_with("x1.") && refresh.unwrap().starts_with("x1."));
    assert_eq!(dj.delete("/api/johnsmith/spotify").status, 204);
    assert_eq!(stored(), (None, None));
    assert_eq!(dj.get("/api/johnsmith/devices").code(), "not_connected");
    assert_eq!(dj.get("/api/johnsmith/spotify").json()["client_id"], APPS[0]);
}

#[test]
fn a_hundred_at_once_with_an_expired_token_make_one_refresh() {
    let (venue, spotify) = open();
    let dj = connect(&venue, "johnsmith", APPS[0]);
    let before = spotify.usage(APPS[0]).token_calls;
    spotify.change("johnsmith", Change::ExpireAccess).unwrap();
    let spotify = Arc::new(spotify);
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..100)
            .map(|_| {
                let mut dj = dj.clone();
                scope.spawn(move || dj.get("/api/johnsmith/devices").status)
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    assert_eq!(spotify.usage(APPS[0]).token_calls - before, 1);
}

#[test]
fn one_djs_dead_consent_is_told_and_the_others_go_on() {
    let (venue, spotify) = open();
    let (mut john, mut jane) = (connect(&venue, "johnsmith", APPS[0]), connect(&venue, "janedoe", APPS[1]));
    spotify.change("johnsmith", Change::Revoke).unwrap();
    spotify.change("johnsmith", Change::ExpireAccess).unwrap();
    assert_eq!(john.get("/api/johnsmith/devices").code(), "reconnect");
    let link = john.get("/api/johnsmith/spotify").json();
    assert_eq!((&link["connected"], &link["health"]), (&json!(false), &json!("reconnect")));
    assert!(john.get("/johnsmith/admin/spotify").body.contains("connect it again"));
    assert_eq!(jane.get("/api/janedoe/devices").status, 200);
    assert_eq!(jane.get("/api/janedoe/spotify").json()["health"], "ok");
    let tries = spotify.usage(APPS[0]).token_calls;
    assert_eq!(john.get("/api/johnsmith/devices").code(), "not_connected");
    assert_eq!(spotify.usage(APPS[0]).token_calls, tries, "a dead token is not tried again");
}

#[test]
fn the_doctor_looks_at_everything_with_real_calls() {
    let (venue, spotify) = open();
    let mut dj = connect(&venue, "johnsmith", APPS[0]);
    let lights = |dj: &mut Caller| -> Vec<(String, bool)> {
        let checks: Value = dj.post("/api/johnsmith/spotify/doctor", &json!({})).json()["checks"].clone();
        checks
            .as_array()
            .unwrap()
            .iter()
            .map(|light| (light["name"].as_str().unwrap().to_owned(), light["ok"].as_bool().unwrap()))
            .collect()
    };
    let fine = lights(&mut dj);
    assert_eq!(
        fine.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["Account", "Scopes", "Device", "Now playing", "Queue", "Search", "Consent", "Budget"]
    );
    assert!(fine.iter().all(|(_, ok)| *ok), "{fine:?}");
    spotify.change("johnsmith", Change::RemoveDevice("johnsmith-laptop".into())).unwrap();
    spotify.change("johnsmith", Change::RemoveDevice("johnsmith-phone".into())).unwrap();
    assert_eq!(lights(&mut dj), fine, "once a minute is enough");
    // Who does something about it wants to see it at once.
    dj.post("/api/johnsmith/playback/pause", &json!({}));
    assert!(lights(&mut dj).contains(&("Device".into(), false)));
}

#[test]
fn a_dj_steers_their_own_player_and_nobody_elses() {
    let (venue, spotify) = open();
    let (mut john, _jane) = (connect(&venue, "johnsmith", APPS[0]), connect(&venue, "janedoe", APPS[1]));
    let jane_before = spotify.account("janedoe").unwrap();
    let plays = || spotify.account("johnsmith").unwrap().is_playing;
    assert!(plays());
    assert_eq!(john.post("/api/johnsmith/playback/pause", &json!({})).status, 200);
    assert!(!plays());
    assert_eq!(john.post("/api/johnsmith/playback/play", &json!({})).status, 200);
    assert!(plays());
    let song = |name: &str| spotify.account(name).unwrap().current;
    let first = song("johnsmith");
    assert_eq!(john.post("/api/johnsmith/playback/next", &json!({})).status, 200);
    assert_ne!(song("johnsmith"), first);
    assert_eq!(john.put("/api/johnsmith/playback/volume", &json!({ "percent": 30 })).status, 200);
    assert_eq!(john.put("/api/johnsmith/playback/device", &json!({ "device_id": "johnsmith-phone" })).status, 200);
    let active = |device: &Value| device["is_active"] == json!(true);
    let devices = john.get("/api/johnsmith/devices").json()["devices"].clone();
    let now = devices.as_array().unwrap().iter().find(|device| active(device)).unwrap()["id"].clone();
    assert_eq!(now, "johnsmith-phone");
    let after = spotify.account("janedoe").unwrap();
    assert_eq!((after.current, after.is_playing), (jane_before.current, jane_before.is_playing));
    // Typed refusals, each with what to do.
    assert_eq!(john.put("/api/johnsmith/playback/volume", &json!({ "percent": 101 })).status, 422);
    assert_eq!(
        john.put("/api/johnsmith/playback/device", &json!({ "device_id": "janedoe-laptop" })).code(),
        "no_device"
    );
    spotify.change("johnsmith", Change::Premium(false)).unwrap();
    let refused = john.post("/api/johnsmith/playback/pause", &json!({}));
    assert_eq!((refused.status, refused.code().as_str()), (409, "not_premium"));
    spotify.exhaust(APPS[0], 50_000);
    let spent = john.post("/api/johnsmith/playback/next", &json!({}));
    assert_eq!((spent.status, spent.code().as_str()), (429, "quota"));
    assert!(spent.header("Retry-After").unwrap().parse::<u32>().unwrap() > 40_000);
}

#[test]
fn a_consent_that_leaves_something_out_is_seen_by_the_doctor() {
    let (venue, _spotify) = open();
    let mut dj = venue.host("johnsmith");
    let page = begin(&mut dj, "johnsmith", APPS[0]).replace("user-modify-playback-state", "");
    assert_eq!(finish(&mut dj, "johnsmith", &say_yes(&page, "johnsmith")).status, 200);
    let seen = dj.post("/api/johnsmith/spotify/doctor", &json!({})).json()["checks"].clone();
    let scopes = seen.as_array().unwrap().iter().find(|light| light["name"] == "Scopes").unwrap();
    assert_eq!(scopes["ok"], false, "{scopes}");
    assert!(scopes["message"].as_str().unwrap().contains("user-modify-playback-state"), "{scopes}");
}
