//! The second wall: `SQLite` itself keeps tenants apart.

use rusqlite::Connection;

use crate::venue::{command, tables};

/// Tables whose rows have no owner: the clock is the box's, accounts are the owners, a wrong password may be for an account
/// that is none, and a mark is the whole file's.
const OWNERLESS: [&str; 4] = ["clock", "sign_in_waits", "users", "wal_mark"];

fn newest() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, said) = command(dir.path(), &["migrate", "up"], "");
    assert_eq!(code, 0, "{said}");
    let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    (dir, conn)
}

fn names(conn: &Connection, sql: &str) -> Vec<String> {
    conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_row_has_its_owner() {
    let (_dir, conn) = newest();
    let owned = |table: &String| {
        let sql =
            format!("SELECT name FROM pragma_table_info('{table}') WHERE name = 'user_id' AND (\"notnull\" OR pk)");
        !names(&conn, &sql).is_empty()
    };
    let without: Vec<_> = tables(&conn).into_iter().filter(|table| !owned(table)).collect();
    assert_eq!(without, OWNERLESS);
    let loose = names(
        &conn,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT GLOB 'sqlite_*'",
    );
    assert!(loose.is_empty(), "not STRICT: {loose:?}");
}

#[test]
fn children_point_at_their_parent_together_with_the_owner() {
    let (_dir, conn) = newest();
    for table in tables(&conn) {
        let sql = format!(
            "SELECT id || ' ' || \"table\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" <> 'users' GROUP BY id, \"table\" HAVING sum(\"from\" = 'user_id' AND \"to\" = 'user_id') = 0"
        );
        assert_eq!(names(&conn, &sql), Vec::<String>::new(), "{table} points at a parent without its owner");
    }
}

#[test]
fn sqlite_refuses_a_row_that_hangs_on_another_tenants() {
    let (_dir, conn) = newest();
    conn.execute_batch(
        "INSERT INTO users VALUES ('a', 'aaa', 'A', 'dj', 'active', 'h', 0), ('b', 'bbb', 'B', 'dj', 'active', 'h', 0);
         INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) VALUES ('ea', 'a', 'n', 'live', '4729', 't', 1, 0, 9, NULL, 1, 0), ('eb', 'b', 'n', 'live', '4729', 't', 1, 0, 9, NULL, 1, 0);
         INSERT INTO guests (id, user_id, event_id, nickname, created_at, muted_at) VALUES ('ga', 'a', 'ea', NULL, 0, NULL), ('gb', 'b', 'eb', NULL, 0, NULL);
         INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version) VALUES ('ra', 'a', 'ea', 't', 'x', 'k', 'k', 'pending', 0, 1);",
    )
    .unwrap();
    let request = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)";
    for (what, sql) in [
        (
            "a request in another's event",
            format!("{request} VALUES ('x', 'b', 'ea', NULL, 't', 'x', 'k', 'k', 'pending', 0, 1)"),
        ),
        (
            "a request of another's guest",
            format!("{request} VALUES ('x', 'b', 'eb', 'ga', 't', 'x', 'k', 'k', 'pending', 0, 1)"),
        ),
        ("another's guest voting", "INSERT INTO votes VALUES ('a', 'ea', 'ra', 'gb', 0)".into()),
        ("a vote moved over", "INSERT INTO votes VALUES ('b', 'eb', 'ra', 'gb', 0)".into()),
        ("a guest in another's event", "INSERT INTO guests (id, user_id, event_id, nickname, created_at, muted_at) VALUES ('x', 'b', 'ea', NULL, 0, NULL)".into()),
        (
            "a second running event",
            "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) VALUES ('e2', 'a', 'n', 'paused', '4729', 't', 1, 0, 9, NULL, 1, 0)".into(),
        ),
        ("a row moved to another owner", "UPDATE requests SET user_id = 'b' WHERE id = 'ra'".into()),
    ] {
        let error = conn.execute(&sql, []).expect_err(what);
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ConstraintViolation), "{what}: {error}");
    }
    assert_eq!(conn.execute("INSERT INTO votes VALUES ('a', 'ea', 'ra', 'ga', 0)", []).unwrap(), 1);
    conn.execute("DELETE FROM users WHERE id = 'a'", []).unwrap();
    let left: i64 = conn
        .query_row(
            "SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM votes) + (SELECT count(*) FROM events)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(left, 1, "everything of a deleted DJ goes, nothing of another");
}
