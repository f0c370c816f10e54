//! A fault of the box is told as one: it makes nobody a stranger, and blames no visitor.

use rusqlite::Connection;
use serde_json::json;

use crate::venue::{Answer, Caller, PASSWORD, Venue};

/// Another program that writes.
fn other(venue: &Venue) -> Connection {
    let conn = Connection::open(venue.file()).unwrap();
    conn.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    conn
}

/// Keeps the box from writing, as such a program does that holds the database.
fn held(venue: &Venue) -> Connection {
    let conn = other(venue);
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    conn
}

fn person(venue: &Venue) -> Caller {
    venue.stranger().with("Accept", "text/html")
}

fn says_the_box_is_busy(what: &str, page: &Answer) {
    assert_eq!(page.status, 503, "{what}: {}", page.body);
    assert!(page.body.contains("busy") && page.body.contains("try again"), "{what}: {}", page.body);
    for blame in ["used up", "cookie", "Allow"] {
        assert!(!page.body.contains(blame), "{what}: {}", page.body);
    }
}

/// The path of a link that was just made.
fn link(venue: &Venue, call: &str, body: &serde_json::Value) -> String {
    let made = venue.host("johnsmith").post(call, body).json();
    made["url"].as_str().unwrap().strip_prefix(&venue.base).unwrap().to_owned()
}

#[test]
fn a_screen_that_opens_while_nothing_can_be_written_is_not_told_its_link_is_used_up() {
    let venue = Venue::demo();
    let path = link(&venue, "/api/johnsmith/screens", &json!({ "label": "TV" }));
    let mut tv = person(&venue);
    let onward = tv.get(&path);
    let onward = onward.header("location").unwrap().to_owned();
    let conn = held(&venue);
    says_the_box_is_busy("the screen", &tv.get(&onward));
    says_the_box_is_busy("the screen's stream", &tv.get("/api/johnsmith/display/live"));
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(tv.get(&onward).status, 303);
    assert_eq!(tv.get("/johnsmith/display").status, 200, "nothing was spent, and it opens now");
}

#[test]
fn who_is_signed_in_is_no_stranger_while_nothing_can_be_written() {
    let venue = Venue::demo();
    let mut dj = person(&venue);
    let onward = dj.form("/api/login", &[("username", "johnsmith"), ("password", PASSWORD)]);
    let onward = onward.header("location").unwrap().to_owned();
    // That they are at it is to be written down again.
    other(&venue).execute("UPDATE sessions SET seen_at = 0", []).unwrap();
    let conn = held(&venue);
    for page in [onward.as_str(), "/"] {
        says_the_box_is_busy(page, &dj.get(page));
    }
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(dj.get(&onward).status, 303);
}

#[test]
fn a_cookie_that_was_kept_is_not_blamed_for_what_ended_meanwhile() {
    let venue = Venue::demo();
    let mut dj = person(&venue);
    let onward = dj.form("/api/login", &[("username", "johnsmith"), ("password", PASSWORD)]);
    other(&venue).execute("DELETE FROM sessions", []).unwrap();
    let page = dj.get(onward.header("location").unwrap());
    assert!(page.status == 200 && page.body.contains("name=\"password\""), "{} {}", page.status, page.body);
    let path = link(&venue, "/api/johnsmith/helpers", &json!({ "name": "Bea" }));
    let mut helper = person(&venue);
    let onward = helper.get(&path);
    other(&venue).execute("UPDATE helpers SET revoked_at = 1", []).unwrap();
    let page = helper.get(onward.header("location").unwrap());
    assert!(page.status == 401 && page.body.contains("was revoked"), "{} {}", page.status, page.body);
}
