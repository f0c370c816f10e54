//! The box's clock is set while things last: what lasts keeps its length, whatever the clock says.

mod people;

use partyplaylist::domain::Username;
use partyplaylist::store::ConsentBack;
use serde_json::json;

use crate::inside::Inside;
use crate::venue::{Answer, Caller, PASSWORD, next, wish};
use people::People;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// What somebody may set a running box's clock by.
const JUMPS: [i64; 12] = [
    2 * MINUTE,
    -2 * MINUTE,
    HOUR,
    -40 * MINUTE,
    DAY,
    -DAY,
    9 * DAY,
    -9 * DAY,
    30 * YEAR,
    -30 * YEAR,
    -57 * YEAR,
    57 * YEAR,
];

fn refused(answer: &Answer) -> (u16, String, i64) {
    let wait = answer.header("retry-after").map_or(0, |seconds| seconds.parse().unwrap());
    (answer.status, answer.code(), wait)
}

#[test]
fn a_clock_set_ahead_or_back_ends_no_event_signs_nobody_out_and_makes_no_new_guest() {
    let inside = Inside::open(168);
    let mut people = People::come(&inside);
    let mut left = 24 * HOUR;
    for by in JUMPS {
        assert_eq!(inside.set_clock(by).map(|jump| jump.by_ms), Some(by));
        people.are_in(&inside, left, &format!("set by {by} ms"));
        inside.advance(10 * MINUTE);
        left -= 10 * MINUTE;
        people.are_in(&inside, left, &format!("ten minutes after it was set by {by} ms"));
    }
    inside.advance(left - 1000);
    people.are_in(&inside, 1000, "a second before the end");
    inside.advance(2000);
    assert_eq!(people.guest.get("/api/usera/party").status, 410, "24 hours of running are over");
    assert!(people.bearer.get("/api/usera/event").json()["event"].is_null());
    assert_eq!(people.screen.get("/usera/display").status, 401, "the screen's day is over too");
}

#[test]
fn a_box_that_starts_with_a_clock_that_is_behind_or_ahead_by_anything_goes_on_where_it_was() {
    let mut inside = Inside::open(168);
    let mut people = People::come(&inside);
    let left = 24 * HOUR;
    for (off, by, what) in [
        (MINUTE, -40 * MINUTE, "40 minutes behind"),
        (MINUTE, 40 * MINUTE, "right again while it was off"),
        (HOUR, 0, "an hour later, with a clock that is right"),
        (25 * HOUR, 0, "the day after, with a clock that is right"),
        (MINUTE, 9 * DAY, "nine days ahead"),
        (MINUTE, -9 * DAY, "right again"),
        (MINUTE, 300 * DAY, "most of a year ahead"),
        (MINUTE, -300 * DAY, "right again"),
        (MINUTE, -57 * YEAR, "in 1970"),
        (MINUTE, 57 * YEAR, "in its own year again"),
        (MINUTE, 20 * YEAR, "twenty years ahead"),
        (MINUTE, -20 * YEAR, "in its own year again"),
    ] {
        inside = inside.restart(off, by);
        people = people.moved(&inside);
        people.are_in(&inside, left, what);
    }
    inside.advance(left + 1000);
    assert_eq!(people.guest.get("/api/usera/party").status, 410, "24 hours of running are over");
}

#[test]
fn a_sign_in_that_was_over_before_the_box_stopped_stays_over() {
    let inside = Inside::open(1);
    let mut people = People::come(&inside);
    inside.advance(HOUR + MINUTE);
    assert_eq!(people.bearer.get("/api/me").status, 401, "an hour's sign-in is over");
    let inside = inside.restart(MINUTE, 2 * DAY);
    assert_eq!(people.moved(&inside).bearer.get("/api/me").status, 401);
}

#[test]
fn a_box_behind_or_ahead_that_the_network_sets_right_after_the_start_goes_on_too() {
    for (off, wrong) in [(6 * DAY, -6 * DAY), (MINUTE, 2 * DAY), (MINUTE, 200 * DAY)] {
        let inside = Inside::open(168);
        let people = People::come(&inside);
        inside.advance(3 * HOUR);
        let inside = inside.restart(off, wrong);
        let mut people = people.moved(&inside);
        people.are_in(&inside, 21 * HOUR, "with the clock as it started");
        assert_eq!(inside.set_clock(-wrong).map(|jump| jump.by_ms), Some(-wrong));
        people.are_in(&inside, 21 * HOUR, "with the network's time");
    }
}

#[test]
fn a_session_of_an_hour_is_dead_after_an_hour_whatever_the_clock_was_set_to() {
    let inside = Inside::open(1);
    for by in [-40 * MINUTE, 9 * DAY, -57 * YEAR] {
        let mut dj = inside.sign_in("usera");
        inside.set_clock(by);
        let mut late = inside.sign_in("userb");
        inside.advance(HOUR - 1000);
        assert_eq!((dj.get("/api/me").status, late.get("/api/me").status), (200, 200), "{by}");
        inside.advance(2000);
        assert_eq!((dj.get("/api/me").status, late.get("/api/me").status), (401, 401), "{by}");
        inside.set_clock(-by);
        assert_eq!((dj.get("/api/me").status, late.get("/api/me").status), (401, 401), "{by}: dead for good");
    }
}

#[test]
fn a_guests_limits_last_as_long_whatever_the_clock_is_set_to() {
    let inside = Inside::open(168);
    let mut people = People::come(&inside);
    let ask = |people: &mut People, title: &str| people.guest.post("/api/usera/requests", &wish(title));
    assert_eq!(ask(&mut people, "First").status, 201);
    for by in JUMPS {
        inside.set_clock(by);
        assert_eq!(refused(&ask(&mut people, "Second")), (429, "too_soon".into(), 30), "set by {by}");
    }
    inside.advance(31_000);
    assert_eq!(ask(&mut people, "Second").status, 201);
    let rules = json!({ "min_gap_ms": 0, "max_active_per_guest": 0, "max_per_hour": 4 });
    assert_eq!(people.bearer.put("/api/usera/settings", &rules).status, 200);
    assert_eq!((ask(&mut people, "Third").status, ask(&mut people, "Fourth").status), (201, 201));
    for by in JUMPS {
        inside.set_clock(by);
        let (status, code, wait) = refused(&ask(&mut people, "Fifth"));
        assert_eq!((status, code.as_str(), wait), (429, "hour_full", 3600 - 31), "set by {by}");
    }
    inside.advance(HOUR);
    assert_eq!(ask(&mut people, "Fifth").status, 201);
}

#[test]
fn a_song_rests_an_hour_whatever_the_clock_is_set_to() {
    let inside = Inside::open(168);
    let mut people = People::come(&inside);
    assert_eq!(people.bearer.put("/api/usera/settings", &json!({ "min_gap_ms": 0 })).status, 200);
    let asked = people.guest.post("/api/usera/requests", &wish("Played")).json()["request"]["id"].clone();
    let act = |people: &mut People, act: &str| {
        let path = format!("/api/usera/requests/{}/{act}", asked.as_str().unwrap());
        assert_eq!(people.bearer.post(&path, &json!({})).status, 200, "{act}");
    };
    act(&mut people, "approve");
    act(&mut people, "play-next");
    act(&mut people, "played");
    let before = refused(&people.guest.post("/api/usera/requests", &wish("Played")));
    assert!(before.0 >= 400, "{before:?}");
    for by in JUMPS {
        inside.set_clock(by);
        assert_eq!(refused(&people.guest.post("/api/usera/requests", &wish("Played"))), before, "set by {by}");
    }
    inside.advance(HOUR + 1000);
    assert_eq!(people.guest.post("/api/usera/requests", &wish("Played")).status, 201);
}

#[test]
fn who_guesses_pins_or_passwords_waits_as_long_whatever_the_clock_is_set_to() {
    let inside = Inside::open(168);
    let mut people = People::come(&inside);
    let pin = people.bearer.get("/api/usera/event").json()["event"]["pin"].clone();
    let mut visitor = Caller::new(&inside.base);
    visitor.get("/usera");
    for _ in 0..5 {
        assert_eq!(visitor.post("/api/usera/join", &json!({ "pin": "0000" })).status, 401);
    }
    let sign_in = |password: &str| {
        let account = json!({ "username": "userb", "password": password });
        Caller::new(&inside.base).post("/api/login", &account)
    };
    for _ in 0..5 {
        assert_eq!(sign_in("wrong-password").status, 401);
    }
    let wait = refused(&sign_in(PASSWORD));
    assert_eq!((wait.0, wait.1.as_str()), (429, "too_many_tries"));
    for by in JUMPS {
        inside.set_clock(by);
        let locked = refused(&visitor.post("/api/usera/join", &json!({ "pin": pin })));
        assert_eq!(locked, (429, "too_many_tries".into(), 900), "set by {by}");
        assert_eq!(refused(&sign_in(PASSWORD)), wait, "set by {by}");
    }
    inside.advance(15 * MINUTE + 1000);
    assert_eq!(visitor.post("/api/usera/join", &json!({ "pin": pin })).status, 200);
    assert_eq!(sign_in(PASSWORD).status, 200);
}

#[test]
fn a_consent_under_way_lasts_ten_minutes_whatever_the_clock_is_set_to() {
    let inside = Inside::open(168);
    let consent = || ConsentBack { verifier: "v".repeat(50), client_id: "c".into(), redirect_uri: "http://x".into() };
    for by in [-DAY, 9 * DAY, -57 * YEAR, 57 * YEAR] {
        let taken = |minutes: i64| {
            inside.runtime.block_on(async {
                let user = inside.store.accounts().list().await.unwrap().remove(1);
                assert_eq!(Some(&user.username), Username::parse("usera").as_ref());
                let host = inside.store.as_host(&user.id).await.unwrap();
                let state = host.consent_state().unwrap();
                host.begin_consent(&state, consent()).await.unwrap();
                inside.advance(minutes * MINUTE);
                inside.clock_set(by).await;
                host.take_consent(&state).await.is_ok()
            })
        };
        assert!(taken(9) && !taken(11), "set by {by}");
    }
}

#[test]
fn ids_of_a_stream_grow_though_the_box_starts_with_a_clock_that_is_behind() {
    let inside = Inside::open(168);
    let people = People::come(&inside);
    let heard = |inside: &Inside, people: &mut People, title: &str| {
        let said = people.bearer.listen("/api/usera/live");
        assert_eq!(people.guest.post("/api/usera/requests", &wish(title)).status, 201);
        let mut last = next(&said);
        while !last.data.contains(title) {
            last = next(&said);
        }
        inside.advance(MINUTE);
        last.id
    };
    let mut people = people;
    let first = heard(&inside, &mut people, "Before");
    let inside = inside.restart(MINUTE, -DAY);
    let mut people = people.moved(&inside);
    assert!(heard(&inside, &mut people, "After") > first, "a page that comes back would be told nothing");
}

#[test]
fn a_jump_is_told_the_owner_and_the_djs_whose_night_it_was_for_a_day() {
    let inside = Inside::open(168);
    let mut people = People::come(&inside);
    let (mut admin, mut other) = (inside.sign_in("admin"), inside.sign_in("userb"));
    let mut told = |people: &mut People, words: &str| {
        other.post("/api/userb/event", &json!({ "name": "Later" }));
        [
            admin.get("/superadmin/dashboard").body.contains(words),
            people.bearer.get("/usera/admin/overview").body.contains(words),
            other.get("/userb/admin/overview").body.contains(words),
        ]
    };
    inside.set_clock(9 * DAY);
    inside.advance(1000);
    let words = "was set ahead by 9 days and now says 2027-01-24 08:00 UTC";
    assert_eq!(told(&mut people, words), [true, true, false], "{words}");
    inside.advance(12 * HOUR);
    assert_eq!(told(&mut people, words), [true, true, false], "{words}");
    inside.advance(12 * HOUR);
    assert_eq!(told(&mut people, "was set ahead"), [false, false, false]);
    inside.set_clock(-57 * YEAR);
    assert!(admin.get("/superadmin/dashboard").body.contains("UTC, before this program was made. Please set it"));
}
