//! A stream ends with the right to hear it.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::live::{nothing_more, until};
use crate::venue::{Said, Venue, command, next, wish};

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
fn a_stream_ends_with_the_right_to_hear_it() {
    let venue = Venue::by_hand();
    let mut admin = venue.as_admin();

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

    assert_eq!(admin.change("johnsmith", &json!({ "status": "suspended" })).status, 200);
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
    let venue = Venue::with_djs(&["djane"], &[]);
    let mut dj = venue.as_host("djane");
    dj.begin("Tonight");
    let (guest, tv) = (venue.guest("djane"), venue.screen("djane"));
    let streams =
        [dj.listen("/api/djane/live"), guest.listen("/api/djane/party/live"), tv.listen("/api/djane/display/live")];
    let folder = venue.file().parent().unwrap().to_owned();
    assert_eq!(command(&folder, &["user", "suspend", "djane"], "").0, 0);
    for said in &streams {
        ended(said);
    }
}
