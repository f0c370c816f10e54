//! Starts that are cut off, and several at once.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::ledger::folder;
use crate::venue::{Venue, command};

/// Files that are not a sound database of ours: what they are, their bytes, a word of the refusal.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let dir = folder();
    let good = std::fs::read(dir.path().join("partyplaylist.db")).unwrap();
    let foreign = dir.path().join("foreign.db");
    let conn = Connection::open(&foreign).unwrap();
    conn.execute_batch("PRAGMA application_id = 42; CREATE TABLE photos (name TEXT)").unwrap();
    drop(conn);
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    let mut torn = good.clone();
    torn[4096..12_000].fill(0x5a);
    let mut beheaded = good.clone();
    beheaded[16..100].fill(0xff);
    vec![
        ("empty", vec![], "is empty"),
        ("zero bytes", vec![0; good.len()], "not a database"),
        ("truncated", good[..good.len() / 2].to_vec(), "damaged"),
        ("a text file", b"Not a database, but a shopping list.\n".repeat(200), "not a database"),
        ("another program's database", std::fs::read(&foreign).unwrap(), "another program"),
        ("of a newer version", newer, "version 99"),
        ("torn in the middle", torn, "damaged"),
        ("a header of noise", beheaded, ""),
    ]
}

#[test]
fn a_bad_file_is_refused_with_one_line_and_left_as_it_is() {
    println!("| file | refusal |");
    for (what, bytes, word) in bad_files() {
        let dir = folder();
        let file = dir.path().join("partyplaylist.db");
        std::fs::write(&file, &bytes).unwrap();
        let (code, _, said) = command(dir.path(), &["serve", "--address", "127.0.0.1", "--port", "0"], "");
        println!("| {what} | {} |", said.trim().replace(dir.path().to_str().unwrap(), "DIR"));
        assert_eq!((code, said.lines().count()), (1, 1), "{what}: {said}");
        assert!(said.contains(word), "{what}: {said}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{what}: bytes changed");
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["partyplaylist.db", "partyplaylist.key"], "{what}: something was left behind");
    }
}

/// Makes a file of some 50 MB out of one with a DJ in it.
fn lengthen(file: &Path) {
    let conn = Connection::open(file).unwrap();
    conn.execute_batch(
        "PRAGMA synchronous = OFF;
         INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             SELECT 'e', id, 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0 FROM users;
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 31999)
         INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, note, status, created_at, version)
         SELECT 'r' || i, u.id, 'e', 'Song ' || i, 'Somebody', 'song ' || i || char(31) || 'somebody', 'somebody', hex(randomblob(600)), 'played', i, 1
         FROM n JOIN users u; PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .unwrap();
    let size = std::fs::metadata(file).unwrap().len();
    assert!(size > 48_000_000, "{size}");
}

/// Bytes that a command has read, whatever from.
fn read_by(data: &Path, args: &[&str]) -> u64 {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=read,pread64", "-o"]).arg(log.path());
    let done = strace.arg(env!("CARGO_BIN_EXE_partyplaylist")).arg("--data").arg(data).args(args).output().unwrap();
    assert!(!String::from_utf8_lossy(&done.stderr).contains("usage"), "{args:?}");
    let log = std::fs::read_to_string(log.path()).unwrap();
    log.lines().filter_map(|line| line.rsplit_once("= ")?.1.parse::<u64>().ok()).sum()
}

#[test]
fn a_start_and_a_command_read_no_more_of_a_long_file_than_of_a_short_one() {
    let dir = folder();
    let file = dir.path().join("partyplaylist.db");
    lengthen(&file);
    let venue = Venue::of(dir, &[]);
    let io = std::fs::read_to_string(format!("/proc/{}/io", venue.pid())).unwrap();
    let start: u64 = io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap();
    let data = venue.file().parent().unwrap().to_owned();
    let running = read_by(&data, &["user", "list"]);
    // A wish that only the WAL has when the plug is pulled.
    let look = std::fs::File::open(venue.file()).unwrap();
    let mut host = venue.host("djane");
    assert_eq!(host.post("/api/djane/event", &serde_json::json!({ "name": "Night" })).status, 201);
    let dir = venue.kill();
    drop(look);
    assert!(std::fs::metadata(dir.path().join("partyplaylist.db-wal")).unwrap().len() > 0);
    let rows = [
        ("serve", start),
        ("user list, beside a box", running),
        ("rotate-key, after kill -9", read_by(dir.path(), &["rotate-key"])),
        ("user list", read_by(dir.path(), &["user", "list"])),
        ("migrate status", read_by(dir.path(), &["migrate", "status"])),
        ("doctor", read_by(dir.path(), &["doctor"])),
    ];
    println!("| of a file of 50 MB | bytes read |");
    for (what, bytes) in rows {
        println!("| {what} | {bytes} |");
        assert!(bytes < 3_000_000, "{what} reads {bytes} bytes");
    }
}
