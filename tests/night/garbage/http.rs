//! Requests that are none, or are for nothing there is.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::everyone;
use crate::venue::{Venue, percent};

#[test]
fn odd_addresses_lead_nowhere() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let before = everyone(&venue);
    let odd = [
        "..",
        ".",
        "%2e%2e",
        "%00",
        "%0d%0aSet-Cookie:x=y",
        "a%2Fb",
        "ADMIN",
        "johnsmith%20",
        "%ff",
        "👻",
        "x".repeat(3000).as_str(),
        "-a-",
        "no-such-dj",
    ]
    .map(str::to_owned);
    for name in odd {
        let name = if name.is_ascii() { name } else { percent(&name) };
        for path in [
            format!("/api/{name}/requests"),
            format!("/{name}"),
            format!("/{name}/display"),
            format!("/{name}/admin/overview"),
            format!("/api/johnsmith/requests/{name}/approve"),
            format!("/api/johnsmith/events/{name}"),
        ] {
            for method in ["GET", "POST", "DELETE"] {
                let body = (method == "POST").then(|| ("application/json", b"{}".to_vec()));
                let answer = dj.call(method, &path, body);
                assert!(
                    matches!(answer.status, 303 | 307 | 400 | 401 | 403 | 404 | 405 | 414 | 415 | 422),
                    "{method} {path}: {} {}",
                    answer.status,
                    answer.body
                );
                assert!(answer.header("set-cookie").is_none_or(|cookie| !cookie.contains("x=y")), "{path}");
            }
        }
    }
    assert_eq!(everyone(&venue), before);
}

#[test]
fn what_is_not_even_http_gets_an_error_or_a_closed_door() {
    let venue = Venue::by_hand();
    // The server takes 64 kB of headers, more or less as they come in.
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1_000_000));
    for raw in [
        "\r\n\r\n",
        "HELO\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "\0\0\0\0",
        "\u{16}\u{3}\u{1}",
        huge.as_str(),
    ] {
        let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
        // The box may hang up in the middle of it.
        let _ = socket.write_all(raw.as_bytes());
        let _ = socket.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{raw:.40}: {answer:.200}");
    }
    let health = venue.stranger().get("/api/health");
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("ok")));
}

/// Sends bytes and reads on until the connection is closed or has been silent for a while.
fn sent(venue: &Venue, raw: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
    socket.write_all(raw.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = socket.read(&mut piece) {
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn what_cannot_be_understood_is_told_so_and_what_can_be_is_answered() {
    let venue = Venue::by_hand();
    let host = "Host: 127.0.0.1\r\nConnection: close\r\n";
    let chunked = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n";
    for (raw, starts, holds) in [
        (format!("PROPFIND /api/health HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 400", "\"malformed\""),
        (format!("get /api/health HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 400", "\"malformed\""),
        (format!("POST /api/login HTTP/1.1\r\n{host}{chunked}\r\nzz\r\n"), "HTTP/1.1 400", "\"malformed\""),
        (format!("GET http://127.0.0.1?x=1 HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 200", "<!DOCTYPE html>"),
        (format!("GET /help?a=|&b={{x}} HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 200", "<!DOCTYPE html>"),
        (format!("GET * HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 404", "nosniff"),
        // The body is not there yet, and nobody wants it.
        (format!("GET /api/health HTTP/1.1\r\n{host}Content-Length: 9\r\n\r\nhalf"), "HTTP/1.1 200", "\"ok\""),
        (format!("HEAD /help HTTP/1.1\r\n{host}\r\n"), "HTTP/1.1 200", "content-length: "),
        (format!("POST /api/logout HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n"), "HTTP/1.1 ", "\r\n\r\n"),
    ] {
        let answer = sent(&venue, &raw);
        let told = answer.starts_with(starts) && answer.contains(holds);
        assert!(told, "{raw:?}: {answer:.400}");
    }
}
