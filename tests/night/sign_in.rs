//! Signing in: what is told, who must wait, and for how long.

use serde_json::json;

use crate::accounts::user_path;
use crate::venue::{PASSWORD, Venue, command};

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
    assert_eq!(held.refusal(), (429, "too_many_tries".into()), "the right password waits too");
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
