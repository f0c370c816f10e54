//! An account is deleted, and the box or the command is killed on the way.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::json;

use crate::cuts::{await_nobody_on_their_way, is_gone_or_whole};
use crate::dice::Dice;
use crate::ledger::{begin, faults, folder};
use crate::times;
use crate::venue::{PASSWORD, Venue, command};

const SONGS: i64 = 400;
/// So many that their rows take far longer to go than anything the test does meanwhile.
const MANY_SONGS: i64 = 10_000;

/// A box with its owner, and a DJ with a night of so many songs; answers the DJ's id.
fn a_night(songs: i64) -> (tempfile::TempDir, String) {
    let dir = folder();
    let boss = ["user", "add", "boss", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(dir.path(), &boss, PASSWORD).0, 0);
    let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
         SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users WHERE username = 'djane';
         INSERT INTO guests (id, user_id, event_id, created_at) SELECT 'guest', id, 'e', 1 FROM users WHERE username = 'djane';
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {songs} - 1)
         INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
         SELECT 'r' || i, u.id, 'e', 'guest', 'Song ' || i, 'Somebody', 'song ' || i || char(31) || 'somebody', 'somebody', 'played', i, 1
         FROM n, users u WHERE u.username = 'djane';
         INSERT INTO votes SELECT user_id, event_id, id, 'guest', 1 FROM requests"
    ))
    .unwrap();
    let id = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    (dir, id)
}

fn count(file: &Path, sql: &str) -> i64 {
    Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Wishes and votes that are there yet.
fn rows_left(file: &Path) -> i64 {
    count(file, "SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM votes)")
}

fn await_first_rows_gone(venue: &Venue, all: i64) {
    let (rows, deadline) = (venue.rows(), Instant::now() + Duration::from_secs(60));
    let votes = || rows.query_row("SELECT count(*) FROM votes", [], |row| row.get::<_, i64>(0)).unwrap();
    while votes() == all {
        assert!(Instant::now() < deadline, "nothing is cleared up");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_box_killed_while_it_deletes_an_account_has_all_of_it_or_nothing() {
    let (mut dice, mut whole) = (Dice::new(0xdead), 0);
    let rounds = times(2, 100);
    for _ in 0..rounds {
        // What a start and a sign-in write is synced by the fortieth time; the account's rows take hundreds.
        let (dir, id) = a_night(4 * SONGS);
        let nth = 40 + dice.below(40);
        let mut cut = Command::new("strace");
        cut.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
        cut.args(["-e", &format!("inject=fsync,fdatasync:signal=KILL:when={nth}")])
            .arg(env!("CARGO_BIN_EXE_partyplaylist"));
        cut.arg("--data").arg(dir.path()).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
        let venue = Venue::start(cut, dir);
        let (mut boss, file) = (venue.host("boss"), venue.file());
        // No answer came, where it was killed first.
        let _ = boss.try_call("DELETE", &format!("/api/superadmin/users/{id}"), None);
        let (code, dir) = venue.ended();
        assert_eq!(code, None, "it was not killed");
        let leaving = count(&file, "SELECT count(*) FROM users WHERE username GLOB '-*'");
        assert!(leaving == 1 && rows_left(&file) > 0, "killed at sync {nth}, which is not in the middle");
        let venue = Venue::of(dir, &[]);
        whole += usize::from(!is_gone_or_whole(&venue, 4 * SONGS));
        assert_eq!(faults(&file), Vec::<String>::new());
    }
    println!("| kills half way of an account's deletion | whole afterwards | gone |");
    println!("| {rounds} | {whole} | {} |", rounds - whole);
}

#[test]
fn a_long_account_is_deleted_at_once_and_written_down_whatever_happens_to_its_rows() {
    let (dir, id) = a_night(MANY_SONGS);
    let venue = Venue::of(dir, &[]);
    let (mut boss, file) = (venue.host("boss"), venue.file());
    let began = Instant::now();
    let answer = boss.call("DELETE", &format!("/api/superadmin/users/{id}"), None);
    let took = began.elapsed();
    let dir = venue.kill();
    let left = rows_left(&file);
    println!("| wishes of the deleted account | answer, ms | rows left then, of {} |", 2 * MANY_SONGS);
    println!("| {MANY_SONGS} | {} | {left} |", took.as_millis());
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert!(left > 0, "the answer waited until every row had gone");
    let written = "SELECT count(*) FROM audit WHERE action = 'delete the account djane'";
    assert_eq!(count(&file, written), 1, "nobody knows who deleted it");
    assert!(is_gone_or_whole(&Venue::of(dir, &[]), MANY_SONGS));
}

#[test]
fn a_stop_in_the_middle_of_clearing_up_waits_for_no_row_and_the_next_start_goes_on() {
    let (dir, id) = a_night(MANY_SONGS);
    let file = dir.path().join("partyplaylist.db");
    let half = "UPDATE users SET username = '-0123456789abcdef00', status = 'suspended' WHERE username = 'djane'";
    Connection::open(&file).unwrap().execute_batch(half).unwrap();
    let venue = Venue::of(dir, &[]);
    await_first_rows_gone(&venue, MANY_SONGS);
    let (code, took, dir) = venue.terminate();
    let left = rows_left(&file);
    println!("| stop while accounts are cleared up, ms | rows left then, of {} |", 2 * MANY_SONGS);
    println!("| {} | {left} |", took.as_millis());
    assert_eq!(code, Some(0));
    assert!(left > 0, "the end waited until every row had gone, {took:?}");
    assert!(is_gone_or_whole(&Venue::of(dir, &[]), MANY_SONGS), "{id}");
}

#[test]
fn a_stop_while_a_deleted_accounts_rows_go_waits_for_no_row() {
    let (dir, id) = a_night(MANY_SONGS);
    let venue = Venue::of(dir, &[]);
    let (mut boss, file) = (venue.host("boss"), venue.file());
    let (code, took, dir) = std::thread::scope(|scope| {
        scope.spawn(move || boss.try_call("DELETE", &format!("/api/superadmin/users/{id}"), None).is_ok());
        await_first_rows_gone(&venue, MANY_SONGS);
        venue.terminate()
    });
    let left = rows_left(&file);
    println!("| stop while a deleted account's rows go, ms | rows left then, of {} |", 2 * MANY_SONGS);
    println!("| {} | {left} |", took.as_millis());
    assert_eq!(code, Some(0));
    assert!(left > 0, "the end waited until every row had gone, {took:?}");
    assert!(is_gone_or_whole(&Venue::of(dir, &[]), MANY_SONGS));
}

#[test]
fn a_half_deleted_account_is_there_for_nobody() {
    let (dir, id) = a_night(SONGS);
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
