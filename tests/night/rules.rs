//! The rules of the game, as guests and hosts meet them.

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
fn the_same_key_sent_twenty_times_at_once_is_one_wish() {
    let venue = Venue::by_hand();
    freely(&venue);
    let guest = venue.guest("johnsmith").with("Idempotency-Key", "tap");
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let taps: Vec<_> = (0..20)
            .map(|_| {
                let mut guest = guest.clone();
                scope.spawn(move || {
                    let answer = ask(&mut guest, "Tapped Twice");
                    (answer.status, id(&answer))
                })
            })
            .collect();
        taps.into_iter().map(|tap| tap.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|(status, one)| *one == answers[0].1 && matches!(status, 200 | 201)), "{answers:?}");
    // The same key of another guest is another wish.
    let mut other = venue.guest("johnsmith").with("Idempotency-Key", "tap");
    assert_ne!(id(&ask(&mut other, "Something Else")), answers[0].1);
}

#[test]
fn a_form_gone_back_to_with_another_song_in_it_is_another_wish() {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut guest = venue.guest("johnsmith").with("Accept", "text/html");
    let form = |title| [("title", title), ("artist", "Somebody"), ("track_uri", ""), ("key", "from-the-page")];
    for title in ["Waterloo", "Waterloo", "Fernando"] {
        let sent = guest.form("/api/johnsmith/requests?as=guest", &form(title));
        assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith?said=sent")), "{}", sent.body);
    }
    let all = venue.host("johnsmith").get("/api/johnsmith/requests").json()["requests"].clone();
    let titles: Vec<&str> = all.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert!(titles.ends_with(&["Waterloo", "Fernando"]), "told that it was sent: {titles:?}");
    assert_eq!(titles.iter().filter(|title| **title == "Waterloo").count(), 1);
}

#[test]
fn two_approvals_at_once_make_one() {
    let venue = Venue::by_hand();
    freely(&venue);
    let wished = id(&ask(&mut venue.guest("johnsmith"), "Approved Once"));
    let dj = venue.host("johnsmith");
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..8)
            .map(|_| {
                let (mut dj, wished) = (dj.clone(), wished.clone());
                scope.spawn(move || act(&mut dj, &wished, "approve").status)
            })
            .collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(line(&mut dj.clone()).iter().filter(|title| *title == "Approved Once").count(), 1);
}

#[test]
fn a_song_on_the_list_becomes_a_vote_however_it_is_written() {
    let venue = Venue::by_hand();
    freely(&venue);
    let first = id(&venue.guest("johnsmith").post(
        "/api/johnsmith/requests",
        &json!({ "title": "Señorita", "artist": "Shawn Mendes feat. Camila Cabello" }),
    ));
    for (n, (title, artist)) in [
        ("senorita", "Shawn Mendes"),
        ("Señorita - Remastered 2019", "SHAWN MENDES, Camila Cabello"),
        ("SEÑORITA (Radio Edit)", "Shawn Mendes ft. Camila Cabello"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer =
            venue.guest("johnsmith").post("/api/johnsmith/requests", &json!({ "title": title, "artist": artist }));
        assert_eq!((answer.status, id(&answer)), (200, first.clone()), "{title}");
        assert_eq!(
            (&answer.json()["merged"], answer.json()["request"]["votes"].as_u64()),
            (&json!(true), Some(n as u64 + 1)),
            "{title}"
        );
    }
    let mut same = venue.guest("johnsmith");
    for _ in 0..3 {
        assert_eq!(
            same.post(&format!("/api/johnsmith/requests/{first}/vote"), &json!({})).json()["request"]["votes"],
            4,
            "one voice each"
        );
    }
    assert_eq!(same.delete(&format!("/api/johnsmith/requests/{first}/vote")).json()["request"]["votes"], 3);
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
fn a_paused_or_closed_party_takes_no_wish_and_says_so() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    for (patch, code) in [
        (json!({ "status": "paused" }), "paused"),
        (json!({ "status": "live", "requests_open": false }), "requests_closed"),
    ] {
        assert_eq!(dj.patch("/api/johnsmith/event", &patch).status, 200);
        let answer = ask(&mut guest, "Now?");
        assert_eq!((answer.status, answer.code().as_str()), (403, code));
        assert_eq!(guest.get("/api/johnsmith/party").status, 200);
        assert_eq!(ask(&mut dj, &format!("The DJ's own while {code}")).status, 201);
    }
    dj.patch("/api/johnsmith/event", &json!({ "requests_open": true }));
    assert_eq!(ask(&mut guest, "Now?").status, 201);
}

#[test]
fn a_request_goes_only_where_its_state_allows() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let one = id(&ask(&mut guest, "Wanders"));
    let state = |answer: &Answer| answer.json()["request"]["status"].as_str().map(str::to_owned);
    assert_eq!(state(&act(&mut dj, &one, "reject")).as_deref(), Some("rejected"));
    assert_eq!(act(&mut dj, &one, "playing").status, 409);
    assert_eq!(guest.post(&format!("/api/johnsmith/requests/{one}/vote"), &json!({})).status, 409);
    assert_eq!(state(&act(&mut dj, &one, "retry")).as_deref(), Some("pending"));
    assert_eq!(state(&act(&mut dj, &one, "approve")).as_deref(), Some("approved"));
    assert_eq!(state(&act(&mut dj, &one, "playing")).as_deref(), Some("playing"));
    let two = id(&ask(&mut venue.guest("johnsmith"), "Follows"));
    act(&mut dj, &two, "approve");
    act(&mut dj, &two, "playing");
    let list = dj.get("/api/johnsmith/requests?status=playing").json();
    assert_eq!(list["requests"].as_array().unwrap().len(), 1, "one song plays at a time");
    let done = dj.get("/api/johnsmith/requests?status=played").json();
    assert!(done["requests"].as_array().unwrap().iter().any(|request| request["id"] == json!(one)));
    assert_eq!(guest.post(&format!("/api/johnsmith/requests/{two}/withdraw"), &json!({})).code(), "not_yours");
    let gone = dj.delete(&format!("/api/johnsmith/requests/{two}"));
    assert_eq!(gone.status, 200);
    assert_eq!(act(&mut dj, &two, "approve").status, 404);
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
fn bringing_a_rejected_song_back_does_not_double_it() {
    let venue = Venue::by_hand();
    freely(&venue);
    let mut dj = venue.host("johnsmith");
    let first = id(&ask(&mut venue.guest("johnsmith"), "Wanted Twice"));
    act(&mut dj, &first, "reject");
    assert_eq!(ask(&mut venue.guest("johnsmith"), "Wanted Twice").status, 201);
    let again = act(&mut dj, &first, "retry");
    assert_eq!((again.status, again.code().as_str()), (409, "listed_again"));
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
fn a_muted_guest_asks_in_vain_and_is_told_so() {
    let venue = Venue::by_hand();
    freely(&venue);
    let (mut dj, mut loud) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let wished = ask(&mut loud, "Again").json()["request"]["id"].clone();
    let all = dj.get("/api/johnsmith/requests").json();
    let whose =
        all["requests"].as_array().unwrap().iter().find(|request| request["id"] == wished).unwrap()["guest_id"].clone();
    let path = format!("/api/johnsmith/guests/{}", whose.as_str().unwrap());
    let offered = |dj: &mut Caller| dj.get("/johnsmith/admin/requests").body.contains(&format!("{path}/mute\""));
    assert!(offered(&mut dj));
    assert_eq!(dj.post(&format!("{path}/mute"), &json!({})).json()["guest"]["muted"], true);
    assert!(!offered(&mut dj), "muted, and to be muted again");
    let told = ask(&mut loud, "And again");
    assert_eq!((told.status, told.code().as_str()), (403, "muted"));
    let voted = id(&ask(&mut dj, "Voted for"));
    let vote = format!("/api/johnsmith/requests/{voted}/vote");
    let told = loud.post(&vote, &json!({}));
    assert_eq!((told.status, told.code().as_str()), (403, "muted"), "a vote is a word as well");
    assert_eq!(ask(&mut venue.guest("johnsmith"), "By another").status, 201);
    assert!(dj.get("/johnsmith/admin/requests").body.contains("Muted guests"));
    assert_eq!(
        venue.host("janedoe").post(&format!("{}/mute", path.replace("johnsmith", "janedoe")), &json!({})).status,
        404
    );
    dj.post(&format!("{path}/unmute"), &json!({}));
    assert_eq!(ask(&mut loud, "And again").status, 201);
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
