//! Addresses of tracks under false names, while the box cannot look them up.

use partyplaylist::spotify::simulator::{Fault, Simulator, Trouble};
use serde_json::{Value, json};

use crate::connecting::{APPS, connect, open};
use crate::venue::{Caller, Venue};

/// Swear Jar is explicit.
const RUDE: &str = "spotify:track:song000000000000000019";

/// A box whose John takes no explicit songs, and says yes to everything else.
fn party() -> (Venue, Simulator, Caller) {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    let rules = json!({ "auto_approve": true, "allow_explicit": false, "min_gap_ms": 0 });
    assert_eq!(john.put("/api/johnsmith/settings", &rules).status, 200);
    (venue, spotify, john)
}

fn forged(uri: &str) -> Value {
    json!({ "title": "Nice Song", "artist": "Somebody", "track_uri": uri })
}

#[test]
fn an_address_nobody_could_look_up_is_no_track_from_a_guest() {
    let (venue, spotify, mut john) = party();
    let (target, call) = ("johnsmith".to_owned(), Some("GET /tracks/{id}".to_owned()));
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for trouble in [Trouble::Broken(503), Trouble::TooMany(600)] {
        spotify.fault(Fault { target: target.clone(), call: call.clone(), trouble, after_effect: false, times: None });
        let asked = guest.post("/api/johnsmith/requests", &forged(RUDE));
        assert!([200, 201].contains(&asked.status), "{trouble:?}: {}", asked.body);
        let request = &asked.json()["request"];
        assert_eq!((&request["title"], &request["track_uri"]), (&json!("Nice Song"), &Value::Null), "{trouble:?}");
        spotify.heal();
    }
    let kept: Vec<Option<String>> = {
        let rows = venue.rows();
        let mut statement = rows.prepare("SELECT track_uri FROM requests").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(kept, [None], "the words alone");
}

#[test]
fn an_address_is_refused_by_its_rules_once_it_can_be_looked_up() {
    let (venue, _spotify, mut john) = party();
    let mut guest = venue.guest_of("johnsmith", &mut john);
    assert_eq!(guest.post("/api/johnsmith/requests", &forged(RUDE)).code(), "explicit");
}

#[test]
fn an_address_on_the_do_not_play_list_is_refused_though_nobody_can_look_it_up() {
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    john.post("/api/johnsmith/event", &json!({ "name": "Friday" }));
    assert_eq!(john.put("/api/johnsmith/settings", &json!({ "do_not_play": [RUDE] })).status, 200);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    assert_eq!(guest.post("/api/johnsmith/requests", &forged(RUDE)).code(), "not_tonight");
}
