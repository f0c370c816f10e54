//! Connections that are slow, silent or left behind: who sends or takes something is served, who does not is let go.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use serde_json::json;

use crate::ledger::folder;
use crate::spaces::pair;
use crate::times;
use crate::venue::{PASSWORD, Venue, command, next, program, wish};

const PATIENCE: Duration = Duration::from_secs(30);

fn socket(venue: &Venue) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

#[test]
fn a_handshake_that_never_comes_to_its_end_is_cut_off() {
    let venue = Venue::fresh(&[("PARTYPLAYLIST_SERVER__TLS", "true".into())]);
    // The first bytes of a client's hello, which is to have 512.
    let begun = [0x16, 3, 1, 2, 0, 1];
    let mut slow = [&begun[..], &[]].map(|bytes| {
        let mut socket = socket(&venue);
        socket.write_all(bytes).unwrap();
        socket
    });
    for socket in &mut slow {
        let read = socket.read(&mut [0; 9]);
        assert!(matches!(read, Ok(0)), "a connection without a handshake is still open after 30 s: {read:?}");
    }
}

/// Pieces that something is sent or taken in.
const PIECES: u32 = 10;

/// Sends a wish in pieces, as long as they are taken, and reads the answer.
fn ask_slowly(venue: &Venue, cookies: &str, title: &str, apart: Duration) -> String {
    let (body, host) = (wish(title).to_string(), venue.base.trim_start_matches("http://"));
    let head = format!(
        "POST /api/djane/requests HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nCookie: {cookies}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        venue.base,
        body.len()
    );
    let mut socket = socket(venue);
    socket.write_all(head.as_bytes()).unwrap();
    for piece in body.as_bytes().chunks(body.len().div_ceil(PIECES as usize)) {
        std::thread::sleep(apart);
        if socket.write_all(piece).is_err() {
            break;
        }
    }
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer);
    answer
}

/// Takes a copy of the database, first in large bites between which the box has to wait; answers how much came. Fails when
/// it is not as much as was said in the beginning.
pub fn download_slowly(venue: &Venue, token: &str, apart: Duration, bites: u32) -> usize {
    let host = venue.base.trim_start_matches("http://");
    let head = format!(
        "GET /api/superadmin/backup HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let mut socket = socket(venue);
    socket.write_all(head.as_bytes()).unwrap();
    let (mut copied, mut bite) = (Vec::new(), vec![0; 512 * 1024]);
    for _ in 0..bites {
        let read = socket.read(&mut bite).unwrap();
        copied.extend_from_slice(&bite[..read]);
        std::thread::sleep(apart);
    }
    socket.read_to_end(&mut copied).unwrap();
    let head = copied.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let said = String::from_utf8_lossy(&copied[..head]).to_lowercase();
    assert!(said.starts_with("http/1.1 200"), "{said}");
    let size = copied.len() - head - 4;
    assert!(said.contains(&format!("\ncontent-length: {size}\r")), "{size} came of {said}");
    size
}

/// A folder with a DJ, an owner, and some 20 MB.
fn large() -> tempfile::TempDir {
    let dir = folder();
    let owner = ["user", "add", "owner", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(dir.path(), &owner, PASSWORD).0, 0);
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                INSERT INTO sign_in_waits SELECT randomblob(900), 1, 1 FROM n";
    rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap().execute_batch(rows).unwrap();
    dir
}

#[test]
fn a_wish_sent_and_a_backup_taken_slowly_come_through() {
    let venue = Venue::of(large(), &[]);
    let (owner, mut host) = (venue.host("owner"), venue.host("djane"));
    host.post("/api/djane/event", &json!({ "name": "Tonight" }));
    let guest = venue.guest_of("djane", &mut host);
    let cookies: Vec<_> = guest.cookies.iter().map(|(_, name, value)| format!("{name}={value}")).collect();
    let (cookies, token) = (cookies.join("; "), owner.token.unwrap());
    let whole = times(0, 1) == 1;
    let seconds = |seconds: u64| Duration::from_millis(if whole { seconds * 1000 } else { 100 }) / PIECES;
    std::thread::scope(|scope| {
        // Longer than a connection may be silent between two requests.
        let copied = scope.spawn(|| download_slowly(&venue, &token, seconds(90), PIECES));
        let late = scope.spawn(|| whole.then(|| ask_slowly(&venue, &cookies, "Too late", seconds(60))));
        let answer = ask_slowly(&venue, &cookies, "Just in time", seconds(30));
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        // Whoever takes longer than any phone holds up nothing, and is told.
        let late = late.join().unwrap();
        assert!(late.is_none_or(|answer| answer.is_empty() || answer.starts_with("HTTP/1.1 400")));
        let size = copied.join().unwrap();
        assert!(size > 15_000_000 && size.is_multiple_of(4096), "{size}");
    });
    let titles = host.get("/api/djane/requests").json()["requests"].to_string();
    assert!(titles.contains("Just in time") && !titles.contains("Too late"), "{titles}");
}

#[test]
fn a_download_that_pauses_for_longer_than_a_minute_comes_whole() {
    if times(0, 1) == 0 {
        println!("skipped in short: it takes more than a minute");
        return;
    }
    let venue = Venue::of(large(), &[]);
    let token = venue.host("owner").token.unwrap();
    // What the system holds for a phone is full within a moment, and then the box waits.
    let size = download_slowly(&venue, &token, Duration::from_secs(95), 1);
    assert!(size > 15_000_000 && size.is_multiple_of(4096), "{size}");
}

/// Takes a copy of the database but for its end, by a phone that holds little itself; and the end once it is taken out
/// again. Answers how much did not come.
fn download_put_away(venue: &Venue, (token, connection): (&str, &str), away: Duration) -> u64 {
    let phone = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    set_socket_recv_buffer_size(&phone, 16 * 1024).unwrap();
    connect(&phone, &SocketAddr::from((Ipv4Addr::LOCALHOST, venue.port()))).unwrap();
    let mut socket = TcpStream::from(phone);
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        socket,
        "GET /api/superadmin/backup HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: {connection}\r\n\r\n"
    )
    .unwrap();
    let (mut answer, mut size) = (BufReader::new(socket), None);
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        size = size.or_else(|| line.to_lowercase().trim().strip_prefix("content-length: ")?.parse::<u64>().ok());
        if line.trim().is_empty() {
            break;
        }
    }
    let (size, end) = (size.unwrap(), 400_000);
    let began = std::io::copy(&mut answer.by_ref().take(size - end), &mut std::io::sink()).unwrap();
    std::thread::sleep(away);
    let mut missing = size - began;
    let mut piece = [0; 4096];
    while missing > 0
        && let Ok(read @ 1..) = answer.read(&mut piece)
    {
        missing -= read as u64;
    }
    missing
}

#[test]
fn a_download_put_away_just_before_its_end_comes_whole_minutes_later() {
    if times(0, 1) == 0 {
        println!("skipped in short: it takes seven minutes");
        return;
    }
    let venue = Venue::of(large(), &[]);
    let token = venue.host("owner").token.unwrap();
    // Longer than the system goes on by itself for a connection that the box has closed.
    let take = |connection| download_put_away(&venue, (&token, connection), Duration::from_secs(420));
    let missing = std::thread::scope(|scope| {
        let close = scope.spawn(|| take("close"));
        (take("keep-alive"), close.join().unwrap())
    });
    assert_eq!(missing, (0, 0), "bytes that did not come");
}

#[test]
fn a_connection_whose_next_request_does_not_come_ends_after_more_than_a_minute() {
    if times(0, 1) == 0 {
        println!("skipped in short: it takes more than a minute");
        return;
    }
    let venue = Venue::fresh(&[]);
    let ask = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // One says nothing more, and one begins to.
    let mut kept = [&b""[..], b"GET /api/health HTTP/1.1\r\nX-Half: "].map(|further| {
        let mut socket = socket(&venue);
        socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        socket.write_all(ask).unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket.write_all(further).unwrap();
        socket
    });
    let began = Instant::now();
    for socket in &mut kept {
        while socket.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
        assert!((70..90).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    }
}

#[test]
fn a_box_with_few_descriptors_lets_guests_in_while_a_crowd_says_nothing_and_tells_of_it_once() {
    let dir = folder();
    let mut few = std::process::Command::new("sh");
    few.args(["-c", "ulimit -n 120; exec \"$0\" \"$@\""]).arg(program().get_program()).arg("--data").arg(dir.path());
    few.args(["serve", "--address", "127.0.0.1", "--port", "0"]);
    let venue = Venue::start(few, dir);
    let said = |words| venue.log.lock().unwrap().matches(words).count();
    let mut host = venue.host("djane");
    host.post("/api/djane/event", &json!({ "name": "Tonight" }));
    let mut guest = venue.guest_of("djane", &mut host);
    let _crowd: Vec<_> = (0..200).map(|_| socket(&venue)).collect();
    assert_eq!(guest.get("/api/djane/party").status, 200);
    assert_eq!(venue.stranger().get("/api/health").status, 200);
    assert_eq!(host.post("/api/djane/event/end", &json!({})).status, 200, "the database has descriptors");
    assert_eq!((said("nobody asks for anything"), said("Nobody new can be let in")), (1, 0));
    assert_eq!(venue.terminate().0, Some(0));
}

/// Connections that the box has, with whoever is there still or not.
fn established(venue: &Venue) -> usize {
    let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", venue.pid())).unwrap();
    let own = format!(":{:04X}", venue.port());
    let of_box = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        words.next().is_some_and(|local| local.ends_with(&own)) && words.nth(1) == Some("01")
    };
    table.lines().filter(of_box).count()
}

#[test]
fn a_phone_that_went_out_of_range_is_let_go_within_two_minutes() {
    if times(0, 1) == 0 {
        println!("skipped in short: it takes more than a minute");
        return;
    }
    let Some((space, phone)) = pair() else { return };
    space.joined(("eth0", "192.168.1.20/24"), &phone, "192.168.1.9/24");
    let dir = folder();
    let mut command = program();
    command.arg("--data").arg(dir.path()).args(["serve", "--address", "192.168.1.20"]);
    let venue = space.within(|| Venue::start(command, dir));
    let said = phone.within(|| {
        let mut host = venue.host("djane");
        host.post("/api/djane/event", &json!({ "name": "Tonight" }));
        let said = host.listen("/api/djane/live");
        assert_eq!(next(&said).event, "hello");
        said
    });
    assert!(established(&venue) > 0);
    phone.ip("link set p-eth0 down");
    let began = Instant::now();
    while established(&venue) > 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "the stream of a phone that is gone is kept");
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("let go after {} s", began.elapsed().as_secs());
    drop(said);
}
