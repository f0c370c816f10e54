//! Lists that have grown for years come a page at a time.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use crate::venue::{PASSWORD, Venue, command, folder_of, percent};

/// A box with as many DJs, all with the same password.
pub fn box_of(djs: usize) -> Venue {
    let dir = folder_of(&["djane"]);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    // A tenth of a second's hash for each.
    let hash = bcrypt::hash(PASSWORD, 10).unwrap();
    conn.execute("UPDATE users SET password_hash = ?1", [&hash]).unwrap();
    for n in 0..djs {
        let sql = "INSERT INTO users (id, username, display_name, role, status, password_hash, created_at)
                   VALUES (?1, ?1, ?2, 'dj', 'active', ?3, 1)";
        conn.execute(sql, (format!("dj-{n:04}"), format!("DJ Nummer {n}"), &hash)).unwrap();
    }
    drop(conn);
    Venue::of(dir, &[])
}

#[test]
fn a_thousand_accounts_are_a_page_at_a_time_and_found_by_name() {
    let venue = box_of(1000);
    let folder = venue.file().parent().unwrap().to_owned();
    assert_eq!(command(&folder, &["user", "add", "owner", "--role", "superadmin", "--password-stdin"], PASSWORD).0, 0);
    let mut owner = venue.host("owner");
    let began = Instant::now();
    for path in ["/", "/superadmin/dashboard", "/superadmin/users"] {
        let page = owner.get(path).body;
        assert!(page.len() < 150_000, "{path} has {} bytes", page.len());
        assert!(page.matches("<li>").count() + page.matches("<li id=").count() <= 50, "{path}");
    }
    println!("three pages with 1,000 accounts in {} ms", began.elapsed().as_millis());
    // Page after page, everybody is there once.
    let (mut path, mut seen) = ("/superadmin/users".to_owned(), BTreeSet::new());
    loop {
        let page = owner.get(&path).body;
        for row in page.split("id=\"user-").skip(1) {
            assert!(seen.insert(row.split_once('"').unwrap().0.to_owned()), "twice on the way");
        }
        let Some((_, rest)) = page.split_once("href=\"/superadmin/users?q=&amp;after=") else { break };
        path = format!("/superadmin/users?q=&after={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!(seen.len(), 1002);
    let found = owner.get("/superadmin/users?q=NUMMER+77").body;
    assert_eq!(found.matches("id=\"user-").count(), 11, "77 and 770 to 779");
    assert!(owner.get(&format!("/superadmin/users?q={}", percent("<nobody> & \"co\""))).body.contains("No account"));
    // Programs: everything, or a part.
    let all = owner.get("/api/superadmin/users").json();
    assert_eq!(all["users"].as_array().unwrap().len(), 1002);
    let part = owner.get("/api/superadmin/users?q=dj-&after=dj-0500").json();
    assert_eq!((part["users"].as_array().unwrap().len(), &part["next"]), (100, &json!("dj-0600")));
    let last = owner.get("/api/superadmin/users?after=dj-0990").json();
    assert_eq!((last["users"][9].clone(), &last["next"]), (last["users"][9].clone(), &Value::Null));
    // Whoever was just made or changed is in sight.
    let made = owner
        .clone()
        .with("Accept", "text/html")
        .form("/api/superadmin/users", &[("username", "zulu"), ("password", PASSWORD)]);
    assert_eq!((made.status, made.header("location")), (303, Some("/superadmin/users?q=zulu")));
}

/// 95 nights of djane's, 450 wishes in one of them, and 300 sign-ins.
fn grow(venue: &Venue) {
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let user: String = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    for n in 0..95 {
        let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
                   VALUES (?1, ?2, ?3, 'ended', '', '', 1, ?4, ?4, ?4, 1)";
        conn.execute(
            sql,
            (
                format!("01a207b0-1768-71d0-82f6-0e03fb7c{n:04}"),
                &user,
                format!("Night {n}"),
                1_700_000_000_000_i64 + n / 2,
            ),
        )
        .unwrap();
    }
    for n in 0..450 {
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
                   VALUES (?1, ?2, '01a207b0-1768-71d0-82f6-0e03fb7c0007', ?3, 'Somebody', ?3, 'somebody', 'played', ?4, 1)";
        conn.execute(sql, (format!("r{n}"), &user, format!("Song {n}."), 1_700_000_000_000_i64 + n)).unwrap();
    }
    let sql =
        "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (?1, ?2, 1, unixepoch() * 1000 + 9999999)";
    for n in 0..300 {
        conn.execute(sql, (format!("s{n}"), &user)).unwrap();
    }
}

#[test]
fn lists_that_grow_with_the_years_stay_as_long_as_a_page() {
    let venue = box_of(0);
    let mut dj = venue.host("djane");
    grow(&venue);
    let (mut path, mut nights) = ("/djane/admin/history".to_owned(), 0);
    let mut pages = 0;
    loop {
        let page = dj.get(&path).body;
        let on_page = page.matches(">Night ").count();
        assert!((1..=30).contains(&on_page), "{path}: {on_page}");
        (nights, pages) = (nights + on_page, pages + 1);
        let Some((_, rest)) = page.split_once("/djane/admin/history?after=") else { break };
        path = format!("/djane/admin/history?after={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!((nights, pages), (95, 4));
    assert_eq!(dj.get("/api/djane/events").json()["events"].as_array().unwrap().len(), 95, "programs have them all");
    let report = "/djane/admin/history/01a207b0-1768-71d0-82f6-0e03fb7c0007";
    let on: Vec<usize> = ["", "?from=200", "?from=400"]
        .iter()
        .map(|from| dj.get(&format!("{report}{from}")).body.matches(">Song ").count())
        .collect();
    assert_eq!(on, [200, 200, 50]);
    let account = dj.get("/account").body;
    assert!(account.matches("Sign out</button>").count() <= 21 && account.contains("And 281 more"), "{account}");
    for n in 0..25 {
        assert_eq!(dj.post("/api/djane/screens", &json!({ "label": format!("TV {n}") })).status, 201);
        assert_eq!(dj.post("/api/djane/helpers", &json!({ "name": format!("Kim {n}") })).status, 201);
    }
    assert!(dj.get("/djane/admin/overview").body.contains("And 5 older ones"));
    assert!(dj.get("/djane/admin/settings").body.contains("And 5 older ones"));
}
