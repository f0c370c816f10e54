//! Coming in by PIN or QR code: which opens which party, and for how long.

use serde_json::{Value, json};

use crate::cookies::path_of;
use crate::venue::{Caller, Venue, at_once};

#[test]
fn five_wrong_pins_lock_out_one_guest_and_not_the_venue_behind_the_same_address() {
    let venue = Venue::demo();
    let pin = venue.as_host("johnsmith").pin();
    let wrong = if pin == "4729" { "4730" } else { "4729" };
    let mut guesser = venue.stranger();
    guesser.get("/johnsmith");
    for n in 1..=5 {
        assert_eq!(guesser.try_pin("johnsmith", wrong).refusal(), (401, "wrong_pin".into()), "try {n}");
    }
    for pin in [wrong, &pin] {
        let answer = guesser.try_pin("johnsmith", pin);
        assert_eq!(answer.refusal(), (429, "too_many_tries".into()), "{pin}");
        let wait: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
    }
    // Everybody else comes from the same address.
    for _ in 0..20 {
        let mut guest = venue.stranger();
        guest.get("/johnsmith");
        assert_eq!(guest.try_pin("johnsmith", &pin).status, 200);
    }
    assert_eq!(venue.stranger().try_pin("johnsmith", &pin).status, 200, "a program without cookies");
    // The next party is another door.
    let other = venue.as_host("janedoe").pin();
    assert_eq!(guesser.try_pin("janedoe", &other).status, 200);
}

#[test]
fn looking_at_the_door_again_brings_no_new_tries() {
    let venue = Venue::demo();
    let mut guesser = venue.stranger();
    let mut told = Vec::new();
    for _ in 0..8 {
        guesser.get("/johnsmith");
        told.push(guesser.try_pin("johnsmith", "0000").status);
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
                scope.spawn(move || guesser.try_pin("johnsmith", "0000").status)
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
    let (mut john, mut jane) = (venue.as_host("johnsmith"), venue.as_host("janedoe"));
    let (pin, code) = (john.pin(), john.code());
    assert_ne!(pin, jane.pin(), "two PINs alike: start the test again");
    let mut stranger = venue.stranger();
    assert_eq!(stranger.try_pin("janedoe", &pin).code(), "wrong_pin");
    assert_eq!(stranger.post("/api/janedoe/join", &json!({ "t": code })).code(), "wrong_join_link");
    assert_eq!(stranger.scan("janedoe", &code).status, 401);
    assert_eq!(stranger.get("/api/janedoe/party").status, 401);
}

#[test]
fn a_new_qr_code_kills_the_old_one_and_keeps_those_inside() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    let old = host.code();
    let mut inside = venue.stranger();
    assert_eq!(inside.scan("johnsmith", &old).status, 303);
    let new = host.new_code();
    assert_ne!(old, new);
    assert_eq!(venue.stranger().scan("johnsmith", &old).status, 401);
    assert_eq!(venue.stranger().scan("johnsmith", &new).status, 303);
    assert_eq!(inside.get("/api/johnsmith/party").status, 200);
}

#[test]
fn a_new_pin_kills_the_old_one_and_keeps_those_inside() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    let (old, code, mut inside) = (host.pin(), host.code(), venue.stranger());
    assert_eq!(inside.try_pin("johnsmith", &old).status, 200);
    // One in ten thousand is drawn twice.
    let new = std::iter::repeat_with(|| host.new_pin()).take(3).find(|pin| *pin != old).unwrap();
    assert_eq!(host.pin(), new);
    assert_eq!(venue.stranger().try_pin("johnsmith", &old).code(), "wrong_pin");
    assert_eq!(venue.stranger().try_pin("johnsmith", &new).status, 200);
    assert_eq!(venue.stranger().scan("johnsmith", &code).status, 303, "the QR code is as it was");
    assert_eq!(inside.get("/api/johnsmith/party").status, 200);
}

#[test]
fn a_second_scan_is_the_same_guest() {
    let venue = Venue::demo();
    let (mut host, mut phone) = (venue.as_host("johnsmith"), venue.stranger());
    let first = phone.post("/api/johnsmith/join", &json!({ "t": host.code() })).json()["guest"]["id"].clone();
    let again = phone.try_pin("johnsmith", &host.pin()).json()["guest"]["id"].clone();
    assert_eq!(first, again, "one phone, one voice");
}

#[test]
fn trivial_pins_are_never_given() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    for _ in 0..40 {
        host.end();
        host.begin("Again");
        let pin = host.pin();
        let digits: Vec<i32> = pin.bytes().map(|b| i32::from(b) - 48).collect();
        let steps: Vec<i32> = digits.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pin.len() == 4 && ![[0; 3], [1; 3], [-1; 3]].iter().any(|dull| steps == dull), "{pin}");
    }
}

#[test]
fn an_event_ends_by_itself_after_24_hours_and_keeps_its_list() {
    let venue = Venue::with_djs(&["djane"], &[]);
    let mut host = venue.as_host("djane");
    let event = host.begin("Yesterday");
    host.wishes("Long ago");
    let mut guest = venue.as_guest("djane");
    let (_, _, dir) = venue.terminate();
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.execute("UPDATE events SET started_at = started_at - 86400000, expires_at = expires_at - 86400000", [])
        .unwrap();
    drop(conn);
    let venue = Venue::of(dir, &[]);
    guest.move_to(&venue);
    let mut host = venue.as_host("djane");
    assert_eq!(guest.party().code(), "event_over");
    assert_eq!(host.event(), Value::Null);
    host.begin("Today");
    let kept = host.get(&format!("/api/djane/events/{}", event["id"].as_str().unwrap())).json()["report"].clone();
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

fn another(pin: &str) -> &'static str {
    if pin == "4729" { "4730" } else { "4729" }
}

#[test]
fn five_newcomers_without_cookies_who_mistype_once_do_not_lock_out_the_sixth() {
    let venue = Venue::demo();
    let pin = venue.as_host("johnsmith").pin();
    let join = |pin: &str| venue.stranger().post("/api/johnsmith/join", &json!({ "pin": pin }));
    for n in 1..=5 {
        assert_eq!(join(another(&pin)).status, 401, "newcomer {n}");
    }
    assert_eq!(join(&pin).status, 200, "the sixth, with the right PIN");
    assert_eq!(join(another(&pin)).status, 429, "who guesses is told to wait");
    assert_eq!(join(&pin).status, 200);
}

#[test]
fn thirty_guests_who_type_the_right_pin_at_the_same_moment_all_come_in() {
    let venue = Venue::demo();
    let pin = venue.as_host("johnsmith").pin();
    for looked_at_the_door in [false, true] {
        let mut guests: Vec<Caller> = (0..30).map(|_| venue.stranger()).collect();
        if looked_at_the_door {
            for guest in &mut guests {
                guest.get("/johnsmith");
            }
        }
        let told = at_once(guests, |guest| guest.post("/api/johnsmith/join", &json!({ "pin": pin })).status);
        assert_eq!(told, [200; 30], "looked at the door: {looked_at_the_door}");
    }
    // One phone whose form was sent over and over.
    let mut phone = venue.stranger();
    phone.get("/johnsmith");
    let told = at_once(vec![phone; 10], |phone| phone.post("/api/johnsmith/join", &json!({ "pin": pin })).status);
    assert_eq!(told, [200; 10]);
}

#[test]
fn a_preview_of_the_guests_code_by_its_headers_makes_no_guest() {
    let venue = Venue::demo();
    let url = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["join_url"].clone();
    let guests = || -> i64 { venue.rows().query_row("SELECT count(*) FROM guests", [], |row| row.get(0)).unwrap() };
    let before = guests();
    assert_eq!(venue.stranger().call("HEAD", path_of(&venue, &url), None).status, 303);
    assert_eq!(guests(), before);
}

#[test]
fn what_is_no_pin_costs_no_try() {
    let venue = Venue::by_hand();
    let pin = venue.as_host("johnsmith").pin();
    let mut guest = venue.stranger();
    for typed in ["", "123", "12345", "abcd", "#", &format!("PIN: {pin}"), "", "", ""] {
        let told = guest.post("/api/johnsmith/join", &json!({ "pin": typed }));
        assert_eq!((told.status, told.code().as_str()), (401, "wrong_pin"), "{typed}");
    }
    assert_eq!(guest.post("/api/johnsmith/join", &json!({ "pin": pin })).status, 200);
}

#[test]
fn a_pin_comes_in_the_digits_of_any_script_with_spaces_and_hyphens() {
    let venue = Venue::demo();
    let pin = venue.as_host("johnsmith").pin();
    let script = |zero: char| -> String {
        pin.chars().map(|c| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap()).collect()
    };
    let (front, back) = pin.split_at(2);
    for typed in [
        script('٠'),
        script('۰'),
        script('०'),
        script('０'),
        format!(" {front} {back} "),
        format!("{front}-{back}"),
        format!("\u{200f}{}\u{200e}", script('٠')),
    ] {
        let joined = venue.stranger().post("/api/johnsmith/join", &json!({ "pin": typed }));
        assert_eq!(joined.status, 200, "{typed}: {}", joined.body);
        let joined = venue.stranger().with("Accept", "text/html").form("/api/johnsmith/join", &[("pin", &typed)]);
        assert_eq!(joined.status, 303, "{typed}: {}", joined.body);
    }
}
