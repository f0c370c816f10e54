//! Single deeds that cost others: guessing, knocking at another's doors, looks that write, a crafted file, a slow download.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Siege, seconds, status};
use crate::connections::download_slowly;
use crate::venue::{PASSWORD, command};

/// Does something again and again from some addresses, as long as it lasts; answers how often.
fn again(from: &[u8], does: impl Fn(u8) + Sync) -> usize {
    let (count, began, lasts) = (AtomicUsize::new(0), Instant::now(), seconds(2, 30));
    std::thread::scope(|scope| {
        for last in from {
            let (count, does) = (&count, &does);
            scope.spawn(move || {
                while began.elapsed() < lasts {
                    does(*last);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    count.into_inner()
}

/// The owner signs in and a guest comes in by PIN elsewhere, while others guess both.
pub fn guesses(siege: &Siege) -> String {
    let pin = siege.host.clone().get("/api/djane/event").json()["event"]["pin"].clone();
    let wrong = if pin == "123456" { "654321" } else { "123456" };
    let guesses = again(&[2, 3], |last| {
        siege.ask(last, "POST /api/login", "", &json!({ "username": "owner", "password": "no" }));
        siege.ask(last, "POST /api/djane/join", "", &json!({ "pin": wrong }));
    });
    let came = |last: u8, asks: &str, body: &Value| {
        let began = Instant::now();
        while status(&siege.ask(last, asks, "", body)) != 200 {
            assert!(began.elapsed() < Duration::from_secs(30), "{asks} from elsewhere is kept out");
            std::thread::sleep(Duration::from_millis(50));
        }
        began.elapsed().as_millis()
    };
    let signed_in = came(4, "POST /api/login", &json!({ "username": "owner", "password": PASSWORD }));
    let joined = came(5, "POST /api/djane/join", &json!({ "pin": pin }));
    format!("{} tries; owner in {signed_in} ms, PIN {joined} ms", guesses * 2)
}

pub fn refusals(siege: &Siege) -> String {
    let made = json!({ "username": "johnny", "password": PASSWORD });
    let made = siege.owner.clone().post("/api/superadmin/users", &made);
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(siege.owner.clone().get("/api/djane/settings").status, 200);
    let johnny = siege.venue.host("johnny");
    let knocks = AtomicUsize::new(0);
    let refusals = again(&[2, 3], |_| {
        let n = knocks.fetch_add(1, Ordering::Relaxed);
        let path = format!("/api/djane/requests/{}/approve", n % 500);
        assert_eq!(johnny.clone().post(&path, &json!({})).status, 403);
    });
    let record = siege.host.clone().get("/api/djane/audit").json();
    let entries = record["entries"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["actor"] == "owner"), "the owner's visit is buried: {record}");
    format!("{refusals} refusals in {} rows, none buried", entries.len() - 1)
}

/// Bytes that the box handed to the disk so far.
fn written(siege: &Siege) -> usize {
    let told = std::fs::read_to_string(format!("/proc/{}/io", siege.venue.pid())).unwrap();
    told.lines().find_map(|line| line.strip_prefix("write_bytes: ")).unwrap().parse().unwrap()
}

pub fn looks(siege: &Siege) -> String {
    let before = written(siege);
    let looks = again(&[2, 3], |last| {
        assert_eq!(status(&siege.ask(last, "GET /api/health", "", &Value::Null)), 200);
    });
    let each = (written(siege) - before) / looks;
    format!("{looks} looks, {each} bytes written for each")
}

pub fn crafted(siege: &Siege) -> String {
    let file = siege.venue.file().with_file_name("old-list.db");
    let conn = Connection::open(&file).unwrap();
    let endless = "printf('%.*c', 300000000, 'x')";
    conn.execute_batch(&format!(
        "PRAGMA user_version = 1;
         CREATE TABLE admins (id TEXT PRIMARY KEY, username TEXT, password_hash TEXT, created_at INTEGER);
         CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE requests (id TEXT PRIMARY KEY, artist TEXT, track_uri TEXT, nickname TEXT, note TEXT,
                                status TEXT, created_at INTEGER, played_at INTEGER, title TEXT AS ({endless}) VIRTUAL);
         INSERT INTO requests (id, artist, status, created_at) VALUES ('r1', 'a', 'played', 5000);"
    ))
    .unwrap();
    let (dir, file) = (file.parent().unwrap(), file.to_str().unwrap());
    let began = Instant::now();
    for args in [&["import", file, "--user", "djane", "--dry-run"][..], &["import", file, "--user", "djane"]] {
        let (code, _, said) = command(dir, args, "");
        assert!(code == 1 && said.contains("has more in it than rows"), "{said}");
    }
    format!("refused twice in {} ms", began.elapsed().as_millis())
}

pub fn download(siege: &Siege) -> String {
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                INSERT INTO covers SELECT (SELECT id FROM users WHERE username = 'djane'), i, i, randomblob(1800), 1, 1 FROM n";
    let conn = Connection::open(siege.venue.file()).unwrap();
    conn.busy_timeout(Duration::from_secs(10)).unwrap();
    conn.execute_batch(rows).unwrap();
    let (began, token) = (Instant::now(), siege.owner.token.as_deref().unwrap());
    let size = download_slowly(&siege.venue, token, seconds(1, 70) / 10, 10);
    format!("{} MB whole in {} s", size >> 20, began.elapsed().as_secs())
}
