//! Who guesses waits, and nobody else does: not the owner elsewhere, not the guests at the door.

use std::time::Duration;

use serde_json::{Value, json};

use crate::inside::Inside;
use crate::venue::{Answer, Caller, PASSWORD};

const PATIENCE: Duration = Duration::from_secs(30);
const HERE: &str = "192.0.2.1";
const ELSEWHERE: &str = "192.0.2.2";

/// Somebody who asks from there, and was never here before.
fn from(inside: &Inside, address: &str) -> Caller {
    Caller::new(&inside.base).with("X-Real-IP", address)
}

fn sign_in(caller: &mut Caller, name: &str, password: &str) -> Answer {
    caller.post("/api/login", &json!({ "username": name, "password": password }))
}

/// Wrong passwords, one after the other, until the next has to wait; answers how many.
fn guess(caller: &mut Caller, name: &str) -> usize {
    (0..30).find(|_| sign_in(caller, name, "wrong-password").status == 429).expect("nobody is told to wait")
}

/// A browser that signed in there once, and signed out.
fn known(inside: &Inside, address: &str, name: &str) -> Caller {
    let mut browser = from(inside, address);
    assert_eq!(sign_in(&mut browser, name, PASSWORD).status, 200);
    assert_eq!(browser.post("/api/logout", &json!({})).status, 204);
    browser
}

#[test]
fn wrong_passwords_from_one_address_keep_the_owner_out_nowhere_else() {
    let inside = Inside::open(168);
    let mut prankster = from(&inside, HERE);
    // All night long: as soon as another may be tried, it is.
    for _ in 0..8 {
        guess(&mut prankster, "usera");
        assert_eq!(sign_in(&mut from(&inside, ELSEWHERE), "usera", PASSWORD).status, 200);
        inside.advance(16 * 60_000);
    }
}

#[test]
fn a_browser_that_signed_in_before_has_its_own_count_also_behind_the_guessers_address() {
    let inside = Inside::open(168);
    let mut browsers = [0; 2].map(|_| known(&inside, HERE, "usera"));
    guess(&mut from(&inside, HERE), "usera");
    assert_eq!(sign_in(&mut from(&inside, HERE), "usera", PASSWORD).code(), "too_many_tries", "a browser nobody knows");
    assert_eq!(sign_in(&mut browsers[0], "usera", PASSWORD).status, 200);
    assert_eq!(guess(&mut browsers[0], "usera"), 5, "it guesses no more than others");
    assert_eq!(sign_in(&mut browsers[0], "usera", PASSWORD).code(), "too_many_tries");
    assert_eq!(sign_in(&mut browsers[1], "usera", PASSWORD).status, 200);
    // The right old password is asked for in the same way.
    let change = json!({ "old": PASSWORD, "new": "brand-new-one" });
    assert_eq!(browsers[1].put("/api/me/password", &change).status, 200);
}

#[test]
fn a_browser_known_to_one_account_is_a_stranger_at_every_other() {
    let inside = Inside::open(168);
    let mut browser = known(&inside, HERE, "usera");
    for name in ["userb", "admin"] {
        guess(&mut browser, name);
        assert_eq!(sign_in(&mut from(&inside, HERE), name, PASSWORD).status, 429, "{name}");
    }
    // Nor is what is made up, or taken from another box.
    let mut forger = from(&inside, HERE);
    let (path, name, _) = browser.cookies.iter().find(|(_, name, _)| name.starts_with("known-usera")).unwrap().clone();
    forger.cookies.push((path, name, "a.b.c".into()));
    guess(&mut forger, "usera");
    assert_eq!(sign_in(&mut from(&inside, HERE), "usera", PASSWORD).status, 429);
    assert_eq!(sign_in(&mut browser, "usera", PASSWORD).status, 200);
}

/// The PIN of a night that has begun, and one that it is not.
fn night(inside: &Inside, name: &str) -> (Caller, Value, &'static str) {
    let mut dj = inside.sign_in(name);
    let event = dj.post(&format!("/api/{name}/event"), &json!({ "name": "Friday" })).json()["event"].clone();
    let wrong = if event["pin"] == "4729" { "4730" } else { "4729" };
    (dj, event, wrong)
}

fn knock(caller: &mut Caller, name: &str, pin: &Value) -> Answer {
    caller.post(&format!("/api/{name}/join"), &json!({ "pin": pin }))
}

const GUESSED: &str = "Somebody is guessing at the PIN";

#[test]
fn three_hundred_wrong_pins_from_two_addresses_keep_nobody_else_out_and_the_dj_is_told() {
    let inside = Inside::open(168);
    let (mut dj, event, wrong) = night(&inside, "usera");
    let overview = |dj: &mut Caller| dj.get("/usera/admin/overview").body;
    assert!(!overview(&mut dj).contains(GUESSED));
    let listening = dj.listen("/api/usera/live");
    for n in 0..300 {
        let address = if n < 200 { HERE } else { ELSEWHERE };
        let told = knock(&mut from(&inside, address), "usera", &json!(wrong)).status;
        assert!([401, 429].contains(&told), "{told}");
    }
    for n in 3..20 {
        let mut guest = from(&inside, &format!("192.0.2.{n}"));
        assert_eq!(knock(&mut guest, "usera", &event["pin"]).status, 200, "{n}");
    }
    // Who sits behind the guesser's address has a slower door, and no shut one.
    let held = knock(&mut from(&inside, HERE), "usera", &event["pin"]);
    let wait: i64 = held.header("Retry-After").expect("the guesser learns that it was right").parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    inside.advance(wait * 1000);
    assert_eq!(knock(&mut from(&inside, HERE), "usera", &event["pin"]).status, 200);
    // The open page says so by itself, and on every page of the DJ's.
    let mut heard = std::iter::from_fn(|| listening.recv_timeout(PATIENCE).ok());
    assert!(heard.any(|said| said.data.contains(GUESSED)));
    let page = dj.get("/usera/admin/requests").body;
    assert!(
        page.contains(GUESSED) && page.contains("action=\"/api/usera/event/pin\""),
        "with what shuts the guesser out"
    );
    assert!(!inside.sign_in("userb").get("/userb/admin/overview").body.contains(GUESSED));
    let new = dj.post("/api/usera/event/pin", &json!({})).json()["pin"].clone();
    assert!(!overview(&mut dj).contains(GUESSED));
    assert_eq!(knock(&mut from(&inside, HERE), "usera", &new).status, 200, "another PIN is another door");
}

#[test]
fn guessing_without_cookies_is_told_to_wait_after_five_tries_and_waits_when_the_address_has_used_up_its_own() {
    let inside = Inside::open(168);
    let (_, event, wrong) = night(&inside, "usera");
    let guess = |pin: &Value| knock(&mut from(&inside, HERE), "usera", pin).status;
    let told: Vec<u16> = (0..200).map(|_| guess(&json!(wrong))).collect();
    assert_eq!(told[..7], [401, 401, 401, 401, 401, 429, 429]);
    assert!(told[5..].iter().all(|status| *status == 429), "{told:?}");
    assert_eq!(guess(&event["pin"]), 429, "the right one is not told from the others");
    // No cookie is a way around, and no party pays for another's guests.
    let mut known = from(&inside, HERE);
    known.get("/usera");
    assert_eq!(knock(&mut known, "usera", &event["pin"]).status, 429);
    let (_, other, _) = night(&inside, "userb");
    assert_eq!(knock(&mut from(&inside, HERE), "userb", &other["pin"]).status, 200);
    let code = event["join_url"].as_str().unwrap().strip_prefix(&inside.base).unwrap();
    assert_eq!(from(&inside, HERE).get(code).status, 303, "the code opens all the same");
    inside.advance(1000);
    assert_eq!(knock(&mut known, "usera", &event["pin"]).status, 200, "the first wait is a second");
}

#[test]
fn one_address_has_its_share_of_wrong_pins_and_no_more_however_many_cookies_it_takes() {
    let inside = Inside::open(168);
    let (_, _, wrong) = night(&inside, "usera");
    let guess = || {
        let mut visitor = from(&inside, HERE);
        visitor.get("/usera");
        [0; 5].map(|_| knock(&mut visitor, "usera", &json!(wrong)).status)
    };
    let told: Vec<u16> = (0..45).flat_map(|_| guess()).collect();
    assert_eq!(told.iter().filter(|status| **status == 401).count(), 200);
}
