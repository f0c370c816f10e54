//! Stopping, and starting on what is there.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::venue::{PASSWORD, Venue, command, next, wish};

#[test]
fn a_hundred_open_streams_do_not_hold_up_the_end() {
    let venue = Venue::demo();
    let (mut dj, tv) = (venue.host("johnsmith"), venue.screen("johnsmith"));
    let mut streams = Vec::new();
    for guest in std::iter::repeat_with(|| venue.guest_of("johnsmith", &mut dj)).take(84).collect::<Vec<_>>() {
        streams.push(guest.listen("/api/johnsmith/party/live"));
    }
    for _ in 0..8 {
        streams.push(dj.listen("/api/johnsmith/live"));
        streams.push(tv.listen("/api/johnsmith/display/live"));
    }
    assert_eq!(streams.len(), 100);
    for said in &streams {
        assert_eq!(next(said).event, "hello");
    }
    assert_eq!(dj.post("/api/johnsmith/requests", &wish("The last one")).status, 201);
    let (code, took, _dir) = venue.terminate();
    println!("ended after {} ms with 100 open streams", took.as_millis());
    assert_eq!(code, Some(0));
    // A stream that is waited for costs five seconds at least; a busy machine may take one.
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn after_the_end_the_one_file_is_complete() {
    let venue = Venue::fresh(&[]);
    let file = venue.file();
    let (code, _, dir) = {
        let (made, _, said) = command(file.parent().unwrap(), &["user", "list"], "");
        assert_eq!(made, 0, "{said}");
        venue.terminate()
    };
    assert_eq!(code, Some(0));
    let left: Vec<String> =
        std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.contains("-wal") && !name.contains("-shm")), "{left:?}");
    assert!(
        left.contains(&"partyplaylist.db".to_owned()) && left.contains(&"partyplaylist.key".to_owned()),
        "{left:?}"
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused_with_a_sentence_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    let file = dir.path().join("partyplaylist.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&file).unwrap();
    let (code, _, said) = command(dir.path(), &["serve", "--port", "0"], "");
    assert_eq!(code, 1);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("99") && said.contains("newer"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_damaged_or_foreign_file_is_refused_with_a_sentence_and_left_alone() {
    let make = |bytes: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("partyplaylist.db"), bytes).unwrap();
        dir
    };
    let good = tempfile::tempdir().unwrap();
    assert_eq!(command(good.path(), &["migrate", "up"], "").0, 0);
    let good = std::fs::read(good.path().join("partyplaylist.db")).unwrap();
    let mut garbled = good.clone();
    garbled[4096..12288].fill(0x5a);
    for (what, bytes) in [
        ("text", b"this is not a database at all, it is a text file that somebody put there".repeat(20)),
        ("half a file", good[..good.len() / 2].to_vec()),
        ("a few bytes", b"SQLite format 3\0".to_vec()),
        ("overwritten pages", garbled),
    ] {
        let dir = make(&bytes);
        let (code, _, said) = command(dir.path(), &["serve", "--port", "0"], "");
        assert_eq!(code, 1, "{what}: {said}");
        assert_eq!(said.lines().count(), 1, "{what}: {said}");
        assert!(said.contains("partyplaylist.db"), "{what}: {said}");
        assert_eq!(std::fs::read(dir.path().join("partyplaylist.db")).unwrap(), bytes, "{what} was changed");
    }
}

#[test]
fn a_second_box_on_the_same_data_is_refused_and_so_is_a_migration_under_it() {
    let venue = Venue::fresh(&[]);
    let folder = venue.file().parent().unwrap().to_owned();
    for args in [&["serve", "--port", "0"][..], &["migrate", "down", "--to", "0"]] {
        let (code, _, said) = command(&folder, args, "");
        assert_eq!((code, said.lines().count()), (1, 1), "{said}");
        assert!(said.contains("running"), "{said}");
    }
    assert_eq!(venue.stranger().get("/").status, 200);
}

#[test]
fn a_terminal_that_went_away_does_not_end_the_box() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    let mut child = crate::venue::program();
    child.arg("--data").arg(dir.path()).args(["user", "list", "--json"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let out = child.stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!((out.status.code(), said.lines().count()), (Some(1), 1), "{said}");
}

#[test]
fn an_admin_of_the_first_days_with_a_name_we_need_ourselves_gets_another() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    let file = dir.path().join("partyplaylist.db");
    let admins = || -> Vec<(String, String)> {
        let conn = rusqlite::Connection::open(&file).unwrap();
        let mut statement = conn.prepare("SELECT id, username FROM admins ORDER BY rowid").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch(
            "INSERT INTO admins VALUES ('a1', 'help', 'x', 1), ('a2', '-bob-', 'x', 2), ('a3', 'carla', 'x', 3)",
        )
        .unwrap();
    let before = admins();
    let (code, _, said) = command(dir.path(), &["user", "list"], "");
    assert!(code == 1 && said.contains("before there were accounts"), "{said}");
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    let (code, listed, said) = command(dir.path(), &["user", "list"], "");
    assert_eq!(code, 0, "{said}");
    assert!(listed.contains("owner-1") && listed.contains("owner-2") && listed.contains("carla"), "{listed}");
    assert_eq!(command(dir.path(), &["migrate", "down", "--to", "1"], "").0, 0);
    assert_eq!(admins(), before);
}

#[test]
fn over_tls_cookies_are_for_tls_only_and_browsers_are_told_to_stay() {
    use ureq::tls::TlsConfig;
    let venue = Venue::fresh(&[("PARTYPLAYLIST_SERVER__TLS", "true".into())]);
    assert!(venue.base.starts_with("https://127.0.0.1:"), "{}", venue.base);
    assert!(venue.setup_link().starts_with("https://"));
    let trusting = TlsConfig::builder().disable_verification(true).build();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().tls_config(trusting).http_status_as_error(false).proxy(None).build().into();
    let token = venue.setup_link().split_once("?t=").unwrap().1;
    let account = serde_json::json!({ "token": token, "username": "owner", "password": PASSWORD });
    let answer = agent.post(format!("{}/api/setup", venue.base)).send_json(&account).unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let cookies: Vec<&str> =
        answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.ends_with("; Secure")), "{cookies:?}");
    assert!(answer.headers()["strict-transport-security"].to_str().unwrap().contains("max-age"));
    let plain = Venue::fresh(&[]);
    assert!(plain.stranger().get("/").header("strict-transport-security").is_none());
}

#[test]
fn slow_and_silent_connections_are_cut_off_and_streams_are_not() {
    use std::io::{Read, Write};
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let said = dj.listen("/api/johnsmith/live");
    assert_eq!(next(&said).event, "hello");
    let mut slow: Vec<_> = (0..60)
        .map(|n| {
            let mut socket = std::net::TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            if n % 2 == 0 {
                socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
            }
            socket
        })
        .collect();
    for socket in &mut slow {
        assert_eq!(socket.read(&mut [0]).unwrap_or(1), 0, "a connection without a request is still open after 30 s");
    }
    dj.post("/api/johnsmith/requests", &wish("Still heard"));
    while !next(&said).data.contains("Still heard") {}
}

#[test]
fn a_backup_of_a_running_box_is_whole_and_goes_back_in_place() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    dj.post("/api/djane/event", &serde_json::json!({ "name": "Tonight" }));
    assert_eq!(dj.post("/api/djane/requests", &wish("Before the backup")).status, 201);
    let folder = venue.file().parent().unwrap().to_owned();
    let backup = folder.join("copy.db");
    let named = backup.to_str().unwrap();
    assert_eq!(command(&folder, &["backup", named], "").0, 0);
    let (code, _, said) = command(&folder, &["backup", named], "");
    assert!(code == 1 && said.contains("there already"), "{said}");
    dj.post("/api/djane/requests", &wish("After the backup"));
    let (code, _, said) = command(&folder, &["restore", named], "");
    assert!(code == 1 && said.contains("running"), "{said}");
    let (_, _, dir) = venue.terminate();
    let (code, told, said) = command(dir.path(), &["check", named], "");
    assert!(
        code == 0 && told.contains("is sound") && told.contains("1 requests") && told.contains("djane"),
        "{told}{said}"
    );
    let (code, told, said) = command(dir.path(), &["restore", named], "");
    assert!(code == 0 && told.contains("kept as"), "{told}{said}");
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    let titles = dj.get("/api/djane/requests").json()["requests"].to_string();
    assert!(titles.contains("Before the backup") && !titles.contains("After the backup"), "{titles}");
    std::fs::write(&backup, b"garbage").unwrap();
    let (_, _, dir) = venue.terminate();
    let (code, _, said) = command(dir.path(), &["restore", named], "");
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert_eq!(command(dir.path(), &["check"], "").0, 0, "what was there is untouched");
}

#[test]
fn no_command_makes_a_new_key_for_a_database_that_has_one() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (dir, name) in [(&old, "wanda"), (&new, "owner")] {
        assert_eq!(command(dir.path(), &["user", "add", name, "--password-stdin"], PASSWORD).0, 0);
    }
    let (list, dj) = (old.path().join("list.db"), old.path().join("wanda.db"));
    let (list, dj) = (list.to_str().unwrap(), dj.to_str().unwrap());
    assert_eq!(command(old.path(), &["tenant", "export", "wanda", dj], "").0, 0);
    let first = tempfile::tempdir().unwrap();
    assert_eq!(command(first.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    std::fs::rename(first.path().join("partyplaylist.db"), list).unwrap();
    std::fs::rename(new.path().join("partyplaylist.key"), new.path().join("elsewhere")).unwrap();
    for args in [&["user", "suspend", "owner"][..], &["tenant", "import", dj], &["import", list, "--user", "owner"]] {
        let (code, _, said) = command(new.path(), args, "");
        assert!(code == 1 && said.contains("partyplaylist.key is missing") && said.lines().count() == 1, "{said}");
        assert!(!new.path().join("partyplaylist.key").exists(), "{args:?} made a key");
    }
    std::fs::rename(new.path().join("elsewhere"), new.path().join("partyplaylist.key")).unwrap();
    for args in [&["tenant", "import", dj][..], &["import", list, "--user", "owner"]] {
        let (code, _, said) = command(new.path(), args, "");
        assert_eq!(code, 0, "{said}");
    }
}

#[test]
fn no_command_brings_a_database_up_to_date_under_an_older_box() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["user", "add", "wanda", "--password-stdin"], PASSWORD).0, 0);
    let dj = dir.path().join("dj.db");
    assert_eq!(command(dir.path(), &["tenant", "export", "wanda", dj.to_str().unwrap()], "").0, 0);
    assert_eq!(command(dir.path(), &["migrate", "down"], "").0, 0);
    let status = || command(dir.path(), &["migrate", "status"], "").1;
    let (before, list) = (status(), dir.path().join("list.db"));
    // As a running box holds it.
    let key = std::fs::File::open(dir.path().join("partyplaylist.key")).unwrap();
    key.try_lock().unwrap();
    for args in [
        &["user", "suspend", "wanda"][..],
        &["tenant", "import", dj.to_str().unwrap()],
        &["import", list.to_str().unwrap(), "--user", "wanda"],
    ] {
        let (code, _, said) = command(dir.path(), args, "");
        assert!(code == 1 && said.contains("is running") && said.lines().count() == 1, "{args:?} {said}");
        assert_eq!(status(), before, "{args:?}");
    }
    let (code, listed, said) = command(dir.path(), &["user", "list"], "");
    assert!(code == 0 && listed.contains("wanda") && status() == before, "a look changes nothing: {said}");
    drop(key);
    assert_eq!(command(dir.path(), &["user", "suspend", "wanda"], "").0, 0);
    assert_ne!(status(), before);
}

#[test]
fn a_command_that_only_looks_leaves_nothing_beside_the_file_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, said) = command(dir.path(), &["user", "list"], "");
    assert!(code == 1 && said.contains("no database") && said.lines().count() == 1, "{said}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "a look has made something");
    assert_eq!(command(dir.path(), &["user", "add", "wanda", "--password-stdin"], PASSWORD).0, 0);
    let all = || -> BTreeMap<_, _> {
        let entries = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    };
    let before = all();
    assert_eq!(before.len(), 2, "a command has left its WAL");
    for args in [&["user", "list"][..], &["user", "list", "--json"], &["migrate", "status"], &["check"]] {
        assert_eq!(command(dir.path(), args, "").0, 0);
        assert!(all() == before, "{args:?}");
    }
}
