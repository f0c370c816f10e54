//! A DJ's file from elsewhere: what is not as it should be is refused with a sentence, and nothing has changed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::venue::{PASSWORD, Venue, command};

/// A folder with one DJ of that name.
fn home(name: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    dir
}

fn database(dir: &TempDir) -> PathBuf {
    dir.path().join("partyplaylist.db")
}

fn sql(file: &Path, text: &str) {
    let conn = Connection::open(file).unwrap();
    conn.pragma_update(None, "foreign_keys", false).unwrap();
    conn.execute_batch(text).unwrap();
}

/// `wanda` with a night that is over, in a file of her own.
fn wandas(dir: &TempDir) -> PathBuf {
    sql(
        &database(dir),
        "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) SELECT 'single-tenant', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users;
         INSERT INTO guests (id, user_id, event_id, nickname, created_at, muted_at) SELECT 'g1', id, 'single-tenant', NULL, 1, NULL FROM users;
         INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
             SELECT 'r1', id, 'single-tenant', 'g1', 'One', 'U2', 'k', 'a', 'played', 1, 1 FROM users;
         INSERT INTO votes SELECT id, 'single-tenant', 'r1', 'g1', 1 FROM users;
         INSERT INTO submissions SELECT id, 'single-tenant', 'g1', 'k', 'r1', 0 FROM users;",
    );
    let file = dir.path().join("wanda.db");
    let (code, _, said) = command(dir.path(), &["tenant", "export", "wanda", file.to_str().unwrap()], "");
    assert_eq!(code, 0, "{said}");
    file
}

/// All rows of the accounts, as text.
fn accounts(dir: &TempDir) -> String {
    let conn = Connection::open(database(dir)).unwrap();
    let sql = "SELECT group_concat(username || role || password_hash) FROM users";
    conn.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap().unwrap_or_default()
}

/// Refused in one line with this word in it, the box and the file as they were, nothing left beside.
fn refused(new: &TempDir, file: &Path, word: &str) {
    let (before, bytes) = (accounts(new), std::fs::read(file).ok());
    let (code, _, said) = command(new.path(), &["tenant", "import", file.to_str().unwrap()], "");
    assert_eq!((code, said.lines().count()), (1, 1), "{word}: {said}");
    assert!(said.contains(word), "{word}: {said}");
    assert_eq!((accounts(new), std::fs::read(file).ok()), (before, bytes), "{word}: something changed");
    let names = std::fs::read_dir(new.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| name.starts_with("incoming") || name.contains("arriving")).collect();
    assert!(left.is_empty(), "{word}: {left:?}");
}

#[test]
fn a_djs_file_with_anything_odd_in_it_is_refused_whole() {
    let (old, new) = (home("wanda"), home("owner"));
    let good = wandas(&old);
    let odd = |name: &str, text: &str| {
        let file = old.path().join(name);
        std::fs::copy(&good, &file).unwrap();
        sql(&file, text);
        file
    };
    let injection = "CREATE TABLE \"users (id, username, display_name, role, status, password_hash, created_at) SELECT 'evil', 'evil', 'e', 'superadmin', 'active', 'h', 0 WHERE :tenant IS NOT NULL --\" (user_id TEXT)";
    for (text, word) in [
        (injection, "other tables"),
        ("CREATE TRIGGER t AFTER UPDATE ON users BEGIN DELETE FROM requests; END", "other tables"),
        ("DROP TABLE votes; CREATE VIEW votes AS SELECT * FROM requests", "other tables"),
        ("ALTER TABLE users ADD COLUMN more TEXT", "other tables"),
        ("UPDATE users SET username = 'login'", "cannot be used"),
        ("UPDATE users SET display_name = char(10) || 'x'", "cannot be shown"),
        ("INSERT INTO users VALUES ('u2', 'second', 'S', 'dj', 'active', 'h', 0)", "2 accounts"),
        ("DELETE FROM users", "point at nothing"),
        ("UPDATE requests SET id = '../r 1'; DELETE FROM votes; DELETE FROM submissions", "not an id"),
        ("INSERT INTO settings VALUES ('somebody', 'k', 'v')", "point at nothing"),
        ("UPDATE votes SET request_id = 'gone'", "point at nothing"),
        ("UPDATE events SET version = -1", "no number of changes"),
        ("UPDATE events SET version = 9007199254740992", "no number of changes"),
        ("PRAGMA user_version = 99", "of version 99"),
        ("PRAGMA application_id = 7", "is not a DJ's file"),
    ] {
        refused(&new, &odd(&format!("odd-{}.db", text.len()), text), word);
    }
    let bytes = std::fs::read(&good).unwrap();
    let garbled = old.path().join("garbled.db");
    std::fs::write(&garbled, &bytes[..bytes.len() / 2]).unwrap();
    refused(&new, &garbled, "damaged");
    std::fs::write(&garbled, "a letter".repeat(100)).unwrap();
    refused(&new, &garbled, "not a database");
    std::fs::File::create(&garbled).unwrap().set_len(3 << 30).unwrap();
    let (code, _, said) = command(new.path(), &["tenant", "import", garbled.to_str().unwrap()], "");
    assert!(code == 1 && said.contains("larger than 1 GB"), "{said}");
    refused(&new, old.path(), "is a folder");
    refused(&new, &old.path().join("nowhere.db"), "There is no file");
    refused(&new, &database(&old), "a whole box");
}

#[test]
fn what_a_wish_was_asked_for_as_goes_with_its_dj_and_leaves_its_name_where_a_version_does_not_keep_it() {
    let (old, new) = (home("wanda"), home("owner"));
    drop(wandas(&old));
    sql(&database(&old), "UPDATE requests SET asked_title = 'Won', asked_artist = 'you too'");
    let file = old.path().join("again.db");
    for (home, args) in [(&old, ["tenant", "export", "wanda"]), (&new, ["tenant", "import", ""])] {
        let args: Vec<&str> = args.into_iter().filter(|arg| !arg.is_empty()).chain(file.to_str()).collect();
        let (code, _, said) = command(home.path(), &args, "");
        assert_eq!(code, 0, "{said}");
    }
    let named = |columns: &str| -> String {
        let conn = Connection::open(database(&new)).unwrap();
        conn.query_row(&format!("SELECT {columns} FROM requests"), [], |row| row.get(0)).unwrap()
    };
    let all = "title || artist || coalesce(asked_title || asked_artist, '')";
    assert_eq!(named(all), "OneU2Wonyou too");
    let (code, _, said) = command(new.path(), &["migrate", "down", "--to", "16"], "");
    assert_eq!(code, 0, "{said}");
    assert_eq!(named("title || artist"), "OneU2");
    let (code, _, said) = command(new.path(), &["migrate", "up"], "");
    assert_eq!(code, 0, "{said}");
    assert_eq!(named(all), "OneU2");
}

#[test]
fn a_djs_file_is_no_box_to_start_or_to_put_in_its_place() {
    let old = home("wanda");
    let file = wandas(&old);
    let before = accounts(&old);
    for args in [&["restore", file.to_str().unwrap()][..], &["check", file.to_str().unwrap()]] {
        let (code, _, said) = command(old.path(), args, "");
        assert!(code == 1 && said.contains("holds one DJ") && said.lines().count() == 1, "{said}");
    }
    assert_eq!(accounts(&old), before);
}

#[test]
fn taken_ids_are_new_ones_wherever_they_stand_and_who_is_here_is_not_taken_in_twice() {
    let (old, new) = (home("wanda"), home("other"));
    let file = wandas(&old);
    sql(&file, "UPDATE users SET role = 'superadmin', status = 'suspended'");
    // The new box has every one of these ids already.
    let other = home("wanda");
    let others = wandas(&other);
    let (code, _, said) = command(new.path(), &["tenant", "import", others.to_str().unwrap(), "--as", "first"], "");
    assert_eq!(code, 0, "{said}");
    let (code, said, error) = command(new.path(), &["tenant", "import", file.to_str().unwrap()], "");
    assert!(
        code == 0 && said.contains("3 ids were taken here") && said.contains("here they are a DJ"),
        "{said}{error}"
    );
    let conn = Connection::open(database(&new)).unwrap();
    let whole: String = conn
        .query_row(
            "SELECT u.role || ' ' || u.status || ' ' || count(*) FROM users u JOIN events e ON e.user_id = u.id
             JOIN guests g ON g.user_id = u.id AND g.event_id = e.id
             JOIN requests r ON r.user_id = u.id AND r.event_id = e.id AND r.guest_id = g.id
             JOIN votes v ON v.user_id = u.id AND v.event_id = e.id AND v.request_id = r.id AND v.guest_id = g.id
             JOIN submissions s ON s.user_id = u.id AND s.event_id = e.id AND s.request_id = r.id AND s.submitter = g.id
             WHERE u.username = 'wanda' AND r.id <> 'r1'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(whole, "dj suspended 1");
    refused(&new, &file, "here already, as wanda");
    let (code, _, said) = command(new.path(), &["tenant", "import", others.to_str().unwrap(), "--as", "third"], "");
    assert!(code == 1 && said.contains("here already, as first"), "{said}");
    refused(&new, &wandas(&home("wanda")), "--as NAME");
    assert_eq!(command(new.path(), &["check"], "").0, 0);
}

#[test]
fn what_a_djs_file_says_of_a_client_id_counts_for_nobody_here() {
    let (old, new) = (home("wanda"), home("owner"));
    let used = "INSERT INTO spotify_calls SELECT id, 'shared', 1, 1000000 FROM users;
                INSERT INTO spotify_quotas SELECT id, 'shared', 9000000000000 FROM users;";
    sql(&database(&old), used);
    let file = wandas(&old);
    let said = |file: &Path| {
        let both = "SELECT (SELECT count(*) FROM spotify_calls) + (SELECT count(*) FROM spotify_quotas)";
        Connection::open(file).unwrap().query_row(both, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((said(&database(&old)), said(&file)), (2, 0));
    // A file made by hand says it all the same.
    sql(&file, used);
    let (code, _, error) = command(new.path(), &["tenant", "import", file.to_str().unwrap()], "");
    assert_eq!((code, said(&database(&new))), (0, 0), "{error}");
}

#[test]
fn a_djs_file_tells_no_secret_and_nothing_of_another_dj() {
    let venue = Venue::demo();
    for name in ["johnsmith", "janedoe"] {
        venue.screen(name);
        venue.helper(name);
    }
    let folder = venue.file().parent().unwrap().to_owned();
    let file = folder.join("john.db");
    let (code, _, said) = command(&folder, &["tenant", "export", "johnsmith", file.to_str().unwrap()], "");
    assert_eq!(code, 0, "{said}");
    let bytes = std::fs::read(&file).unwrap();
    let told = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    assert!(told(b"Friday at the Anchor"));
    let secrets = "SELECT password_hash FROM users UNION ALL SELECT pin FROM events UNION ALL SELECT join_token FROM events
                   UNION ALL SELECT token_hash FROM display_tokens UNION ALL SELECT token_hash FROM helpers
                   UNION ALL SELECT id FROM sessions UNION ALL SELECT access_token FROM spotify_links
                   UNION ALL SELECT refresh_token FROM spotify_links
                   UNION ALL SELECT id FROM users WHERE username <> 'johnsmith' UNION ALL SELECT 'janedoe'
                   UNION ALL SELECT r.id FROM requests r JOIN users u ON u.id = r.user_id WHERE u.username <> 'johnsmith'";
    let conn = venue.rows();
    let mut statement = conn.prepare(secrets).unwrap();
    let found = statement.query_map([], |row| Ok(row.get_ref(0)?.as_bytes().unwrap().to_vec())).unwrap();
    let found: Vec<Vec<u8>> = found.map(Result::unwrap).collect();
    assert!(found.len() > 20, "{}", found.len());
    for secret in found {
        assert!(!told(&secret), "{}", String::from_utf8_lossy(&secret));
    }
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}
