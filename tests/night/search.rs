//! Searching as guests and hosts do it, covers, links, and what becomes of it all when Spotify stumbles.

mod tapped;
mod unfound;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::{Change, Fault, Simulator, Trouble};
use serde_json::{Value, json};

use crate::connecting::{APPS, connect, prepared};
use crate::venue::{Caller, Venue};

/// A box whose John is connected and has a night under way.
fn party() -> (Venue, Simulator, Caller) {
    party_with("1000")
}

/// The same with so many calls a day.
fn party_with(budget: &str) -> (Venue, Simulator, Caller) {
    let (dir, settings, spotify) = prepared();
    let settings = [settings.to_vec(), vec![("PARTYPLAYLIST_SPOTIFY__DAILY_BUDGET", budget.into())]].concat();
    let venue = Venue::of(dir, &settings);
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    let free = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
    assert_eq!(john.put("/api/johnsmith/settings", &free).status, 200);
    (venue, spotify, john)
}

fn search(caller: &mut Caller, words: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/api/johnsmith/search?q={}", crate::venue::percent(words)));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["tracks"].as_array().unwrap().clone()
}

fn titles(tracks: &[Value]) -> Vec<&str> {
    tracks.iter().map(|track| track["title"].as_str().unwrap()).collect()
}

/// Calls of one kind that the box made, as the simulated Spotify counted them.
fn calls(spotify: &Simulator) -> u32 {
    spotify.account("johnsmith").unwrap().calls.get("GET /search").copied().unwrap_or(0)
}

fn fault(spotify: &Simulator, call: &str, trouble: Trouble) {
    let (target, call) = ("johnsmith".to_owned(), Some(call.to_owned()));
    spotify.fault(Fault { target, call, trouble, after_effect: false, times: None });
}

#[test]
fn a_guest_finds_spotifys_songs_in_the_promised_shape_and_the_wish_knows_its_recording() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let found = search(&mut guest, "CORAZON papel");
    let track = &found[0];
    assert_eq!(track["title"], "Corazón de Papel");
    assert_eq!(track["uri"], "spotify:track:song000000000000000010");
    assert_eq!((&track["isrc"], &track["duration_ms"]), (&json!("ZZSIM2600010"), &json!(221_000)));
    assert_eq!((&track["artists"], &track["explicit"]), (&json!(["Mira Sandoval"]), &json!(false)));
    // Whatever a page calls the song: what the box knows of the track is what counts.
    let wish = json!({ "title": "Anything", "artist": "Anybody", "track_uri": track["uri"] });
    let asked = guest.post("/api/johnsmith/requests", &wish).json();
    let request = &asked["request"];
    assert_eq!((&request["title"], &request["track_uri"]), (&json!("Corazón de Papel"), &track["uri"]));
    assert_eq!((&request["isrc"], &request["duration_ms"]), (&json!("ZZSIM2600010"), &json!(221_000)));
    // The same recording under another address is the same song.
    let twin = json!({ "title": "x", "artist": "y", "track_uri": "spotify:track:twin000000000000000010" });
    let again = venue.guest_of("johnsmith", &mut john).post("/api/johnsmith/requests", &twin).json();
    assert_eq!((&again["merged"], &again["request"]["id"]), (&json!(true), &request["id"]));
}

#[test]
fn the_same_words_are_asked_once_a_day_whoever_types_them() {
    let (venue, spotify, mut john) = party();
    let guests: Vec<Caller> = (0..12).map(|_| venue.guest_of("johnsmith", &mut john)).collect();
    std::thread::scope(|scope| {
        for guest in &guests {
            let mut guest = guest.clone();
            scope.spawn(move || assert!(titles(&search(&mut guest, "neon")).contains(&"Neon Orchard")));
        }
    });
    assert_eq!(calls(&spotify), 1, "twelve at once share one call");
    search(&mut john, "  NEON! ");
    search(&mut guests[0].clone(), "ne");
    assert_eq!(calls(&spotify), 1, "another spelling is no other search, and two letters are none");
    search(&mut john, "neon orchard");
    assert_eq!(calls(&spotify), 2);
}

#[test]
fn spotify_is_asked_what_was_typed_and_in_any_script() {
    let (venue, spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let typed = ["がんばれ", "P!nk", "Ke$ha  tik", "दिल से", "嵐", "U2", "Don't Wake"];
    for words in typed {
        search(&mut guest, words);
    }
    search(&mut guest, "ab");
    let asked = spotify.account("johnsmith").unwrap().searched;
    assert_eq!(asked, typed.map(|words| words.replace("  ", " ")));
}

#[test]
fn a_guest_is_not_kept_waiting_and_sees_no_error_whatever_spotify_does() {
    let (venue, spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    search(&mut guest, "neon");
    for (words, trouble) in [
        ("neon orcha", Trouble::Slow(8_000)),
        ("neon o", Trouble::Broken(502)),
        ("neon or", Trouble::Drop),
        ("neon orc", Trouble::Text),
        ("neon orch", Trouble::TooMany(1)),
    ] {
        spotify.heal();
        fault(&spotify, "GET /search", trouble);
        let began = Instant::now();
        let found = search(&mut guest, words);
        assert!(titles(&found).contains(&"Neon Orchard"), "{trouble:?}: what the box knows is answered");
        assert!(began.elapsed() < Duration::from_secs(7), "{trouble:?}: {:?}", began.elapsed());
    }
    spotify.heal();
    spotify.exhaust(APPS[0], 50_000);
    assert!(titles(&search(&mut guest, "neon orchar")).contains(&"Neon Orchard"), "the quota is spent");
    assert_eq!(search(&mut guest, "sawdust"), Vec::<Value>::new());
    let by_hand = john.post("/api/johnsmith/requests", &json!({ "title": "Sawdust", "artist": "Copper & Pine" }));
    assert_eq!(by_hand.status, 201);
    spotify.change("johnsmith", Change::Revoke).unwrap();
    spotify.change("johnsmith", Change::ExpireAccess).unwrap();
    assert_eq!(titles(&search(&mut guest, "sawdust")), ["Sawdust"], "by now it is a song of this night");
}

#[test]
fn what_a_stranger_typed_is_offered_to_nobody_before_the_dj_lets_it_in() {
    let (venue, _spotify, mut john) = party();
    let (mut one, mut other) = (venue.guest_of("johnsmith", &mut john), venue.guest_of("johnsmith", &mut john));
    let asked = one.post("/api/johnsmith/requests", &json!({ "title": "John is a thief", "artist": "Call 0151" }));
    assert_eq!(asked.status, 201);
    for who in [&mut one, &mut other] {
        assert_eq!(search(who, "thief"), Vec::<Value>::new());
    }
    let id = asked.json()["request"]["id"].as_str().unwrap().to_owned();
    assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).status, 200);
    assert_eq!(titles(&search(&mut other, "thief")), ["John is a thief"]);
}

#[test]
fn what_is_kept_for_handing_over_is_not_searched_away() {
    let (dir, settings, spotify) = prepared();
    let settings = [settings.to_vec(), vec![("PARTYPLAYLIST_SPOTIFY__DAILY_BUDGET", "20".into())]].concat();
    let venue = Venue::of(dir, &settings);
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    for n in 0..40 {
        search(&mut john, &format!("sawdust {n}"));
    }
    let used = john.get("/api/johnsmith/spotify").json()["used_today"].as_i64().unwrap();
    assert!((14..18).contains(&used), "{used} of 20 calls are used: what is left is for the songs");
    assert!(calls(&spotify) <= 14);
}

#[test]
fn one_guest_searching_without_end_is_told_to_wait_and_nobody_else() {
    let (venue, spotify, mut john) = party();
    let (mut busy, mut calm) = (venue.guest_of("johnsmith", &mut john), venue.guest_of("johnsmith", &mut john));
    let mut told = None;
    for n in 0..60 {
        let answer = busy.get(&format!("/api/johnsmith/search?q=endless{n}"));
        if answer.status == 429 {
            told = Some((answer.code(), answer.header("Retry-After").unwrap().parse::<u64>().unwrap()));
            break;
        }
    }
    let (code, wait) = told.expect("sixty searches within a minute");
    assert_eq!(code, "too_many_searches");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(calls(&spotify), 10, "ten an hour go on to Spotify");
    assert!(!search(&mut calm, "neon").is_empty());
}

#[test]
fn guests_of_one_dj_together_leave_the_calls_of_the_night_to_what_plays() {
    // Of five hundred calls four hundred and twenty are for six hours of songs, and fifty are kept.
    let (venue, spotify, mut john) = party_with("500");
    let mut guests: Vec<Caller> = (0..4).map(|_| venue.guest_of("johnsmith", &mut john)).collect();
    search(&mut guests[0], "neon");
    for (n, guest) in guests.iter_mut().enumerate() {
        (0..9).for_each(|time| drop(search(guest, &format!("endless {n} {time}"))));
    }
    let asked = calls(&spotify);
    // One more where the player was not looked at before.
    assert!((12..=16).contains(&asked), "{asked}: within an hour half of what is left over");
    assert!(titles(&search(&mut guests[3], "neon orch")).contains(&"Neon Orchard"), "what the box knows is answered");
    assert_eq!(calls(&spotify), asked);
    assert!(!search(&mut john, "sawdust").is_empty(), "the DJ goes on");
    assert_eq!(calls(&spotify), asked + 1);
}

#[test]
fn a_pasted_link_becomes_its_song() {
    let (venue, spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let link = "https://open.spotify.com/intl-de/track/song000000000000000029?si=abc";
    assert_eq!(titles(&search(&mut guest, link)), ["Nachtschicht"]);
    let direct = json!({ "title": "spotify:track:song000000000000000030", "artist": "" });
    let asked = guest.post("/api/johnsmith/requests", &direct).json();
    assert_eq!(asked["request"]["title"], "Neonregen", "{asked}");
    let own = john.post("/api/johnsmith/requests", &json!({ "title": link, "artist": "x" })).json();
    assert_eq!((&own["request"]["title"], &own["request"]["artist"]), (&json!("Nachtschicht"), &json!("Kellerkind")));
    spotify.exhaust(APPS[0], 50_000);
    let closed = "https://open.spotify.com/track/song000000000000000031";
    let told = guest.get(&format!("/api/johnsmith/search?q={}", crate::venue::percent(closed)));
    assert!(told.status == 422 && told.body.contains("type the song"), "{}", told.body);
    let refused = guest.post("/api/johnsmith/requests", &json!({ "title": closed, "artist": "x" }));
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid"));
    assert!(refused.body.contains("type the song"), "{}", refused.body);
}

#[test]
fn what_the_house_would_refuse_is_not_offered_and_not_taken() {
    let (venue, _spotify, mut john) = party();
    let rules = json!({ "allow_explicit": false, "max_length_ms": 480_000, "do_not_play": ["Neon Orchard"] });
    assert_eq!(john.put("/api/johnsmith/settings", &rules).status, 200);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for (words, uri, code) in [
        ("swear jar", "song000000000000000019", "explicit"),
        ("minutes of fog", "song000000000000000037", "too_long"),
        ("neon orchard", "song000000000000000005", "not_tonight"),
    ] {
        let offered = search(&mut guest, words);
        assert!(offered.iter().all(|track| !track["uri"].as_str().unwrap().contains(uri)), "{words}: {offered:?}");
        assert!(!search(&mut john, words).is_empty(), "the DJ sees all");
        let uri = format!("spotify:track:{uri}");
        let refused = guest.post("/api/johnsmith/requests", &json!({ "title": "a", "artist": "b", "track_uri": uri }));
        assert_eq!((refused.status, refused.code().as_str()), (403, code), "{words}: {}", refused.body);
    }
}

#[test]
fn a_cover_comes_from_the_box_and_only_to_those_inside() {
    let (venue, spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let found = search(&mut guest, "neon orchard");
    let art = found[0]["art"].as_str().unwrap().to_owned();
    assert!(art.starts_with("/api/johnsmith/art/"), "{art}");
    let picture = guest.get(&art);
    assert_eq!((picture.status, picture.header("Content-Type")), (200, Some("image/png")));
    assert!(picture.header("Cache-Control").unwrap().contains("immutable"));
    assert!(picture.header("Content-Security-Policy").unwrap().contains("img-src 'self' data:"));
    drop(spotify);
    assert_eq!(john.get(&art).status, 200, "kept here: Spotify is gone");
    assert_eq!(venue.stranger().get(&art).status, 401);
    assert_eq!(venue.host("janedoe").get(&art).code(), "not_owner");
    let theirs = art.replace("johnsmith", "janedoe");
    assert_eq!(venue.host("janedoe").get(&theirs).status, 404, "Spotify never named it to Jane");
    for odd in ["/api/johnsmith/art/AAAAAAAAAAAAAAAAAAAAAA", "/api/johnsmith/art/x", "/api/johnsmith/art/..%2f..%2fx"] {
        assert_eq!(john.get(odd).status, 404, "{odd}");
    }
}

#[test]
fn a_catalogue_is_its_djs_own() {
    let (venue, _spotify, mut john) = party();
    search(&mut john, "neon orchard");
    let mut jane = venue.host("janedoe");
    let theirs = jane.get("/api/janedoe/search?q=neon");
    assert_eq!((theirs.status, theirs.json()["tracks"].clone()), (200, json!([])));
    let rows = venue.rows();
    let owners = |table: &str| -> BTreeSet<String> {
        let sql = format!("SELECT DISTINCT username FROM {table} JOIN users ON users.id = user_id");
        rows.prepare(&sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for table in ["tracks", "searches", "covers"] {
        assert_eq!(owners(table), BTreeSet::from(["johnsmith".to_owned()]), "{table}");
    }
}
