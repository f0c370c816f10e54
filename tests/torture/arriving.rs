//! A DJ, or a list from before accounts, comes in beside a running party.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::ledger::{Ledger, begin, folder};
use crate::times;
use crate::venue::{Caller, PASSWORD, Venue, command, program};

/// How long a wish may wait for others' affairs.
const MOST: Duration = Duration::from_secs(1);

/// A DJ's file with so many wishes of one night.
fn a_djs_file(wishes: usize) -> (tempfile::TempDir, String) {
    let dir = folder();
    let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    conn.execute_batch(&format!(
        "PRAGMA foreign_keys = ON;
         INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
         SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
         INSERT INTO guests (id, user_id, event_id, created_at) SELECT 'g' || i, u.id, 'e', 1 FROM n, users u;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {wishes} - 1)
         INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
         SELECT 'r' || i, u.id, 'e', 'g' || (i % 100), 'Song ' || i, 'Somebody', 'song ' || i, 'somebody', 'played', i, 1 FROM n, users u;
         INSERT INTO votes SELECT user_id, event_id, id, 'g' || ((rowid * 7) % 100), 1 FROM requests;"
    ))
    .unwrap();
    drop(conn);
    let file = dir.path().join("dj.db").display().to_string();
    let (code, _, said) = command(dir.path(), &["tenant", "export", "djane", &file], "");
    assert_eq!(code, 0, "{said}");
    (dir, file)
}

/// The longest that one of these guests waited for an answer, meanwhile and a little before and after.
fn slowest(ledger: &Ledger, guests: &[Caller], meanwhile: &dyn Fn()) -> Duration {
    *ledger.slowest.lock().unwrap() = Duration::ZERO;
    // However fast they are answered, fewer wishes than may wait come together while the longest of these goes on.
    let pace = Duration::from_millis(u64::try_from(times(20, 200)).unwrap());
    ledger.while_asking(guests, pace, None, || {
        ledger.await_more(50);
        meanwhile();
        ledger.await_more(50);
    });
    *ledger.slowest.lock().unwrap()
}

#[test]
fn while_a_dj_moves_in_anothers_wish_does_not_wait_for_them() {
    let wishes = times(20_000, 100_000);
    let (_old, file) = a_djs_file(wishes);
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, guests) = begin(&venue, 4);
    let data = venue.file().parent().unwrap().to_owned();
    let asking = |meanwhile: &dyn Fn()| slowest(&ledger, &guests, meanwhile);
    let (quiet, began) = (asking(&|| {}), Instant::now());
    let between = std::sync::Mutex::new(Vec::new());
    let moving = asking(&|| {
        std::thread::scope(|scope| {
            let arrival = scope.spawn(|| command(&data, &["tenant", "import", &file, "--as", "wanda"], ""));
            let rows = venue.rows();
            while !arrival.is_finished() {
                // Some of the DJ is there, under a name nobody can have.
                let names = "SELECT group_concat(username) FROM users WHERE username GLOB '-*' OR username = 'wanda'";
                let names: Option<String> = rows.query_row(names, [], |row| row.get(0)).unwrap();
                if names.is_some_and(|names| names.starts_with('-')) {
                    between.lock().unwrap().push(ledger.acked());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let (code, _, said) = arrival.join().unwrap();
            assert_eq!(code, 0, "{said}");
        });
    });
    assert_eq!(venue.stranger().get("/wanda").status, 410, "they are here, and have no party");
    let between = between.into_inner().unwrap();
    let answered = between.last().unwrap_or(&0) - between.first().unwrap_or(&0);
    let took = began.elapsed();
    println!("| wishes that arrive | import, ms | another's wish, worst ms | in quiet | answered meanwhile |");
    println!("| {wishes} | {} | {} | {} | {answered} |", took.as_millis(), moving.as_millis(), quiet.as_millis());
    assert_eq!(ledger.refusals(), []);
    assert!(answered > 20, "{answered} wishes were answered while the DJ arrived");
    assert!(moving < MOST, "a wish waited {moving:?}");
}

#[test]
fn two_imports_of_one_dj_at_once_bring_them_once_and_whole() {
    let wishes = times(1_000, 20_000);
    let (_old, file) = a_djs_file(wishes);
    for _ in 0..times(2, 20) {
        let dir = folder();
        let import = |name: &str| command(dir.path(), &["tenant", "import", &file, "--as", name], "");
        let both = std::thread::scope(|scope| {
            let second = scope.spawn(|| import("second"));
            [import("first"), second.join().unwrap()]
        });
        let (done, refused): (Vec<_>, Vec<_>) = both.into_iter().partition(|(code, ..)| *code == 0);
        assert_eq!((done.len(), refused.len()), (1, 1), "{refused:?}");
        let said = &refused[0].2;
        assert!(said.contains("This DJ is") && said.lines().count() == 1, "{said}");
        let conn = Connection::open(dir.path().join("partyplaylist.db")).unwrap();
        let sql =
            "SELECT count(*) FROM requests r JOIN users u ON u.id = r.user_id WHERE u.username IN ('first', 'second')";
        let there: i64 = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(there).unwrap(), wishes);
    }
}

/// A box with a DJ to whom a list is brought, and such a list with so many wishes.
fn a_list(wishes: usize) -> (Venue, tempfile::TempDir, String) {
    let (dir, old) = (folder(), tempfile::tempdir().unwrap());
    assert_eq!(command(dir.path(), &["user", "add", "other", "--password-stdin"], PASSWORD).0, 0);
    assert_eq!(command(old.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    let file = old.path().join("partyplaylist.db");
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {wishes} - 1)
         INSERT INTO requests SELECT 'r' || i, 'Song ' || i, 'Somebody', NULL, 'Ann', NULL, 'played', i, i FROM n;
         INSERT INTO settings VALUES ('event_title', 'Our party');"
    ))
    .unwrap();
    drop(conn);
    (Venue::of(dir, &[]), old, file.display().to_string())
}

fn brought(file: &Path) -> usize {
    let sql = "SELECT count(*) FROM requests r JOIN users u ON u.id = r.user_id WHERE u.username = 'other'";
    let rows: u32 = Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    rows as usize
}

#[test]
fn while_a_list_from_before_accounts_comes_in_anothers_wish_does_not_wait_for_it() {
    let wishes = times(8_000, 100_000);
    let (venue, _old, file) = a_list(wishes);
    let (ledger, data) = (Ledger::default(), venue.file().parent().unwrap().to_owned());
    let (_, guests) = begin(&venue, 4);
    let import = |more: &[&str]| {
        let (began, before) = (Instant::now(), ledger.acked());
        let slowest = slowest(&ledger, &guests, &|| {
            let (code, said, error) = command(&data, &[&["import", &file, "--user", "other"], more].concat(), "");
            assert!(code == 0 && said.contains(&format!("{wishes} requests (0 there")), "{said}{error}");
        });
        (slowest, began.elapsed(), ledger.acked() - before)
    };
    // On a machine that is busy with other things everybody waits.
    let quiet = slowest(&ledger, &guests, &|| {});
    let most = MOST.max(quiet * 5);
    println!("| wishes that come | all, ms | another's wish, worst ms | in quiet | answered meanwhile |");
    for (what, more) in [("counted", &["--dry-run"][..]), ("brought", &[])] {
        let (slowest, took, answered) = import(more);
        let [took, worst, quiet] = [took, slowest, quiet].map(|time| time.as_millis());
        println!("| {wishes} {what} | {took} | {worst} | {quiet} | {answered} |");
        assert_eq!(ledger.refusals(), [], "{what}");
        assert!(slowest < most, "{what}: a wish waited {slowest:?}");
        assert_eq!(brought(&venue.file()), if more.is_empty() { wishes } else { 0 }, "{what}");
    }
}

#[test]
fn of_a_list_whose_way_in_was_cut_short_nothing_stays_and_the_same_command_brings_it_whole() {
    const WISHES: usize = 6_000;
    let (venue, _old, file) = a_list(WISHES);
    let data = venue.file().parent().unwrap().to_owned();
    let args = ["import", &file, "--user", "other"];
    let mut import = program();
    let mut import = import.arg("--data").arg(&data).args(args).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while brought(&venue.file()) == 0 {
        assert!(Instant::now() < deadline, "nothing came");
        std::thread::sleep(Duration::from_millis(2));
    }
    let (code, said, error) = command(&data, &args, "");
    assert!(code == 1 && error.contains("Another list is coming"), "two at once: {said}{error}");
    import.kill().unwrap();
    import.wait().unwrap();
    let part = brought(&venue.file());
    assert!(part > 0 && part < WISHES, "it was not cut short: {part}");
    let nights = venue.host("other").get("/api/other/events");
    assert!(nights.status == 200 && !nights.body.contains("Before accounts"), "half of it is shown: {}", nights.body);
    let dest = data.join("half.db");
    let (code, said, error) = command(&data, &["tenant", "export", "other", dest.to_str().unwrap()], "");
    assert!(code == 1 && error.contains("A list is coming") && !dest.exists(), "half of it moves on: {said}{error}");
    let venue = Venue::of(venue.kill(), &[]);
    crate::cuts::await_none(&venue, "SELECT count(*) FROM events WHERE name = 'Before accounts'");
    assert_eq!(brought(&venue.file()), 0);
    let settings: i64 = venue
        .rows()
        .query_row("SELECT count(*) FROM settings WHERE key = 'event_title'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(settings, 0);
    let whole = format!("Brought {WISHES} requests (0 there already) and 1 settings");
    let again = format!("Brought 0 requests ({WISHES} there already) and 0 settings");
    for told in [whole, again] {
        let (code, said, error) = command(&data, &args, "");
        assert!(code == 0 && said.starts_with(&told), "{said}{error}");
        assert_eq!(brought(&venue.file()), WISHES);
    }
}
