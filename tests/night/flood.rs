//! A crowd is let in, however large; a flood that comes by one code is held, and the DJ is told and gets rid of it.

use std::time::Instant;

use serde_json::{Value, json};

use crate::browser::{Driver, PHONE, Person, run};
use crate::inside::Inside;
use crate::pages::sign_in;
use crate::pranks::proxied;
use crate::venue::{Caller, PASSWORD, Venue, next, wish};

const GUESTS: usize = 300;

#[test]
fn three_hundred_guests_behind_one_address_in_ten_minutes_meet_no_limit() {
    let inside = Inside::open(8);
    let mut dj = inside.sign_in("usera");
    assert_eq!(dj.post("/api/usera/event", &json!({ "name": "Full house" })).status, 201);
    let way_in = dj.get("/api/usera/event").json()["event"]["join_url"].as_str().unwrap().replace(&inside.base, "");
    let mut guests: Vec<Caller> = (0..GUESTS).map(|_| Caller::new(&inside.base)).collect();
    let mut streams = Vec::new();
    for guest in &mut guests {
        let answer = guest.get(&way_in);
        assert_eq!(answer.status, 303, "{}", answer.body);
        streams.push(guest.listen("/api/usera/party/live"));
        inside.advance(1_000);
    }
    assert!(streams.iter().all(|said| next(said).event == "hello"));
    // Each asks for three songs, as fast as the house rules let them, and votes ten times.
    let mut songs = Vec::new();
    for round in 0..3 {
        for (n, guest) in guests.iter_mut().enumerate() {
            let answer = guest.post("/api/usera/requests", &wish(&format!("Song {round} of {n}")));
            assert_eq!(answer.status, 201, "wish {round} of guest {n}: {}", answer.body);
            songs.push(answer.json()["request"]["id"].as_str().unwrap().to_owned());
        }
        inside.advance(60_000);
    }
    for (n, guest) in guests.iter_mut().enumerate() {
        for vote in 1..=10 {
            let song = &songs[(n + vote * 7) % GUESTS];
            let answer = guest.post(&format!("/api/usera/requests/{song}/vote"), &json!({}));
            assert_eq!(answer.status, 200, "vote {vote} of guest {n}: {}", answer.body);
        }
    }
    let page = dj.get("/usera/admin/requests").body;
    assert!(page.contains("Clear all 900 that wait") && !page.contains("A crowd at the door"));
    println!("the DJ's page with 900 waiting: {} bytes", page.len());
}

#[test]
fn a_code_that_makes_guests_without_end_stops_for_that_address_and_the_dj_is_told() {
    let (venue, mut dj) = proxied();
    let token = |dj: &mut Caller| dj.join_url("djane").rsplit('=').next().unwrap().to_owned();
    let join = |address: &str, token: &str| {
        venue.stranger().with("X-Real-IP", address).post("/api/djane/join", &json!({ "t": token }))
    };
    let (old, said) = (token(&mut dj), dj.listen("/api/djane/live"));
    assert_eq!(next(&said).event, "hello");
    let mut inside = venue.stranger().with("X-Real-IP", "192.168.1.7");
    assert_eq!(inside.post("/api/djane/join", &json!({ "t": old })).status, 200);
    for n in 1..1_000 {
        assert_eq!(join("192.168.1.7", &old).status, 200, "guest {n}");
    }
    let full = join("192.168.1.7", &old);
    assert_eq!((full.status, full.code().as_str()), (429, "door_full"));
    assert!(full.body.contains("the PIN or the QR code") && full.header("retry-after").is_some(), "{}", full.body);
    let page = venue.stranger().with("X-Real-IP", "192.168.1.7").get(&format!("/djane?t={old}"));
    assert!(page.status == 429 && page.body.contains("Very many people came in this way"), "{}", page.body);
    assert!(page.body.contains("name=\"pin\""), "the other way in stands on the same page");
    let mut by_pin = venue.stranger().with("X-Real-IP", "192.168.1.7");
    let pin = dj.get("/api/djane/event").json()["event"]["pin"].clone();
    assert_eq!(by_pin.post("/api/djane/join", &json!({ "pin": pin })).status, 200);
    assert_eq!(join("192.168.1.8", &old).status, 200, "another phone is let in");
    assert_eq!(inside.post("/api/djane/requests", &wish("Still here")).status, 201, "who is inside stays");
    while !next(&said).data.contains("A crowd at the door") {}
    let page = dj.get("/djane/admin/requests").body;
    let way = "action=\"/api/djane/event/qr\"";
    assert!(page.contains("A crowd at the door") && page.contains(way), "what mends it stands beside it");
    // A new code begins anew.
    assert_eq!(dj.post("/api/djane/event/qr", &json!({})).status, 200);
    assert!(!dj.get("/djane/admin/requests").body.contains("A crowd at the door"), "the light goes out");
    assert_eq!(join("192.168.1.7", &token(&mut dj)).status, 200);
    assert_eq!(join("192.168.1.7", &old).status, 401);
    let dead = venue.stranger().get(&format!("/djane?t={old}"));
    assert!(dead.status == 401 && dead.body.contains("name=\"pin\""), "{}", dead.body);
}

#[test]
fn a_preview_of_the_link_or_a_look_ahead_makes_no_guest() {
    let venue = Venue::demo();
    let way_in = venue.host("johnsmith").join_url("johnsmith").replace(&venue.base, "");
    let guests = || -> i64 { venue.rows().query_row("SELECT count(*) FROM guests", [], |row| row.get(0)).unwrap() };
    let before = guests();
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";
    for (name, value) in [
        ("User-Agent", format!("{phone} facebookexternalhit/1.1 Facebot Twitterbot/1.0")),
        ("User-Agent", "WhatsApp/2.24.10.77 A".into()),
        ("User-Agent", "TelegramBot (like TwitterBot)".into()),
        ("Purpose", "prefetch".into()),
        ("Sec-Purpose", "prefetch;prerender".into()),
        ("X-Moz", "prefetch".into()),
        ("X-Purpose", "preview".into()),
    ] {
        let mut ahead = venue.stranger().with(name, &value);
        let answer = ahead.get(&way_in);
        assert!(answer.status == 303 && ahead.cookies.is_empty(), "{name}: {value}");
        assert!(ahead.get("/johnsmith").body.contains("Type the PIN"), "{name}: {value}");
    }
    assert_eq!(venue.stranger().call("HEAD", &way_in, None).status, 303);
    assert_eq!(guests(), before);
    let mut looks = venue.stranger().with("User-Agent", phone);
    assert_eq!(looks.get(&way_in).status, 303);
    assert_eq!((guests(), looks.get("/johnsmith").status), (before + 1, 200));
}

/// So many wishes more wait at johnsmith's party, by no way a guest could take.
fn flooded(venue: &Venue, many: i64) {
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let sql = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, note, status, created_at, version)
        SELECT 'flood-' || n, e.user_id, e.id, (SELECT min(id) FROM guests g WHERE g.event_id = e.id), 'Flood ' || n, 'A Prankster',
               'flood ' || n || char(31) || 'a prankster', 'a prankster', 'play it now', 'pending', unixepoch() * 1000 + n, 1
        FROM n, events e JOIN users u ON u.id = e.user_id WHERE u.username = 'johnsmith' AND e.status <> 'ended'";
    conn.execute(sql, [many]).unwrap();
}

fn waiting(dj: &mut Caller) -> Vec<Value> {
    dj.get("/api/johnsmith/requests?status=pending").json()["requests"].as_array().unwrap().clone()
}

#[test]
fn three_thousand_waiting_wishes_are_the_most_and_the_djs_page_stays_small() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let short = dj.get("/johnsmith/admin/requests").body.len();
    // Of a night that begins the box has counted nothing yet.
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(dj.post("/api/johnsmith/event", &json!({ "name": "Another night" })).status, 201);
    venue.guest("johnsmith");
    let mut guest = venue.guest("johnsmith");
    flooded(&venue, 2_999);
    let said = dj.listen("/api/johnsmith/live");
    assert_eq!(next(&said).event, "hello");
    assert_eq!(guest.post("/api/johnsmith/requests", &wish("The last one")).status, 201);
    let mut late = venue.guest("johnsmith");
    let full = late.post("/api/johnsmith/requests", &wish("One too many"));
    assert_eq!((full.status, full.code().as_str()), (429, "list_full"), "{}", full.body);
    assert_eq!(dj.post("/api/johnsmith/requests", &wish("The DJ's own")).status, 201);
    assert_eq!(
        late.post("/api/johnsmith/requests", &json!({ "title": "Flood 7", "artist": "A Prankster" })).status,
        200,
        "a vote is taken still"
    );
    let told = std::iter::from_fn(|| Some(next(&said))).find(|said| said.data.contains("no more are taken")).unwrap();
    let page = dj.get("/johnsmith/admin/requests").body;
    println!(
        "the DJ's page: {short} bytes, with 3000 waiting {}; what its stream says of a change: {}",
        page.len(),
        told.data.len()
    );
    assert!(page.len() < 400_000 && told.data.len() < 400_000);
    for words in ["Clear all 3000 that wait", "These are the 100 that came first", "no more are taken"] {
        assert!(page.contains(words), "{words}");
    }
    let began = Instant::now();
    assert_eq!(dj.post("/api/johnsmith/waiting/clear", &json!({})).json()["cleared"], 3_000);
    println!("cleared in {:?}", began.elapsed());
    assert!(!dj.get("/johnsmith/admin/requests").body.contains("no more are taken"), "the light goes out");
    let in_time = late.post("/api/johnsmith/requests", &wish("In time"));
    assert_eq!(in_time.status, 201, "there is room again: {}", in_time.body);
}

#[test]
fn all_that_was_cleared_waits_again_after_undo_but_for_what_was_asked_for_since() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    flooded(&venue, 40);
    let before = waiting(&mut dj);
    let decided = before[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(dj.post(&format!("/api/johnsmith/requests/{decided}/reject"), &json!({})).status, 200);
    let cleared = dj.post("/api/johnsmith/waiting/clear", &json!({})).json();
    assert_eq!((cleared["cleared"].as_u64().unwrap(), waiting(&mut dj).len()), (before.len() as u64 - 1, 0));
    assert_eq!(
        venue
            .guest("johnsmith")
            .post("/api/johnsmith/requests", &json!({ "title": "Flood 3", "artist": "A Prankster" }))
            .status,
        201
    );
    let undo = format!("/api/johnsmith/waiting/undo?of={}", cleared["version"]);
    let way_back = format!("Bring back the {} that were cleared", cleared["cleared"]);
    assert!(dj.get("/johnsmith/admin/requests").body.contains(&way_back), "also on a page that is loaded anew");
    assert!(!venue.host("janedoe").get("/janedoe/admin/requests").body.contains("that were cleared"));
    assert_eq!(venue.host("janedoe").post(&undo.replace("johnsmith", "janedoe"), &json!({})).code(), "nothing_to_undo");
    assert_eq!(dj.post(&undo, &json!({})).json()["back"], cleared["cleared"].as_u64().unwrap() - 1);
    let titles = |all: &[Value]| {
        all.iter().map(|wish| wish["title"].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let (was, is) = (titles(&before), titles(&waiting(&mut dj)));
    assert_eq!(was.difference(&is).count(), 1, "what was rejected by itself stays so");
    assert!(!dj.get("/johnsmith/admin/requests").body.contains("that were cleared"));
    assert_eq!(dj.post(&undo, &json!({})).code(), "nothing_to_undo", "once");
    assert_eq!(dj.post("/api/johnsmith/waiting/undo", &json!({})).code(), "nothing_to_undo");
}

#[test]
fn a_dj_clears_a_flood_with_one_tap_and_has_it_back_with_another() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    flooded(&venue, 40);
    let many = waiting(&mut dj).len();
    run(async {
        let page = Person::new(&driver, PHONE, true).await;
        sign_in(&page, &venue, "requests").await;
        page.tap("[data-part=clear] button").await;
        page.read("#toast", &format!("{many} wishes cleared.")).await;
        page.read(".pending", "All decided.").await;
        page.tap("#toast button").await;
        page.read("#toast", &format!("Taken back: {many} wishes wait again.")).await;
        page.read(".pending", "Flood 40").await;
        page.looks_whole().await;
        page.leave().await;
        // Without a script.
        let page = Person::new(&driver, PHONE, false).await;
        page.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
        page.fill("[name=username]", "johnsmith").await;
        page.fill("[name=password]", PASSWORD).await;
        page.tap("button[type=submit]").await;
        page.tap("[data-part=clear] button").await;
        page.read(".did", "All that waited is cleared.").await;
        page.looks_whole().await;
        page.tap(".did button").await;
        page.read(".pending", "Flood 40").await;
        page.leave().await;
    });
    assert_eq!(waiting(&mut dj).len(), many);
}
