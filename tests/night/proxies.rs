//! Through a proxy everything is as without one, nobody passes for somebody else, and what is set wrong is said.

mod metrics;
mod told;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::nginx::Nginx;
use crate::venue::{Caller, PASSWORD, Said, Venue, command, program, wish};

const PATIENCE: Duration = Duration::from_secs(30);

/// A data folder with a DJ and an owner.
fn prepared() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let owner = ["user", "add", "owner", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(dir.path(), &owner, PASSWORD).0, 0);
    dir
}

fn settings(behind: bool, trusted: &str) -> [(&'static str, String); 2] {
    [
        ("PARTYPLAYLIST_SERVER__BEHIND_PROXY", behind.to_string()),
        ("PARTYPLAYLIST_SERVER__TRUSTED_PROXIES", trusted.to_owned()),
    ]
}

fn venue(behind: bool, trusted: &str) -> Venue {
    Venue::of(prepared(), &settings(behind, trusted))
}

/// Knocks at a door that is not the DJ's, with these headers; answers the address that was written down.
fn address_of(venue: &Venue, dj: &Caller, headers: &[(&str, &str)]) -> String {
    let mut phone = dj.clone();
    for (name, value) in headers {
        phone = phone.with(name, value);
    }
    let answer = phone.get("/api/owner/event");
    assert_eq!(answer.status, 403, "{headers:?}: {}", answer.body);
    let newest =
        "SELECT address FROM audit WHERE outcome = 'refused' ORDER BY coalesce(last_at, at) DESC, rowid DESC LIMIT 1";
    venue.rows().query_row(newest, [], |row| row.get(0)).unwrap()
}

/// Sends as it stands; answers the status line's code.
fn status(at: (&str, u16), request: &str) -> u16 {
    let mut socket = TcpStream::connect((at.0.parse::<IpAddr>().unwrap(), at.1)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap_or_else(|| panic!("{request}: {line}")).parse().unwrap()
}

#[test]
fn a_box_on_all_networks_of_both_kinds_knows_this_machine_and_writes_addresses_plainly() {
    let dir = prepared();
    let mut command = program();
    command.arg("--data").arg(dir.path()).args(["serve", "--address", "::", "--port", "0"]);
    command.envs(settings(false, "127.0.0.9"));
    let venue = Venue::start(command, dir);
    let port = venue.port();
    for (at, host) in [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]"), ("127.0.0.1", "localhost")] {
        assert_eq!(metrics((at, port), &format!("{host}:{port}"), ""), 200, "{at} as {host}");
        let spoken = format!("http://{host}:{port}");
        let plain = if at == "::1" { "::1" } else { "127.0.0.1" };
        let dj = venue.host("djane").through(&spoken);
        assert_eq!(address_of(&venue, &dj, &[]), plain);
        let mut phone = Caller::new(&spoken);
        let answer = phone.post("/api/login", &json!({ "username": "djane", "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let sessions = phone.get("/api/me/sessions").json();
        let all = sessions["sessions"].as_array().unwrap();
        assert_eq!(all.iter().find(|one| one["id"] == sessions["current"]).unwrap()["address"], plain);
    }
    // A proxy of the old kind of address is known by it.
    let (_nginx, before) = Nginx::before(
        port,
        "proxy_bind 127.0.0.9; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For \"::ffff:192.0.2.7\";",
    );
    let dj = venue.host("djane").through(&format!("http://127.0.0.1:{before}"));
    assert_eq!(address_of(&venue, &dj, &[]), "192.0.2.7");
}

/// Headers, and the address that is taken.
type Row<'r> = (&'r [(&'r str, &'r str)], &'r str);

#[test]
fn an_address_is_believed_from_the_proxies_named_and_from_nobody_else() {
    let (real, xff, std) = ("X-Real-IP", "X-Forwarded-For", "Forwarded");
    // behind_proxy, trusted_proxies, what 127.0.0.1 sends.
    let table: [(bool, &str, &[Row]); 4] = [
        (false, "", &[(&[(real, "192.0.2.1"), (xff, "192.0.2.1"), (std, "for=192.0.2.1")], "127.0.0.1")]),
        (
            true,
            "",
            &[
                (&[], "127.0.0.1"),
                (&[(real, "192.0.2.1")], "192.0.2.1"),
                (&[(real, "192.0.2.1"), (xff, "198.51.100.7")], "192.0.2.1"),
                (&[(real, "garbage")], "127.0.0.1"),
                (&[(xff, "192.0.2.1")], "192.0.2.1"),
                (&[(xff, "203.0.113.9, 192.0.2.1")], "192.0.2.1"),
                (&[(xff, "203.0.113.9"), (xff, "192.0.2.1")], "192.0.2.1"),
                (&[(std, "for=203.0.113.9, for=192.0.2.1")], "192.0.2.1"),
            ],
        ),
        (
            false,
            "10.0.0.0/8, 127.0.0.2",
            &[(&[(real, "192.0.2.1"), (xff, "192.0.2.1"), (std, "for=192.0.2.1")], "127.0.0.1")],
        ),
        (
            false,
            "127.0.0.1, 10.0.0.0/8, fd00::/8",
            &[
                (&[], "127.0.0.1"),
                (&[(real, "192.0.2.1")], "192.0.2.1"),
                (&[(xff, "192.0.2.1")], "192.0.2.1"),
                (&[(xff, "203.0.113.9, 192.0.2.1")], "192.0.2.1"),
                (&[(xff, "203.0.113.9, 192.0.2.1, 10.0.0.7")], "192.0.2.1"),
                (&[(xff, "203.0.113.9"), (xff, "192.0.2.1:4711, 10.0.0.7"), (xff, "[fd00::1]:80")], "192.0.2.1"),
                (&[(xff, "203.0.113.9, unknown, 10.0.0.7")], "10.0.0.7"),
                (&[(xff, "203.0.113.9, what?")], "127.0.0.1"),
                (&[(xff, "::ffff:192.0.2.1")], "192.0.2.1"),
                (&[(xff, "[2001:db8::1]:443")], "2001:db8::1"),
                (&[(std, "for=\"[2001:db8:cafe::17]:4711\";proto=https;by=x")], "2001:db8:cafe::17"),
                (&[(std, "For=203.0.113.9, for=192.0.2.1, for=10.0.0.7")], "192.0.2.1"),
                (&[(std, "for=203.0.113.9, for=_hidden")], "127.0.0.1"),
                (&[(std, "for=203.0.113.9;a=\", for=192.0.2.1")], "127.0.0.1"),
                // What the proxy does not write itself, it passes on as the phone sent it: two voices, nobody is believed.
                (&[(real, "192.0.2.1"), (xff, "203.0.113.9")], "127.0.0.1"),
                (&[(real, "203.0.113.9"), (xff, "192.0.2.1")], "127.0.0.1"),
                (&[(std, "for=203.0.113.9"), (xff, "192.0.2.1")], "127.0.0.1"),
                (&[(real, "192.0.2.1"), (xff, "203.0.113.9, 192.0.2.1")], "192.0.2.1"),
            ],
        ),
    ];
    for (behind, trusted, rows) in table {
        let venue = venue(behind, trusted);
        let dj = venue.host("djane");
        for (headers, wanted) in rows {
            let took = address_of(&venue, &dj, headers);
            assert_eq!(took, *wanted, "behind_proxy {behind}, trusted_proxies [{trusted}], {headers:?}");
        }
    }
}

#[test]
fn a_phone_behind_a_real_proxy_cannot_name_its_own_address() {
    let venue = venue(false, "127.0.0.9");
    let dj = venue.host("djane");
    let name = "proxy_bind 127.0.0.9; proxy_set_header Host $http_host;";
    let real = "proxy_set_header X-Real-IP $remote_addr;";
    let list = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    let lies: [&[(&str, &str)]; 5] = [
        &[],
        &[("X-Forwarded-For", "203.0.113.9")],
        &[("X-Real-IP", "203.0.113.9")],
        &[("Forwarded", "for=203.0.113.9")],
        &[("X-Real-IP", "203.0.113.9"), ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")],
    ];
    for more in [real.to_owned(), list.to_owned(), format!("{real} {list}")] {
        let (_nginx, port) = Nginx::before(venue.port(), &format!("{name} {more}"));
        for lie in lies {
            let took = address_of(&venue, &dj.clone().through(&format!("http://127.0.0.1:{port}")), lie);
            // Its own address, or the proxy's where the headers contradict each other.
            let fine =
                if lie.is_empty() { took == "127.0.0.1" } else { ["127.0.0.1", "127.0.0.9"].contains(&took.as_str()) };
            assert!(fine, "{more} {lie:?}: {took}");
        }
    }
}

#[test]
fn scheme_and_name_that_a_trusted_proxy_tells_are_the_browsers_own() {
    let body = json!({ "username": "djane", "password": PASSWORD });
    for (trusted, believed) in [("127.0.0.1", true), ("127.0.0.2", false)] {
        let venue = venue(false, trusted);
        for (name, value, https) in [
            ("X-Forwarded-Proto", "https", true),
            ("X-Forwarded-Proto", "HTTPS, http", true),
            ("X-Forwarded-Proto", "http", false),
            ("Forwarded", "for=192.0.2.1;proto=https, for=10.0.0.7;proto=http", true),
            ("Forwarded", "for=192.0.2.1;proto=http", false),
        ] {
            let answer = venue.stranger().with(name, value).post("/api/login", &body);
            let cookie = answer.header("set-cookie").unwrap();
            assert_eq!(cookie.ends_with("; Secure"), https && believed, "{name}: {value}: {cookie}");
        }
        // The page was opened under a name that the proxy does not pass on as the host.
        for (name, value) in [("X-Forwarded-Host", "party.local"), ("Forwarded", "host=\"party.local\";for=192.0.2.1")]
        {
            let mut phone = venue.stranger().with(name, value);
            phone.origin = Some("http://party.local".into());
            assert_eq!(phone.post("/api/login", &body).status, if believed { 200 } else { 403 }, "{name}");
            phone.origin = Some("http://elsewhere.example".into());
            assert_eq!(phone.post("/api/login", &body).status, 403, "{name}");
        }
        // A page elsewhere that made its own name lead to the proxy.
        let mut bound = venue.host("djane").with("X-Forwarded-Host", "evil.example");
        assert_eq!(bound.get("/api/me").status, if believed { 403 } else { 200 });
    }
}

#[test]
fn a_stream_through_a_default_nginx_is_not_silent() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let (guest, screen) = (venue.guest("johnsmith"), venue.screen("johnsmith"));
    let ways = ["", "gzip on; gzip_types *; gzip_proxied any; gzip_min_length 1;", "proxy_http_version 1.1;"];
    for (n, more) in ways.into_iter().enumerate() {
        let (_nginx, port) = Nginx::before(venue.port(), more);
        let through = |caller: &Caller| caller.clone().through(&format!("http://127.0.0.1:{port}"));
        let host = through(&dj).listen("/api/johnsmith/live");
        let guest = through(&guest).listen("/api/johnsmith/party/live");
        let screen = through(&screen).listen("/api/johnsmith/display/live");
        for stream in [&host, &guest, &screen] {
            let first = stream.recv_timeout(PATIENCE).expect("the stream is silent");
            assert_eq!(first.event, "hello", "{more}");
        }
        let title = format!("Through nginx {n}");
        assert_eq!(dj.post("/api/johnsmith/requests", &wish(&title)).status, 201);
        let end = Instant::now() + PATIENCE;
        let told = |stream: &Receiver<Said>| stream.recv_timeout(end.saturating_duration_since(Instant::now()));
        while !told(&host).expect("the stream is silent").data.contains(&title) {}
        drop((guest, screen));
    }
    // The headers that do it, and the oldest protocol spoken directly, as such a proxy does.
    let token = dj.token.clone().unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let ask = format!(
        "GET /api/johnsmith/live HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(ask.as_bytes()).unwrap();
    let mut heard = String::new();
    while !heard.contains("event:hello") {
        let mut bytes = [0; 4096];
        let read = socket.read(&mut bytes).expect("the stream said nothing");
        assert!(read > 0, "closed: {heard}");
        heard += &String::from_utf8_lossy(&bytes[..read]);
    }
    let heard = heard.to_ascii_lowercase();
    for line in [
        "content-type: text/event-stream\r\n",
        "x-accel-buffering: no\r\n",
        "cache-control: private, no-store, no-transform\r\n",
    ] {
        assert!(heard.contains(line), "{line} is not in: {heard}");
    }
}

/// The lines of an owner's dashboard that warn.
fn banners(venue: &Venue) -> String {
    let page = venue.host("owner").get("/superadmin/dashboard").body;
    page.split("class=\"banner\"").skip(1).map(|part| part.split("</p>").next().unwrap()).collect()
}

fn logged(venue: &Venue, words: &str) -> usize {
    venue.log.lock().unwrap().lines().filter(|line| line.contains(words)).count()
}

/// Waits until the log tells; answers how often it does.
fn log_tells(venue: &Venue, words: &str) -> usize {
    let began = Instant::now();
    while logged(venue, words) == 0 {
        assert!(began.elapsed() < PATIENCE, "the log does not tell: {words}");
        std::thread::yield_now();
    }
    logged(venue, words)
}

fn doctor(folder: &Path, venue: &Venue, set: &[(&str, String)]) -> String {
    let mut doctor = program();
    doctor.arg("--data").arg(folder).arg("doctor").env("PARTYPLAYLIST_SERVER__ADDRESS", "127.0.0.1");
    doctor.env("PARTYPLAYLIST_SERVER__PORT", venue.port().to_string()).envs(set.iter().cloned());
    let out = doctor.env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1").output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    said.lines().find(|line| line.contains(" proxy ")).unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn metrics(at: (&str, u16), host: &str, more: &str) -> u16 {
    status(at, &format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n{more}\r\n"))
}
