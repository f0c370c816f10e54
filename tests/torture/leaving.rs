//! An account is deleted, and the box or the command is killed on the way.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::cuts::{await_nobody_on_their_way, is_gone_or_whole};
use crate::ledger::{Dice, begin, faults, folder};
use crate::times;
use crate::venue::{PASSWORD, Venue, command};

const SONGS: i64 = 400;

/// A box with its owner, and a DJ with a running night of many songs; answers the DJ's id.
fn a_night() -> (tempfile::TempDir, String) {
    let dir = folder();
    let boss = ["user", "add", "boss", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(dir.path(), &boss, PASSWORD).0, 0);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
         SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users WHERE username = 'djane';
         INSERT INTO guests (id, user_id, event_id, created_at) SELECT 'guest', id, 'e', 1 FROM users WHERE username = 'djane';
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {SONGS} - 1)
         INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
         SELECT 'r' || i, u.id, 'e', 'guest', 'Song ' || i, 'Somebody', 'song ' || i || char(31) || 'somebody', 'somebody', 'played', i, 1
         FROM n, users u WHERE u.username = 'djane';
         INSERT INTO votes SELECT user_id, event_id, id, 'guest', 1 FROM requests"
    ))
    .unwrap();
    let id = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    (dir, id)
}

#[test]
fn a_box_killed_while_it_deletes_an_account_has_all_of_it_or_nothing() {
    let (mut dice, mut whole, mut half) = (Dice(0xdead), 0, 0);
    let rounds = times(6, 100);
    for _ in 0..rounds {
        let (dir, id) = a_night();
        let venue = Venue::of(dir, &[]);
        let mut boss = venue.host("boss");
        let (file, wait) = (venue.file(), Duration::from_millis(dice.roll(150) as u64));
        let dir = std::thread::scope(|scope| {
            let asked =
                scope.spawn(move || boss.try_call("DELETE", &format!("/api/superadmin/users/{id}"), None).is_ok());
            std::thread::sleep(wait);
            let dir = venue.kill();
            let _ = asked.join().unwrap();
            dir
        });
        let count = |sql: &str| -> i64 {
            rusqlite::Connection::open(dir.path().join("partyplaylist.db"))
                .unwrap()
                .query_row(sql, [], |row| row.get(0))
                .unwrap()
        };
        half += usize::from(count("SELECT count(*) FROM users WHERE username GLOB '-*'") > 0);
        let venue = Venue::of(dir, &[]);
        whole += usize::from(!is_gone_or_whole(&venue, SONGS));
        assert_eq!(faults(&file), Vec::<String>::new());
    }
    println!("| kills while an account is deleted | half way when killed | whole afterwards | gone |");
    println!("| {rounds} | {half} | {whole} | {} |", rounds - whole);
    assert!(half > 0, "no kill came in the middle");
}

#[test]
fn a_half_deleted_account_is_there_for_nobody() {
    let (dir, id) = a_night();
    let venue = Venue::of(dir, &[]);
    let (mut host, mut guests) = begin(&venue, 1);
    let (mut screen, mut helper, mut boss) = (venue.screen("djane"), venue.helper("djane"), venue.host("boss"));
    let (data, log) = (venue.file().parent().unwrap().to_owned(), tempfile::tempdir().unwrap());
    assert_eq!(boss.get("/api/djane/requests").status, 200);
    let mut cut = Command::new("strace");
    cut.args(["-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:signal=KILL:when=5", "-o"]);
    cut.arg(log.path().join("log")).arg(env!("CARGO_BIN_EXE_partyplaylist")).arg("--data").arg(&data);
    assert_eq!(cut.args(["user", "delete", "djane"]).output().unwrap().status.code(), None, "it was not killed");
    let rows = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table} WHERE user_id = ?1");
        venue.rows().query_row(&sql, [&id], |row| row.get(0)).unwrap()
    };
    let (votes, requests) = (rows("votes"), rows("requests"));
    assert!(votes < SONGS && requests > 0, "not half deleted: {votes} votes, {requests} requests");
    let user = format!("/api/superadmin/users/{id}");
    let dead = [
        ("their session", host.get("/api/djane/requests").status, 401),
        (
            "their password",
            venue.stranger().post("/api/login", &json!({ "username": "djane", "password": PASSWORD })).status,
            401,
        ),
        ("their party", venue.stranger().get("/djane").status, 404),
        ("a guest", guests[0].get("/api/djane/party").status, 404),
        ("a screen", screen.get("/djane/display").status, 404),
        ("a helper", helper.get("/djane/helper").status, 404),
        ("the super admin's visit", boss.get("/api/djane/requests").status, 404),
        (
            "letting them in again",
            boss.call("PATCH", &user, Some(("application/json", br#"{"status":"active"}"#.to_vec()))).status,
            404,
        ),
        ("deleting them again", boss.call("DELETE", &user, None).status, 404),
    ];
    for (what, status, wanted) in dead {
        assert_eq!(status, wanted, "{what}");
    }
    let list = boss.get("/api/superadmin/users");
    assert!(list.status == 200 && list.json()["users"].as_array().unwrap().len() == 1, "{}", list.body);
    for page in ["/superadmin/dashboard", "/superadmin/users", "/api/superadmin/audit"] {
        assert_eq!(boss.get(page).status, 200, "{page}");
    }
    let run = |args: &[&str]| command(&data, args, PASSWORD);
    assert!(!run(&["user", "list"]).1.contains("djane"));
    assert!(run(&["check"]).0 == 0 && run(&["doctor"]).1.contains("1 account"), "{}", run(&["doctor"]).1);
    assert_eq!(run(&["tenant", "export", "djane", log.path().join("dj.db").to_str().unwrap()]).0, 1);
    assert_eq!(run(&["user", "add", "djane", "--password-stdin"]).0, 0, "their name is free");
    assert_eq!(venue.host("djane").get("/api/djane/events").json()["events"].as_array().unwrap().len(), 0);
    assert_eq!(guests[0].get("/api/djane/party").status, 401, "a guest of the old one");
    let venue = Venue::of(venue.kill(), &[]);
    await_nobody_on_their_way(&venue);
    let left: Vec<_> = crate::venue::tables(&venue.rows())
        .into_iter()
        .filter(|table| {
            let owner = if table == "users" { "id" } else { "user_id" };
            let sql = format!("SELECT 1 FROM {table} WHERE {owner} = '{id}'");
            venue.rows().prepare(&sql).is_ok_and(|mut found| found.exists([]).unwrap())
        })
        .collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(faults(&venue.file()), Vec::<String>::new());
    venue.host("djane");
}
