//! What a thief of the database has, and what a new key changes.

use crate::venue::{PASSWORD, Venue, command};

#[test]
fn a_copied_database_lets_nobody_in() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    let (event, join) = (host.event(), host.code());
    let after = |url: String| url.rsplit_once('=').unwrap().1.to_owned();
    let (screen, helper) = (after(host.new_screen()), after(host.new_helper("Lena")));
    let copy = tempfile::tempdir().unwrap().keep().join("copy.db");
    venue.rows().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let holds = |secret: &str| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
    assert!(holds("Friday at the Anchor"), "the search is blind");
    for secret in [&join, &screen, &helper, host.token.as_ref().unwrap(), &PASSWORD.to_owned()] {
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
    assert_eq!(host.get("/api/johnsmith/event").status, 500);
}

#[test]
fn a_new_key_signs_everybody_out_and_keeps_the_night() {
    let venue = Venue::with_djs(&["djane"], &[]);
    let mut host = venue.as_host("djane");
    let event = host.begin("Tonight");
    let folder = venue.file().parent().unwrap().to_owned();
    let (code, _, told) = command(&folder, &["rotate-key"], "");
    assert!(code == 1 && told.contains("running"), "{told}");
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["rotate-key"], "").0, 0);
    let venue = Venue::of(dir, &[]);
    host.move_to(&venue);
    assert_eq!(host.get("/api/me").status, 401);
    assert_eq!(venue.as_host("djane").event()["pin"], event["pin"]);
    // A lost key costs the ways in, not the night.
    let (_, _, dir) = venue.terminate();
    std::fs::remove_file(dir.path().join("partyplaylist.key")).unwrap();
    let venue = Venue::of(dir, &[]);
    let again = venue.as_host("djane").event();
    assert_eq!((&again["id"], &again["name"]), (&event["id"], &event["name"]));
    assert_ne!(again["join_url"], event["join_url"]);
}
