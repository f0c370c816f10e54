//! What was done to a wish is taken back: by the DJ, by a helper what they did themselves, for an hour.

mod several;
mod tapped;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::inside::Inside;
use crate::pages::party;
use crate::venue::{Answer, Caller, Venue, wish};

fn did(answer: &Answer) -> String {
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    answer.json()["request"]["id"].as_str().unwrap().to_owned()
}

fn act(dj: &mut Caller, id: &str, act: &str) -> Answer {
    dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({}))
}

/// All that an act may change: each wish with its state and place, and what plays.
fn sight(dj: &mut Caller) -> Value {
    let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
    let mut wishes: Vec<Value> = asked
        .as_array()
        .unwrap()
        .iter()
        .map(|r| json!([r["title"], r["status"], r["position"], r["reason"]]))
        .collect();
    wishes.sort_by_key(ToString::to_string);
    let plays = dj.get("/api/johnsmith/playback").json();
    json!([wishes, plays["track"]["title"], plays["track"]["request_id"], plays["source"]])
}

/// Songs in line by turns, one that waits, one rejected, one that plays.
fn night() -> (Venue, Caller, [String; 4]) {
    let (venue, mut dj) = party();
    let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0, "replay_cooldown_ms": 0, "artist_cooldown_ms": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    let mut guests = [venue.guest("johnsmith"), venue.guest("johnsmith"), venue.guest("johnsmith")];
    let mut asks = |n: usize, title: &str| did(&guests[n].post("/api/johnsmith/requests", &wish(title)));
    let (waits, plays, rejected) = (asks(0, "Waits"), asks(1, "Plays"), asks(2, "Rejected"));
    let line = [(0, "A1"), (0, "A2"), (1, "B1"), (2, "C1"), (1, "B2")].map(|(n, title)| asks(n, title));
    for id in line.iter().chain([&plays]) {
        did(&act(&mut dj, id, "approve"));
    }
    did(&act(&mut dj, &plays, "playing"));
    did(&act(&mut dj, &rejected, "reject"));
    (venue, dj, [waits, line[1].clone(), rejected, plays])
}

#[test]
fn an_act_that_could_not_be_saved_leaves_the_one_before_to_be_taken_back() {
    let (venue, mut dj, [waits, ..]) = night();
    let (file, aside) = (venue.file(), venue.file().with_file_name("aside.db"));
    did(&act(&mut dj, &waits, "approve"));
    for lost in ["reject", "undo"] {
        std::fs::rename(&file, &aside).unwrap();
        assert_eq!(act(&mut dj, &waits, lost).code(), "database_displaced", "{lost}");
        std::fs::rename(&aside, &file).unwrap();
    }
    let began = Instant::now();
    let undone = loop {
        let undone = act(&mut dj, &waits, "undo");
        if undone.status != 503 {
            break undone;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{}", undone.body);
    };
    assert_eq!(undone.json()["request"]["status"], "pending", "{}", undone.body);
}

#[test]
fn whatever_was_done_to_a_wish_is_taken_back_and_every_song_stands_where_it_stood() {
    let (_venue, mut dj, [waits, in_line, rejected, plays]) = night();
    let first = sight(&mut dj)[0].as_array().unwrap().iter().find(|wish| wish[2] == 1).unwrap()[0].clone();
    let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
    let first = asked.as_array().unwrap().iter().find(|wish| wish["title"] == first).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let acts: [(&str, &[&str]); 5] = [
        (&waits, &["approve", "reject", "playing", "play-next"]),
        (&in_line, &["reject", "playing", "played", "play-next"]),
        (&first, &["reject", "playing", "played", "play-next"]),
        (&rejected, &["retry"]),
        (&plays, &["played"]),
    ];
    for (id, acts) in acts {
        for done in acts {
            let before = sight(&mut dj);
            did(&act(&mut dj, id, done));
            let after = sight(&mut dj);
            assert!(after != before || *done == "play-next" && id == first, "{done} did nothing");
            did(&act(&mut dj, id, "undo"));
            assert_eq!(sight(&mut dj), before, "{done} taken back");
            let again = act(&mut dj, id, "undo");
            assert_eq!((again.status, again.code().as_str()), (409, "nothing_to_undo"), "{done} taken back twice");
        }
    }
    // What the DJ had announced plays again, too.
    assert_eq!(dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Announced", "artist": "Me" })).status, 200);
    let before = sight(&mut dj);
    assert_eq!(before[1], "Announced");
    did(&act(&mut dj, &in_line, "playing"));
    did(&act(&mut dj, &in_line, "undo"));
    assert_eq!(sight(&mut dj), before);
}

#[test]
fn who_got_the_place_of_a_song_meanwhile_moves_down_when_it_comes_back() {
    let (venue, mut dj) = party();
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "order": "arrival" })).status, 200);
    let ids = ["First", "Second", "Third"]
        .map(|title| did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(title))));
    // The two approved first are promised the next places, though the other was asked for before them.
    for id in [&ids[2], &ids[1], &ids[0]] {
        did(&act(&mut dj, id, "approve"));
    }
    let before = sight(&mut dj);
    for away in ["reject", "played", "playing"] {
        did(&act(&mut dj, &ids[1], away));
        assert_eq!(act(&mut dj, &ids[1], "undo").json()["request"]["position"], 2, "{away}");
        assert_eq!(sight(&mut dj), before, "{away}");
    }
}

#[test]
fn an_act_is_not_taken_back_once_something_else_has_happened() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let refused = |answer: &Answer| (answer.status, answer.code());
    // Nothing was done to it yet; it is nobody's of this house.
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (409, "nothing_to_undo".into()));
    let nobodys = act(&mut dj, "01a207b0-1768-71d0-82f6-0e03fb7ce98d", "undo");
    assert_eq!(refused(&nobodys), (404, "not_found".into()));
    // A vote is nothing else: the yes is taken back all the same.
    did(&act(&mut dj, &waits, "approve"));
    did(&venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{waits}/vote"), &json!({})));
    did(&act(&mut dj, &waits, "undo"));
    // It plays, and another song has begun since.
    did(&act(&mut dj, &in_line, "playing"));
    assert_eq!(dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Other", "artist": "Song" })).status, 200);
    let late = act(&mut dj, &in_line, "undo");
    assert_eq!(refused(&late), (409, "wrong_state".into()));
    assert_eq!(late.json()["error"]["request"]["status"], "played", "{}", late.body);
    // Rejected, and asked for again by somebody else.
    did(&act(&mut dj, &waits, "reject"));
    did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish("Waits")));
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (409, "listed_again".into()));
    // The night is over.
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (410, "event_over".into()));
}

#[test]
fn an_act_is_taken_back_within_an_hour_and_not_after_it() {
    let inside = Inside::open(168);
    let mut dj = inside.sign_in("usera");
    assert_eq!(dj.post("/api/usera/event", &json!({ "name": "Night" })).status, 201);
    for (ms, status) in [(3_599_000, 200), (3_601_000, 409)] {
        let id = did(&dj.post("/api/usera/requests", &wish(&format!("After {ms}"))));
        did(&dj.post(&format!("/api/usera/requests/{id}/reject"), &json!({})));
        inside.advance(ms);
        let answer = dj.post(&format!("/api/usera/requests/{id}/undo"), &json!({}));
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[test]
fn who_was_told_to_be_next_stays_next_when_a_song_is_taken_back_later_than_at_once() {
    let inside = Inside::open(168);
    let mut dj = inside.sign_in("usera");
    assert_eq!(dj.post("/api/usera/event", &json!({ "name": "Night" })).status, 201);
    let mut asked = |title: &str| did(&dj.post("/api/usera/requests", &wish(title)));
    let ids = ["A", "B", "E", "F"].map(&mut asked);
    let line = |dj: &mut Caller| {
        let mut line = dj.get("/api/usera/requests?status=approved").json()["requests"].as_array().unwrap().clone();
        line.sort_by_key(|request| request["position"].as_i64());
        line.iter().map(|request| request["title"].as_str().unwrap()).collect::<String>()
    };
    for away in ["reject", "played", "playing"] {
        // A slip that is noticed at once has told nobody anything.
        for (ms, after) in [(9000, "ABEF"), (60_000, "BEAF")] {
            did(&dj.post(&format!("/api/usera/requests/{}/{away}", ids[0]), &json!({})));
            assert_eq!(line(&mut dj), "BEF", "{away}");
            inside.advance(ms);
            did(&dj.post(&format!("/api/usera/requests/{}/undo", ids[0]), &json!({})));
            assert_eq!(line(&mut dj), after, "{away} taken back after {ms} ms");
        }
        // The DJ may.
        did(&dj.post(&format!("/api/usera/requests/{}/play-next", ids[0]), &json!({})));
        assert_eq!(line(&mut dj), "ABEF");
    }
}

/// Puts the line in this order by hand.
fn order(dj: &mut Caller, ids: &[&String]) {
    let version = dj.get("/api/johnsmith/event").json()["event"]["version"].clone();
    assert_eq!(dj.put("/api/johnsmith/queue", &json!({ "order": ids, "version": version })).status, 200);
}

#[test]
fn a_song_the_dj_moved_by_hand_stays_there_and_no_earlier_act_on_it_is_taken_back() {
    let (venue, mut dj) = party();
    let ids = ["One", "Two", "Three", "Four", "Five"]
        .map(|title| did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(title))));
    let [one, two, three, four, five] = &ids;
    let changed = |dj: &mut Caller, id: &str, why: &str| {
        let before = sight(dj);
        let refused = act(dj, id, "undo");
        assert_eq!((refused.status, refused.code().as_str()), (409, "changed_since"), "{why}: {}", refused.body);
        assert!(refused.body.contains("It was changed since"), "{}", refused.body);
        assert_eq!(sight(dj), before, "{why}");
    };
    for id in &ids {
        did(&act(&mut dj, id, "approve"));
    }
    // One dragged up, one dragged down; whoever made way for them is as approved as before.
    order(&mut dj, &[one, four, two]);
    changed(&mut dj, four, "dragged up");
    order(&mut dj, &[four, two, three, one, five]);
    changed(&mut dj, one, "dragged down");
    did(&act(&mut dj, two, "undo"));
    did(&act(&mut dj, three, "undo"));
    did(&act(&mut dj, five, "undo"));
    // Of two that change places either was moved.
    did(&act(&mut dj, four, "play-next"));
    did(&act(&mut dj, one, "play-next"));
    order(&mut dj, &[four, one]);
    changed(&mut dj, one, "changed places");
    changed(&mut dj, four, "changed places");
    // What is done next can be taken back, as can what else the DJ chose, and what was done before that no more.
    did(&act(&mut dj, one, "reject"));
    did(&act(&mut dj, one, "undo"));
    let approved = act(&mut dj, three, "approve").json()["request"]["version"].clone();
    did(&dj.post(&format!("/api/johnsmith/requests/{three}/match"), &json!({ "by_hand": true })));
    assert_eq!(act(&mut dj, three, &format!("undo?of={approved}")).code(), "changed_since");
    assert_eq!(act(&mut dj, three, "undo").json()["request"]["status"], "approved");
    assert_eq!(act(&mut dj, three, "undo").code(), "nothing_to_undo");
}
