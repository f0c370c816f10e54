//! The queue by the rules and by the DJ's hand.

use serde_json::{Value, json};

use super::{act, ask, freely, id, line, rules};
use crate::venue::{Caller, Venue};

#[test]
fn who_was_told_next_is_not_bumped_by_votes() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "order": "votes", "auto_approve": true }));
    let mut dj = venue.host("johnsmith");
    let promised = line(&mut dj)[..2].to_vec();
    let loved = id(&ask(&mut venue.guest("johnsmith"), "Everybody Wants This"));
    for _ in 0..8 {
        venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{loved}/vote"), &json!({}));
    }
    let now = line(&mut dj);
    assert_eq!(now[..2], promised);
    assert_eq!(now[2], "Everybody Wants This");
    act(&mut dj, &loved, "play-next");
    assert_eq!(line(&mut dj)[0], "Everybody Wants This", "the DJ may");
}

#[test]
fn turns_go_round_the_guests() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "auto_approve": true, "order": "fair" }));
    let mut dj = venue.host("johnsmith");
    let (mut eager, mut shy) = (venue.guest("johnsmith"), venue.guest("johnsmith"));
    for n in 1..=4 {
        ask(&mut eager, &format!("Eager {n}"));
    }
    ask(&mut shy, "Shy");
    let now = line(&mut dj);
    let at = |title: &str| now.iter().position(|one| one == title).unwrap();
    assert!(at("Shy") < at("Eager 2"), "{now:?}");
}

#[test]
fn a_stale_order_is_refused_and_a_fresh_one_kept() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "auto_approve": true }));
    let mut dj = venue.host("johnsmith");
    let mut guest = venue.guest("johnsmith");
    for title in ["A", "B", "C"] {
        ask(&mut guest, title);
    }
    let ids = |dj: &mut Caller| -> (Vec<Value>, Value) {
        let list = dj.get("/api/johnsmith/requests?status=approved").json();
        let mut rows = list["requests"].as_array().unwrap().clone();
        rows.sort_by_key(|row| row["position"].as_i64());
        (rows.into_iter().map(|row| row["id"].clone()).collect(), list["version"].clone())
    };
    let (mut order, version) = ids(&mut dj);
    order.reverse();
    assert_eq!(dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version })).status, 200);
    assert_eq!(ids(&mut dj).0, order);
    order.reverse();
    let stale = dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version }));
    assert_eq!((stale.status, stale.code().as_str()), (409, "moved_first"));
    assert!(stale.json()["error"]["version"].as_i64() > version.as_i64());
    let mine = venue.host("janedoe").get("/api/janedoe/requests?status=approved").json()["requests"][0]["id"].clone();
    let (mut order, version) = ids(&mut dj);
    order.push(mine);
    let foreign = dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version }));
    assert!(matches!(foreign.status, 404 | 409 | 422), "{}", foreign.body);
}

#[test]
fn one_drag_pins_what_was_moved_and_leaves_the_rest_to_the_rules() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "order": "votes", "auto_approve": true }));
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    for n in 0..6 {
        ask(&mut guest, &format!("Song {n}"));
    }
    let list = dj.get("/api/johnsmith/requests?status=approved").json();
    let mut rows = list["requests"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["position"].as_i64());
    let mut order: Vec<Value> = rows.iter().map(|row| row["id"].clone()).collect();
    order.swap(2, 3);
    // A vote in between changes the event, not the line: the order the DJ saw still stands.
    let top = order[0].as_str().unwrap().to_owned();
    venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{top}/vote"), &json!({}));
    let moved = dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": list["version"] }));
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(line(&mut dj)[2..4], ["Song 1", "Song 0"]);
    let bottom = order.last().unwrap().as_str().unwrap().to_owned();
    venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{bottom}/vote"), &json!({}));
    assert_eq!(line(&mut dj)[4], "Song 5", "votes still move what nobody placed");
}

#[test]
fn a_new_order_of_the_line_shows_at_once() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "order": "arrival", "auto_approve": true }));
    let mut dj = venue.host("johnsmith");
    ask(&mut venue.guest("johnsmith"), "Early");
    let late = id(&ask(&mut venue.guest("johnsmith"), "Late and loved"));
    venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{late}/vote"), &json!({}));
    assert_eq!(line(&mut dj).last().unwrap(), "Late and loved");
    rules(&venue, &json!({ "order": "votes" }));
    assert_eq!(line(&mut dj)[2], "Late and loved");
}

/// The songs in line from its head, and the version they were seen at.
fn seen(dj: &mut Caller) -> (Vec<String>, Value) {
    let list = dj.get("/api/johnsmith/requests?status=approved").json();
    let mut rows = list["requests"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["position"].as_i64());
    (rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(), list["version"].clone())
}

fn vote(venue: &Venue, id: &str) {
    let answer = venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{id}/vote"), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn an_order_of_some_songs_puts_them_first_also_when_all_others_got_a_vote_meanwhile() {
    let venue = Venue::by_hand();
    freely(&venue);
    rules(&venue, &json!({ "order": "arrival", "auto_approve": true }));
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    for n in 0..6 {
        ask(&mut guest, &format!("Song {n}"));
    }
    let (order, version) = seen(&mut dj);
    let (others, last) = order.split_at(order.len() - 2);
    for id in others {
        vote(&venue, id);
    }
    let moved = dj.put("/api/johnsmith/queue", &json!({ "order": last, "version": version }));
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(seen(&mut dj).0, [last, others].concat(), "answered 200, and nothing moved");
}

/// How a song comes into line, by its DJ, a guest or the one with this id that waits.
type Comes = fn(&mut Caller, &mut Caller, &str);

#[test]
fn a_song_that_came_into_line_after_the_order_was_seen_pins_nothing_however_it_came() {
    let ways: [(&str, Comes); 4] = [
        ("asked for", |_, guest, _| drop(ask(guest, "A late one"))),
        ("the host's own", |dj, _, _| drop(ask(dj, "A later one"))),
        ("approved", |dj, _, waits| assert_eq!(act(dj, waits, "approve").status, 200)),
        ("brought back", |dj, _, waits| {
            for step in ["reject", "retry", "approve"] {
                assert_eq!(act(dj, waits, step).status, 200, "{step}");
            }
        }),
    ];
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    for (way, comes) in ways {
        rules(&venue, &json!({ "order": "votes", "auto_approve": false }));
        let waits = id(&ask(&mut guest, &format!("Waits until {way}")));
        rules(&venue, &json!({ "auto_approve": true }));
        for n in 0..3 {
            ask(&mut guest, &format!("Song {n} before {way}"));
        }
        let (order, version) = seen(&mut dj);
        comes(&mut dj, &mut guest, &waits);
        let came = seen(&mut dj).0;
        assert_eq!(came.len(), order.len() + 1, "{way}");
        let same = dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version }));
        assert_eq!(same.status, 200, "{way}: {}", same.body);
        let last = came.last().unwrap();
        vote(&venue, last);
        assert_ne!(seen(&mut dj).0.last(), Some(last), "{way}: votes do not move what nobody moved by hand");
    }
}
