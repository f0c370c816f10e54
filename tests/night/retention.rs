//! What the box keeps, forgets and hands over by itself.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use partyplaylist::domain::Timestamp;
use partyplaylist::store::{Clock, Store, check};
use rusqlite::Connection;

use crate::in_process;
use crate::venue::{PASSWORD, Venue, command, wish};

const DAY: i64 = 24 * 3_600_000;

/// A store whose clock the test holds; it begins today, since the schema's triggers go by the machine's clock.
fn store(dir: &Path) -> (Store, Arc<AtomicI64>, i64) {
    let start = Clock::system().now().0;
    in_process::migrated(dir, Timestamp(start));
    let now = Arc::new(AtomicI64::new(start));
    let clock = now.clone();
    let clock = Clock::of(move || Timestamp(clock.load(Ordering::SeqCst)));
    (in_process::store(dir, (1, 2), clock), now, start)
}

fn files(dir: &Path) -> Vec<String> {
    let mut all: Vec<_> = std::fs::read_dir(dir.join("backups"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    all
}

#[test]
fn seven_nights_are_kept_and_each_opens_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now, start) = store(dir.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for night in 0..9 {
        let tonight = start + (night - 9) * DAY;
        now.store(tonight, Ordering::SeqCst);
        let made = runtime.block_on(store.back_up_nightly()).unwrap().expect("no backup was made");
        // The file's own time is the machine's: it is set to the night's.
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(tonight.cast_unsigned());
        std::fs::File::open(&made).unwrap().set_modified(at).unwrap();
        assert!(runtime.block_on(store.back_up_nightly()).unwrap().is_none(), "twice in a night");
        assert_eq!(check(&made).unwrap().faults, Vec::<String>::new());
    }
    let kept = files(dir.path());
    assert_eq!(kept.len(), 7, "{kept:?}");
    assert!(kept.iter().all(|name| name.starts_with("nightly-")), "{kept:?}");
    store.close();
}

#[test]
fn what_copies_cut_short_have_left_goes_with_the_next_nights_after_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now, start) = store(dir.path());
    let folder = dir.path().join("backups");
    std::fs::create_dir(&folder).unwrap();
    let cut = "partyplaylist-019abcde-0000-7000-8000-000000000001.partial";
    let names = [cut, &format!("{cut}-journal"), "partyplaylist-mine.partial", "download-1.db", "mine.db"];
    for name in names {
        std::fs::write(folder.join(name), "half").unwrap();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (hours, left) in [(0, 5), (25, 3)] {
        now.store(start + hours * 3_600_000, Ordering::SeqCst);
        runtime.block_on(store.back_up_nightly()).unwrap().expect("no backup was made");
        let mut there = files(dir.path());
        there.retain(|name| names.contains(&name.as_str()));
        assert_eq!(there.len(), left, "after {hours} hours: {there:?}");
    }
    assert!(folder.join("mine.db").exists());
    store.close();
}

#[test]
fn names_of_old_nights_are_forgotten_and_songs_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let (store, now, start) = store(dir.path());
    let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    let old = start - 40 * DAY;
    conn.execute_batch(&format!(
        "INSERT INTO users VALUES ('a', 'anna', 'Anna', 'dj', 'active', 'h', 0), ('b', 'bert', 'Bert', 'dj', 'active', 'h', 0);
         INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) VALUES ('over', 'a', 'n', 'ended', '', '', 1, 0, 9, 9, 1, 0), ('on', 'b', 'n', 'live', '', '', 1, 0, 9, NULL, 1, 0);
         INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, nickname, note, status, created_at, version)
         VALUES ('1', 'a', 'over', 'Old', 'x', 'k', 'k', 'Mara', 'for Lena', 'played', {old}, 1),
                ('2', 'a', 'over', 'New', 'x', 'k', 'k', 'Tom', NULL, 'played', {start}, 1),
                ('3', 'b', 'on', 'Running', 'x', 'k', 'k', 'Yusuf', NULL, 'played', {old}, 1);
         INSERT INTO audit (user_id, at, actor, action, outcome, address)
         VALUES ('a', {old}, 'anna', 'sign in', 'allowed', '10.0.0.7'), ('a', {start}, 'anna', 'sign in', 'allowed', '10.0.0.8');"
    ))
    .unwrap();
    // Words of a guest, in the place of which stands another name.
    let words = "UPDATE requests SET asked_title = 'for Lena', asked_artist = 'x';
                 INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, asked_title, asked_artist, status, created_at, version)
                 SELECT '0', user_id, event_id, 'Named', artist, 'n', 'n', 'for Lena', 'x', status, created_at, 1 FROM requests WHERE id = '1'";
    conn.execute_batch(words).unwrap();
    now.store(start, Ordering::SeqCst);
    tokio::runtime::Runtime::new().unwrap().block_on(store.forget_people(30)).unwrap();
    let said = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let wishes = "SELECT title || ':' || coalesce(nickname, '') || ':' || coalesce(note, '') FROM requests ORDER BY id";
    assert_eq!(said(wishes), ["Named::", "Old::", "New:Tom:", "Running:Yusuf:"]);
    let words = "SELECT coalesce(asked_title, '') || coalesce(asked_artist, '') FROM requests ORDER BY id";
    assert_eq!(said(words), ["", "", "for Lenax", "for Lenax"]);
    assert_eq!(said("SELECT coalesce(address, '') FROM audit ORDER BY id"), ["", "10.0.0.8"]);
    for sql in ["UPDATE audit SET actor = 'x' WHERE id = 1", "UPDATE audit SET address = NULL WHERE id = 2"] {
        assert!(conn.execute(sql, []).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
    store.close();
}

#[test]
fn a_night_that_cannot_be_ended_keeps_no_other_from_it() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["anna", "bert", "carl"] {
        assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    }
    let venue = Venue::of(dir, &[]);
    let conn = Connection::open(venue.file()).unwrap();
    // Bert's has changed so often that one more change cannot be counted.
    let nights = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) SELECT 'night of ' || username, id, 'n', 'live', '', '', 1, 0, 9, NULL,
                      iif(username = 'bert', 9223372036854775807, 1), 0 FROM users";
    conn.execute(nights, []).unwrap();
    drop(conn);
    let running = || -> Option<String> {
        let sql = "SELECT group_concat(id) FROM events WHERE status <> 'ended'";
        venue.rows().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while running().as_deref() != Some("night of bert") {
        assert!(std::time::Instant::now() < deadline, "still running: {:?}", running());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(venue.log.lock().unwrap().contains("was not ended"));
}

#[test]
fn the_file_shrinks_again_when_much_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, _) = store(dir.path());
    let file = dir.path().join("partyplaylist.db");
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(
        "INSERT INTO users VALUES ('a', 'anna', 'Anna', 'dj', 'active', 'h', 0);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
         INSERT INTO settings SELECT 'a', 'k' || i, hex(randomblob(500)) FROM n;
         DELETE FROM settings; PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .unwrap();
    let before = std::fs::metadata(&file).unwrap().len();
    let free: u32 = conn.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap();
    let commits = store.commits();
    tokio::runtime::Runtime::new().unwrap().block_on(store.tidy()).unwrap();
    // The last one is for the planner.
    assert_eq!(store.commits() - commits, u64::from(free.div_ceil(500)) + 1, "{free} pages");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let after = std::fs::metadata(&file).unwrap().len();
    println!("{before} bytes before, {after} after");
    assert!(after * 4 < before, "{before} {after}");
    store.close();
}

#[test]
fn the_super_admin_downloads_a_whole_backup_and_is_written_down() {
    let venue = Venue::demo();
    let (mut admin, mut dj) = (venue.host("admin"), venue.host("johnsmith"));
    dj.post("/api/johnsmith/requests", &wish("In the backup"));
    let file = tempfile::tempdir().unwrap().keep().join("download.db");
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let answer = agent
        .get(format!("{}/api/superadmin/backup", venue.base))
        .header("Authorization", format!("Bearer {}", admin.token.clone().unwrap()))
        .call()
        .unwrap();
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.starts_with("attachment; filename=\"partyplaylist-"), "{name}");
    std::fs::write(&file, answer.into_body().with_config().limit(100_000_000).read_to_vec().unwrap()).unwrap();
    let found = check(&file).unwrap();
    assert_eq!((found.faults, found.djs.len(), found.requests), (vec![], 4, 16));
    assert_eq!(admin.get("/api/superadmin/audit").body.matches("download a backup").count(), 1);
    let left = std::fs::read_dir(venue.file().parent().unwrap().join("backups")).unwrap().count();
    assert_eq!(left, 0, "a copy was left behind");
}

#[test]
fn a_copy_from_a_clock_that_was_ahead_pushes_no_other_nights_out() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    let store = in_process::store(dir.path(), (1, 2), Clock::system());
    let folder = dir.path().join("backups");
    std::fs::create_dir_all(&folder).unwrap();
    let now = std::time::SystemTime::now();
    let hours = |hours: u64| std::time::Duration::from_secs(hours * 3600);
    for night in 1..=6 {
        let file = std::fs::File::create(folder.join(format!("nightly-{night}.db"))).unwrap();
        file.set_modified(now - hours(night * 24)).unwrap();
    }
    let ahead = std::fs::File::create(folder.join("nightly-2099.db")).unwrap();
    ahead.set_modified(now + hours(24 * 365 * 70)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let made: Vec<_> = (0..3).map(|_| runtime.block_on(store.back_up_nightly()).unwrap().is_some()).collect();
    assert_eq!(made, [true, false, false], "a copy every hour");
    let left = |name: &str| folder.join(name).exists();
    assert!((1..=6).all(|night| left(&format!("nightly-{night}.db"))) && !left("nightly-2099.db"));
    store.close();
}
