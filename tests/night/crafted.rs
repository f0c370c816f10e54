//! Files that somebody made to do harm: they are told as what they are, at once, and nothing they hold is set off.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::commands::add;
use crate::venue::{PASSWORD, Venue, command};

/// A data folder with one DJ.
fn home(name: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), name);
    dir
}

/// A list from before accounts, laid out by hand: `title` is what stands for that column, `more` what comes after.
fn list(dir: &Path, title: &str, more: &str) -> PathBuf {
    let file = dir.join(format!("list-{}.db", title.len() + more.len()));
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(&format!(
        "PRAGMA user_version = 1;
         CREATE TABLE admins (id TEXT PRIMARY KEY, username TEXT, password_hash TEXT, created_at INTEGER);
         CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE requests (id TEXT PRIMARY KEY, artist TEXT, track_uri TEXT, nickname TEXT, note TEXT,
                                status TEXT, created_at INTEGER, played_at INTEGER, title TEXT {title});
         INSERT INTO requests (id, artist, status, created_at) VALUES ('r1', 'a', 'played', 5000), ('r2', 'b', 'played', 6000);
         {more}"
    ))
    .unwrap();
    file
}

/// Three hundred million letters, whenever somebody looks.
const ENDLESS: &str = "printf('%.*c', 300000000, 'x')";

#[test]
fn a_small_list_that_would_take_gigabytes_to_read_is_refused_at_once() {
    let (dir, made) = (home("djane"), tempfile::tempdir().unwrap());
    let import = |file: &Path, dry: bool| {
        let args = ["import", file.to_str().unwrap(), "--user", "djane", "--dry-run"];
        command(dir.path(), &args[..if dry { 5 } else { 4 }], "")
    };
    for (title, more) in [
        (format!("AS ({ENDLESS}) VIRTUAL"), String::new()),
        (String::new(), format!("CREATE INDEX i ON requests (length(title || {ENDLESS}))")),
        (String::new(), format!("CREATE VIEW v AS SELECT {ENDLESS}")),
        (String::new(), format!("CREATE TRIGGER t AFTER INSERT ON admins BEGIN SELECT {ENDLESS}; END")),
    ] {
        let file = list(made.path(), &title, &more);
        assert!(std::fs::metadata(&file).unwrap().len() < 64_000);
        for dry in [true, false] {
            let (code, _, said) = import(&file, dry);
            assert!(code == 1 && said.contains("has more in it than rows"), "{title}{more}: {said}");
        }
    }
    // A condition that takes as much is not looked at: the rows are, by our own measures.
    let file = list(
        made.path(),
        &format!("CHECK (title IS NULL OR length({ENDLESS}) > 1)"),
        "UPDATE requests SET title = 't'",
    );
    let (code, said, error) = import(&file, true);
    assert!(code == 0 && said.starts_with("Would bring 2 requests"), "{said}{error}");
}

#[test]
fn a_list_comes_with_titles_cut_to_what_fits_and_not_with_moments_that_cannot_be() {
    let (dir, made) = (home("djane"), tempfile::tempdir().unwrap());
    let import = |file: &Path| command(dir.path(), &["import", file.to_str().unwrap(), "--user", "djane"], "");
    for (more, word) in [
        ("UPDATE requests SET title = printf('%.*c', 20000000, 'x')", "Nothing was changed"),
        ("UPDATE requests SET title = 't', created_at = 9000000000000000000", "a moment that cannot be"),
        ("UPDATE requests SET title = 't', played_at = -5", "a moment that cannot be"),
        (
            "UPDATE requests SET title = 't'; INSERT INTO settings VALUES ('k', printf('%.*c', 100000, 'x'))",
            "more settings",
        ),
    ] {
        let (code, _, said) = import(&list(made.path(), "", more));
        assert!(code == 1 && said.contains(word) && said.lines().count() == 1, "{more}: {said}");
    }
    let long =
        "UPDATE requests SET title = printf('%.*c', 3000, 'x'), nickname = printf('%.*c', 3000, 'y') || char(10)";
    let (code, _, said) = import(&list(made.path(), "", long));
    assert_eq!(code, 0, "{said}");
    let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    let sizes = "SELECT max(length(title)), max(length(nickname)) FROM requests";
    assert_eq!(conn.query_row(sizes, [], |row| Ok((row.get(0)?, row.get(1)?))), Ok((200, 30)));
}

/// A DJ with a night, and their file.
fn djs_file(dir: &Path) -> PathBuf {
    let conn = Connection::open(dir.join("partyplaylist.db")).unwrap();
    conn.execute_batch(
        "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
             SELECT 'night', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1 FROM users;
         INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
             SELECT 'r1', id, 'night', 'One', 'U2', 'k', 'a', 'played', 1, 1 FROM users;
         INSERT INTO covers (user_id, id, address, named_at) SELECT id, 'AAAAAAAAAAAAAAAAAAAAAA', 'a', 1 FROM users;",
    )
    .unwrap();
    let file = dir.join("dj.db");
    assert_eq!(command(dir, &["tenant", "export", "djane", file.to_str().unwrap()], "").0, 0);
    file
}

#[test]
fn a_djs_file_with_values_no_box_writes_is_refused_and_names_the_first() {
    let (old, new) = (home("djane"), home("other"));
    let good = djs_file(old.path());
    for (text, table, column) in [
        ("UPDATE requests SET title = printf('%.*c', 201, 'x')", "requests", "title"),
        ("UPDATE requests SET title = CAST(x'ff' AS TEXT)", "requests", "title"),
        ("UPDATE requests SET artist = 'a' || char(8238)", "requests", "artist"),
        ("UPDATE requests SET note = printf('%.*c', 1000000, 'x')", "requests", "note"),
        ("UPDATE requests SET created_at = 9000000000000000000", "requests", "created_at"),
        ("UPDATE requests SET played_at = -1", "requests", "played_at"),
        ("UPDATE requests SET duration_ms = 9000000000000000000", "requests", "duration_ms"),
        ("UPDATE requests SET candidates = '{'", "requests", "candidates"),
        ("UPDATE requests SET asked_title = printf('%.*c', 201, 'x')", "requests", "asked_title"),
        ("UPDATE requests SET asked_artist = 'a' || char(8238)", "requests", "asked_artist"),
        ("UPDATE events SET started_at = 253402300800000", "events", "started_at"),
        ("UPDATE events SET name = ''||char(7)", "events", "name"),
        ("UPDATE users SET created_at = 9000000000000000000", "users", "created_at"),
        ("UPDATE covers SET picture = CAST('<svg/>' AS BLOB)", "covers", "picture"),
        ("UPDATE covers SET id = '../../x'", "covers", "id"),
    ] {
        let file = old.path().join(format!("{table}-{column}.db"));
        std::fs::copy(&good, &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(text).unwrap();
        let (code, _, said) = command(new.path(), &["tenant", "import", file.to_str().unwrap()], "");
        assert!(code == 1 && said.contains(&format!("has {table} in it whose {column}")), "{text}: {said}");
        std::fs::remove_file(&file).unwrap();
    }
    let rules = old.path().join("rules.db");
    std::fs::copy(&good, &rules).unwrap();
    let lines = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 501)
                 INSERT INTO settings SELECT id, 'do_not_play', (SELECT json_group_array('line ' || i) FROM n) FROM users";
    Connection::open(&rules).unwrap().execute_batch(lines).unwrap();
    let (code, _, said) = command(new.path(), &["tenant", "import", rules.to_str().unwrap()], "");
    assert!(code == 1 && said.contains("has house rules in it that no box takes"), "{said}");
    let huge = old.path().join("huge.db");
    std::fs::copy(&good, &huge).unwrap();
    let text = "UPDATE requests SET title = printf('%.*c', 20000000, 'x')";
    Connection::open(&huge).unwrap().execute_batch(text).unwrap();
    let (code, _, said) = command(new.path(), &["tenant", "import", huge.to_str().unwrap()], "");
    assert!(code == 1 && said.lines().count() == 1 && said.contains("Nothing was changed"), "{said}");
    let (code, _, said) = command(new.path(), &["tenant", "import", good.to_str().unwrap()], "");
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_backup_with_a_trigger_of_somebody_elses_is_not_sound_and_makes_nobody_super_admin() {
    let dir = home("djane");
    let backup = dir.path().join("backup.db");
    assert_eq!(command(dir.path(), &["backup", backup.to_str().unwrap()], "").0, 0);
    assert_eq!(command(dir.path(), &["check", backup.to_str().unwrap()], "").0, 0);
    let conn = Connection::open(&backup).unwrap();
    let does = "AFTER INSERT ON sessions BEGIN UPDATE users SET role = 'superadmin' WHERE id = new.user_id; END";
    conn.execute_batch(&format!("CREATE TRIGGER t {does}")).unwrap();
    // The second bears the name of what SQLite itself leaves.
    for name in ["t", "sqlite_stat9"] {
        conn.pragma_update(None, "writable_schema", true).unwrap();
        conn.execute(
            "UPDATE sqlite_schema SET name = ?1, sql = ?2 WHERE type = 'trigger' AND name = 't'",
            [name, &format!("CREATE TRIGGER {name} {does}")],
        )
        .unwrap();
        for args in [["check", backup.to_str().unwrap()], ["restore", backup.to_str().unwrap()]] {
            let (code, _, said) = command(dir.path(), &args, "");
            let told = format!("the trigger {name} is none that PartyPlaylist makes");
            assert!(code == 1 && said.contains(&told), "{args:?}: {said}");
        }
    }
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.stranger();
    let body = serde_json::json!({ "username": "djane", "password": PASSWORD });
    assert_eq!(dj.post("/api/login", &body).json()["user"]["role"], "dj");
    assert_eq!(dj.get("/api/superadmin/users").status, 403);
}
