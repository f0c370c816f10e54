//! Signing in, borders, passes: who is let in, for how long, and what is written down.

use serde_json::{Value, json};

use crate::venue::{Caller, PASSWORD, Venue, command, wish};

fn user_path(admin: &mut Caller, name: &str) -> String {
    let users = admin.get("/api/superadmin/users").json()["users"].clone();
    let user = users.as_array().unwrap().iter().find(|user| user["username"] == name).unwrap().clone();
    format!("/api/superadmin/users/{}", user["id"].as_str().unwrap())
}

fn said(answer: &crate::venue::Answer) -> (u16, String) {
    (answer.status, answer.code())
}

#[test]
fn a_wrong_name_and_a_wrong_password_are_told_the_same() {
    let venue = Venue::demo();
    let try_in = |name: &str, password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": name, "password": password }))
    };
    let (wrong_password, wrong_name) = (try_in("johnsmith", "party-demO"), try_in("nobody-here", PASSWORD));
    assert_eq!((wrong_password.status, &wrong_password.body), (401, &wrong_name.body));
    assert_eq!(wrong_password.code(), "bad_login");
    assert_eq!(wrong_name.status, 401);
    assert_eq!(try_in(&"x".repeat(5000), PASSWORD).status, 401);
    assert_eq!(try_in("johnsmith", &"x".repeat(5000)).status, 401);
}

#[test]
fn a_signed_out_token_is_dead_and_the_other_one_lives() {
    let venue = Venue::demo();
    let (mut phone, mut laptop) = (venue.host("johnsmith"), venue.host("johnsmith"));
    assert_eq!(phone.post("/api/logout", &json!({})).status, 204);
    assert_eq!(said(&phone.get("/api/me")), (401, "not_signed_in".into()));
    assert_eq!(laptop.get("/api/me").status, 200);
    assert_eq!(laptop.get("/api/johnsmith/event").json()["event"]["status"], "live", "signing out ends no event");
}

#[test]
fn suspending_and_a_new_password_end_every_sign_in() {
    let venue = Venue::demo();
    let (mut admin, mut dj) = (venue.host("admin"), venue.host("johnsmith"));
    let john = user_path(&mut admin, "johnsmith");
    assert_eq!(admin.patch(&john, &json!({ "status": "suspended" })).json()["status"], "suspended");
    assert_eq!(dj.get("/api/me").status, 401);
    let locked = venue.stranger().post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    assert_eq!(said(&locked), (403, "suspended".into()));
    admin.patch(&john, &json!({ "status": "active" }));
    let mut dj = venue.host("johnsmith");
    assert_eq!(admin.patch(&john, &json!({ "password": "another-one" })).status, 200);
    assert_eq!(dj.get("/api/me").status, 401);
    let old = venue.stranger().post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    assert_eq!(old.status, 401);
    let new = venue.stranger().post("/api/login", &json!({ "username": "johnsmith", "password": "another-one" }));
    assert_eq!(new.status, 200);
}

#[test]
fn a_deleted_dj_takes_everything_along_and_nothing_of_anybody_else() {
    let venue = Venue::demo();
    let (mut admin, mut dj, mut guest) = (venue.host("admin"), venue.host("johnsmith"), venue.guest("johnsmith"));
    let others = ["janedoe", "testdj"].map(|dj| venue.belongings(dj));
    let john = user_path(&mut admin, "johnsmith");
    assert_eq!(admin.delete(&john).status, 204);
    assert_eq!(said(&dj.get("/api/me")), (401, "not_signed_in".into()));
    assert_eq!(guest.get("/api/johnsmith/party").status, 404);
    assert_eq!(admin.get("/api/johnsmith/event").status, 404);
    assert_eq!(admin.delete(&john).status, 404);
    assert_eq!(["janedoe", "testdj"].map(|dj| venue.belongings(dj)), others);
    let mut me = user_path(&mut admin, "admin");
    assert_eq!(said(&admin.delete(&me)), (409, "last_superadmin".into()));
    me.push_str("-not");
    assert_eq!(admin.delete(&me).status, 404);
}

#[test]
fn passwords_have_8_to_72_bytes_and_are_never_cut_short() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let add = |admin: &mut Caller, name: &str, password: &str| {
        admin.post("/api/superadmin/users", &json!({ "username": name, "password": password }))
    };
    for bad in ["", "7-bytes", &"x".repeat(73), &"ü".repeat(37)] {
        let answer = add(&mut admin, "newdj", bad);
        assert_eq!(said(&answer), (422, "invalid".into()), "{bad}");
        assert!(answer.json()["error"]["fields"]["password"].is_string(), "{}", answer.body);
    }
    let long = "x".repeat(72);
    assert_eq!(add(&mut admin, "newdj", &long).status, 201);
    let log_in = |password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": "newdj", "password": password })).status
    };
    assert_eq!((log_in(&long), log_in(&format!("{long}x")), log_in(&long[1..])), (200, 401, 401));
}

#[test]
fn a_super_admin_enters_any_djs_pages_and_it_is_written_down() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    assert_eq!(admin.get("/api/johnsmith/requests").status, 200);
    let page = admin.get("/johnsmith/admin/overview");
    assert!(page.body.contains("as super admin"), "no banner");
    assert_eq!(venue.host("janedoe").get("/api/johnsmith/requests?status=pending").status, 403);
    let dashboard = admin.get("/superadmin/dashboard").body;
    for (actor, outcome) in [("admin", "allowed"), ("janedoe", "refused")] {
        let rows: i64 = venue
            .rows()
            .query_row(
                "SELECT count(*) FROM audit WHERE actor = ?1 AND outcome = ?2 AND action LIKE 'GET /api/johnsmith/requests%' AND user_id = (SELECT id FROM users WHERE username = 'johnsmith')",
                [actor, outcome],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(rows, 1, "{actor} {outcome}");
        assert!(dashboard.contains(outcome), "{outcome} is not on the dashboard");
    }
}

#[test]
fn a_cookie_from_another_site_changes_nothing() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    let before = venue.belongings("johnsmith");
    let port = venue.port();
    for origin in [
        None,
        Some("null".into()),
        Some("http://evil.example".into()),
        Some(format!("http://127.0.0.1:{}", port + 1)),
        Some(format!("http://localhost:{port}")),
    ] {
        let mut elsewhere = dj.clone();
        elsewhere.origin = origin.clone();
        let answer = elsewhere.post("/api/johnsmith/event/end", &json!({}));
        assert_eq!(said(&answer), (403, "cross_origin".into()), "{origin:?}");
        let form = elsewhere.form("/api/johnsmith/requests", &[("title", "Planted"), ("artist", "Elsewhere")]);
        assert_eq!(form.status, 403, "{origin:?}");
    }
    assert_eq!(venue.belongings("johnsmith"), before);
    assert_eq!(dj.post("/api/johnsmith/event/qr", &json!({})).status, 200, "from our own page");
}

#[test]
fn five_wrong_pins_lock_out_one_guest_and_not_the_venue_behind_the_same_address() {
    let venue = Venue::demo();
    let pin = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["pin"].as_str().unwrap().to_owned();
    let wrong = if pin == "4729" { "4730" } else { "4729" };
    let mut guesser = venue.stranger();
    guesser.get("/johnsmith");
    for n in 1..=5 {
        assert_eq!(
            said(&guesser.post("/api/johnsmith/join", &json!({ "pin": wrong }))),
            (401, "wrong_pin".into()),
            "try {n}"
        );
    }
    for pin in [wrong, &pin] {
        let answer = guesser.post("/api/johnsmith/join", &json!({ "pin": pin }));
        assert_eq!(said(&answer), (429, "too_many_tries".into()), "{pin}");
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
fn wrong_passwords_at_once_are_counted_one_by_one() {
    let venue = Venue::demo();
    let log_in = |password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": "johnsmith", "password": password })).status
    };
    let base = venue.stranger();
    let told: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..32)
            .map(|_| {
                let mut caller = base.clone();
                let body = json!({ "username": "johnsmith", "password": "wrong-password" });
                scope.spawn(move || caller.post("/api/login", &body).status)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let looked_at = told.iter().filter(|status| **status == 401).count();
    assert!((1..=6).contains(&looked_at), "{looked_at} of 32 were looked at: {told:?}");
    while log_in("wrong-password") != 429 {}
    // The super admin sets a new one: nobody waits for the old.
    let mut admin = venue.host("admin");
    let john = user_path(&mut admin, "johnsmith");
    assert_eq!(admin.patch(&john, &json!({ "password": "brand-new-one", "display_name": "J" })).status, 200);
    assert_eq!(log_in("brand-new-one"), 200);
    let entries = admin.get("/api/superadmin/audit").json()["entries"].clone();
    assert!(
        entries.as_array().unwrap().iter().any(|entry| entry["action"] == "set a new password, rename the account"),
        "{entries}"
    );
}

#[test]
fn a_public_name_in_capitals_is_the_same_name() {
    let venue = Venue::fresh(&[("PARTYPLAYLIST_SERVER__PUBLIC_URL", "http://Party.Example.com:80".into())]);
    for (host, status) in [("party.example.com", 401), ("PARTY.example.com", 401), ("evil.example.com", 403)] {
        assert_eq!(venue.stranger().with("Host", host).get("/api/me").status, status, "{host}");
    }
    assert!(venue.setup_link().starts_with("http://party.example.com/setup"), "{}", venue.setup_link());
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
fn a_screens_address_opens_three_times_and_then_never() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let url = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&venue.base).unwrap().to_owned();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let come = || {
            let mut device = venue.stranger();
            device.get(&path);
            device.get("/johnsmith/display").status
        };
        let tries: Vec<_> = (0..100).map(|_| scope.spawn(come)).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 97, "{statuses:?}");
    assert_eq!(venue.stranger().get(&path).status, 401, "an address that is used up");
    assert_eq!(dj.get("/api/johnsmith/screens").json()["screens"][0]["uses_left"], 0);
    let stored: i64 = venue
        .rows()
        .query_row(
            "SELECT count(*) FROM display_tokens WHERE instr(CAST(token_hash AS BLOB), ?1)",
            [path.split_once("dt=").unwrap().1],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(stored, 0, "the address is stored as it is");
    let other = path.replace("johnsmith", "janedoe");
    assert_eq!(venue.stranger().get(&other).status, 401);
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
fn a_preview_of_a_screens_address_spends_no_use() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let url = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned();
    venue.stranger().call("HEAD", url.strip_prefix(&venue.base).unwrap(), None);
    assert_eq!(dj.get("/api/johnsmith/screens").json()["screens"][0]["uses_left"], 3);
}

#[test]
fn an_account_changes_whole_or_not_at_all() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let me = user_path(&mut admin, "admin");
    let refused =
        admin.patch(&me, &json!({ "display_name": "Gone", "password": "something-else", "status": "suspended" }));
    assert_eq!(said(&refused), (409, "last_superadmin".into()));
    assert_eq!(admin.get("/api/me").json()["display_name"], "The Anchor");
    venue.host("admin");
    assert_eq!(admin.patch(&me, &json!({ "role": "dj" })).status, 422, "what cannot be changed is not passed over");
}

#[test]
fn a_helper_approves_and_rejects_under_their_name_and_nothing_else() {
    let venue = Venue::demo();
    let (mut dj, mut helper) = (venue.host("johnsmith"), venue.helper("johnsmith"));
    let page = helper.get("/johnsmith/helper");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Second Hand Sun") && page.body.contains("Helping as"));
    let waiting = dj.get("/api/johnsmith/requests?status=pending").json()["requests"].clone();
    let id = |n: usize| waiting[n]["id"].as_str().unwrap().to_owned();
    let act = |helper: &mut Caller, n: usize, act: &str| {
        helper.post(&format!("/api/johnsmith/requests/{}/{act}", id(n)), &json!({}))
    };
    assert_eq!(act(&mut helper, 0, "approve").json()["request"]["status"], "approved");
    assert_eq!(said(&act(&mut helper, 0, "reject")), (409, "wrong_state".into()), "what is decided is the host's");
    assert_eq!(act(&mut helper, 1, "reject").json()["request"]["status"], "rejected");
    for other in ["play-next", "playing", "played", "retry"] {
        assert_eq!(act(&mut helper, 0, other).status, 401, "{other}");
    }
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let deeds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["actor"] == "helper Lena")
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(deeds, ["reject", "approve"]);
    let listening = helper.listen("/api/johnsmith/helper/live");
    let link = dj.get("/api/johnsmith/helpers").json()["helpers"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(dj.delete(&format!("/api/johnsmith/helpers/{link}")).status, 204);
    let heard: Vec<_> =
        std::iter::from_fn(|| listening.recv_timeout(std::time::Duration::from_secs(10)).ok()).collect();
    let words: Vec<&str> = heard.iter().map(|said| said.event.as_str()).collect();
    assert_eq!(words, ["hello", "reload"], "the stream ends with the link, not at the next beat, and the page with it");
    assert_eq!(listening.try_recv().unwrap_err(), std::sync::mpsc::TryRecvError::Disconnected);
    assert_eq!(helper.get("/johnsmith/helper").status, 401);
}

#[test]
fn wrong_passwords_wait_longer_each_time_also_after_a_restart() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    for name in ["djane", "other"] {
        assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    }
    let venue = Venue::of(dir, &[]);
    let log_in = |venue: &Venue, name: &str, password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": name, "password": password }))
    };
    let told: Vec<u16> = (0..6).map(|_| log_in(&venue, "djane", "wrong-password").status).collect();
    assert_eq!(told[..5], [401; 5]);
    let (_, _, dir) = venue.terminate();
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    let ahead = "UPDATE sign_in_waits SET failures = 15, last_at = unixepoch() * 1000 WHERE failures > 4";
    assert_eq!(conn.execute(ahead, []).unwrap(), 3, "who tries, their address and the account are counted");
    drop(conn);
    let venue = Venue::of(dir, &[]);
    let held = log_in(&venue, "djane", PASSWORD);
    assert_eq!(said(&held), (429, "too_many_tries".into()), "the right password waits too");
    let wait: u32 = held.header("Retry-After").unwrap().parse().unwrap();
    assert!((30..=60).contains(&wait), "{wait}");
    assert_eq!(log_in(&venue, "other", PASSWORD).status, 200, "another account is not held up");
}

#[test]
fn a_clock_that_jumps_locks_nobody_out() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    // As if wrong tries had been written while the clock was a day ahead.
    let venue = Venue::of(dir, &[]);
    venue.stranger().post("/api/login", &json!({ "username": "djane", "password": "wrong-password" }));
    let (_, _, dir) = venue.terminate();
    conn.execute("UPDATE sign_in_waits SET failures = 50, last_at = last_at + 80000000", []).unwrap();
    drop(conn);
    let venue = Venue::of(dir, &[]);
    venue.host("djane");
}

#[test]
fn one_sees_where_one_is_signed_in_and_can_end_it() {
    let venue = Venue::demo();
    let (mut phone, mut laptop) = (venue.host("johnsmith"), venue.host("johnsmith"));
    let list = phone.get("/api/me/sessions").json();
    let (all, current) = (list["sessions"].as_array().unwrap(), &list["current"]);
    assert_eq!(all.len(), 2);
    let other = all.iter().find(|one| one["id"] != *current).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        venue.host("janedoe").delete(&format!("/api/me/sessions/{other}")).status,
        404,
        "another's sign-in is not there"
    );
    assert_eq!(phone.delete(&format!("/api/me/sessions/{other}")).status, 204);
    assert_eq!(laptop.get("/api/me").status, 401);
    assert!(phone.get("/account").body.contains("this one"));
    let mut third = venue.host("johnsmith");
    assert_eq!(phone.delete("/api/me/sessions").status, 204);
    assert_eq!((phone.get("/api/me").status, third.get("/api/me").status), (401, 401));
}

#[test]
fn ones_own_password_is_changed_with_the_old_one() {
    let venue = Venue::demo();
    let (mut here, mut elsewhere) = (venue.host("johnsmith"), venue.host("johnsmith"));
    let change =
        |caller: &mut Caller, old: &str, new: &str| caller.put("/api/me/password", &json!({ "old": old, "new": new }));
    assert_eq!(change(&mut here, "not-the-old-one", "brand-new-one").status, 401);
    assert_eq!(change(&mut here, PASSWORD, "short").status, 422);
    let changed = change(&mut here, PASSWORD, "brand-new-one");
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(elsewhere.get("/api/me").status, 401);
    here.token = changed.json()["token"].as_str().map(str::to_owned);
    assert_eq!(here.get("/api/me").status, 200);
}

#[test]
fn a_sign_in_in_use_is_renewed_and_one_that_ran_out_stays_dead() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let quiet = dj.get("/api/me");
    assert!(quiet.header("set-cookie").is_none());
    conn.execute("UPDATE sessions SET expires_at = unixepoch() * 1000 + 600000", []).unwrap();
    let renewed = dj.get("/api/me");
    assert!(renewed.header("set-cookie").is_some_and(|cookie| cookie.starts_with("session=")), "{:?}", renewed.headers);
    let left: i64 =
        conn.query_row("SELECT max(expires_at) - unixepoch() * 1000 FROM sessions", [], |row| row.get(0)).unwrap();
    assert!(left > 160 * 3_600_000, "{left}");
    conn.execute("UPDATE sessions SET expires_at = unixepoch() * 1000 - 1", []).unwrap();
    assert_eq!(dj.get("/api/me").status, 401);
}

#[test]
fn the_record_cannot_be_changed_and_the_dj_sees_who_was_there() {
    let venue = Venue::demo();
    venue.host("admin").get("/api/johnsmith/settings");
    let mut dj = venue.host("johnsmith");
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    assert!(
        entries
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["actor"] == "admin" && entry["action"] == "GET /api/johnsmith/settings"),
        "{entries}"
    );
    assert!(dj.get("/johnsmith/admin/audit").body.contains("/api/johnsmith/settings"));
    assert!(!venue.host("janedoe").get("/api/janedoe/audit").body.contains("johnsmith"));
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    for sql in [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, user_id, at, actor, action, outcome) SELECT id, user_id, at, 'nobody', action, outcome FROM audit",
        "UPDATE audit SET count = count + 2, last_at = at",
        "UPDATE audit SET count = count + 1, last_at = at, actor = 'nobody'",
        "UPDATE audit SET count = count + 1, last_at = at - 1",
    ] {
        assert!(conn.execute(sql, []).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
}

#[test]
fn a_name_that_is_not_ours_is_refused() {
    let venue = Venue::demo();
    let port = venue.port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("192.168.1.20:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("raspberrypi".into(), 200),
        (format!("party.local:{port}"), 200),
        (format!("Party.LOCAL.:{port}"), 200),
        (format!("party.lan:{port}"), 200),
        ("party.home".into(), 200),
        ("PARTY.home.arpa.".into(), 200),
        (format!("dj.party.internal:{port}"), 200),
        ("party.localdomain".into(), 200),
        (format!("[FD00::1]:{port}"), 200),
        ("evil.arpa".into(), 403),
        (format!("lan.evil.example.:{port}"), 403),
        ("home.arpa.evil.example".into(), 403),
        ("evil.example".into(), 403),
        (format!("127.0.0.1.evil.example:{port}"), 403),
        ("party.local.evil.example".into(), 403),
    ] {
        let answer = venue.host("johnsmith").with("Host", &host).get("/api/johnsmith/event");
        assert_eq!(answer.status, status, "{host}: {}", answer.body);
        let door = venue.stranger().with("Host", &host).get("/johnsmith");
        assert_eq!(door.status, status, "{host}");
    }
}

#[test]
fn a_dj_acts_under_every_way_to_write_a_name_of_the_lan_and_under_no_other() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    for (host, origin, status) in [
        ("party.lan:8000", "http://party.lan:8000", 200),
        ("PARTY.lan.:8000", "http://party.lan:8000", 200),
        ("party.home.arpa:80", "http://party.home.arpa", 200),
        ("party.internal", "https://party.internal:443", 200),
        ("[fd00:0::1]:8000", "http://[fd00::1]:8000", 200),
        ("party.lan:8000", "http://party.lan:8001", 403),
        ("party.lan:8000", "http://party.lan", 403),
        ("party.lan:8000", "http://evil.lan:8000", 403),
        ("party.lan:8000", "ftp://party.lan:8000", 403),
        ("party.lan:8000", "party.lan:8000", 403),
        ("evil.example:8000", "http://evil.example:8000", 403),
    ] {
        let mut there = dj.clone().with("Host", host);
        there.origin = Some(origin.into());
        let answer = there.patch("/api/johnsmith/event", &json!({ "requests_open": true }));
        assert_eq!(answer.status, status, "{host} {origin}: {}", answer.body);
    }
}

#[test]
fn where_the_owner_says_where_codes_lead_there_is_nothing_to_choose() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let told = admin.get("/api/superadmin/address").json();
    assert_eq!((&told["fixed"], &told["address"]), (&json!(true), &json!(venue.base)), "{told}");
    assert!(told["warning"].as_str().unwrap().contains("server.address"), "{told}");
    let refused = admin.put("/api/superadmin/address", &json!({ "ip": "192.168.1.20" }));
    assert_eq!(said(&refused), (422, "invalid".into()));
    assert!(refused.body.contains("server.public_url"), "{}", refused.body);
    for page in ["overview", "poster"] {
        assert!(
            venue.host("johnsmith").get(&format!("/johnsmith/admin/{page}")).body.contains("leads nowhere"),
            "{page}"
        );
    }
}

#[test]
fn a_copied_database_lets_nobody_in() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let event = dj.get("/api/johnsmith/event").json()["event"].clone();
    let join = event["join_url"].as_str().unwrap().split_once("?t=").unwrap().1.to_owned();
    let after = |body: Value| body["url"].as_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let screen = after(dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json());
    let helper = after(dj.post("/api/johnsmith/helpers", &json!({ "name": "Lena" })).json());
    let copy = tempfile::tempdir().unwrap().keep().join("copy.db");
    venue.rows().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds("Friday at the Anchor"), "the search is blind");
    for secret in [&join, &screen, &helper, dj.token.as_ref().unwrap(), &PASSWORD.to_owned()] {
        assert!(!holds(secret), "{secret} is in the file");
    }
    let stored: String = venue
        .rows()
        .query_row("SELECT pin FROM events WHERE id = ?1", [event["id"].as_str().unwrap()], |row| row.get(0))
        .unwrap();
    assert!(stored.starts_with("x1.") && !stored.contains(event["pin"].as_str().unwrap()));
    // Another event's sealed PIN does not open here.
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.execute("UPDATE events SET pin = (SELECT pin FROM events o WHERE o.id <> events.id AND o.user_id <> events.user_id LIMIT 1) WHERE id = ?1", [event["id"].as_str().unwrap()]).unwrap();
    assert_eq!(dj.get("/api/johnsmith/event").status, 500);
}

#[test]
fn a_new_key_signs_everybody_out_and_keeps_the_night() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    let event = dj.post("/api/djane/event", &json!({ "name": "Tonight" })).json()["event"].clone();
    let folder = venue.file().parent().unwrap().to_owned();
    let (code, _, told) = command(&folder, &["rotate-key"], "");
    assert!(code == 1 && told.contains("running"), "{told}");
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["rotate-key"], "").0, 0);
    let venue = Venue::of(dir, &[]);
    dj.move_to(&venue);
    assert_eq!(dj.get("/api/me").status, 401);
    let mut dj = venue.host("djane");
    assert_eq!(dj.get("/api/djane/event").json()["event"]["pin"], event["pin"]);
    // A lost key costs the ways in, not the night.
    let (_, _, dir) = venue.terminate();
    std::fs::remove_file(dir.path().join("partyplaylist.key")).unwrap();
    let venue = Venue::of(dir, &[]);
    let again = venue.host("djane").get("/api/djane/event").json()["event"].clone();
    assert_eq!((&again["id"], &again["name"]), (&event["id"], &event["name"]));
    assert_ne!(again["join_url"], event["join_url"]);
}

#[test]
fn a_forwarded_address_counts_only_behind_a_proxy() {
    for (behind, address) in [(false, "127.0.0.1"), (true, "203.0.113.9")] {
        let venue = Venue::fresh(&[]);
        let (_, _, dir) = venue.terminate();
        assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
        let venue = Venue::of(dir, &[("PARTYPLAYLIST_SERVER__BEHIND_PROXY", behind.to_string())]);
        let body = json!({ "username": "djane", "password": PASSWORD });
        let mut phone = venue.stranger().with("X-Real-IP", "203.0.113.9").with("X-Forwarded-For", "198.51.100.7");
        phone.token = phone.post("/api/login", &body).json()["token"].as_str().map(str::to_owned);
        let sessions = phone.get("/api/me/sessions").json();
        assert_eq!(sessions["sessions"][0]["address"], address, "behind a proxy: {behind}");
        let entries = phone.get("/api/djane/audit").json();
        assert_eq!(entries["entries"][0]["address"], address, "behind a proxy: {behind}");
    }
}

#[test]
fn a_sign_in_over_a_proxys_tls_is_sent_over_tls_only() {
    for behind in [false, true] {
        let venue = Venue::fresh(&[]);
        let (_, _, dir) = venue.terminate();
        assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
        let venue = Venue::of(dir, &[("PARTYPLAYLIST_SERVER__BEHIND_PROXY", behind.to_string())]);
        let body = json!({ "username": "djane", "password": PASSWORD });
        for (scheme, secure) in [("http", false), ("https", behind)] {
            let answer = venue.stranger().with("X-Forwarded-Proto", scheme).post("/api/login", &body);
            let cookie = answer.header("set-cookie").unwrap();
            assert_eq!(cookie.ends_with("; Secure"), secure, "{scheme}, behind a proxy: {behind}: {cookie}");
            assert_eq!(answer.header("strict-transport-security").is_some(), secure);
        }
    }
}

#[test]
fn the_record_forgets_what_is_older_than_ninety_days_and_nothing_younger() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    for days in [89, 91, 400] {
        let sql = "INSERT INTO audit (user_id, at, actor, action, outcome)
                   SELECT id, (unixepoch() - ?1 * 86400) * 1000, 'djane', 'was here', 'allowed' FROM users";
        conn.execute(sql, [days]).unwrap();
    }
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    let began = std::time::Instant::now();
    let kept = |dj: &mut Caller| {
        let entries = dj.get("/api/djane/audit").json()["entries"].clone();
        entries.as_array().unwrap().iter().filter(|entry| entry["action"] == "was here").count()
    };
    while kept(&mut dj) != 1 {
        assert!(began.elapsed().as_secs() < 20, "{} of 3 are kept", kept(&mut dj));
    }
}
