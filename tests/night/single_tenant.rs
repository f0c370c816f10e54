//! The list of a box from before there were accounts, taken in once.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::venue::{PASSWORD, Venue, command};

#[test]
fn a_list_from_before_accounts_comes_under_a_dj_once() {
    let dir = tempfile::tempdir().unwrap();
    let old = tempfile::tempdir().unwrap();
    assert_eq!(command(old.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    let file = old.path().join("partyplaylist.db");
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "INSERT INTO requests VALUES ('r1', 'Blue Monday', 'New Order', NULL, 'Ann', 'please', 'played', 5000, 9000),
                 ('r2', 'One', 'U2', NULL, NULL, NULL, 'pending', 7000, NULL);
             INSERT INTO settings VALUES ('event_title', 'Our party');",
        )
        .unwrap();
    let before = std::fs::read(&file).unwrap();
    let old = file.to_str().unwrap();
    for name in ["djane", "other"] {
        assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    }
    let import = |args: &[&str]| {
        let (code, said, error) = command(dir.path(), &[&["import", old], args].concat(), "");
        assert_eq!(code, 0, "{error}");
        said
    };
    let dry = import(&["--user", "djane", "--dry-run"]);
    assert!(dry.starts_with("Would bring 2 requests (0 there already) and 1 settings (0 left"), "{dry}");
    assert!(import(&["--user", "djane"]).starts_with("Brought 2 requests (0 there"));
    assert!(import(&["--user", "djane"]).starts_with("Brought 0 requests (2 there"), "twice");
    assert!(import(&["--user", "other"]).starts_with("Brought 2 requests"), "the same list under another DJ");
    assert!(import(&["--user", "other"]).starts_with("Brought 0 requests (2 there"));
    assert_eq!(std::fs::read(&file).unwrap(), before, "the old file was changed");
    let (code, _, said) = command(dir.path(), &["import", old, "--user", "nobody"], "");
    assert!(code == 1 && said.contains("no account called nobody") && said.lines().count() == 1, "{said}");
    let own = dir.path().join("partyplaylist.db");
    let (code, _, said) = command(dir.path(), &["import", own.to_str().unwrap(), "--user", "djane"], "");
    assert!(code == 1 && said.contains("tenant import"), "{said}");
    assert_eq!(command(dir.path(), &["check"], "").0, 0);
    let venue = Venue::of(dir, &[]);
    let events = venue.host("djane").get("/api/djane/events").json();
    assert_eq!(events["events"][0]["name"], json!("Before accounts"), "{events}");
    let page = venue.host("djane").get("/api/djane/requests");
    assert!(page.status == 200 && !page.body.contains("Blue Monday"), "an old list is no running one");
}

#[test]
fn a_list_left_in_the_middle_of_a_change_is_refused_until_its_program_has_seen_it() {
    let (dir, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    assert_eq!(command(old.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    let (made, file) = (old.path().join("partyplaylist.db"), old.path().join("list.db"));
    let journal = |file: &Path| std::path::PathBuf::from(format!("{}-journal", file.display()));
    let conn = Connection::open(&made).unwrap();
    conn.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2").unwrap();
    let rows = |n| {
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                   INSERT INTO requests SELECT ?1 || i, 'A song', 'Somebody', NULL, NULL, NULL, 'played', 5000, 9000 FROM n";
        conn.execute(sql, [n]).unwrap();
    };
    rows("whole");
    conn.execute_batch("BEGIN").unwrap();
    rows("half");
    std::fs::copy(&made, &file).unwrap();
    std::fs::copy(journal(&made), journal(&file)).unwrap();
    conn.execute_batch("ROLLBACK").unwrap();
    let import = || command(dir.path(), &["import", file.to_str().unwrap(), "--user", "djane"], "");
    let (code, _, said) = import();
    assert!(code == 1 && said.contains("open it once with the program") && said.lines().count() == 1, "{said}");
    // Its program keeps the journal, emptied.
    let program = Connection::open(&file).unwrap();
    program.execute_batch("PRAGMA journal_mode = PERSIST; UPDATE settings SET value = value; VACUUM").unwrap();
    drop(program);
    assert!(journal(&file).exists());
    let (code, said, error) = import();
    assert!(code == 0 && said.starts_with("Brought 500 requests"), "{said}{error}");
}
