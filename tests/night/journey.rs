//! The whole night as programs and plain forms have it.

use serde_json::{Value, json};

use crate::venue::{Answer, Caller, PASSWORD, Venue, next, wish};

fn ok(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    answer.json()
}

fn signed_in(venue: &Venue, name: &str, password: &str) -> Caller {
    let mut caller = venue.stranger();
    let signed = ok(caller.post("/api/login", &json!({ "username": name, "password": password })), 200);
    assert_eq!(signed["user"]["username"], name);
    assert!(caller.cookies.iter().any(|(path, cookie, _)| path == "/" && cookie == "session"));
    caller
}

#[test]
fn a_night_from_the_set_up_link_to_the_report() {
    let venue = Venue::fresh(&[]);
    let token = venue.setup_link().split_once("?t=").unwrap().1;

    // The owner takes the box and makes a DJ.
    let mut owner = venue.stranger();
    let account = json!({ "token": token, "username": "owner", "display_name": "The Anchor", "password": PASSWORD });
    ok(owner.post("/api/setup", &account), 201);
    assert_eq!(ok(owner.get("/api/me"), 200)["role"], "superadmin");
    assert_eq!(venue.stranger().post("/api/setup", &account).code(), "setup_closed");
    let dj = json!({ "username": "djane", "display_name": "DJane", "password": "turntables" });
    let made = ok(owner.post("/api/superadmin/users", &dj), 201);
    assert_eq!(made["role"], "dj");
    assert_eq!(owner.post("/api/superadmin/users", &dj).code(), "username_taken");

    // The DJ starts an event.
    let mut dj = signed_in(&venue, "djane", "turntables");
    assert_eq!(ok(dj.get("/api/djane/event"), 200)["event"], Value::Null);
    let event = ok(dj.post("/api/djane/event", &json!({ "name": "Friday" })), 201)["event"].clone();
    for key in ["id", "name", "status", "pin", "join_url", "requests_open", "started_at", "expires_at", "version"] {
        assert!(!event[key].is_null(), "an event without {key}: {event}");
    }
    assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Second" })).code(), "event_active");

    // One guest comes by QR, one by PIN.
    let join_url = event["join_url"].as_str().unwrap().to_owned();
    let scanned = join_url.split_once("?t=").unwrap().1;
    let mut anna = venue.stranger();
    let joined = ok(anna.post("/api/djane/join", &json!({ "t": scanned })), 200);
    assert_eq!(joined["event"]["name"], "Friday");
    assert!(joined["guest"]["id"].is_string());
    let mut ben = venue.stranger();
    ok(ben.post("/api/djane/join", &json!({ "pin": event["pin"] })), 200);

    // A screen, and everybody listens.
    let screen = ok(dj.post("/api/djane/screens", &json!({ "label": "TV" })), 201);
    assert_eq!(screen["uses_left"], 3);
    let address = screen["url"].as_str().unwrap();
    assert!(address.contains("/djane/display?dt="), "{address}");
    let mut tv = venue.stranger();
    assert_eq!(tv.get(address.strip_prefix(&venue.base).unwrap()).status, 303);
    assert_eq!(tv.get("/djane/display").status, 200);
    let (at_host, at_bar, on_tv) =
        (dj.listen("/api/djane/live"), anna.listen("/api/djane/party/live"), tv.listen("/api/djane/display/live"));
    for said in [&at_host, &at_bar, &on_tv] {
        assert_eq!(next(said).event, "hello");
    }

    // A wish; the same again by another is a vote.
    let body = json!({ "title": "Blue Monday", "artist": "New Order", "nickname": "Anna", "note": "please" });
    let keyed = ok(anna.clone().with("Idempotency-Key", "k1").post("/api/djane/requests", &body), 201);
    let request = &keyed["request"];
    assert_eq!((request["status"].as_str(), request["votes"].as_i64()), (Some("pending"), Some(0)));
    let again = ok(anna.clone().with("Idempotency-Key", "k1").post("/api/djane/requests", &body), 200);
    assert_eq!(again["request"]["id"], request["id"]);
    let merged = ok(
        ben.post("/api/djane/requests", &json!({ "title": "blue monday (Remastered 2011)", "artist": "NEW ORDER" })),
        200,
    );
    assert_eq!(
        (&merged["merged"], &merged["request"]["votes"], &merged["request"]["id"]),
        (&json!(true), &json!(1), &request["id"])
    );
    let id = request["id"].as_str().unwrap().to_owned();
    let heard = next(&at_host);
    assert!(heard.data.contains("Blue Monday"), "the DJ did not hear of the wish: {heard:?}");

    // The DJ decides; everyone hears it.
    let listed = ok(dj.get("/api/djane/requests?status=pending"), 200);
    assert_eq!(listed["requests"].as_array().unwrap().len(), 1);
    assert_eq!(listed["requests"][0]["note"], "please");
    let approved = ok(dj.post(&format!("/api/djane/requests/{id}/approve"), &json!({})), 200);
    assert_eq!((&approved["request"]["status"], &approved["request"]["position"]), (&json!("approved"), &json!(1)));
    let twice = dj.post(&format!("/api/djane/requests/{id}/approve"), &json!({}));
    assert_eq!((twice.status, twice.code().as_str()), (409, "wrong_state"));
    assert_eq!(twice.json()["error"]["request"]["status"], "approved");
    let seen = |said| std::iter::from_fn(|| Some(next(said))).take(20).any(|said| said.data.contains("Blue Monday"));
    assert!(seen(&at_bar) && seen(&on_tv));
    let party = ok(ben.get("/api/djane/party"), 200);
    assert_eq!(party["queue"][0]["title"], "Blue Monday");
    assert_eq!(party["mine"], json!([]));
    assert!(party["queue"][0].get("note").is_none(), "a note is between a guest and the host");
    assert_eq!(ok(anna.get("/api/djane/party"), 200)["mine"][0]["wait_ms"], Value::Null, "nothing plays");

    // It plays, it was played, the night ends.
    ok(dj.post(&format!("/api/djane/requests/{id}/playing"), &json!({})), 200);
    let playback = ok(tv.get("/api/djane/playback"), 200);
    assert_eq!((&playback["health"], &playback["track"]["title"]), (&json!("manual"), &json!("Blue Monday")));
    ok(dj.post(&format!("/api/djane/requests/{id}/played"), &json!({})), 200);
    let report = ok(dj.post("/api/djane/event/end", &json!({})), 200)["report"].clone();
    assert_eq!((&report["totals"]["played"], &report["totals"]["guests"]), (&json!(1), &json!(2)));
    let late = anna.post("/api/djane/requests", &wish("Too late"));
    assert_eq!((late.status, late.code().as_str()), (410, "event_over"));
    assert_eq!(venue.stranger().post("/api/djane/join", &json!({ "pin": event["pin"] })).code(), "no_event");

    // It stays in the history, signed out or not.
    assert_eq!(dj.post("/api/logout", &json!({})).status, 204);
    assert_eq!(dj.get("/api/djane/events").status, 401);
    let mut dj = signed_in(&venue, "djane", "turntables");
    let kept = ok(dj.get("/api/djane/events"), 200)["events"][0].clone();
    assert_eq!((&kept["id"], &kept["status"]), (&event["id"], &json!("ended")));
    let path = format!("/api/djane/events/{}", kept["id"].as_str().unwrap());
    assert_eq!(ok(dj.get(&path), 200)["report"]["requests"][0]["title"], "Blue Monday");
    let csv = dj.get(&format!("{path}.csv"));
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(csv.body.starts_with("\u{feff}\"asked_at\",\"title\",\"artist\","), "{}", csv.body);
    let row = r#""Blue Monday","New Order","Anna","please","played","1","#;
    assert!(csv.body.lines().nth(1).unwrap().contains(row), "{}", csv.body);
}

#[test]
fn join_ask_and_approve_work_with_nothing_but_forms() {
    let venue = Venue::by_hand();
    let pin = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["pin"].as_str().unwrap().to_owned();
    let person = || venue.stranger().with("Accept", "text/html");

    let mut guest = person();
    assert!(guest.get("/johnsmith").body.contains("name=\"pin\""));
    let wrong = guest.form("/api/johnsmith/join", &[("pin", "0000")]);
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("That PIN is not right"), "{}", wrong.body);
    let joined = guest.form("/api/johnsmith/join", &[("pin", &pin)]);
    assert_eq!((joined.status, joined.header("location")), (303, Some("/johnsmith?entered=1")));
    assert_eq!(guest.get("/johnsmith?entered=1").header("location"), Some("/johnsmith"));
    let page = guest.get("/johnsmith").body;
    let key = page.split_once("name=\"key\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let wish = [("title", "By Form"), ("artist", "Pen & Paper"), ("key", key.as_str())];
    for _ in 0..2 {
        let sent = guest.form("/api/johnsmith/requests?as=guest", &wish);
        assert_eq!((sent.status, sent.header("location")), (303, Some("/johnsmith?said=sent")), "{}", sent.body);
    }
    let page = guest.get("/johnsmith?said=sent").body;
    assert!(page.contains("Sent. Watch it below."), "{page}");
    assert_eq!(page.matches("By Form").count(), 3, "once as title, once on its button, once to be read out");

    let mut dj = person();
    let signed = dj.form(
        "/api/login",
        &[("username", "johnsmith"), ("password", PASSWORD), ("next", "/johnsmith/admin/requests")],
    );
    let on = signed.header("location").unwrap().to_owned();
    assert_eq!((signed.status, dj.get(&on).header("location")), (303, Some("/johnsmith/admin/requests")), "{on}");
    let page = dj.get("/johnsmith/admin/requests").body;
    let ticket = page.split("data-id=\"").find(|row| row.contains("By Form")).unwrap();
    let action = ticket
        .split("action=\"")
        .map(|rest| rest.split_once('"').unwrap().0)
        .find(|path| path.ends_with("/approve"))
        .unwrap();
    assert_eq!(dj.form(action, &[]).status, 303);
    assert!(guest.get("/johnsmith").body.contains("in line"));
}

#[test]
fn a_night_that_is_over_calls_no_song_approved_or_waiting() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    ok(dj.post("/api/johnsmith/event/end", &json!({})), 200);
    let event = ok(dj.post("/api/johnsmith/event", &json!({ "name": "Tonight" })), 201)["event"]["id"].clone();
    let event = event.as_str().unwrap();
    ok(dj.post("/api/johnsmith/requests", &wish("In line")), 201);
    ok(venue.guest_of("johnsmith", &mut dj).post("/api/johnsmith/requests", &wish("Undecided")), 201);
    let mut badges = |words: [&str; 2], not: [&str; 2]| {
        let page = dj.get(&format!("/johnsmith/admin/history/{event}")).body;
        let says = |words: &str| page.contains(&format!("<span class=\"badge\">{words}</span>"));
        assert!(words.iter().all(|words| says(words)) && !not.iter().any(|words| says(words)), "{page}");
    };
    badges(["approved", "waiting"], ["not played", "not decided"]);
    ok(venue.host("johnsmith").post("/api/johnsmith/event/end", &json!({})), 200);
    badges(["not played", "not decided"], ["approved", "waiting"]);
    // What programs read has the names it always had.
    let csv = dj.get(&format!("/api/johnsmith/events/{event}.csv")).body;
    assert!(csv.contains("\"approved\"") && csv.contains("\"pending\""), "{csv}");
}
