//! What those hear who listen.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::venue::{Caller, Said, Venue, next, wish};

fn pending(dj: &mut Caller, name: &str) -> String {
    dj.get(&format!("/api/{name}/requests?status=pending")).json()["requests"][0]["id"].as_str().unwrap().to_owned()
}

/// Everything said until `mark` is named in a change, that included.
fn until(said: &Receiver<Said>, mark: &str) -> Vec<Said> {
    let mut heard = vec![next(said)];
    while !heard.last().unwrap().data.contains(mark) {
        heard.push(next(said));
    }
    heard
}

/// Nothing more is said: the stream is either silent or over.
fn nothing_more(said: &Receiver<Said>) {
    loop {
        match said.recv_timeout(Duration::from_millis(300)) {
            Ok(more) if more.event == "beat" => {}
            Ok(more) => panic!("also said: {more:?}"),
            Err(_) => return,
        }
    }
}

fn ended(said: &Receiver<Said>) {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        match said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => panic!("the stream goes on"),
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
    let (desk, bar, wall) = (
        dj.listen("/api/johnsmith/live"),
        guest.listen("/api/johnsmith/party/live"),
        tv.listen("/api/johnsmith/display/live"),
    );
    let body = json!({ "title": "Secretly", "artist": "Wished", "nickname": "Zoe", "note": "do not tell Max" });
    let id = guest.post("/api/johnsmith/requests", &body).json()["request"]["id"].as_str().unwrap().to_owned();
    let at_desk = until(&desk, "Secretly");
    assert!(at_desk.last().unwrap().data.contains("do not tell Max"));
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

/// Waits for a change that names all of `ids`.
fn names(said: &Receiver<Said>, ids: &[&str]) {
    loop {
        let heard = next(said);
        let told: Value = if heard.event == "change" { serde_json::from_str(&heard.data).unwrap() } else { continue };
        let touched = told["touched"].as_array().unwrap();
        if ids.iter().all(|id| touched.contains(&json!(id))) {
            return;
        }
    }
}

#[test]
fn a_guests_own_wish_is_named_whenever_something_of_it_changes() {
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
        names(&said, &[id]);
    }
    act(&first, "playing");
    names(&said, &[&first, &second, &third]);
    // Another song begins: the one before is over, and whoever waits is one nearer.
    act(&second, "playing");
    names(&said, &[&first, &second, &third]);
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
fn a_stream_ends_with_the_right_to_hear_it() {
    let venue = Venue::by_hand();
    let mut admin = venue.host("admin");

    let mut leaving = venue.host("johnsmith");
    let mut staying = venue.host("johnsmith");
    let (gone, stays) = (leaving.listen("/api/johnsmith/live"), staying.listen("/api/johnsmith/live"));
    assert_eq!(leaving.post("/api/logout", &json!({})).status, 204);
    ended(&gone);
    staying.post("/api/johnsmith/requests", &wish("Still here"));
    until(&stays, "Still here");

    let (first, second) = (venue.screen("johnsmith"), venue.screen("johnsmith"));
    let (dark, lit) = (first.listen("/api/johnsmith/display/live"), second.listen("/api/johnsmith/display/live"));
    let screens = staying.get("/api/johnsmith/screens").json()["screens"].clone();
    let oldest =
        screens.as_array().unwrap().iter().min_by_key(|screen| screen["id"].as_str().unwrap().to_owned()).unwrap();
    assert_eq!(staying.delete(&format!("/api/johnsmith/screens/{}", oldest["id"].as_str().unwrap())).status, 204);
    assert_eq!((next(&dark).event, next(&dark).event), ("hello".into(), "reload".into()), "and its page goes with it");
    ended(&dark);
    assert_eq!(first.clone().get("/johnsmith/display").status, 401);
    staying.post("/api/johnsmith/requests", &wish("On the other screen"));
    until(&lit, "On the other screen");

    let users = admin.get("/api/superadmin/users").json()["users"].clone();
    let john = users.as_array().unwrap().iter().find(|user| user["username"] == "johnsmith").unwrap()["id"].clone();
    let path = format!("/api/superadmin/users/{}", john.as_str().unwrap());
    assert_eq!(admin.patch(&path, &json!({ "status": "suspended" })).status, 200);
    ended(&stays);
    ended(&lit);
}

#[test]
fn guests_are_told_when_the_night_is_over_and_hear_nothing_of_the_next() {
    let venue = Venue::by_hand();
    let (mut dj, guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let said = guest.listen("/api/johnsmith/party/live");
    assert_eq!(next(&said).event, "hello");
    dj.post("/api/johnsmith/event/end", &json!({}));
    assert_eq!(next(&said).event, "resync");
    dj.post("/api/johnsmith/event", &json!({ "name": "Tomorrow" }));
    dj.post("/api/johnsmith/requests", &wish("Not for you"));
    nothing_more(&said);
    let party: Value = guest.clone().get("/api/johnsmith/party").json();
    assert_eq!(party["error"]["code"], "event_over");
}

#[test]
fn signing_out_ends_a_super_admins_stream_on_a_djs_ground() {
    let venue = Venue::by_hand();
    let (mut admin, mut dj) = (venue.host("admin"), venue.host("janedoe"));
    let said = admin.listen("/api/janedoe/live");
    assert_eq!(next(&said).event, "hello");
    assert_eq!(admin.post("/api/logout", &json!({})).status, 204);
    ended(&said);
    let own = dj.listen("/api/janedoe/live");
    dj.post("/api/janedoe/requests", &wish("Goes on"));
    until(&own, "Goes on");
}

#[test]
fn streams_end_when_the_account_is_suspended_from_the_command_line() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(
        crate::venue::command(dir.path(), &["user", "add", "djane", "--password-stdin"], crate::venue::PASSWORD).0,
        0
    );
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    dj.post("/api/djane/event", &json!({ "name": "Tonight" }));
    let (guest, tv) = (venue.guest("djane"), venue.screen("djane"));
    let streams =
        [dj.listen("/api/djane/live"), guest.listen("/api/djane/party/live"), tv.listen("/api/djane/display/live")];
    let folder = venue.file().parent().unwrap().to_owned();
    assert_eq!(crate::venue::command(&folder, &["user", "suspend", "djane"], "").0, 0);
    for said in &streams {
        ended(said);
    }
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
fn a_screen_tells_that_it_lives_and_loads_its_page_again_when_told() {
    let venue = Venue::by_hand();
    let (mut dj, mut tv) = (venue.host("johnsmith"), venue.screen("johnsmith"));
    let said = tv.listen("/api/johnsmith/display/live");
    assert_eq!(next(&said).event, "hello");
    let seen = |dj: &mut Caller| {
        dj.get("/api/johnsmith/screens").json()["screens"][0]["last_seen_at"].as_str().unwrap().to_owned()
    };
    let before = seen(&mut dj);
    let began = Instant::now();
    assert_eq!(tv.get("/api/johnsmith/display/alive").status, 204);
    assert!(seen(&mut dj) > before);
    let page = dj.get("/johnsmith/admin/overview").body;
    let ago = page.split_once("seen ").and_then(|(_, rest)| rest.split_once(" s ago")).expect("no sign of life").0;
    assert!(ago.parse::<u64>().unwrap() <= began.elapsed().as_secs(), "seen {ago} s ago");
    let screen = dj.get("/api/johnsmith/screens").json()["screens"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(dj.post(&format!("/api/johnsmith/screens/{screen}/reload"), &json!({})).status, 204);
    assert_eq!(next(&said).event, "reload");
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
