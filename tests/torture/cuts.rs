//! Every step that touches the disk is cut once: the process is killed there, or the disk is full from there on. After the
//! next start all is old or all is new, and the room is given back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use partyplaylist::domain::Song;
use partyplaylist::store::LATEST;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::ledger::faults;
use crate::times;
use crate::venue::{PASSWORD, Venue, command, wish};

/// What changes files.
const STEPS: &str = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat";

/// A command under test: a folder for it, what it is told, and what has to hold after the next start.
pub struct Case {
    pub name: &'static str,
    pub prepare: fn() -> TempDir,
    pub args: fn(&Path) -> Vec<String>,
    /// Of a command that changes the version: the version before and after. The next start ends all alike, so that only how
    /// the file lies tells old from new.
    pub versions: Option<(u32, u32)>,
    /// Answers whether all is new.
    pub judge: fn(&Venue, &Path) -> bool,
}

/// One call of an untouched run: its name, and the how-manieth of its thread.
pub fn calls(case: &Case, dir: TempDir) -> Vec<(String, usize)> {
    let log = dir.path().join("strace.log");
    let done = traced(dir.path(), &log, &[], &(case.args)(dir.path()));
    assert_eq!(done, Some(0), "{}: {}", case.name, std::fs::read_to_string(&log).unwrap());
    let mut counts = std::collections::HashMap::new();
    let text = std::fs::read_to_string(&log).unwrap();
    let called = text.lines().filter_map(|line| {
        let (thread, rest) = line.split_once(' ')?;
        let call = rest.trim_start().split('(').next().filter(|call| STEPS.split(',').any(|step| step == *call))?;
        let count: &mut usize = counts.entry((thread.to_owned(), call.to_owned())).or_default();
        *count += 1;
        // Files that are only read do not count.
        let only_read = call == "openat" && !rest.contains("O_CREAT") && !rest.contains("O_WRONLY");
        (!only_read).then(|| (call.to_owned(), *count))
    });
    let all: Vec<_> = called.collect();
    drop(dir);
    all
}

/// Runs a command under `strace`; answers its exit code, none where it was killed.
fn traced(dir: &Path, log: &Path, inject: &[String], args: &[String]) -> Option<i32> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", &format!("trace={STEPS}"), "-o"]).arg(log).args(inject);
    strace.arg(env!("CARGO_BIN_EXE_partyplaylist")).arg("--data").arg(dir.join("data")).args(args);
    strace.output().unwrap().status.code()
}

/// The data folder of a case, inside one that also has what the command reads.
fn data(dir: &TempDir) -> PathBuf {
    dir.path().join("data")
}

pub fn database(dir: &Path) -> PathBuf {
    dir.join("data/partyplaylist.db")
}

/// Cuts a command at evenly spread steps, and looks at what is left.
pub fn cut_everywhere(case: &Case) {
    let template = (case.prepare)();
    let again = || {
        let dir = tempfile::tempdir().unwrap();
        let copied = Command::new("cp").arg("-a").arg(template.path().join(".")).arg(dir.path()).status().unwrap();
        assert!(copied.success());
        dir
    };
    let mut calls = calls(case, again());
    let all = calls.len();
    // Pages are written by the hundred; what gives files their names comes once.
    let seldom = |call: &str| !["pwrite64", "openat", "write"].contains(&call);
    let mut nth = 0..;
    calls.retain(|(call, _)| seldom(call) || times(0, 1) == 1 || nth.next().is_some_and(|n| n % 12 == 0));
    let cuts = times(10, 200).min(calls.len());
    // Evenly, the last one always among them, and wherever a file gets another name: between two of those a database may
    // have none.
    let naming =
        calls.iter().enumerate().filter(|(_, (call, _))| call.starts_with("rename") || call.starts_with("link"));
    let chosen: BTreeSet<usize> =
        (0..cuts).map(|cut| calls.len() * (cut + 1) / cuts - 1).chain(naming.map(|(at, _)| at)).collect();
    let (mut old, mut new, mut missed) = (0, 0, 0);
    for (cut, at) in chosen.into_iter().enumerate() {
        let (call, count) = &calls[at];
        // In the short run every other cut is a disk that is full from there on.
        let full = matches!(
            call.as_str(),
            "openat" | "write" | "pwrite64" | "mkdir" | "link" | "linkat" | "rename" | "fsync" | "fdatasync"
        );
        let kinds: &[bool] = match (full, times(1, 2)) {
            (false, _) => &[false],
            (true, 1) => &[cut % 2 == 1 && !call.starts_with("rename")],
            (true, _) => &[false, true],
        };
        for full in kinds.iter().copied() {
            let fate = if full { format!("error=ENOSPC:when={count}+") } else { format!("signal=KILL:when={count}") };
            let what = format!("{}, {call} {fate}", case.name);
            let dir = again();
            let (inject, log) = (["-e".to_owned(), format!("inject={call}:{fate}")], dir.path().join("strace.log"));
            let code = traced(dir.path(), &log, &inject, &(case.args)(dir.path()));
            println!("{what}");
            // A cut that is never reached would be a whole run, and pass for one that did no harm.
            let refused = std::fs::read_to_string(&log)
                .unwrap_or_default()
                .contains("ENOSPC (No space left on device) (INJECTED)");
            // How often a thread wakes another differs from run to run, and how much goes over in one piece.
            if code == Some(0) && !refused {
                missed += 1;
                continue;
            }
            assert!(if full { refused } else { code.is_none() }, "{what}: the cut did not take place, exit {code:?}");
            let is_new = look(case, dir, &what);
            *(if is_new { &mut new } else { &mut old }) += 1;
        }
    }
    println!("| {} | {all} | {} | {old} | {new} |", case.name, old + new);
    assert!(old > 0 && new > 0, "{}: cut {old} times before it was done and {new} times after", case.name);
    assert!(missed * 10 <= old + new, "{}: {missed} cuts did not take place", case.name);
}

/// The file must be whole as it lies, and all old or all new after a start, with nothing left over.
fn look(case: &Case, dir: TempDir, what: &str) -> bool {
    // A look at the files themselves would already put them in order.
    let copy = dir.path().join("copy.db");
    let mut lies = None;
    if database(dir.path()).exists() {
        std::fs::copy(database(dir.path()), &copy).unwrap();
        let wal = dir.path().join("data/partyplaylist.db-wal");
        let _ = std::fs::copy(wal, dir.path().join("copy.db-wal"));
        let whole = Connection::open(&copy).unwrap();
        let verdict: String = whole.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok", "{what}");
        lies = Some(whole.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).unwrap());
    }
    let inner = tempfile::tempdir().unwrap();
    let moved = inner.path().join("data");
    std::fs::rename(data(&dir), &moved).unwrap();
    let mut settings = vec![("TMPDIR", inner.path().display().to_string())];
    settings.push(("PARTYPLAYLIST_LOG__FORMAT", "text".into()));
    let mut serve = crate::venue::program();
    serve.arg("--data").arg(&moved).args(["serve", "--address", "127.0.0.1", "--port", "0"]).envs(settings);
    let venue = Venue::start(serve, inner);
    let is_new = (case.judge)(&venue, &moved)
        && case.versions.is_none_or(|(old, new)| {
            assert!(lies == Some(old) || lies == Some(new), "{what}: half way, at {lies:?}");
            lies == Some(new)
        });
    let (code, _, inner) = venue.terminate();
    assert_eq!(code, Some(0), "{what}");
    let file = inner.path().join("data/partyplaylist.db");
    assert_eq!(faults(&file), Vec::<String>::new(), "{what}");
    settled(&file, what);
    left_over(&inner.path().join("data"), what);
    drop(dir);
    is_new
}

/// Version, keys and `auto_vacuum` are what they are to be.
fn settled(file: &Path, what: &str) {
    let conn = Connection::open(file).unwrap();
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((pragma("user_version"), pragma("auto_vacuum")), (i64::from(LATEST), 2), "{what}");
    let mut statement = conn.prepare("SELECT title, artist, song_key, artist_key FROM requests").unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let song = Song::named(row.get::<_, String>(0).unwrap(), row.get::<_, String>(1).unwrap());
        let keys = (row.get::<_, String>(2).unwrap(), row.get::<_, String>(3).unwrap());
        assert_eq!(keys, (song.key(), song.artist_key()), "{what}");
    }
}

/// Nothing lies in the data folder but the database, its key, and whole files that keep what was replaced.
fn left_over(data: &Path, what: &str) {
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let kept = |name: &&String| {
        let file = Path::new(name.as_str());
        let sound = name.starts_with("replaced-") && file.extension().is_some_and(|end| end == "db");
        // One that begins with a zero has nothing to take back: `SQLite` writes over it the next time.
        let spent = || std::fs::read(data.join(file)).unwrap().first().is_none_or(|byte| *byte == 0);
        let sound = sound || *name == "partyplaylist.db-journal" && spent();
        !(sound || ["backups", "partyplaylist.db", "partyplaylist.key"].contains(&name.as_str()))
    };
    let left: Vec<String> = names(data).iter().filter(kept).cloned().collect();
    assert_eq!(left, Vec::<String>::new(), "{what}");
    let copies = names(&data.join("backups"));
    let odd: Vec<_> =
        copies.iter().filter(|name| !name.starts_with("partyplaylist-") || name.ends_with("partial")).collect();
    assert!(odd.is_empty() && copies.len() <= 2, "{what}: {copies:?}");
    for copy in names(data).iter().filter(|name| name.starts_with("replaced-")) {
        assert_eq!(faults(&data.join(copy)), Vec::<String>::new(), "{what}: {copy}");
    }
    for copy in copies {
        let conn = Connection::open(data.join("backups").join(&copy)).unwrap();
        assert_eq!(
            conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(),
            "ok",
            "{what}: {copy}"
        );
    }
}

pub fn titles(file: &Path) -> BTreeSet<String> {
    crate::ledger::titles(file).into_keys().collect()
}

pub fn numbered(word: &str, n: usize) -> BTreeSet<String> {
    (0..n).map(|n| format!("{word} {n} - Remastered 2011")).collect()
}

fn told(dir: &Path, args: &[&str], input: &str) {
    let (code, _, said) = command(&dir.join("data"), args, input);
    assert_eq!(code, 0, "{args:?}: {said}");
}

/// As an earlier program left them: keys by SQL alone, and a file that cannot shrink.
fn as_of_old(dir: &Path, version: u32) {
    std::fs::create_dir_all(dir.join("data")).unwrap();
    told(dir, &["migrate", "up", "--to", "2"], "");
    let file = database(dir);
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(
        "INSERT INTO users VALUES ('u', 'djane', 'Jane', 'dj', 'active', '*', 0);
         INSERT INTO events VALUES ('e', 'u', 'Old', 'ended', '', '', 0, 1, 2, 2, 1);
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 299)
         INSERT INTO requests SELECT 'r' || i, 'u', 'e', 'Song ' || i || ' - Remastered 2011', 'Die Ärzte feat. X', NULL, NULL, NULL, 'played', i, NULL FROM n",
    )
    .unwrap();
    drop(conn);
    if version > 2 {
        told(dir, &["migrate", "up", "--to", &version.to_string()], "");
    }
    let conn = Connection::open(&file).unwrap();
    if version > 2 {
        conn.execute(
            "UPDATE requests SET song_key = lower(title) || char(31) || lower(artist), artist_key = lower(artist)",
            [],
        )
        .unwrap();
    }
    conn.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA application_id = 0; PRAGMA auto_vacuum = NONE; VACUUM")
        .unwrap();
    drop(conn);
    let _ = std::fs::remove_dir_all(dir.join("data/backups"));
}

pub fn an_old_box() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    as_of_old(dir.path(), 2);
    dir
}

fn has_all_songs(venue: &Venue, _: &Path) -> bool {
    let found = titles(&venue.file());
    assert_eq!(found, numbered("Song", 300));
    true
}

#[test]
fn an_upgrade_cut_anywhere_is_finished_by_the_next_start() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "migrate up",
        prepare: an_old_box,
        args: |_| vec!["migrate".into(), "up".into()],
        versions: Some((2, LATEST)),
        judge: has_all_songs,
    });
    cut_everywhere(&Case {
        name: "migrate down",
        prepare: || {
            let dir = an_old_box();
            told(dir.path(), &["migrate", "up"], "");
            std::fs::remove_dir_all(dir.path().join("data/backups")).unwrap();
            dir
        },
        args: |_| vec!["migrate".into(), "down".into(), "--to".into(), "2".into()],
        versions: Some((LATEST, 2)),
        judge: has_all_songs,
    });
}

/// A box with a DJ, a party and three songs, as a crash left it: twenty more are in the WAL only.
pub fn a_crashed_box() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    told(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD);
    let file = database(dir.path());
    let ask = |conn: &Connection, word: &str, n: usize| {
        let title = format!("{word} {n} - Remastered 2011");
        let song = Song::named(&title, "Somebody");
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
                   SELECT ?1, id, 'e', ?2, 'Somebody', ?3, ?4, 'played', 1, 1 FROM users";
        conn.execute(sql, [&title.replace(' ', "-"), &title, &song.key(), &song.artist_key()]).unwrap();
    };
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users")
        .unwrap();
    for n in 0..3 {
        ask(&conn, "Kept", n);
    }
    told(dir.path(), &["backup", dir.path().join("backup.db").to_str().unwrap()], "");
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for n in 0..20 {
        ask(&conn, "Wish", n);
    }
    for tail in ["", "-wal"] {
        let name = format!("partyplaylist.db{tail}");
        std::fs::copy(dir.path().join("data").join(&name), dir.path().join(&name)).unwrap();
    }
    drop(conn);
    for tail in ["", "-wal"] {
        let name = format!("partyplaylist.db{tail}");
        std::fs::rename(dir.path().join(&name), dir.path().join("data").join(&name)).unwrap();
    }
    dir
}

#[test]
fn a_restore_cut_anywhere_loses_no_answered_wish_and_keeps_what_it_replaced() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "restore",
        prepare: a_crashed_box,
        args: |dir| vec!["restore".into(), dir.join("backup.db").display().to_string()],
        versions: None,
        judge: |venue, data| {
            let (new, mut old) = (numbered("Kept", 3), numbered("Wish", 20));
            old.extend(new.clone());
            let found = titles(&venue.file());
            assert!(found == old || found == new, "{found:?}");
            let entries = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
            let kept: Vec<_> = entries.filter(|path| path.display().to_string().contains("replaced-")).collect();
            assert_eq!(kept.len(), usize::from(found == new), "{kept:?}");
            for kept in kept {
                assert_eq!(titles(&kept), old);
                let links = std::os::unix::fs::MetadataExt::nlink(&std::fs::metadata(&kept).unwrap());
                assert_eq!(links, 1, "the box writes on what was to be kept");
            }
            found == new
        },
    });
}

fn all_or_none(venue: &Venue, sql: &str, all: i64) -> bool {
    let found: i64 = venue.rows().query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(found == 0 || found == all, "{found} of {all}");
    found == all
}

/// A list from before accounts, of 200 requests.
fn a_list(file: &Path) {
    let old = tempfile::tempdir().unwrap();
    std::fs::create_dir(old.path().join("data")).unwrap();
    told(old.path(), &["migrate", "up", "--to", "1"], "");
    let conn = Connection::open(database(old.path())).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
         INSERT INTO requests SELECT 'old' || i, 'Single ' || i, 'Somebody', NULL, NULL, NULL, 'played', i, NULL FROM n;
         PRAGMA journal_mode = DELETE",
    )
    .unwrap();
    std::fs::copy(database(old.path()), file).unwrap();
}

#[test]
fn a_list_whose_import_was_cut_anywhere_is_there_in_whole_or_not_at_all() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "import",
        prepare: || {
            let dir = a_crashed_box();
            a_list(&dir.path().join("single.db"));
            dir
        },
        args: |dir| ["import", dir.join("single.db").to_str().unwrap(), "--user", "djane"].map(str::to_owned).to_vec(),
        versions: None,
        judge: |venue, _| {
            await_none(venue, "SELECT count(*) FROM events WHERE status = 'ended' AND join_token <> ''");
            let all = all_or_none(venue, "SELECT count(*) FROM requests WHERE title LIKE 'Single %'", 200);
            let nights = "SELECT count(*) FROM events WHERE name = 'Before accounts'";
            assert_eq!(all, all_or_none(venue, nights, 1), "a night without its list");
            all
        },
    });
}

#[test]
fn a_dj_whose_import_was_cut_anywhere_has_all_or_nothing() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "tenant import",
        prepare: || {
            let (dir, other) = (a_crashed_box(), a_crashed_box());
            let file = dir.path().join("dj.db");
            // More than goes over in one piece.
            more_songs(&database(other.path()), 500);
            told(other.path(), &["tenant", "export", "djane", file.to_str().unwrap()], "");
            dir
        },
        args: |dir| {
            ["tenant", "import", dir.join("dj.db").to_str().unwrap(), "--as", "wanda"].map(str::to_owned).to_vec()
        },
        versions: None,
        judge: |venue, _| {
            let sql = "SELECT count(*) FROM requests r JOIN users u ON u.id = r.user_id WHERE u.username = 'wanda'";
            let all = all_or_none(venue, sql, 523);
            await_nobody_on_their_way(venue);
            all
        },
    });
}

#[test]
fn a_deletion_cut_anywhere_leaves_the_whole_account_or_nothing_of_it() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "user delete",
        prepare: || {
            let dir = a_crashed_box();
            more_songs(&database(dir.path()), 120);
            dir
        },
        args: |_| ["user", "delete", "djane"].map(str::to_owned).to_vec(),
        versions: None,
        judge: |venue, _| is_gone_or_whole(venue, 143),
    });
}

/// Songs of the one DJ, each asked for and voted for by a guest.
fn more_songs(file: &Path, songs: usize) {
    let conn = Connection::open(file).unwrap();
    conn.execute_batch(
        "INSERT INTO guests (id, user_id, event_id, created_at) SELECT 'guest', id, 'e', 1 FROM users;
         INSERT INTO display_tokens (id, user_id, label, token_hash, uses_left, created_at, expires_at) SELECT 'tv', id, 'TV', x'00', 0, 1, 2 FROM users",
    )
    .unwrap();
    for n in 0..songs {
        let song = Song::named(format!("More-{n}"), "Somebody");
        let sql = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
                   SELECT ?1, id, 'e', 'guest', ?1, 'Somebody', ?2, ?3, 'played', 1, 1 FROM users";
        conn.execute(sql, [&format!("More-{n}"), &song.key(), &song.artist_key()]).unwrap();
    }
    conn.execute(
        "INSERT INTO votes SELECT user_id, event_id, id, 'guest', 1 FROM requests WHERE guest_id IS NOT NULL",
        [],
    )
    .unwrap();
}

/// Waits until the box has cleared away what was on its way.
pub fn await_nobody_on_their_way(venue: &Venue) {
    await_none(venue, "SELECT count(*) FROM users WHERE username GLOB '-*'");
}

/// Waits until nothing is left half way.
pub fn await_none(venue: &Venue, count: &str) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while venue.rows().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() > 0 {
        assert!(std::time::Instant::now() < deadline, "something is left half way");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Whether nothing is left of the DJ: no row in any table, and no way in. Otherwise all of it is there, and can be used.
pub fn is_gone_or_whole(venue: &Venue, songs: i64) -> bool {
    await_nobody_on_their_way(venue);
    let (conn, password) = (venue.rows(), json!({ "username": "djane", "password": PASSWORD }));
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let owned = crate::venue::tables(&conn).into_iter().filter(|table| {
        count(&format!("SELECT count(*) FROM pragma_table_info('{table}') WHERE name = 'user_id'")) > 0
    });
    let left: Vec<_> = owned
        .filter(|table| {
            let there = "(SELECT id FROM users WHERE username <> 'boss')";
            let boss = "(SELECT id FROM users WHERE username = 'boss')";
            count(&format!("SELECT count(*) FROM {table} WHERE user_id IN {there} OR user_id NOT IN {boss}")) > 0
        })
        .collect();
    let answer = venue.stranger().post("/api/login", &password);
    if count("SELECT count(*) FROM users WHERE username = 'djane'") == 0 {
        assert_eq!((left, answer.status), (vec![], 401), "{}", answer.body);
        return true;
    }
    assert_eq!(count("SELECT count(*) FROM requests"), songs, "{left:?}");
    assert_eq!(count("SELECT count(*) FROM votes"), count("SELECT count(*) FROM requests WHERE guest_id = 'guest'"));
    let mut host = venue.host("djane");
    assert_eq!(host.get("/api/djane/events").json()["events"].as_array().unwrap().len(), 1);
    assert_eq!(host.post("/api/djane/event", &json!({ "name": "Once more" })).status, 201);
    false
}

#[test]
fn a_change_of_keys_cut_anywhere_locks_nobody_out() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "rotate-key",
        prepare: || {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir(dir.path().join("data")).unwrap();
            told(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD);
            let data = tempfile::tempdir().unwrap();
            std::fs::rename(dir.path().join("data"), data.path().join("data")).unwrap();
            let mut serve = crate::venue::program();
            serve.arg("--data").arg(data.path().join("data")).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
            let venue = Venue::start(serve, data);
            let mut host = venue.host("djane");
            assert_eq!(host.post("/api/djane/event", &json!({ "name": "Night" })).status, 201);
            let event = host.get("/api/djane/event").json();
            assert_eq!(host.post("/api/djane/requests", &wish("Before the change")).status, 201);
            std::fs::write(dir.path().join("key"), std::fs::read(venue.file().with_extension("key")).unwrap()).unwrap();
            let (_, _, data) = venue.terminate();
            std::fs::rename(data.path().join("data"), dir.path().join("data")).unwrap();
            std::fs::write(dir.path().join("data/partyplaylist.pin"), event["event"]["pin"].as_str().unwrap()).unwrap();
            std::fs::copy(dir.path().join("key"), dir.path().join("data/partyplaylist.old")).unwrap();
            dir
        },
        args: |_| vec!["rotate-key".into()],
        versions: None,
        judge: |venue, data| {
            let (pin, old) = (data.join("partyplaylist.pin"), data.join("partyplaylist.old"));
            let told = venue.host("djane").get("/api/djane/event").json()["event"]["pin"].clone();
            assert_eq!(
                told.as_str(),
                Some(std::fs::read_to_string(&pin).unwrap().as_str()),
                "the party has another PIN"
            );
            let is_new = std::fs::read(data.join("partyplaylist.key")).unwrap() != std::fs::read(&old).unwrap();
            std::fs::remove_file(pin).and_then(|()| std::fs::remove_file(old)).unwrap();
            is_new
        },
    });
}

#[test]
fn a_backup_cut_anywhere_leaves_a_whole_one_or_none() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "backup",
        prepare: a_crashed_box,
        args: |_| vec!["backup".into()],
        versions: None,
        judge: |venue, data| {
            let mut all = numbered("Wish", 20);
            all.extend(numbered("Kept", 3));
            assert_eq!(titles(&venue.file()), all);
            let copies: Vec<_> = std::fs::read_dir(data.join("backups")).into_iter().flatten().collect();
            copies.into_iter().map(|copy| titles(&copy.unwrap().path())).inspect(|copy| assert_eq!(*copy, all)).count()
                == 1
        },
    });
}
