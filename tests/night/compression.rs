//! What goes out compressed, to whom, and what never does.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::venue::{Answer, Caller, Venue};

fn compressed(caller: &Caller, takes: &str) -> Caller {
    caller.clone().with("Accept-Encoding", takes)
}

fn is_compressed(answer: &Answer) -> bool {
    answer.header("content-encoding") == Some("gzip")
}

/// Pages and data that say the same when they are asked for twice.
const LARGE: [&str; 5] =
    ["/help", "/johnsmith/admin/settings", "/johnsmith/admin/history", "/api/johnsmith/requests", "/account"];

#[test]
fn a_browser_that_takes_gzip_gets_the_same_page_in_fewer_bytes() {
    let venue = Venue::by_hand();
    let dj = venue.host("johnsmith");
    // What is counted in seconds moves on, and so does what a page knows.
    let told = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    for path in LARGE {
        let (one, other) = (compressed(&dj, "gzip").get(path), compressed(&dj, "identity").get(path));
        assert_eq!((is_compressed(&one), is_compressed(&other)), (true, false), "{path}");
        assert!(told(&one.body) == told(&other.body), "{path}: {}\n{}", one.body, other.body);
        assert_eq!((one.status, one.header("content-type")), (other.status, other.header("content-type")), "{path}");
        for answer in [&one, &other] {
            assert!(answer.header("vary").unwrap().split(", ").any(|name| name == "Accept-Encoding"), "{path}");
        }
        let size = |answer: &Answer| answer.header("content-length").unwrap().parse::<usize>().unwrap();
        assert!(size(&one) < size(&other) * 3 / 4 && size(&other) == other.body.len(), "{path}");
    }
}

#[test]
fn who_does_not_take_gzip_or_refuses_it_gets_none() {
    let venue = Venue::demo();
    let takes = |what: &str| is_compressed(&compressed(&venue.stranger(), what).get("/help"));
    assert!(!is_compressed(&venue.stranger().get("/help")));
    for yes in ["gzip", "GZip", "br, gzip;q=0.5", "deflate, gzip ; q=1.0", "*", "gzip, *;q=0"] {
        assert!(takes(yes), "{yes}");
    }
    for no in ["", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzip;q=0, *", "*;q=0", "gzipped"] {
        assert!(!takes(no), "{no}");
    }
}

#[test]
fn a_look_at_the_headers_alone_tells_the_compressed_size() {
    let venue = Venue::demo();
    let mut caller = compressed(&venue.stranger(), "gzip");
    let [head, got] = ["HEAD", "GET"].map(|method| caller.call(method, "/help", None));
    assert!(head.body.is_empty() && is_compressed(&head));
    assert_eq!(head.header("content-length"), got.header("content-length"));
}

#[test]
fn what_is_small_or_compressed_already_or_read_as_it_is_sent_goes_out_as_it_is() {
    let venue = Venue::demo();
    let (dj, admin) = (compressed(&venue.host("johnsmith"), "gzip"), compressed(&venue.host("admin"), "gzip"));
    let night = dj.clone().get("/api/johnsmith/events").json()["events"][0]["id"].as_str().unwrap().to_owned();
    let csv = format!("/api/johnsmith/events/{night}.csv");
    for (caller, path) in [(&dj, "/api/me"), (&dj, "/api/johnsmith/event/qr.png"), (&dj, &*csv)] {
        let answer = caller.clone().get(path);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, None), "{path}");
    }
    for (caller, path) in [(&dj, "/api/johnsmith/live"), (&admin, "/api/superadmin/backup")] {
        let head = beginning(caller, &venue, path);
        assert!(head.starts_with("http/1.1 200") && !head.contains("content-encoding:"), "{path}: {head}");
    }
}

/// The head of an answer that may have no end.
fn beginning(caller: &Caller, venue: &Venue, path: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    let token = caller.token.as_ref().unwrap();
    let ask = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(ask.as_bytes()).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().to_lowercase()
}

#[test]
fn nothing_that_lets_somebody_in_is_ever_compressed() {
    let venue = Venue::demo();
    let (dj, admin) = (venue.host("johnsmith"), venue.host("admin"));
    let made = |kind: &str, field: &str| {
        let path = format!("/api/johnsmith/{kind}");
        let made = dj.clone().post(&path, &json!({ field: "Bar" })).json();
        let list = dj.clone().get(&path).json()[kind].as_array().unwrap().clone();
        let id = made["id"].as_str().or_else(|| list.last()?["id"].as_str()).unwrap().to_owned();
        (id, made["url"].as_str().unwrap().rsplit('=').next().unwrap().to_owned())
    };
    let (screen, helper) = (made("screens", "label"), made("helpers", "name"));
    let event = dj.clone().get("/api/johnsmith/event").json()["event"].clone();
    let join = event["join_url"].as_str().unwrap().rsplit('=').next().unwrap().to_owned();
    let secrets = [screen.1.clone(), helper.1.clone(), join, event["pin"].as_str().unwrap().to_owned()];
    let everybody = [dj.clone(), admin, venue.guest("johnsmith"), venue.screen("johnsmith"), venue.helper("johnsmith")];
    let (mut shown, mut compressed_answers) = ([0; 4], 0);
    for route in partyplaylist::web::routes().iter().filter(|route| route.method.as_str() == "GET") {
        let path = route.uri.path().to_owned();
        if path.ends_with("/live") || path.ends_with("/backup") || path == "/logout" {
            continue;
        }
        let own = if path.contains("helpers") { &helper.0 } else { &screen.0 };
        let path = path
            .replace("<path..>", "style.css")
            .replace("<_>", "johnsmith")
            .replace("<name>", event["id"].as_str().unwrap());
        let path =
            path.replace("/history/<id>", &format!("/history/{}", event["id"].as_str().unwrap())).replace("<id>", own);
        for caller in &everybody {
            let answer = compressed(caller, "gzip").get(&path);
            compressed_answers += usize::from(is_compressed(&answer));
            let words = || answer.body.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)));
            for (secret, times) in secrets.iter().zip(&mut shown) {
                let tells = words().any(|word| word == secret);
                *times += usize::from(tells);
                assert!(!(tells && is_compressed(&answer)), "{path} is compressed and shows {secret}");
            }
        }
    }
    assert!(
        shown.iter().all(|times| *times > 0) && compressed_answers > 20,
        "{shown:?}, {compressed_answers} compressed"
    );
}
