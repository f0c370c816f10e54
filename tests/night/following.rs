//! Two nights follow two Spotify accounts, through the real binary: pages, screens, and what a DJ is told.

use std::time::{Duration, Instant};

use partyplaylist::domain::Timestamp;
use partyplaylist::spotify::simulator::{Button, Change, Clock, Fault, Simulator, Trouble};
use serde_json::{Value, json};

use crate::connecting::{APPS, connect, prepared_for};
use crate::venue::{Caller, Venue};

const NAMES: [&str; 2] = ["johnsmith", "janedoe"];
/// Longer than any machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

fn uri(n: usize) -> String {
    format!("spotify:track:song{n:018}")
}

/// A box, its Spotify whose clock stands, and both DJs connected with an event on.
fn night() -> (Venue, Simulator, [Caller; 2]) {
    let (dir, settings, spotify) = prepared_for(&NAMES, Clock::standing(Timestamp(1_800_000_000_000)));
    let venue = Venue::of(dir, &settings);
    let djs = [0, 1].map(|n| {
        let mut dj = connect(&venue, NAMES[n], APPS[n]);
        assert_eq!(dj.post(&format!("/api/{}/event", NAMES[n]), &json!({ "name": "Night" })).status, 201);
        dj
    });
    (venue, spotify, djs)
}

/// Asks until the answer is as wanted.
fn until(dj: &mut Caller, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let seen = dj.get(path).json();
        if wanted(&seen) {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{path} never came to it: {seen}");
        std::thread::yield_now();
    }
}

fn track(playback: &Value) -> &Value {
    &playback["track"]["track_uri"]
}

#[test]
fn each_display_shows_its_own_djs_song_within_one_look() {
    let (venue, spotify, mut djs) = night();
    for n in [0, 1] {
        let first = spotify.account(NAMES[n]).unwrap().current;
        let path = format!("/api/{}/playback", NAMES[n]);
        let seen = until(&mut djs[n], &path, |seen| *track(seen) == json!(first));
        assert_eq!(
            (&seen["source"], &seen["state"], &seen["health"]),
            (&json!("spotify"), &json!("playing"), &json!("ok"))
        );
        assert_eq!(seen["track"]["duration_ms"].as_i64().map(|ms| ms > 100_000), Some(true));
    }
    let titles = [0, 1].map(|n| {
        let seen = djs[n].get(&format!("/api/{}/playback", NAMES[n])).json();
        seen["track"]["title"].as_str().unwrap().to_owned()
    });
    for n in [0, 1] {
        let page = venue.screen(NAMES[n]).get(&format!("/{}/display", NAMES[n])).body;
        assert!(page.contains(&titles[n]) && !page.contains(&titles[1 - n]), "{} shows {page}", NAMES[n]);
    }
}

#[test]
fn a_wish_goes_over_plays_and_is_told_to_every_page_as_it_happens() {
    let (venue, spotify, mut djs) = night();
    let [john, _] = &mut djs;
    until(john, "/api/johnsmith/playback", |seen| seen["source"] == "spotify");
    let mut guest = venue.guest("johnsmith");
    let stream = guest.listen("/api/johnsmith/party/live");
    let wish = json!({ "title": "Battery Heart", "artist": "The Tin Robots", "track_uri": uri(45) });
    let id = guest.post("/api/johnsmith/requests", &wish).json()["request"]["id"].as_str().unwrap().to_owned();
    john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({}));
    // The DJ drags the song to its end and turns the volume; a second later the box looks.
    spotify.change("johnsmith", Change::Press(Button::Before(15_000))).unwrap();
    assert_eq!(john.put("/api/johnsmith/playback/volume", &json!({ "percent": 50 })).status, 200);
    let state = |party: &Value| party["mine"][0]["status"].clone();
    until(&mut guest, "/api/johnsmith/party", |party| state(party) == "handed_over");
    // The ledger is written before the call is made.
    let began = Instant::now();
    while spotify.account("johnsmith").unwrap().queued != [uri(45)] {
        assert!(began.elapsed() < PATIENCE, "it never reached Spotify");
        std::thread::yield_now();
    }
    spotify.advance(Duration::from_secs(16));
    assert_eq!(john.put("/api/johnsmith/playback/volume", &json!({ "percent": 60 })).status, 200);
    let party = until(&mut guest, "/api/johnsmith/party", |party| state(party) == "playing");
    assert_eq!(party["now_playing"]["track"]["request_id"], json!(id));
    // The guest's own page asks again when its wish is named: it was, when it began.
    let heard = std::iter::from_fn(|| stream.recv_timeout(PATIENCE).ok()).take(20);
    let told =
        heard.filter(|said| said.event == "change").map(|said| serde_json::from_str::<Value>(&said.data).unwrap());
    let began = |told: &Value| told["parts"]["now"].as_str().is_some_and(|now| now.contains("Battery Heart"));
    let named = {
        let mut told = told;
        told.find(began)
    }
    .expect("the stream told it");
    assert!(named.to_string().contains(&id), "{named}");
}

#[test]
fn a_song_dragged_first_in_the_last_seconds_goes_over_at_once() {
    let (_venue, spotify, mut djs) = night();
    let [john, _] = &mut djs;
    until(john, "/api/johnsmith/playback", |seen| seen["source"] == "spotify");
    let ids = [45, 46, 47].map(|song| {
        let wish = json!({ "title": format!("Song {song}"), "artist": "Somebody", "track_uri": uri(song) });
        let request = john.post("/api/johnsmith/requests", &wish).json()["request"].clone();
        request["id"].as_str().unwrap().to_owned()
    });
    // A look that saw this line.
    let first = john.get("/api/johnsmith/playback").json()["as_of"].clone();
    assert_eq!(john.put("/api/johnsmith/playback/volume", &json!({ "percent": 50 })).status, 200);
    spotify.advance(Duration::from_secs(2));
    until(john, "/api/johnsmith/playback", |seen| seen["as_of"] != first);
    spotify.advance(Duration::from_secs(6));
    spotify.change("johnsmith", Change::Press(Button::Before(8_000))).unwrap();
    let version = john.get("/api/johnsmith/requests").json()["version"].clone();
    let order = json!({ "order": [ids[2]], "version": version });
    assert_eq!(john.put("/api/johnsmith/queue", &order).status, 200);
    until(john, "/api/johnsmith/requests", |seen| {
        let all = seen["requests"].as_array().unwrap();
        all.iter().any(|one| one["id"] == *ids[2] && one["status"] == "handed_over")
    });
}

#[test]
fn one_dj_is_told_to_reconnect_and_the_other_notices_nothing() {
    let (_venue, spotify, mut djs) = night();
    let [john, jane] = &mut djs;
    until(john, "/api/johnsmith/playback", |seen| seen["source"] == "spotify");
    spotify.change("johnsmith", Change::Revoke).unwrap();
    // Any command meets the dead token first.
    assert_eq!(john.post("/api/johnsmith/playback/pause", &json!({})).code(), "reconnect");
    until(john, "/api/johnsmith/playback", |seen| seen["health"] == "reconnect");
    for page in ["overview", "requests", "queue", "settings", "history"] {
        let page = john.get(&format!("/johnsmith/admin/{page}")).body;
        assert!(page.contains("Reconnect Spotify") && page.contains("/johnsmith/admin/spotify"), "{page}");
    }
    let jane_page = jane.get("/janedoe/admin/overview").body;
    assert!(!jane_page.contains("Reconnect Spotify"));
    let own = spotify.account("janedoe").unwrap().current;
    until(jane, "/api/janedoe/playback", |seen| seen["health"] == "ok" && *track(seen) == json!(own));
}

#[test]
fn a_check_that_finds_all_well_has_the_player_looked_at() {
    let (_venue, spotify, mut djs) = night();
    let [john, _] = &mut djs;
    until(john, "/api/johnsmith/playback", |seen| seen["health"] == "ok" && seen["source"] == "spotify");
    let (target, trouble) = ("johnsmith".to_owned(), Trouble::NotRegistered);
    spotify.fault(Fault { target, call: None, trouble, after_effect: false, times: None });
    // Any change has the player looked at; refused like this, not again for an hour.
    assert_eq!(john.put("/api/johnsmith/playback/source", &json!({ "source": "spotify" })).status, 200);
    until(john, "/api/johnsmith/playback", |seen| seen["health"] == "unavailable");
    spotify.heal();
    assert_eq!(john.post("/api/johnsmith/spotify/doctor", &json!({})).status, 200);
    until(john, "/api/johnsmith/playback", |seen| seen["health"] == "ok");
}

#[test]
fn a_dj_let_in_again_from_the_command_line_is_followed_again() {
    let (venue, _spotify, _) = night();
    let folder = venue.file().parent().unwrap().to_owned();
    let user = |words: &[&str]| assert_eq!(crate::venue::command(&folder, words, crate::venue::PASSWORD).0, 0);
    user(&["user", "add", "owner", "--role", "superadmin", "--password-stdin"]);
    let mut owner = venue.host("owner");
    let watched = |owner: &mut Caller, many: usize| {
        let (began, line) = (Instant::now(), format!("partyplaylist_watched {many}\n"));
        while !owner.get("/metrics").body.contains(&line) {
            assert!(began.elapsed() < PATIENCE, "not {many} watched");
            std::thread::yield_now();
        }
    };
    watched(&mut owner, 2);
    user(&["user", "suspend", "johnsmith"]);
    // Somebody touches the party: its watcher finds the account suspended, and ends.
    assert_eq!(owner.post("/api/johnsmith/requests", &crate::venue::wish("Once More")).status, 201);
    watched(&mut owner, 1);
    user(&["user", "activate", "johnsmith"]);
    watched(&mut owner, 2);
}

#[test]
fn the_dj_chooses_who_tells_what_plays() {
    let (_venue, _spotify, mut djs) = night();
    let [john, _] = &mut djs;
    let source = |seen: &Value| seen["source"].as_str().unwrap().to_owned();
    until(john, "/api/johnsmith/playback", |seen| source(seen) == "spotify");
    let by_hand = john.put("/api/johnsmith/playback/source", &json!({ "source": "manual" }));
    assert_eq!((by_hand.status, source(&by_hand.json()).as_str()), (200, "manual"));
    assert!(john.get("/johnsmith/admin/overview").body.contains("Follow Spotify"));
    let back = john.put("/api/johnsmith/playback/source", &json!({ "source": "spotify" }));
    assert_eq!((back.status, source(&back.json()).as_str()), (200, "spotify"));
    assert!(john.get("/johnsmith/admin/overview").body.contains("Run it by hand"));
    let odd = john.put("/api/johnsmith/playback/source", &json!({ "source": "radio" }));
    assert!(odd.status == 400 || odd.status == 422, "{} {}", odd.status, odd.body);
}

#[test]
fn a_spotify_that_does_not_answer_holds_up_no_end() {
    let (venue, spotify, mut djs) = night();
    for (dj, name) in djs.iter_mut().zip(NAMES) {
        until(dj, &format!("/api/{name}/playback"), |seen| seen["source"] == "spotify" && seen["health"] == "ok");
        let (call, trouble) = (None, Trouble::Slow(8_000));
        spotify.fault(Fault { target: name.into(), call, trouble, after_effect: false, times: None });
    }
    let calls = |name: &str, call: &str| spotify.account(name).unwrap().calls.get(call).copied().unwrap_or(0);
    let looks = calls("johnsmith", "GET /me/player");
    let [mut john, mut jane] = djs;
    // One DJ's look hangs, and the other's command.
    assert_eq!(john.put("/api/johnsmith/playback/source", &json!({ "source": "spotify" })).status, 200);
    let command =
        std::thread::spawn(move || jane.put("/api/janedoe/playback/volume", &json!({ "percent": 50 })).status);
    while calls("johnsmith", "GET /me/player") == looks || calls("janedoe", "PUT /me/player/volume") == 0 {
        std::thread::yield_now();
    }
    let (code, took, _dir) = venue.terminate();
    println!("ended after {} ms with Spotify hanging", took.as_millis());
    assert_eq!(code, Some(0));
    // Who waits for Spotify waits for eight.
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert!(command.join().is_err(), "a command that hung was answered");
}
