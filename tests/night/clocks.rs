//! The box's clock is set while things last: what lasts keeps its length, whatever the clock says.

use partyplaylist::domain::Username;
use partyplaylist::store::{Clock, ConsentBack};
use serde_json::json;

use crate::in_process;
use crate::inside::{Inside, START};
use crate::venue::{Answer, Caller, PASSWORD, next, wish};

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

/// Everybody a box lets in, each with what it gave them.
struct People {
    cookie: Caller,
    bearer: Caller,
    guest: Caller,
    guest_id: String,
    screen: Caller,
    helper: Caller,
}

impl People {
    fn come(inside: &Inside) -> Self {
        let mut bearer = inside.sign_in("usera");
        let event = bearer.post("/api/usera/event", &json!({ "name": "Night" })).json()["event"].clone();
        let mut cookie = Caller::new(&inside.base);
        cookie.post("/api/login", &json!({ "username": "usera", "password": PASSWORD }));
        let mut guest = Caller::new(&inside.base);
        let joined = guest.post("/api/usera/join", &json!({ "pin": event["pin"] })).json();
        let mut by_link = |kind: &str, body| {
            let url = bearer.post(&format!("/api/usera/{kind}"), &body).json()["url"].as_str().unwrap().to_owned();
            let mut caller = Caller::new(&inside.base);
            assert_eq!(caller.get(url.strip_prefix(&inside.base).unwrap()).status, 303);
            caller
        };
        let mut screen = by_link("screens", json!({ "label": "TV" }));
        assert_eq!(screen.get("/usera/display").status, 200);
        let helper = by_link("helpers", json!({ "name": "Lena" }));
        let guest_id = joined["guest"]["id"].as_str().unwrap().to_owned();
        Self { cookie, bearer, guest, guest_id, screen, helper }
    }

    fn moved(self, inside: &Inside) -> Self {
        let moved = |caller: &Caller| inside.moved(caller);
        Self {
            cookie: moved(&self.cookie),
            bearer: moved(&self.bearer),
            guest: moved(&self.guest),
            screen: moved(&self.screen),
            helper: moved(&self.helper),
            guest_id: self.guest_id,
        }
    }

    /// Everybody is in as before, and the event has `left` milliseconds.
    fn are_in(&mut self, inside: &Inside, left: i64, what: &str) {
        assert_eq!(self.cookie.get("/usera/admin/overview").status, 200, "{what}: the DJ is signed out");
        assert_eq!(self.bearer.get("/api/me").status, 200, "{what}: the DJ's token is dead");
        let event = self.bearer.get("/api/usera/event").json()["event"].clone();
        assert_eq!(event["status"], "live", "{what}: the event has ended");
        assert_eq!(self.guest.get("/api/usera/party").status, 200, "{what}: the guest is out");
        let again = self.guest.post("/api/usera/join", &json!({ "pin": event["pin"] })).json();
        assert_eq!(again["guest"]["id"], *self.guest_id, "{what}: the guest is a new one");
        assert_eq!(self.screen.get("/usera/display").status, 200, "{what}: the screen is dark");
        assert_eq!(self.helper.get("/usera/helper").status, 200, "{what}: the helper is out");
        let ends: i64 = rows(inside, "SELECT expires_at FROM events WHERE status <> 'ended'");
        assert_eq!(ends - inside.store.now().0, left, "{what}: the event lasts longer or shorter");
    }
}

fn rows<T: rusqlite::types::FromSql>(inside: &Inside, sql: &str) -> T {
    rusqlite::Connection::open(inside.file()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

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

/// Wishes with names, asked for so many days ago at a night that is over, and as old entries of the record.
fn old_names(inside: &Inside, days: &[i64]) {
    let conn = rusqlite::Connection::open(inside.file()).unwrap();
    let user = "(SELECT id FROM users WHERE username = 'usera')";
    let event = format!("INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             VALUES ('over', {user}, 'n', 'ended', '', '', 1, 0, 9, 9, 1, 0)");
    conn.execute(&event, []).unwrap();
    for day in days {
        let at = START - day * DAY;
        conn.execute_batch(&format!(
            "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, nickname, status, created_at, version)
             VALUES ('old{day}', {user}, 'over', '{day}', 'x', 'k', 'k', 'Mara', 'played', {at}, 1);
             INSERT INTO audit (user_id, at, actor, action, outcome, address)
             VALUES ({user}, {at}, 'old', '{day}', 'allowed', NULL);"
        ))
        .unwrap();
    }
}

/// The days whose names are known after so many hours of keeping house, and those whose entries are there.
fn remembered(inside: &Inside, hours: i64) -> (String, String) {
    for _ in 0..hours {
        // The schema goes by the machine's own clock for the record, and refuses what this one calls old.
        let _ = inside.runtime.block_on(inside.store.trim_record());
        let _ = inside.runtime.block_on(inside.store.forget_people(30));
        inside.advance(HOUR);
    }
    let days =
        "group_concat(title, ' ') FROM (SELECT title FROM requests WHERE nickname IS NOT NULL ORDER BY created_at)";
    let entries = "group_concat(action, ' ') FROM (SELECT action FROM audit WHERE actor = 'old' ORDER BY at)";
    (rows(inside, &format!("SELECT {days}")), rows(inside, &format!("SELECT {entries}")))
}

#[test]
fn a_clock_that_is_years_ahead_for_a_night_makes_nobody_forgotten() {
    let inside = Inside::open(168);
    old_names(&inside, &[29, 20, 5]);
    inside.set_clock(73 * YEAR);
    assert_eq!(remembered(&inside, 8), ("29 20 5".into(), "29 20 5".into()), "in 2100");
    inside.set_clock(-73 * YEAR);
    assert_eq!(remembered(&inside, 1).0, "29 20 5", "in its own year again");
}

#[test]
fn a_clock_that_is_a_year_ahead_for_a_night_makes_no_more_than_a_week_forgotten() {
    let inside = Inside::open(168);
    old_names(&inside, &[31, 29, 21, 5]);
    let inside = inside.restart(MINUTE, 300 * DAY);
    assert_eq!(remembered(&inside, 8), ("21 5".into(), "31 29 21 5".into()), "with the clock ahead");
    inside.set_clock(-300 * DAY);
    assert_eq!(remembered(&inside, 1).0, "21 5", "with the clock as before");
    inside.advance(10 * DAY);
    assert_eq!(remembered(&inside, 3).0, "5", "days that pass are believed again");
}

#[test]
fn a_copy_from_a_clock_that_was_ahead_pushes_no_other_nights_out() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(crate::venue::command(dir.path(), &["migrate", "up"], "").0, 0);
    let store = in_process::store(dir.path(), (1, 2), Clock::system());
    let folder = dir.path().join("backups");
    std::fs::create_dir_all(&folder).unwrap();
    let now = std::time::SystemTime::now();
    let hours = |hours: u64| std::time::Duration::from_secs(hours * 3600);
    for night in 1..=6 {
        let file = std::fs::File::create(folder.join(format!("nightly-{night}.db"))).unwrap();
        file.set_modified(now - hours(night * 24)).unwrap();
    }
    let ahead = std::fs::File::create(folder.join("nightly-2099.db")).unwrap();
    ahead.set_modified(now + hours(24 * 365 * 70)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let made: Vec<_> = (0..3).map(|_| runtime.block_on(store.back_up_nightly()).unwrap().is_some()).collect();
    assert_eq!(made, [true, false, false], "a copy every hour");
    let left = |name: &str| folder.join(name).exists();
    assert!((1..=6).all(|night| left(&format!("nightly-{night}.db"))) && !left("nightly-2099.db"));
    store.close();
}
