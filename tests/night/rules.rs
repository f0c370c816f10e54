//! The rules of the game, as guests and hosts meet them.

mod asking;
mod order;

use serde_json::{Value, json};

use crate::venue::{Answer, Caller, Venue, wish};

fn rules(venue: &Venue, patch: &Value) {
    let answer = venue.host("johnsmith").put("/api/johnsmith/settings", patch);
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn freely(venue: &Venue) {
    rules(venue, &json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 }));
}

fn ask(caller: &mut Caller, title: &str) -> Answer {
    caller.post("/api/johnsmith/requests", &wish(title))
}

fn id(answer: &Answer) -> String {
    answer.json()["request"]["id"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

fn act(dj: &mut Caller, id: &str, act: &str) -> Answer {
    dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({}))
}

fn line(dj: &mut Caller) -> Vec<String> {
    let mut queue: Vec<(i64, String)> = dj.get("/api/johnsmith/requests").json()["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|request| Some((request["position"].as_i64()?, request["title"].as_str()?.to_owned())))
        .collect();
    queue.sort();
    assert!(queue.iter().enumerate().all(|(n, (place, _))| i64::try_from(n).unwrap() + 1 == *place), "{queue:?}");
    queue.into_iter().map(|(_, title)| title).collect()
}

#[test]
fn a_guest_may_have_three_wishes_waiting_and_waits_between_them() {
    let venue = Venue::by_hand();
    let mut guest = venue.guest("johnsmith");
    assert_eq!(ask(&mut guest, "First").status, 201);
    let soon = ask(&mut guest, "Too Soon");
    assert_eq!((soon.status, soon.code().as_str()), (429, "too_soon"));
    let wait: u32 = soon.header("Retry-After").unwrap().parse().unwrap();
    assert!((20..=30).contains(&wait), "{wait}");
    rules(&venue, &json!({ "min_gap_ms": 0 }));
    for title in ["Second", "Third"] {
        assert_eq!(ask(&mut guest, title).status, 201);
    }
    let full = ask(&mut guest, "Fourth");
    assert_eq!((full.status, full.code().as_str()), (429, "too_many_waiting"));
    assert!(full.header("Retry-After").is_some());
    let mine = guest.get("/api/johnsmith/party").json()["mine"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        guest.post(&format!("/api/johnsmith/requests/{mine}/withdraw"), &json!({})).json()["request"]["status"],
        "withdrawn"
    );
    assert_eq!(ask(&mut guest, "Fourth").status, 201);
    rules(&venue, &json!({ "max_active_per_guest": 0, "max_per_hour": 5 }));
    assert_eq!(ask(&mut guest, "Fifth").status, 201);
    let hour = ask(&mut guest, "Sixth");
    assert_eq!((hour.status, hour.code().as_str()), (429, "hour_full"));
    assert_eq!(ask(&mut venue.guest("johnsmith"), "By Another").status, 201, "limits are each guest's own");
}

#[test]
fn do_not_play_is_absolute_and_its_reason_nobodys_business() {
    let venue = Venue::by_hand();
    rules(&venue, &json!({ "do_not_play": ["wonderwall", "Nickelback"], "min_gap_ms": 0 }));
    let mut guest = venue.guest("johnsmith");
    for (title, artist) in
        [("Wonderwall", "Oasis"), ("Wonderwall (Live)", "A Cover Band"), ("Photograph", "nickelback")]
    {
        let answer = guest.post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }));
        assert_eq!((answer.status, answer.code().as_str()), (403, "not_tonight"));
        assert!(
            !answer.body.to_lowercase().contains("list") && !answer.body.to_lowercase().contains("nickel"),
            "{}",
            answer.body
        );
    }
    assert_eq!(
        guest.post("/api/johnsmith/requests", &json!({ "title": "Photograph", "artist": "Ed Sheeran" })).status,
        201
    );
    assert_eq!(guest.get("/api/johnsmith/settings").status, 401);
}

/// A party at which "Only Once" was asked for and played.
fn played_once() -> Venue {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut dj = venue.host("johnsmith");
    let wished = id(&ask(&mut venue.guest("johnsmith"), "Only Once"));
    act(&mut dj, &wished, "approve");
    act(&mut dj, &wished, "played");
    venue
}

#[test]
fn a_played_song_rests_for_an_hour() {
    let venue = played_once();
    let again = ask(&mut venue.guest("johnsmith"), "Only Once (Remix Version)");
    assert!(matches!(again.status, 201 | 409), "{}", again.body);
    let again = ask(&mut venue.guest("johnsmith"), "only once");
    assert_eq!((again.status, again.code().as_str()), (409, "played_already"));
    assert!(again.body.contains("60 minutes"), "{}", again.body);
    rules(&venue, &json!({ "replay_cooldown_ms": 0 }));
    assert_eq!(ask(&mut venue.guest("johnsmith"), "only once").status, 201);
}

#[test]
fn a_song_played_before_the_clock_was_set_back_may_be_asked_for() {
    let venue = played_once();
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let a_year_on = "UPDATE requests SET played_at = played_at + 31536000000, started_at = started_at + 31536000000";
    conn.execute(a_year_on, []).unwrap();
    assert_eq!(ask(&mut venue.guest("johnsmith"), "only once").status, 201);
}

#[test]
fn what_changed_since_a_version_is_told_and_nothing_else() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let before = dj.get("/api/johnsmith/requests").json();
    let version = before["version"].as_i64().unwrap();
    assert_eq!(dj.get(&format!("/api/johnsmith/requests?after={version}")).json()["requests"], json!([]));
    let mine = id(&ask(&mut dj, "Newest"));
    let since = dj.get(&format!("/api/johnsmith/requests?after={version}")).json();
    assert!(since["requests"].as_array().unwrap().iter().any(|request| request["id"] == json!(mine)));
    assert!(since["requests"].as_array().unwrap().len() < before["requests"].as_array().unwrap().len());
}

#[test]
fn house_rules_can_be_saved_from_the_page() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith").with("Accept", "text/html");
    let page = dj.get("/johnsmith/admin/settings").body;
    assert!(page.contains("name=\"_method\" value=\"PUT\""));
    let saved = dj.form(
        "/api/johnsmith/settings",
        &[
            ("_method", "PUT"),
            ("order", "votes"),
            ("auto_approve", "true"),
            ("max_per_hour", "20"),
            ("do_not_play", "One\r\nTwo\r\n\r\n"),
        ],
    );
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, Some("/johnsmith/admin/settings?said=saved")),
        "{}",
        saved.body
    );
    assert!(dj.get("/johnsmith/admin/settings?said=saved").body.contains("Saved."));
    let rules = venue.host("johnsmith").get("/api/johnsmith/settings").json();
    assert_eq!(
        (&rules["order"], &rules["auto_approve"], &rules["max_per_hour"], &rules["do_not_play"]),
        (&json!("votes"), &json!(true), &json!(20), &json!(["One", "Two"]))
    );
}

#[test]
fn what_one_page_saved_is_not_undone_by_another_that_was_open_meanwhile() {
    let venue = Venue::by_hand();
    rules(&venue, &json!({ "do_not_play": ["Waltz", "Polka"], "order": "fair", "max_per_hour": 10 }));
    let mut page = venue.host("johnsmith").with("Accept", "text/html");
    let html = page.get("/johnsmith/admin/settings").body;
    let marks = html.split("name=\"was_do_not_play\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let shown = [("was_order", "fair"), ("was_max_per_hour", "10"), ("was_do_not_play", marks)];
    let mut save = |sent: [(&str, &str); 3]| {
        let fields = [&[("_method", "PUT")], &shown[..], &sent[..]].concat();
        assert_eq!(page.form("/api/johnsmith/settings", &fields).status, 303);
        let rules = venue.host("johnsmith").get("/api/johnsmith/settings").json();
        (rules["order"].clone(), rules["max_per_hour"].clone(), rules["do_not_play"].clone())
    };
    let first = save([("order", "fair"), ("max_per_hour", "20"), ("do_not_play", "Waltz\r\nPolka\r\nMacarena")]);
    assert_eq!(first, (json!("fair"), json!(20), json!(["Waltz", "Polka", "Macarena"])));
    let other = save([("order", "votes"), ("max_per_hour", "10"), ("do_not_play", "Waltz\r\nPolka")]);
    assert_eq!(other, (json!("votes"), json!(20), json!(["Waltz", "Polka", "Macarena"])));
    // Both touched the list: each line stands or falls by who touched it.
    let lines = save([("order", "fair"), ("max_per_hour", "10"), ("do_not_play", "Tango\r\nPolka")]);
    assert_eq!(lines, (json!("votes"), json!(20), json!(["Polka", "Macarena", "Tango"])));
}

#[test]
fn five_hundred_lines_of_the_longest_are_saved_from_the_page_and_by_a_script_whatever_they_are_written_in() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let mut page = venue.host("johnsmith").with("Accept", "text/html");
    for letter in ["x", "é", "群", "🔥"] {
        let lines: Vec<String> = (100..600).map(|n| format!("{n}{}", letter.repeat(117))).collect();
        let saved = dj.put("/api/johnsmith/settings", &json!({ "do_not_play": lines }));
        assert_eq!((saved.status, &saved.json()["do_not_play"]), (200, &json!(lines)), "{letter}");
        let shown = page.get("/johnsmith/admin/settings").body;
        let marks = shown.split("name=\"was_do_not_play\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        // One line is another by now.
        let typed = lines[1..].join("\r\n") + "\r\nMacarena";
        let form = [("_method", "PUT"), ("was_do_not_play", marks), ("do_not_play", &typed)];
        let saved = page.form("/api/johnsmith/settings", &form);
        assert_eq!(saved.status, 303, "{letter}: {}", saved.body);
        let wanted = [&lines[1..], &["Macarena".to_owned()]].concat();
        assert_eq!(dj.get("/api/johnsmith/settings").json()["do_not_play"], json!(wanted), "{letter}");
    }
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "do_not_play": "x".repeat(800_000) })).status, 413);
    assert_eq!(dj.post("/api/johnsmith/requests", &json!({ "title": "x".repeat(70_000), "artist": "Y" })).status, 413);
}

#[test]
fn a_song_can_be_announced_and_silenced_from_the_page() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith").with("Accept", "text/html");
    let said =
        dj.form("/api/johnsmith/playback/manual", &[("_method", "PUT"), ("title", "Interlude"), ("artist", "The DJ")]);
    assert_eq!(said.status, 303, "{}", said.body);
    assert_eq!(venue.host("johnsmith").get("/api/johnsmith/playback").json()["track"]["title"], "Interlude");
    assert_eq!(dj.form("/api/johnsmith/playback/manual", &[("_method", "PUT")]).status, 303);
    assert_eq!(venue.host("johnsmith").get("/api/johnsmith/playback").json()["track"], Value::Null);
    assert_eq!(venue.host("johnsmith").put("/api/johnsmith/playback/manual", &Value::Null).status, 200);
}

#[test]
fn a_song_that_ended_is_told_to_who_asks_what_changed() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let version = dj.get("/api/johnsmith/requests").json()["version"].clone();
    let plays = dj.get("/api/johnsmith/playback").json()["track"]["title"].clone();
    dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Interlude", "artist": "The DJ" }));
    let since = dj.get(&format!("/api/johnsmith/requests?after={version}")).json();
    assert_eq!(since["requests"][0]["title"], plays);
    assert_eq!(since["requests"][0]["status"], "played");
}

#[test]
fn nicknames_are_checked_and_links_are_left_out() {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut guest = venue.guest("johnsmith");
    let send = |guest: &mut Caller, title: &str, key: &str, text: &str| {
        guest.post("/api/johnsmith/requests", &json!({ "title": title, "artist": "X", key: text }))
    };
    for (key, text) in
        [("nickname", "f u c k"), ("nickname", "sh1t"), ("nickname", "see spam.xyz"), ("note", "http://spam.example")]
    {
        let answer = send(&mut guest, "Any", key, text);
        assert_eq!(answer.status, 422, "{text}: {}", answer.body);
        assert!(answer.json()["error"]["fields"][key].is_string(), "{}", answer.body);
    }
    assert_eq!(send(&mut guest, "Fine", "nickname", "Ana & Leo").status, 201);
    assert_eq!(send(&mut guest, "Noted", "note", "damn, play it!").status, 201, "a note is between guest and host");
    rules(&venue, &json!({ "nickname_filter": false }));
    assert_eq!(send(&mut guest, "Their house", "nickname", "sh1t").status, 201);
}
