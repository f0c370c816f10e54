//! Signing in: what is told, who must wait, and for how long.

use serde_json::json;

use crate::lists::box_of;
use crate::venue::{Answer, Caller, PASSWORD, Venue, at_once, command, folder_of};

#[test]
fn a_wrong_name_and_a_wrong_password_are_told_the_same() {
    let venue = Venue::demo();
    let try_in = |name: &str, password: &str| venue.stranger().sign_in(name, password);
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
    let sign_in = |password: &str| venue.stranger().sign_in("johnsmith", password).status;
    let base = venue.stranger();
    let told: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..32)
            .map(|_| {
                let mut caller = base.clone();
                scope.spawn(move || caller.sign_in("johnsmith", "wrong-password").status)
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let looked_at = told.iter().filter(|status| **status == 401).count();
    assert!((1..=6).contains(&looked_at), "{looked_at} of 32 were looked at: {told:?}");
    while sign_in("wrong-password") != 429 {}
    // The super admin sets a new one: nobody waits for the old.
    let mut admin = venue.as_admin();
    let new = json!({ "password": "brand-new-one", "display_name": "J" });
    assert_eq!(admin.change("johnsmith", &new).status, 200);
    assert_eq!(sign_in("brand-new-one"), 200);
    let record = admin.record();
    let told = record.iter().any(|entry| entry["action"] == "set a new password, rename the account");
    assert!(told, "{record:?}");
}

#[test]
fn wrong_passwords_wait_longer_each_time_also_after_a_restart() {
    let venue = Venue::with_djs(&["djane", "other"], &[]);
    let told: Vec<u16> = (0..6).map(|_| venue.stranger().sign_in("djane", "wrong-password").status).collect();
    assert_eq!(told[..5], [401; 5]);
    let (_, _, dir) = venue.terminate();
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    let ahead = "UPDATE sign_in_waits SET failures = 15, last_at = unixepoch() * 1000 WHERE failures > 4";
    assert_eq!(conn.execute(ahead, []).unwrap(), 3, "who tries, their address and the account are counted");
    drop(conn);
    let venue = Venue::of(dir, &[]);
    let held = venue.stranger().sign_in("djane", PASSWORD);
    assert_eq!(held.refusal(), (429, "too_many_tries".into()), "the right password waits too");
    let wait: u32 = held.header("Retry-After").unwrap().parse().unwrap();
    assert!((30..=60).contains(&wait), "{wait}");
    assert_eq!(venue.stranger().sign_in("other", PASSWORD).status, 200, "another account is not held up");
}

#[test]
fn a_clock_that_jumps_locks_nobody_out() {
    let dir = folder_of(&["djane"]);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    // As if wrong tries had been written while the clock was a day ahead.
    let venue = Venue::of(dir, &[]);
    venue.stranger().sign_in("djane", "wrong-password");
    let (_, _, dir) = venue.terminate();
    conn.execute("UPDATE sign_in_waits SET failures = 50, last_at = last_at + 80000000", []).unwrap();
    drop(conn);
    let venue = Venue::of(dir, &[]);
    venue.host("djane");
}

#[test]
fn a_forwarded_address_counts_only_behind_a_proxy() {
    for (behind, address) in [(false, "127.0.0.1"), (true, "203.0.113.9")] {
        let venue = Venue::with_djs(&["djane"], &[("PARTYPLAYLIST_SERVER__BEHIND_PROXY", behind.to_string())]);
        let mut phone = venue.stranger().with("X-Real-IP", "203.0.113.9").with("X-Forwarded-For", "198.51.100.7");
        phone.token = phone.sign_in("djane", PASSWORD).json()["token"].as_str().map(str::to_owned);
        let sessions = phone.get("/api/me/sessions").json();
        assert_eq!(sessions["sessions"][0]["address"], address, "behind a proxy: {behind}");
        let entries = phone.get("/api/djane/audit").json();
        assert_eq!(entries["entries"][0]["address"], address, "behind a proxy: {behind}");
    }
}

#[test]
fn a_sign_in_over_a_proxys_tls_is_sent_over_tls_only() {
    for behind in [false, true] {
        let venue = Venue::with_djs(&["djane"], &[("PARTYPLAYLIST_SERVER__BEHIND_PROXY", behind.to_string())]);
        for (scheme, secure) in [("http", false), ("https", behind)] {
            let answer = venue.stranger().with("X-Forwarded-Proto", scheme).sign_in("djane", PASSWORD);
            let cookie = answer.header("set-cookie").unwrap();
            assert_eq!(cookie.ends_with("; Secure"), secure, "{scheme}, behind a proxy: {behind}: {cookie}");
            assert_eq!(answer.header("strict-transport-security").is_some(), secure);
        }
    }
}

#[test]
fn twelve_djs_sign_in_at_the_same_moment_through_one_address() {
    let venue = box_of(12);
    let djs: Vec<Caller> = (0..12).map(|n| venue.stranger().with("X-Dj", &format!("dj-{n:04}"))).collect();
    let log_in = |caller: &mut Caller| {
        let name = caller.headers[0].1.clone();
        caller.post("/api/login", &json!({ "username": name, "password": PASSWORD }))
    };
    let told: Vec<u16> = at_once(djs, |dj| log_in(dj).status);
    assert_eq!(told, [200; 12]);
    // More than can be looked at are told what it is: nobody got a password wrong.
    let crowd: Vec<Caller> = (0..28).map(|_| venue.stranger()).collect();
    let log_in = |caller: &mut Caller| caller.post("/api/login", &json!({ "username": "djane", "password": PASSWORD }));
    let told = at_once(crowd, log_in);
    let held: Vec<&Answer> = told.iter().filter(|answer| answer.status != 200).collect();
    assert!(!held.is_empty() && held.len() <= 28 - 16, "{} of 28 are held up", held.len());
    for answer in held {
        assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_at_once"), "{}", answer.body);
        assert!(answer.header("Retry-After").is_some() && answer.body.contains("at this moment"), "{}", answer.body);
    }
    assert_eq!(venue.stranger().post("/api/login", &json!({ "username": "djane", "password": PASSWORD })).status, 200);
}

#[test]
fn a_name_in_capitals_or_with_a_space_behind_it_is_the_same_name() {
    let venue = Venue::demo();
    for name in ["JohnSmith", " johnsmith ", "JOHNSMITH\t"] {
        let signed = venue.stranger().post("/api/login", &json!({ "username": name, "password": PASSWORD }));
        assert_eq!(signed.status, 200, "{name:?}: {}", signed.body);
    }
    let token = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["join_url"].clone();
    let token = token.as_str().unwrap().split_once("?t=").unwrap().1.to_owned();
    for (typed, meant) in [
        ("/JohnSmith", "/johnsmith".into()),
        ("/JOHNSMITH%20", "/johnsmith".into()),
        (&*format!("/JohnSmith?t={token}"), format!("/johnsmith?t={token}")),
        ("/JohnSmith/admin/overview", "/johnsmith/admin/overview".into()),
        ("/JohnSmith/display?dt=abc", "/johnsmith/display?dt=abc".into()),
        ("/api/JohnSmith/party", "/api/johnsmith/party".into()),
        ("/Login?next=/x", "/login?next=/x".into()),
        ("/SuperAdmin/users", "/superadmin/users".into()),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = venue.stranger().call(method, typed, None);
            assert_eq!((answer.status, answer.header("location")), (303, Some(meant.as_str())), "{method} {typed}");
        }
    }
    let body = || Some(("application/json", b"{}".to_vec()));
    assert_eq!(venue.stranger().call("POST", "/api/JohnSmith/join", body()).status, 404, "only what is read is led on");
    assert_eq!(venue.stranger().get("//JohnSmith").header("location"), None);
    let (code, told, _) = command(venue.file().parent().unwrap(), &["user", "suspend", "JaneDoe"], "");
    assert!(code == 0 && told.contains("suspended"), "{told}");
    let (folder, out) = (venue.file().parent().unwrap().to_owned(), tempfile::tempdir().unwrap());
    let carried = out.path().join("dj");
    let (code, told, said) = command(&folder, &["tenant", "export", "JohnSmith", carried.to_str().unwrap()], "");
    assert!(code == 0 && told.starts_with("johnsmith is in"), "{told}{said}");
    let (_, _, said) = command(&folder, &["import", carried.to_str().unwrap(), "--user", " JohnSmith"], "");
    assert!(!said.contains("A username has"), "{said}");
}

#[test]
fn a_password_opens_however_the_keyboard_put_its_letters_together() {
    let venue = Venue::demo();
    let (composed, apart) = ("caf\u{e9} \u{fc}ber alles", "cafe\u{301} u\u{308}ber alles");
    let log_in = |name: &str, password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": name, "password": password })).status
    };
    let mut admin = venue.host("admin");
    for (name, made) in [("composed", composed), ("apart", apart)] {
        let made = admin.post("/api/superadmin/users", &json!({ "username": name, "password": made }));
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!((log_in(name, composed), log_in(name, apart)), (200, 200), "{name}");
        assert_eq!(log_in(name, "cafe uber alles"), 401);
    }
    // A hash from before, of letters taken apart.
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let old = bcrypt::hash(apart, 4).unwrap();
    conn.execute("UPDATE users SET password_hash = ?1 WHERE username = 'apart'", [old]).unwrap();
    assert_eq!((log_in("apart", apart), log_in("apart", composed)), (200, 200));
}
