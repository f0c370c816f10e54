//! Coming in by PIN or QR code: which opens which party, and for how long.

use serde_json::{Value, json};

use crate::venue::{PASSWORD, Venue, command, wish};

#[test]
fn five_wrong_pins_lock_out_one_guest_and_not_the_venue_behind_the_same_address() {
    let venue = Venue::demo();
    let pin = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["pin"].as_str().unwrap().to_owned();
    let wrong = if pin == "4729" { "4730" } else { "4729" };
    let mut guesser = venue.stranger();
    guesser.get("/johnsmith");
    for n in 1..=5 {
        assert_eq!(
            guesser.post("/api/johnsmith/join", &json!({ "pin": wrong })).refusal(),
            (401, "wrong_pin".into()),
            "try {n}"
        );
    }
    for pin in [wrong, &pin] {
        let answer = guesser.post("/api/johnsmith/join", &json!({ "pin": pin }));
        assert_eq!(answer.refusal(), (429, "too_many_tries".into()), "{pin}");
        let wait: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
    }
    // Everybody else comes from the same address.
    for _ in 0..20 {
        let mut guest = venue.stranger();
        guest.get("/johnsmith");
        assert_eq!(guest.post("/api/johnsmith/join", &json!({ "pin": pin })).status, 200);
    }
    assert_eq!(
        venue.stranger().post("/api/johnsmith/join", &json!({ "pin": pin })).status,
        200,
        "a program without cookies"
    );
    // The next party is another door.
    let other = venue.host("janedoe").get("/api/janedoe/event").json()["event"]["pin"].clone();
    assert_eq!(guesser.post("/api/janedoe/join", &json!({ "pin": other })).status, 200);
}

#[test]
fn looking_at_the_door_again_brings_no_new_tries() {
    let venue = Venue::demo();
    let mut guesser = venue.stranger();
    let mut told = Vec::new();
    for _ in 0..8 {
        guesser.get("/johnsmith");
        told.push(guesser.post("/api/johnsmith/join", &json!({ "pin": "0000" })).status);
    }
    assert_eq!(told, [401, 401, 401, 401, 401, 429, 429, 429]);
}

#[test]
fn many_tries_at_once_are_still_five() {
    let venue = Venue::demo();
    let mut guesser = venue.stranger();
    guesser.get("/johnsmith");
    let told: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..60)
            .map(|_| {
                let mut guesser = guesser.clone();
                scope.spawn(move || guesser.post("/api/johnsmith/join", &json!({ "pin": "0000" })).status)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(told.iter().filter(|status| **status == 401).count(), 5, "{told:?}");
    assert!(told.iter().all(|status| matches!(status, 401 | 429)));
}

#[test]
fn one_djs_pin_and_code_open_no_other_party() {
    let venue = Venue::demo();
    let events =
        ["johnsmith", "janedoe"].map(|dj| venue.host(dj).get(&format!("/api/{dj}/event")).json()["event"].clone());
    let token = |event: &Value| event["join_url"].as_str().unwrap().split_once("?t=").unwrap().1.to_owned();
    assert_ne!(events[0]["pin"], events[1]["pin"], "two PINs alike: start the test again");
    let mut stranger = venue.stranger();
    assert_eq!(stranger.post("/api/janedoe/join", &json!({ "pin": events[0]["pin"] })).code(), "wrong_pin");
    assert_eq!(stranger.post("/api/janedoe/join", &json!({ "t": token(&events[0]) })).code(), "wrong_join_link");
    assert_eq!(stranger.get(&format!("/janedoe?t={}", token(&events[0]))).status, 401);
    assert_eq!(stranger.get("/api/janedoe/party").status, 401);
}

#[test]
fn a_new_qr_code_kills_the_old_one_and_keeps_those_inside() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let old = token_of(&dj.get("/api/johnsmith/event").json()["event"]);
    let mut inside = venue.stranger();
    assert_eq!(inside.get(&format!("/johnsmith?t={old}")).status, 303);
    let new = token_of(&dj.post("/api/johnsmith/event/qr", &json!({})).json());
    assert_ne!(old, new);
    assert_eq!(venue.stranger().get(&format!("/johnsmith?t={old}")).status, 401);
    assert_eq!(venue.stranger().get(&format!("/johnsmith?t={new}")).status, 303);
    assert_eq!(inside.get("/api/johnsmith/party").status, 200);
}

#[test]
fn a_new_pin_kills_the_old_one_and_keeps_those_inside() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let event = dj.get("/api/johnsmith/event").json()["event"].clone();
    let (mut inside, old) = (venue.stranger(), event["pin"].clone());
    assert_eq!(inside.post("/api/johnsmith/join", &json!({ "pin": old })).status, 200);
    // One in ten thousand is drawn twice.
    let new = std::iter::repeat_with(|| dj.post("/api/johnsmith/event/pin", &json!({})).json()["pin"].clone());
    let new = new.take(3).find(|pin| *pin != old).unwrap();
    assert_eq!(dj.get("/api/johnsmith/event").json()["event"]["pin"], new);
    assert_eq!(venue.stranger().post("/api/johnsmith/join", &json!({ "pin": old })).code(), "wrong_pin");
    assert_eq!(venue.stranger().post("/api/johnsmith/join", &json!({ "pin": new })).status, 200);
    assert_eq!(
        venue.stranger().get(&format!("/johnsmith?t={}", token_of(&event))).status,
        303,
        "the QR code is as it was"
    );
    assert_eq!(inside.get("/api/johnsmith/party").status, 200);
}

fn token_of(event: &Value) -> String {
    event["join_url"].as_str().unwrap().split_once("?t=").unwrap().1.to_owned()
}

#[test]
fn a_second_scan_is_the_same_guest() {
    let venue = Venue::demo();
    let event = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"].clone();
    let token = token_of(&event);
    let mut phone = venue.stranger();
    let first = phone.post("/api/johnsmith/join", &json!({ "t": token })).json()["guest"]["id"].clone();
    let again = phone.post("/api/johnsmith/join", &json!({ "pin": event["pin"] })).json()["guest"]["id"].clone();
    assert_eq!(first, again, "one phone, one voice");
}

#[test]
fn trivial_pins_are_never_given() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    for _ in 0..40 {
        dj.post("/api/johnsmith/event/end", &json!({}));
        let pin = dj.post("/api/johnsmith/event", &json!({ "name": "Again" })).json()["event"]["pin"]
            .as_str()
            .unwrap()
            .to_owned();
        let digits: Vec<i32> = pin.bytes().map(|b| i32::from(b) - 48).collect();
        let steps: Vec<i32> = digits.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pin.len() == 4 && ![[0; 3], [1; 3], [-1; 3]].iter().any(|dull| steps == dull), "{pin}");
    }
}

#[test]
fn an_event_ends_by_itself_after_24_hours_and_keeps_its_list() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    let event = dj.post("/api/djane/event", &json!({ "name": "Yesterday" })).json()["event"].clone();
    dj.post("/api/djane/requests", &wish("Long ago"));
    let mut guest = venue.guest("djane");
    let (_, _, dir) = venue.terminate();
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.execute("UPDATE events SET started_at = started_at - 86400000, expires_at = expires_at - 86400000", [])
        .unwrap();
    drop(conn);
    let venue = Venue::of(dir, &[]);
    guest.move_to(&venue);
    let mut dj = venue.host("djane");
    assert_eq!(guest.get("/api/djane/party").code(), "event_over");
    assert_eq!(dj.get("/api/djane/event").json()["event"], Value::Null);
    assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Today" })).status, 201);
    let kept = dj.get(&format!("/api/djane/events/{}", event["id"].as_str().unwrap())).json()["report"].clone();
    assert_eq!((&kept["event"]["status"], &kept["requests"][0]["title"]), (&json!("ended"), &json!("Long ago")));
    assert_eq!(
        kept["event"]["ended_at"].as_str().unwrap()[..16],
        *chop(&event["expires_at"], 1),
        "it ended when its hours were up"
    );
}

/// A time of the wire, `days` earlier, to the minute.
fn chop(time: &Value, days: i64) -> String {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;
    let at = OffsetDateTime::parse(time.as_str().unwrap(), &Rfc3339).unwrap() - time::Duration::days(days);
    at.format(&Rfc3339).unwrap()[..16].to_owned()
}
