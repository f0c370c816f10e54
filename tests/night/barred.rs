//! House rules that come later hold for the songs that were asked for before.

mod links;

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, Person, run};
use crate::connecting::{APPS, connect, open};
use crate::pages::{party, sign_in};
use crate::venue::{Answer, Caller, Venue};

/// Swear Jar is explicit, and Twenty Minutes of Fog is what it says.
const RUDE: &str = "spotify:track:song000000000000000019";
const LONG: &str = "spotify:track:song000000000000000037";
const GOOD: &str = "spotify:track:song000000000000000045";

fn ask(caller: &mut Caller, dj: &str, title: &str, artist: &str) -> String {
    id(&caller.post(&format!("/api/{dj}/requests"), &json!({ "title": title, "artist": artist })))
}

fn id(answer: &Answer) -> String {
    answer.json()["request"]["id"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

fn act(caller: &mut Caller, id: &str, act: &str) -> Answer {
    caller.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({}))
}

fn rules(dj: &mut Caller, rules: &Value) -> Value {
    let saved = dj.put("/api/johnsmith/settings", rules);
    assert_eq!(saved.status, 200, "{}", saved.body);
    saved.json()["turned_down"].clone()
}

fn free(dj: &mut Caller) {
    rules(dj, &json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0, "do_not_play": [] }));
}

fn status(dj: &mut Caller, name: &str, id: &str) -> String {
    let all = dj.get(&format!("/api/{name}/requests")).json()["requests"].clone();
    let one = all.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap();
    one["status"].as_str().unwrap().to_owned()
}

/// Has John never play a band from now on, as it would be had he said so before this program knew to turn songs down.
fn bar_unnoticed(venue: &Venue, band: &str) {
    let sql = "INSERT INTO settings (user_id, key, value) SELECT id, 'do_not_play', ?1 FROM users WHERE username = 'johnsmith'
               ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value";
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.execute(sql, [json!([band]).to_string()]).unwrap();
}

#[test]
fn a_band_put_on_the_do_not_play_list_at_eleven_is_not_played_at_midnight() {
    let (venue, mut john) = party();
    free(&mut john);
    let (mut guest, mut jane) = (venue.guest("johnsmith"), venue.host("janedoe"));
    let [waits, in_line, plays, other] = ["Photograph", "Rockstar", "Gotta Be Somebody", "Africa"]
        .map(|title| ask(&mut guest, "johnsmith", title, if title == "Africa" { "Toto" } else { "Nickelback" }));
    for id in [&in_line, &plays, &other] {
        assert_eq!(act(&mut john, id, "approve").status, 200);
    }
    assert_eq!(act(&mut john, &plays, "playing").status, 200);
    let own = ask(&mut john, "johnsmith", "Far Away", "Nickelback");
    let hers = ask(&mut venue.guest("janedoe"), "janedoe", "Photograph", "Nickelback");
    let before = john.get("/api/johnsmith/requests").json()["version"].clone();

    assert_eq!(rules(&mut john, &json!({ "do_not_play": ["Nickelback"] })), 2);

    let now = [&waits, &in_line, &plays, &own, &other].map(|id| status(&mut john, "johnsmith", id));
    assert_eq!(now, ["rejected", "rejected", "playing", "approved", "approved"]);
    assert_eq!(status(&mut jane, "janedoe", &hers), "pending", "the list of another DJ");
    let line = john.get("/api/johnsmith/requests?status=approved").json()["requests"].clone();
    let mut places: Vec<_> = line.as_array().unwrap().iter().map(|one| one["position"].as_i64()).collect();
    places.sort_unstable();
    assert_eq!(places, [Some(1), Some(2)], "the line closes up");
    // Who looks only after what is new hears of both; a guest hears no more than of any rejection.
    let news = john.get(&format!("/api/johnsmith/requests?after={before}")).json()["requests"].clone();
    for id in [&waits, &in_line] {
        assert!(news.as_array().unwrap().iter().any(|one| one["id"] == *id), "{news}");
    }
    let told = guest.get("/api/johnsmith/party");
    let mine = told.json()["mine"].as_array().unwrap().iter().filter(|one| one["status"] == "rejected").count();
    assert_eq!(mine, 2);
    assert!(!told.body.to_lowercase().contains("do_not_play") && !told.body.contains("do-not-play"), "{}", told.body);
    // Nothing more is there to be turned down, and what an answer says is sent back without harm.
    let again = john.get("/api/johnsmith/settings").json();
    assert_eq!(rules(&mut john, &again), 0);
    let answered = john.put("/api/johnsmith/settings", &json!({ "order": "votes" })).json();
    assert_eq!(rules(&mut john, &answered), 0);
}

#[test]
fn the_settings_page_says_how_many_songs_new_rules_turned_down() {
    let (venue, mut john) = party();
    free(&mut john);
    for title in ["Photograph", "Rockstar"] {
        ask(&mut venue.guest("johnsmith"), "johnsmith", title, "Nickelback");
    }
    let mut page = john.clone().with("Accept", "text/html");
    let mut save = |line: &str| {
        let saved = page.form("/api/johnsmith/settings", &[("_method", "PUT"), ("do_not_play", line)]);
        assert_eq!(saved.status, 303, "{}", saved.body);
        let to = saved.header("location").unwrap().to_owned();
        page.get(&to).body
    };
    assert!(save("photograph").contains("Saved. One song that waited or was in line is turned down"));
    assert!(save("Rockstar").contains("One song"));
    let last = save("Macarena");
    assert!(last.contains("Saved.") && !last.contains("turned down"));
}

#[test]
fn a_dj_in_a_browser_reads_how_many_songs_their_new_rules_turned_down() {
    let (driver, (venue, mut john)) = (Driver::start(), party());
    free(&mut john);
    ask(&mut venue.guest("johnsmith"), "johnsmith", "Photograph", "Nickelback");
    run(async {
        let dj = Person::new(&driver, LAPTOP, true).await;
        sign_in(&dj, &venue, "settings").await;
        dj.fill("[name=do_not_play]", "Nickelback").await;
        dj.tap("form.stack button[type=submit]").await;
        dj.read(".banner", "Saved. One song that waited or was in line is turned down").await;
        dj.leave().await;
    });
}

#[test]
fn neither_the_dj_nor_a_helper_brings_a_barred_song_into_line() {
    let (venue, mut john) = party();
    free(&mut john);
    let mut guest = venue.guest("johnsmith");
    let [waits, in_line] = ["Photograph", "Rockstar"].map(|title| ask(&mut guest, "johnsmith", title, "Nickelback"));
    assert_eq!(act(&mut john, &in_line, "approve").status, 200);
    let own = ask(&mut john, "johnsmith", "Far Away", "Nickelback");
    bar_unnoticed(&venue, "Nickelback");
    let mut helper = venue.helper("johnsmith");
    let refused = |answer: &Answer, what: &str| {
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_tonight"), "{what}: {}", answer.body);
        assert!(!answer.body.contains("Nickel") && !answer.body.contains("list"), "{what}: {}", answer.body);
    };
    refused(&act(&mut helper, &waits, "approve"), "a helper says yes");
    for (id, what) in [(&waits, "approve"), (&waits, "playing"), (&waits, "play-next"), (&in_line, "play-next")] {
        refused(&act(&mut john, id, what), what);
    }
    assert_eq!([&waits, &in_line].map(|id| status(&mut john, "johnsmith", id)), ["pending", "approved"]);
    assert_eq!(act(&mut john, &own, "play-next").status, 200, "the DJ's own");
    assert_eq!(act(&mut john, &own, "playing").status, 200);
    // A no is as welcome as ever.
    assert_eq!(act(&mut helper, &waits, "reject").status, 200);
    assert_eq!(act(&mut john, &in_line, "reject").status, 200);
}

#[test]
fn taking_an_act_back_brings_no_song_back_that_was_barred_since() {
    let (venue, mut john) = party();
    free(&mut john);
    let (mut guest, mut helper) = (venue.guest("johnsmith"), venue.helper("johnsmith"));
    let mut nickelback = |title: &str| ask(&mut guest, "johnsmith", title, "Nickelback");
    let [by_john, by_lena, approved] = ["Photograph", "Rockstar", "Far Away"].map(&mut nickelback);
    assert_eq!(act(&mut john, &by_john, "reject").status, 200);
    assert_eq!(act(&mut helper, &by_lena, "reject").status, 200);
    assert_eq!(act(&mut john, &approved, "approve").status, 200);
    assert_eq!(rules(&mut john, &json!({ "do_not_play": ["Nickelback"] })), 1);
    for (caller, id, what) in [
        (&mut john.clone(), &by_john, "undo"),
        (&mut john.clone(), &by_john, "retry"),
        (&mut helper, &by_lena, "undo"),
        (&mut john.clone(), &by_lena, "retry"),
    ] {
        let answer = act(caller, id, what);
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_tonight"), "{what}: {}", answer.body);
    }
    let answer = act(&mut john, &approved, "undo");
    assert_eq!((answer.status, answer.code().as_str()), (409, "changed_since"), "{}", answer.body);
    // The DJ thinks better of it.
    free(&mut john);
    for id in [&by_john, &by_lena, &approved] {
        assert_eq!(act(&mut john, id, "retry").json()["request"]["status"], "pending");
    }
}

#[test]
fn what_was_cleared_comes_back_without_what_was_barred_since() {
    let (venue, mut john) = party();
    free(&mut john);
    let mut guest = venue.guest("johnsmith");
    let barred = ask(&mut guest, "johnsmith", "Photograph", "Nickelback");
    let good = ask(&mut guest, "johnsmith", "Africa", "Toto");
    let clear = |john: &mut Caller| {
        let cleared = john.post("/api/johnsmith/waiting/clear", &json!({})).json();
        format!("/api/johnsmith/waiting/undo?of={}", cleared["version"])
    };
    let undo = clear(&mut john);
    assert_eq!(rules(&mut john, &json!({ "do_not_play": ["Nickelback"] })), 0);
    assert_eq!(john.post(&undo, &json!({})).json()["back"], 1);
    assert_eq!([&barred, &good].map(|id| status(&mut john, "johnsmith", id)), ["rejected", "pending"]);
    free(&mut john);
    assert_eq!(act(&mut john, &barred, "retry").status, 200);
    assert_eq!(act(&mut john, &good, "reject").status, 200);
    let undo = clear(&mut john);
    rules(&mut john, &json!({ "do_not_play": ["Nickelback"] }));
    assert_eq!(john.post(&undo, &json!({})).code(), "nothing_to_undo");
    assert_eq!(status(&mut john, "johnsmith", &barred), "rejected");
}

#[test]
fn explicit_and_very_long_songs_are_turned_down_when_the_dj_takes_no_more_of_them() {
    let (venue, _spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    free(&mut john);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let mut picked = |uri: &str| {
        id(&guest
            .post("/api/johnsmith/requests", &json!({ "title": "Picked", "artist": "Somebody", "track_uri": uri })))
    };
    let [rude, long, good] = [RUDE, LONG, GOOD].map(&mut picked);
    let all = [&rude, &long, &good];
    assert_eq!(act(&mut john, &rude, "approve").status, 200);
    assert_eq!(rules(&mut john, &json!({ "allow_explicit": false })), 1);
    assert_eq!(all.map(|id| status(&mut john, "johnsmith", id)), ["rejected", "pending", "pending"]);
    assert_eq!(act(&mut john, &rude, "retry").code(), "explicit");
    assert_eq!(rules(&mut john, &json!({ "max_length_ms": 480_000 })), 1);
    assert_eq!(all.map(|id| status(&mut john, "johnsmith", id)), ["rejected", "rejected", "pending"]);
    assert_eq!(act(&mut john, &long, "retry").code(), "too_long");
}
