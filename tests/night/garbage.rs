//! Everything that should not be sent, sent on purpose.

mod http;

use serde_json::{Value, json};

use crate::venue::{Answer, Caller, PASSWORD, Venue, wish};

/// An error as promised: a status of the contract, a code, a sentence.
fn refused(what: &str, answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.body);
    assert!(!answer.code().is_empty(), "{what}");
    let about = answer.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(about.len() < 400, "{what}: {about}");
}

fn everyone(venue: &Venue) -> [String; 4] {
    ["johnsmith", "janedoe", "testdj", "admin"].map(|dj| venue.belongings(dj))
}

/// Every call that takes a body, with somebody who may make it.
fn calls(venue: &Venue) -> Vec<(&'static str, &'static str, Caller)> {
    let (dj, admin) = (venue.host("johnsmith"), venue.host("admin"));
    let (guest, stranger) = (venue.guest("johnsmith"), venue.stranger());
    vec![
        ("POST", "/api/login", stranger.clone()),
        ("POST", "/api/setup", stranger.clone()),
        ("POST", "/api/johnsmith/join", stranger),
        ("POST", "/api/johnsmith/requests", guest),
        ("POST", "/api/johnsmith/requests", dj.clone()),
        ("POST", "/api/johnsmith/event", dj.clone()),
        ("PATCH", "/api/johnsmith/event", dj.clone()),
        ("PUT", "/api/johnsmith/queue", dj.clone()),
        ("PUT", "/api/johnsmith/settings", dj.clone()),
        ("PUT", "/api/johnsmith/playback/manual", dj.clone()),
        ("POST", "/api/johnsmith/screens", dj),
        ("POST", "/api/superadmin/users", admin),
    ]
}

#[test]
fn bodies_that_are_no_body_are_refused_and_nothing_is_written() {
    let venue = Venue::by_hand();
    let calls = calls(&venue);
    let before = everyone(&venue);
    let deep = "[".repeat(60_000);
    let json = "application/json";
    let bodies: Vec<(&str, &str, Vec<u8>, &[u16])> = vec![
        ("nothing at all", json, vec![], &[400]),
        ("half an object", json, b"{\"".to_vec(), &[400]),
        ("a word", json, b"hello".to_vec(), &[400]),
        ("a number", json, b"42".to_vec(), &[400, 422]),
        ("a list", json, b"[1,2,3]".to_vec(), &[400, 401, 403, 422]),
        ("a list of lists without end", json, deep.into_bytes(), &[400, 422]),
        ("bytes that are no text", json, vec![0xff, 0xfe, 0x00, 0x80], &[400]),
        ("two objects", json, b"{}{}".to_vec(), &[400, 422]),
        ("a form as JSON", json, b"title=a&artist=b".to_vec(), &[400]),
        ("a megabyte", json, vec![b'a'; 1_000_000], &[413]),
        ("a megabyte of form", "application/x-www-form-urlencoded", vec![b'a'; 1_000_000], &[413]),
        ("plain text", "text/plain", b"{}".to_vec(), &[415]),
        ("XML", "application/xml", b"<a/>".to_vec(), &[415]),
        ("a multipart form", "multipart/form-data; boundary=x", b"--x--".to_vec(), &[415]),
        ("a type that is none", ";;;", b"{}".to_vec(), &[415]),
    ];
    for (method, path, caller) in &calls {
        for (what, kind, body, statuses) in &bodies {
            let answer = caller.clone().call(method, path, Some((*kind, body.clone())));
            refused(&format!("{what} at {method} {path}"), &answer, statuses);
        }
    }
    assert_eq!(everyone(&venue), before);
    println!("{} bodies refused at {} calls", bodies.len() * calls.len(), calls.len());
}

#[test]
fn values_of_the_wrong_kind_are_refused_by_name() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let before = everyone(&venue);
    let table: Vec<(&str, &str, Value)> = vec![
        ("POST", "requests", json!({ "title": 5, "artist": "x" })),
        ("POST", "requests", json!({ "title": ["a"], "artist": "x" })),
        ("POST", "requests", json!({ "title": "a" })),
        ("POST", "requests", json!({ "title": "a", "artist": "b", "track_uri": "javascript:alert(1)" })),
        ("POST", "requests", json!({ "title": "", "artist": " \u{200b} " })),
        ("POST", "screens", json!({ "label": "x".repeat(200) })),
        ("PATCH", "event", json!({ "status": "ended" })),
        ("PATCH", "event", json!({ "requests_open": "maybe" })),
        ("PATCH", "event", json!({ "name": "" })),
        ("PUT", "queue", json!({ "order": ["../etc", 7], "version": 1 })),
        ("PUT", "queue", json!({ "order": "all", "version": "new" })),
        ("PUT", "settings", json!({ "max_per_hour": -1 })),
        ("PUT", "settings", json!({ "max_per_hour": 1e99 })),
        ("PUT", "settings", json!({ "order": "random" })),
        ("PUT", "settings", json!({ "do_not_play": "x".repeat(20_000) })),
        ("PUT", "settings", json!({ "no_such_rule": true })),
        ("PUT", "playback/manual", json!({ "title": "only a title" })),
    ];
    for (method, path, body) in table {
        let answer = dj.call(
            method,
            &format!("/api/johnsmith/{path}"),
            Some(("application/json", body.to_string().into_bytes())),
        );
        refused(
            &format!("{method} {path} {}", body.to_string().chars().take(80).collect::<String>()),
            &answer,
            &[400, 422],
        );
    }
    for query in ["status=sleeping", "after=yesterday", "after=99999999999999999999"] {
        refused(query, &dj.get(&format!("/api/johnsmith/requests?{query}")), &[400]);
    }
    for query in ["", "?q=", "?q=%00", "?q=%20%20"] {
        refused(query, &dj.get(&format!("/api/johnsmith/search{query}")), &[400, 422]);
    }
    assert_eq!(everyone(&venue), before);
}

#[test]
fn texts_of_all_scripts_come_back_as_they_were_and_tricks_do_not() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let send = |dj: &mut Caller, title: &str| {
        dj.post("/api/johnsmith/requests", &json!({ "title": title, "artist": "Somebody" }))
    };
    for good in [
        "مرحبا بالعالم",
        "שלום עולם",
        "👩‍👩‍👧‍👦 Family 🎉",
        "Zażółć gęślą jaźń",
        "日本語の歌",
        "Ünïcödé",
        "<b>bold</b> & \"quoted\"",
        "Robert'); DROP TABLE requests;--",
        "{{7*7}} ${x} %s",
    ] {
        let answer = send(&mut dj, good);
        assert_eq!(answer.status, 201, "{good}: {}", answer.body);
        assert_eq!(answer.json()["request"]["title"], good);
    }
    assert_eq!(send(&mut dj, " two\nlines\t here ").json()["request"]["title"], "two lines here");
    for path in ["/johnsmith/admin/requests", "/johnsmith/admin/queue"] {
        let page = dj.get(path).body;
        assert!(!page.contains("<b>bold") && page.contains("&lt;b&gt;bold"), "{path} does not escape");
    }
    let before = venue.belongings("johnsmith");
    for (what, bad) in [
        ("a NUL", "nul\0nul"),
        ("an escape", "\u{1b}[31mred"),
        ("a bidi override", "abc\u{202e}cba"),
        ("a bidi isolate", "abc\u{2067}cba"),
        ("nothing visible", "\u{200b}\u{200d}\u{2060}"),
        ("a long title", &"x".repeat(10_000)),
        ("marks without end", &format!("Z{}", "\u{0301}".repeat(150))),
    ] {
        refused(what, &send(&mut dj, bad), &[422]);
    }
    assert_eq!(venue.belongings("johnsmith"), before);
}

#[test]
fn dead_and_forged_passes_open_nothing() {
    let venue = Venue::by_hand();
    let good = venue.host("johnsmith").token.unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let guest = venue.guest("johnsmith");
    let guest_token = guest.cookies.iter().find(|(_, name, _)| name == "guest").unwrap().2.clone();
    let before = everyone(&venue);
    let tokens = [
        "x".into(),
        "a.b.c".into(),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(43)),
        format!("{good}{good}"),
        "x".repeat(7000),
        guest_token.clone(),
    ];
    for token in &tokens {
        let mut bearer = venue.stranger();
        bearer.token = Some(token.clone());
        refused(token, &bearer.post("/api/johnsmith/event/end", &json!({})), &[401]);
        let mut cookie = venue.stranger();
        for name in ["session", "guest", "screen"] {
            cookie.cookies.push(("/".into(), name.into(), token.clone()));
        }
        if *token != guest_token {
            refused(token, &cookie.get("/api/johnsmith/party"), &[401]);
        }
        refused(token, &cookie.post("/api/johnsmith/event/end", &json!({})), &[401]);
        refused(token, &cookie.get("/api/johnsmith/display/live"), &[401]);
    }
    let mut as_guest = venue.stranger();
    as_guest.cookies.push(("/".into(), "guest".into(), good));
    refused("a session as a guest's pass", &as_guest.get("/api/johnsmith/party"), &[401]);
    assert_eq!(everyone(&venue), before);
}

#[test]
fn a_form_gone_wrong_shows_a_page_with_the_reason() {
    let venue = Venue::by_hand();
    let mut dj = venue.stranger().with("Accept", "text/html,application/xhtml+xml");
    let answer = dj.form("/api/login", &[("username", "johnsmith"), ("password", "wrong-one")]);
    assert_eq!(answer.status, 401);
    assert!(
        answer.body.contains("The name or the password is wrong.") && answer.body.contains("<form"),
        "{}",
        answer.body
    );
    dj.form("/api/login", &[("username", "johnsmith"), ("password", PASSWORD)]);
    let answer = dj.form("/api/johnsmith/requests", &[("title", ""), ("artist", "")]);
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("title") && answer.body.starts_with("<!DOCTYPE html>"), "{}", answer.body);
    assert_eq!(venue.host("johnsmith").post("/api/johnsmith/requests", &wish("Afterwards")).status, 201);
}

#[test]
fn signs_that_name_nothing_and_texts_nobody_sees_are_no_song_no_name_and_no_line_of_a_list() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let mut guest = venue.guest_of("johnsmith", &mut dj);
    let kept = |dj: &mut Caller| {
        let asked = dj.get("/api/johnsmith/requests").json()["requests"].as_array().unwrap().len();
        (asked, dj.get("/api/johnsmith/settings").json())
    };
    let before = kept(&mut dj);
    for odd in ["-", "...", " – ", "_", "\0", "\u{200b}\u{2060}", "open.spotify.com/track/short"] {
        for body in
            [json!({ "title": odd, "artist": "Ed" }), json!({ "title": "Perfect", "artist": "Ed", "nickname": odd })]
        {
            refused(odd, &guest.post("/api/johnsmith/requests", &body), &[422]);
        }
        refused(odd, &dj.put("/api/johnsmith/settings", &json!({ "do_not_play": ["Waltz", odd] })), &[422]);
    }
    for form in ["title=%ff%fe&artist=Ed", "title=%C3&artist=Ed"] {
        let form = ("application/x-www-form-urlencoded", form.as_bytes().to_vec());
        refused("a form that is no text", &guest.call("POST", "/api/johnsmith/requests", Some(form)), &[400]);
    }
    assert_eq!(kept(&mut dj), before);
    // Songs and bands go by other signs, and one that was picked may have any name.
    let picked = json!({ "title": "-", "artist": "Ed", "track_uri": "spotify:track:song000000000000000019" });
    for body in [json!({ "title": "???", "artist": "!!!", "nickname": "÷", "note": "-" }), picked] {
        let asked = dj.post("/api/johnsmith/requests", &body);
        assert_eq!(asked.status, 201, "{}", asked.body);
    }
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "do_not_play": ["???", "÷", "!!!"] })).status, 200);
}
