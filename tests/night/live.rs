//! What those hear who listen.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::{Value, json};

use crate::venue::{Caller, Said, Venue, next, wish};

fn pending(dj: &mut Caller, name: &str) -> String {
    dj.get(&format!("/api/{name}/requests?status=pending")).json()["requests"][0]["id"].as_str().unwrap().to_owned()
}

/// Everything said until `mark` is named in a change, that included.
pub fn until(said: &Receiver<Said>, mark: &str) -> Vec<Said> {
    let mut heard = vec![next(said)];
    while !heard.last().unwrap().data.contains(mark) {
        heard.push(next(said));
    }
    heard
}

/// Nothing more is said: the stream is either silent or over.
pub fn nothing_more(said: &Receiver<Said>) {
    loop {
        match said.recv_timeout(Duration::from_millis(300)) {
            Ok(more) if more.event == "beat" => {}
            Ok(more) => panic!("also said: {more:?}"),
            Err(_) => return,
        }
    }
}

#[test]
fn each_change_is_said_once_to_each_kind_with_growing_ids() {
    let venue = Venue::by_hand();
    let (mut dj, guest, tv) = (venue.host("johnsmith"), venue.guest("johnsmith"), venue.screen("johnsmith"));
    let streams = [
        dj.listen("/api/johnsmith/live"),
        guest.listen("/api/johnsmith/party/live"),
        tv.listen("/api/johnsmith/display/live"),
    ];
    for said in &streams {
        assert_eq!(next(said).event, "hello");
    }
    let mut newest = [0; 3];
    for name in ["One", "Two", "Three"] {
        assert_eq!(dj.post("/api/johnsmith/requests", &wish(name)).status, 201);
        for (said, newest) in streams.iter().zip(&mut newest) {
            let heard = next(said);
            assert_eq!(heard.event, "change");
            assert!(heard.data.contains(name), "{heard:?}");
            assert!(heard.id > *newest, "{} after {newest}", heard.id);
            *newest = heard.id;
        }
    }
    for said in &streams {
        nothing_more(said);
    }
}

#[test]
fn a_vote_or_a_wish_sent_again_and_again_is_told_once() {
    let venue = Venue::by_hand();
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith").with("Idempotency-Key", "tap"));
    let asked = dj.post("/api/johnsmith/requests", &wish("Voted For")).json();
    let vote = format!("/api/johnsmith/requests/{}/vote", asked["request"]["id"].as_str().unwrap());
    let said = dj.listen("/api/johnsmith/live");
    assert_eq!(next(&said).event, "hello");
    for _ in 0..10 {
        assert_eq!(guest.post(&vote, &json!({})).status, 200);
        assert!([200, 201].contains(&guest.post("/api/johnsmith/requests", &wish("Tapped")).status));
    }
    dj.post("/api/johnsmith/requests", &wish("Last of All"));
    let heard = until(&said, "Last of All");
    assert!(heard.len() <= 3, "{heard:?}");
}

#[test]
fn a_guest_hears_nothing_personal_and_a_screen_no_note() {
    let venue = Venue::by_hand();
    let (mut dj, mut guest, tv) = (venue.host("johnsmith"), venue.guest("johnsmith"), venue.screen("johnsmith"));
    let (host, bar, wall) = (
        dj.listen("/api/johnsmith/live"),
        guest.listen("/api/johnsmith/party/live"),
        tv.listen("/api/johnsmith/display/live"),
    );
    let body = json!({ "title": "Secretly", "artist": "Wished", "nickname": "Zoe", "note": "do not tell Max" });
    let id = guest.post("/api/johnsmith/requests", &body).json()["request"]["id"].as_str().unwrap().to_owned();
    let at_host = until(&host, "Secretly");
    assert!(at_host.last().unwrap().data.contains("do not tell Max"));
    for said in [&bar, &wall] {
        let heard = until(said, &id);
        assert!(heard.iter().all(|said| !said.data.contains("Secretly")), "not theirs to see yet: {heard:?}");
    }
    dj.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({}));
    for said in [&bar, &wall] {
        let heard = until(said, "Secretly");
        assert!(heard.iter().all(|said| !said.data.contains("do not tell Max")), "{heard:?}");
        nothing_more(said);
    }
}

/// Waits for a change that names all of `ids`; answers whether songs in line stand elsewhere by it.
fn names(said: &Receiver<Said>, ids: &[&str]) -> bool {
    loop {
        let heard = next(said);
        if heard.event == "change" && ids.iter().all(|id| heard.data.contains(id)) {
            return serde_json::from_str::<Value>(&heard.data).unwrap()["line"] == json!(true);
        }
    }
}

#[test]
fn a_guests_own_wish_is_named_whenever_something_of_it_changes_and_the_line_when_others_do() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let [first, second, third] = ["First", "Second", "Third"].map(|title| {
        let asked = venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(title));
        asked.json()["request"]["id"].as_str().unwrap().to_owned()
    });
    let said = venue.guest("johnsmith").listen("/api/johnsmith/party/live");
    let mut act = |id: &str, act: &str| {
        assert_eq!(dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status, 200);
    };
    for id in [&first, &second, &third] {
        act(id, "approve");
        assert!(names(&said, &[id]));
    }
    act(&first, "playing");
    assert!(names(&said, &[&first]), "whoever waits is one nearer");
    // Another song begins: the one before is over.
    act(&second, "playing");
    assert!(names(&said, &[&first, &second]));
}

#[test]
fn another_tenants_night_is_silence_here() {
    let venue = Venue::by_hand();
    let (other_dj, other_guest, other_tv) = (venue.host("janedoe"), venue.guest("janedoe"), venue.screen("janedoe"));
    let elsewhere = [
        other_dj.listen("/api/janedoe/live"),
        other_guest.listen("/api/janedoe/party/live"),
        other_tv.listen("/api/janedoe/display/live"),
    ];
    for said in &elsewhere {
        assert_eq!(next(said).event, "hello");
    }
    let mut dj = venue.host("johnsmith");
    let here = dj.listen("/api/johnsmith/live");
    let id = pending(&mut dj, "johnsmith");
    dj.post("/api/johnsmith/requests", &wish("Only Here"));
    dj.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({}));
    dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Loud", "artist": "Here" }));
    dj.post("/api/johnsmith/event/end", &json!({}));
    until(&here, "Start the night");
    for said in &elsewhere {
        nothing_more(said);
    }
}

#[test]
fn who_comes_back_hears_what_was_missed_and_nothing_twice() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let said = dj.listen("/api/johnsmith/live");
    dj.post("/api/johnsmith/requests", &wish("Before"));
    let before = until(&said, "Before").last().unwrap().id;
    drop(said);
    dj.post("/api/johnsmith/requests", &wish("Meanwhile"));
    dj.post("/api/johnsmith/requests", &wish("Afterwards"));
    let again = dj.clone().with("Last-Event-ID", &before.to_string()).listen("/api/johnsmith/live");
    // Somebody quick is greeted before the pages are rendered anew; what was missed comes all the same.
    let heard: Vec<_> = until(&again, "Afterwards").into_iter().filter(|said| said.event != "hello").collect();
    assert!(heard.iter().all(|said| said.event == "change" && said.id > before), "{heard:?}");
    assert!(heard[0].data.contains("Meanwhile"));
    nothing_more(&again);
    for forgotten in ["1", "18446744073709551615", "not a number"] {
        let lost = dj.clone().with("Last-Event-ID", forgotten).listen("/api/johnsmith/live");
        assert_eq!(next(&lost).event, "resync", "{forgotten}");
    }
}

#[test]
fn a_box_that_was_restarted_tells_everyone_to_start_over() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let said = dj.listen("/api/johnsmith/live");
    dj.post("/api/johnsmith/requests", &wish("Before"));
    let last = until(&said, "Before").last().unwrap().id;
    // A box started later knows nothing of that stream, and its ids are larger still.
    let other = Venue::by_hand();
    let again = other.host("johnsmith").with("Last-Event-ID", &last.to_string()).listen("/api/johnsmith/live");
    let heard = next(&again);
    assert_eq!(heard.event, "resync");
    assert!(heard.id > last);
}

#[test]
fn a_page_that_is_behind_when_its_stream_opens_is_told_so() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let live = |page: &str| page.split_once("data-live=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&");
    let fresh = dj.get("/johnsmith/admin/requests").body;
    assert_eq!(next(&dj.listen(&live(&fresh))).event, "hello");
    let stale = dj.get("/johnsmith/admin/requests").body;
    let said = dj.listen("/api/johnsmith/live");
    dj.post("/api/johnsmith/requests", &wish("In between"));
    until(&said, "In between");
    let heard = next(&dj.listen(&live(&stale)));
    assert!(heard.event == "resync" || heard.data.contains("In between"), "{heard:?}");
}

#[test]
fn one_guest_cannot_hold_all_the_streams_there_are() {
    let venue = Venue::by_hand();
    let mut guest = venue.guest("johnsmith");
    let open: Vec<_> = (0..8).map(|_| guest.listen("/api/johnsmith/party/live")).collect();
    assert!(open.iter().all(|said| next(said).event == "hello"));
    let full = guest.get("/api/johnsmith/party/live");
    assert_eq!((full.status, full.code().as_str()), (429, "too_many_streams"));
    assert_eq!(next(&venue.guest("johnsmith").listen("/api/johnsmith/party/live")).event, "hello");
}

#[test]
fn pages_left_one_after_another_leave_room_for_the_next() {
    use std::io::{BufRead, BufReader, Write};
    let venue = Venue::demo();
    let token = venue.host("johnsmith").token.unwrap();
    for n in 1..=20 {
        let mut socket = std::net::TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
        write!(socket, "GET /api/johnsmith/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
            .unwrap();
        let mut first = String::new();
        BufReader::new(socket).read_line(&mut first).unwrap();
        assert!(first.starts_with("HTTP/1.1 200"), "page {n}: {first}");
    }
}
