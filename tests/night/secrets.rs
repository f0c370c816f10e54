//! What a thief of the database has, and what a new key changes.

use serde_json::{Value, json};

use crate::venue::{PASSWORD, Venue, command};

#[test]
fn a_copied_database_lets_nobody_in() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let event = dj.get("/api/johnsmith/event").json()["event"].clone();
    let join = event["join_url"].as_str().unwrap().split_once("?t=").unwrap().1.to_owned();
    let after = |body: Value| body["url"].as_str().unwrap().rsplit_once('=').unwrap().1.to_owned();
    let screen = after(dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json());
    let helper = after(dj.post("/api/johnsmith/helpers", &json!({ "name": "Lena" })).json());
    let copy = tempfile::tempdir().unwrap().keep().join("copy.db");
    venue.rows().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds("Friday at the Anchor"), "the search is blind");
    for secret in [&join, &screen, &helper, dj.token.as_ref().unwrap(), &PASSWORD.to_owned()] {
        assert!(!holds(secret), "{secret} is in the file");
    }
    let stored: String = venue
        .rows()
        .query_row("SELECT pin FROM events WHERE id = ?1", [event["id"].as_str().unwrap()], |row| row.get(0))
        .unwrap();
    assert!(stored.starts_with("x1.") && !stored.contains(event["pin"].as_str().unwrap()));
    // Another event's sealed PIN does not open here.
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.execute("UPDATE events SET pin = (SELECT pin FROM events o WHERE o.id <> events.id AND o.user_id <> events.user_id LIMIT 1) WHERE id = ?1", [event["id"].as_str().unwrap()]).unwrap();
    assert_eq!(dj.get("/api/johnsmith/event").status, 500);
}

#[test]
fn a_new_key_signs_everybody_out_and_keeps_the_night() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let venue = Venue::of(dir, &[]);
    let mut dj = venue.host("djane");
    let event = dj.post("/api/djane/event", &json!({ "name": "Tonight" })).json()["event"].clone();
    let folder = venue.file().parent().unwrap().to_owned();
    let (code, _, told) = command(&folder, &["rotate-key"], "");
    assert!(code == 1 && told.contains("running"), "{told}");
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["rotate-key"], "").0, 0);
    let venue = Venue::of(dir, &[]);
    dj.move_to(&venue);
    assert_eq!(dj.get("/api/me").status, 401);
    let mut dj = venue.host("djane");
    assert_eq!(dj.get("/api/djane/event").json()["event"]["pin"], event["pin"]);
    // A lost key costs the ways in, not the night.
    let (_, _, dir) = venue.terminate();
    std::fs::remove_file(dir.path().join("partyplaylist.key")).unwrap();
    let venue = Venue::of(dir, &[]);
    let again = venue.host("djane").get("/api/djane/event").json()["event"].clone();
    assert_eq!((&again["id"], &again["name"]), (&event["id"], &event["name"]));
    assert_ne!(again["join_url"], event["join_url"]);
}
