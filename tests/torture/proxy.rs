//! A DJ moves to a second box, and a real proxy in front of both makes one address of them.

use std::net::TcpListener;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};

use crate::ledger::furnish;
use crate::nginx::Nginx;
use crate::times;
use crate::venue::{Caller, PASSWORD, Venue, command, next, wish};

/// nginx with the configuration the manual gives, names and addresses put in.
fn nginx(port: u16, boxes: [&Venue; 2]) -> Nginx {
    let manual = include_str!("../../assets/help/data.html");
    let shown =
        manual.split("<pre id=\"nginx\"").nth(1).unwrap().split_once('>').unwrap().1.split("</pre>").next().unwrap();
    let said = shown
        .replace("(carla|dora)", "(djane)")
        .replace("10.0.0.11:8000", &format!("127.0.0.1:{}", boxes[0].port()))
        .replace("10.0.0.12:8000", &format!("127.0.0.1:{}", boxes[1].port()))
        .replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
    Nginx::start(port, &said)
}

/// Gives the DJ as many requests in nights that are over.
fn history(file: &Path, requests: usize) {
    let mut conn = Connection::open(file).unwrap();
    let user: String = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    let tx = conn.transaction().unwrap();
    for n in 0..requests {
        let event = format!("night-{}", n / 500);
        let at = 1_700_000_000_000_i64 + i64::try_from(n).unwrap() * 60_000;
        let sql = "INSERT OR IGNORE INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) VALUES (?1, ?2, ?1, 'ended', '', '', 1, ?3, ?3, ?3, 1, 0)";
        tx.execute(sql, params![event, user, at]).unwrap();
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, nickname, note, status, created_at, played_at, version)
                   VALUES (?1, ?2, ?3, ?4, 'Somebody', ?4, 'somebody', 'Mara', 'please', 'played', ?5, ?5, 1)";
        tx.execute(sql, params![format!("r{n}"), user, event, format!("Song {n}"), at]).unwrap();
    }
    tx.commit().unwrap();
}

/// Everything the DJ's pages show of what was.
fn pages(host: &mut Caller) -> Vec<(String, String)> {
    let events = host.get("/api/djane/events").json();
    let ids = events["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned());
    let mut paths: Vec<String> = ["settings", "events"].map(|page| format!("/api/djane/{page}")).to_vec();
    for id in ids {
        paths.push(format!("/api/djane/events/{id}"));
        paths.push(format!("/api/djane/events/{id}.csv"));
        paths.push(format!("/djane/admin/history/{id}"));
    }
    paths.push("/djane/admin/history".into());
    let show = |path: String| {
        let answer = host.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        // Where a page's live stream begins is the box's own count.
        let body = answer.body.split("heard=").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
        (path, body.collect::<Vec<_>>().join("heard="))
    };
    paths.into_iter().map(show).collect()
}

/// As a browser does it through the proxy, from the DJ's own pages: a wrong password first, then the right one.
fn sign_in_and_out(base: &str) {
    let mut dj = Caller::new(base).with("Accept", "text/html");
    let form = |body: &str| body.contains("action=\"/api/djane/login\"");
    for page in ["/djane/admin/overview", "/login?next=/djane/admin/overview", "/login?next=%2Fdjane%2Fadmin"] {
        assert!(form(&dj.get(page).body), "{page} asks elsewhere");
    }
    let wrong = dj.form("/api/djane/login", &[("username", "djane"), ("password", "not-this-one")]);
    assert!(wrong.status == 401 && form(&wrong.body), "{}", wrong.body);
    let right = [("username", "djane"), ("password", PASSWORD), ("next", "/djane/admin/overview")];
    let on = dj.form("/api/djane/login", &right).header("location").unwrap().to_owned();
    assert_eq!(dj.get(&on).header("location"), Some("/djane/admin/overview"), "{on}");
    for page in ["/account", "/logout", "/djane/admin/settings"] {
        assert_eq!(dj.get(page).status, 200, "{page}");
    }
    let back = dj.get("/spotify/callback?code=a&state=b");
    assert!(back.status != 401 && !back.body.contains("name=\"password\""), "{} {}", back.status, back.body);
    assert_eq!(dj.form("/api/logout", &[]).header("location"), Some("/"));
    assert_eq!(dj.get("/djane/admin/settings").status, 401);
    assert_eq!(Caller::new(base).get("/assets/style.css").status, 200);
}

#[test]
fn a_dj_moves_to_another_box_behind_the_same_address_and_nothing_is_different() {
    let requests = times(1000, 10_000);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = [
        ("PARTYPLAYLIST_SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}")),
        ("PARTYPLAYLIST_SERVER__TRUSTED_PROXIES", "127.0.0.1".into()),
    ];
    let [old, new] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    furnish(old.path());
    assert_eq!(command(new.path(), &["user", "add", "stays", "--password-stdin"], PASSWORD).0, 0);
    history(&old.path().join("partyplaylist.db"), requests);
    // The new box has a night of the same id already.
    let conn = Connection::open(new.path().join("partyplaylist.db")).unwrap();
    conn.execute_batch("INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at) SELECT 'night-1', id, 'n', 'ended', '', '', 1, 0, 9, 9, 1, 0 FROM users")
        .unwrap();
    drop(conn);
    let (first, second) = (Venue::of(old, &settings), Venue::of(new, &settings));
    let mut before = first.host("djane");
    before.origin = Some(format!("http://127.0.0.1:{port}"));
    assert_eq!(before.put("/api/djane/settings", &serde_json::json!({ "max_per_hour": 7 })).status, 200);
    let shown = pages(&mut before);
    let (from, to) = (first.file().parent().unwrap().to_owned(), second.file().parent().unwrap().to_owned());
    let file = from.join("djane.db");
    let began = Instant::now();
    let (code, said, error) = command(&from, &["tenant", "export", "djane", file.to_str().unwrap()], "");
    assert!(code == 0 && said.contains(&format!("{requests} requests")), "{said}{error}");
    let exported = began.elapsed();
    let began = Instant::now();
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(4).any(|text| text == b"$2b$"), "a password's hash went along");
    let (code, said, error) = command(&to, &["tenant", "import", file.to_str().unwrap()], "");
    let imported = began.elapsed();
    assert!(
        code == 0 && said.contains(&format!("{requests} requests")) && said.contains("1 ids were taken"),
        "{said}{error}"
    );
    let (code, _, error) = command(&to, &["tenant", "import", file.to_str().unwrap()], "");
    assert!(code == 1 && error.contains("already") && error.lines().count() == 1, "{error}");
    assert_eq!(command(&to, &["user", "password", "djane", "--password-stdin"], PASSWORD).0, 0);
    assert_eq!(command(&from, &["user", "delete", "djane"], "").0, 0);
    let _proxy = nginx(port, [&first, &second]);
    let base = format!("http://127.0.0.1:{port}");
    sign_in_and_out(&base);
    let mut dj = Caller::new(&base);
    let login = dj.post("/api/djane/login", &serde_json::json!({ "username": "djane", "password": PASSWORD }));
    assert_eq!(login.status, 200, "{}", login.body);
    let renamed = |text: &str, id: &str| text.replace(id, "night-1");
    let events = dj.get("/api/djane/events").json();
    let id =
        events["events"].as_array().unwrap().iter().find(|event| event["name"] == "night-1").unwrap()["id"].clone();
    let after = pages(&mut dj);
    let same = shown.iter().zip(&after).filter(|(a, b)| {
        (a.0.clone(), a.1.clone()) == (renamed(&b.0, id.as_str().unwrap()), renamed(&b.1, id.as_str().unwrap()))
    });
    let same = same.count();
    assert_eq!(dj.post("/api/djane/event", &serde_json::json!({ "name": "New home" })).status, 201);
    let stream = dj.listen("/api/djane/live");
    assert_eq!(next(&stream).event, "hello");
    assert_eq!(dj.post("/api/djane/requests", &wish("Through the proxy")).status, 201);
    while !next(&stream).data.contains("Through the proxy") {}
    assert_eq!(Caller::new(&base).get("/stays").status, 404, "the first box answers for all others");
    for folder in [&from, &to] {
        assert_eq!(command(folder, &["check"], "").0, 0);
    }
    println!("| requests moved | export ms | import ms | pages and calls compared | identical |");
    println!("| {requests} | {} | {} | {} | {same} |", exported.as_millis(), imported.as_millis(), shown.len());
    assert_eq!((same, after.len()), (shown.len(), shown.len()));
}
