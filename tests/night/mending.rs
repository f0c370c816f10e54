//! What an upgrade left half done is named and finished, and damage is told where people look.

use std::os::unix::fs::FileExt;
use std::path::Path;

use partyplaylist::domain::Song;
use partyplaylist::store::LATEST;
use rusqlite::Connection;

use crate::venue::{PASSWORD, Venue, command};

fn home() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let add = ["user", "add", "boss", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(dir.path(), &add, PASSWORD).0, 0);
    dir
}

fn fill(file: &Path, songs: usize) {
    let mut conn = Connection::open(file).unwrap();
    conn.execute_batch("INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users")
        .unwrap();
    let tx = conn.transaction().unwrap();
    for n in 0..songs {
        let song = Song::named(format!("Song {n} - Remastered 2011"), "Die Ärzte feat. X");
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
                   SELECT ?1, id, 'e', ?2, ?3, ?4, ?5, 'played', 1, 1 FROM users";
        tx.execute(sql, (format!("r{n}"), &song.title, &song.artist, song.key(), song.artist_key())).unwrap();
    }
    tx.commit().unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// As an earlier program left it: the version, and not what belongs to it.
fn leave_half_done(dir: &Path, version: u32) {
    let file = dir.join("partyplaylist.db");
    assert_eq!(command(dir, &["migrate", "down", "--to", &version.to_string()], "").0, 0);
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(
        "UPDATE requests SET song_key = lower(title) || char(31) || lower(artist), artist_key = lower(artist);
         PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM",
    )
    .unwrap();
}

fn state(file: &Path) -> (i64, i64, usize) {
    let conn = Connection::open(file).unwrap();
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get(0)).unwrap();
    let mut statement = conn.prepare("SELECT title, artist, song_key FROM requests").unwrap();
    let right = |row: &rusqlite::Row| {
        let song = Song::named(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        Ok(song.key() == row.get::<_, String>(2)?)
    };
    let right = statement.query_map([], right).unwrap().filter(|right| *right.as_ref().unwrap()).count();
    (pragma("user_version"), pragma("auto_vacuum"), right)
}

#[test]
fn an_upgrade_that_an_earlier_program_left_half_done_is_named_and_finished_by_the_next_start() {
    let versions = std::collections::BTreeSet::from([8, LATEST]);
    for version in versions {
        let dir = home();
        let file = dir.path().join("partyplaylist.db");
        fill(&file, 40);
        leave_half_done(dir.path(), version);
        assert_eq!(state(&file), (version.into(), 0, 0));
        let (code, _, said) = command(dir.path(), &["check"], "");
        assert_eq!((code, said.lines().count()), (1, 1), "{said}");
        assert!(said.contains("40 songs with keys") && said.contains("migrate up"), "{said}");
        let venue = Venue::of(dir, &[]);
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        let file = dir.path().join("partyplaylist.db");
        assert_eq!(state(&file), (LATEST.into(), 2, 40), "version {version}");
        assert_eq!(command(dir.path(), &["check"], "").0, 0);
    }
}

#[test]
fn keys_that_are_not_made_so_any_more_are_named_and_made_anew_by_migrate_up() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 40);
    Connection::open(&file).unwrap().execute("UPDATE requests SET song_key = 'x' WHERE id < 'r2'", []).unwrap();
    let (code, _, said) = command(dir.path(), &["check"], "");
    assert!(code == 1 && said.contains("songs with keys"), "{said}");
    let (code, _, said) = command(dir.path(), &["migrate", "up"], "");
    assert_eq!(code, 0, "{said}");
    assert_eq!(state(&file), (LATEST.into(), 2, 40));
}

#[test]
fn keys_and_words_of_before_scripts_were_told_apart_are_made_anew_by_the_upgrade() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 1);
    let (yes, no) = (Song::named("がんばれ", "ハハ"), Song::named("かんはれ", "パパ"));
    let conn = Connection::open(&file).unwrap();
    for (n, song) in [&yes, &no].into_iter().enumerate() {
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
                   SELECT ?1, id, 'e', ?2, ?3, 'かんはれ' || char(31) || 'ハハ', 'ハハ', 'played', 1, 1 FROM users";
        conn.execute(sql, (format!("j{n}"), &song.title, &song.artist)).unwrap();
        let sql = "INSERT INTO tracks (user_id, uri, title, artists, words, named_at)
                   SELECT id, ?1, ?2, json_array(?3), 'かんはれ ハハ', 1 FROM users";
        conn.execute(sql, (format!("spotify:track:{n}"), &song.title, &song.artist)).unwrap();
    }
    conn.execute("INSERT INTO searches SELECT id, 'かんはれ', '[]', 1 FROM users", []).unwrap();
    drop(conn);
    assert_eq!(command(dir.path(), &["migrate", "down", "--to", "12"], "").0, 0);
    assert_eq!(state(&file).2, 1);
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    assert_eq!(state(&file), (LATEST.into(), 2, 3));
    let conn = Connection::open(&file).unwrap();
    let text = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(
        text("SELECT group_concat(words, ', ') FROM (SELECT words FROM tracks ORDER BY uri)"),
        "がんばれ ハハ, かんはれ パパ"
    );
    assert_eq!(text("SELECT count(*) || '' FROM searches"), "0");
}

#[test]
fn songs_that_an_older_box_took_for_one_are_two_after_the_upgrade_and_what_it_took_for_two_is_one() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 1);
    assert_eq!(command(dir.path(), &["migrate", "down", "--to", "15"], "").0, 0);
    let conn = Connection::open(&file).unwrap();
    let sql =
        "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
               SELECT ?1, id, 'e', ?2, ?3, ?4 || char(31) || ?5, ?5, 'played', 1, 1 FROM users";
    for (id, title, artist, of_title, of_artist) in [
        ("o1", "6 Ft Under", "X", "6", "x"),
        ("o2", "6 Ft Deep", "X", "6", "x"),
        ("o3", "Sweat", "C+C Music Factory", "sweat", "c+c music factory"),
        ("o4", "Sweat", "C & C Music Factory", "sweat", "c and c music factory"),
    ] {
        conn.execute(sql, (id, title, artist, of_title, of_artist)).unwrap();
    }
    drop(conn);
    let (_, _, dir) = Venue::of(dir, &[]).terminate();
    let file = dir.path().join("partyplaylist.db");
    assert_eq!(state(&file), (LATEST.into(), 2, 5));
    let sql = "SELECT count(DISTINCT song_key) FROM requests WHERE id BETWEEN ?1 AND ?2";
    let conn = Connection::open(&file).unwrap();
    let songs = |from: &str, to: &str| conn.query_row(sql, [from, to], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((songs("o1", "o2"), songs("o3", "o4")), (2, 1));
}

#[test]
fn a_backup_whose_upgrade_was_left_half_done_can_be_put_back() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 40);
    leave_half_done(dir.path(), 8);
    let backup = dir.path().join("old.db");
    std::fs::copy(&file, &backup).unwrap();
    let (code, _, said) = command(dir.path(), &["restore", backup.to_str().unwrap()], "");
    assert_eq!(code, 0, "{said}");
    let (_, _, dir) = Venue::of(dir, &[]).terminate();
    assert_eq!(state(&dir.path().join("partyplaylist.db")), (LATEST.into(), 2, 40));
}

/// A page of songs, far from where a table begins.
fn page_of_songs(file: &Path) -> u32 {
    let sql =
        "SELECT pageno FROM dbstat WHERE name = 'requests' AND pagetype = 'leaf' ORDER BY pageno DESC LIMIT 1 OFFSET 9";
    Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

fn spoil(file: &Path, page: u32) {
    let raw = std::fs::File::options().write(true).open(file).unwrap();
    raw.write_all_at(&[0x5a; 4096], u64::from(page - 1) * 4096).unwrap();
}

#[test]
fn who_runs_into_a_damaged_page_is_told_so_and_it_is_told_from_then_on() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 4000);
    let page = page_of_songs(&file);
    let venue = Venue::of(dir, &[]);
    let mut boss = venue.host("boss");
    spoil(&venue.file(), page);
    let call = "/api/boss/events/e";
    let answer = boss.get(call);
    assert_eq!((answer.status, answer.code().as_str()), (503, "database_damaged"), "{}", answer.body);
    let mut person = venue.host("boss").with("Accept", "text/html");
    let shown = person.get(&format!("{call}.csv"));
    assert_eq!(shown.status, 503, "{}", shown.body);
    for body in [&answer.body, &shown.body] {
        assert!(body.contains("The database is damaged") && body.contains("partyplaylist restore"), "{body}");
    }
    assert_eq!(answer.header("retry-after"), None, "it mends by no waiting");
    assert_eq!(venue.stranger().get("/api/health").json()["damaged"], serde_json::json!(true));
    assert!(boss.get("/superadmin/dashboard").body.contains("The database is damaged"));
}

#[test]
fn damage_deep_inside_is_found_after_a_crash_and_told_where_people_look() {
    let dir = home();
    let file = dir.path().join("partyplaylist.db");
    fill(&file, 4000);
    let backup = dir.path().join("sound.db");
    assert_eq!(command(dir.path(), &["backup", backup.to_str().unwrap()], "").0, 0);
    let page = page_of_songs(&file);
    let venue = Venue::of(dir, &[]);
    let look = std::fs::File::open(venue.file()).unwrap();
    let mut boss = venue.host("boss");
    assert_eq!(boss.post("/api/boss/event", &serde_json::json!({ "name": "Night" })).status, 201);
    let dir = venue.kill();
    drop(look);
    let file = dir.path().join("partyplaylist.db");
    spoil(&file, page);
    let venue = Venue::of(dir, &[]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !venue.log.lock().unwrap().contains("The database is damaged") {
        assert!(std::time::Instant::now() < deadline, "nothing was found");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut boss = venue.host("boss");
    assert!(boss.get("/superadmin/dashboard").body.contains("The database is damaged"));
    assert_eq!(venue.stranger().get("/api/health").json()["damaged"], serde_json::json!(true));
    let download = boss.get("/api/superadmin/backup");
    assert_eq!((download.status, download.code().as_str()), (503, "not_possible"), "a damaged backup is handed out");
    assert!(download.body.contains("partyplaylist restore"), "{}", download.body);
    let (_, _, dir) = venue.terminate();
    let doctor = |dir: &Path| command(dir, &["doctor"], "").1;
    let said = doctor(dir.path());
    assert!(said.lines().any(|line| line.starts_with("WRONG  database") && line.contains("is damaged")), "{said}");
    let (code, _, said) = command(dir.path(), &["restore", dir.path().join("sound.db").to_str().unwrap()], "");
    assert_eq!(code, 0, "{said}");
    assert!(!doctor(dir.path()).contains("is damaged"));
    let venue = Venue::of(dir, &[]);
    assert!(!venue.host("boss").get("/superadmin/dashboard").body.contains("The database is damaged"));
}
