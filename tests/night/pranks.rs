//! One guest with a script, or one DJ with a grudge: what comes of it, and what everybody else notices.

use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde_json::{Value, json};

use crate::venue::{Caller, PASSWORD, Said, Venue, command, next, wish};

/// How many changes are told until one names `mark`.
fn told(said: &Receiver<Said>, mark: &str) -> usize {
    let mut changes = 0;
    loop {
        let heard = next(said);
        changes += usize::from(heard.event == "change");
        if heard.data.contains(mark) {
            return changes;
        }
    }
}

fn asked(caller: &mut Caller, title: &str) -> String {
    let answer = caller.post("/api/johnsmith/requests", &wish(title));
    assert!([200, 201].contains(&answer.status), "{}", answer.body);
    answer.json()["request"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn one_guest_who_taps_without_end_is_told_of_a_few_times_a_second() {
    let venue = Venue::by_hand();
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let vote = format!("/api/johnsmith/requests/{}/vote", asked(&mut dj, "Tapped"));
    let said = venue.guest("johnsmith").listen("/api/johnsmith/party/live");
    assert_eq!(next(&said).event, "hello");
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(guest.post(&vote, &json!({})).json()["request"]["votes"], 1);
        assert_eq!(guest.delete(&vote).json()["request"]["votes"], 0);
    }
    asked(&mut dj, "Last of All");
    let (changes, took) = (told(&said, "Last of All"), began.elapsed());
    println!("200 votes in {took:?}: {changes} changes told");
    assert!(changes <= 3 + (took.as_millis() / 300) as usize, "{changes} in {took:?}");
}

#[test]
fn a_wish_for_a_song_one_has_asked_for_already_is_told_to_nobody_and_fills_no_table() {
    let venue = Venue::by_hand();
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    asked(&mut dj, "Wanted");
    asked(&mut guest, "Wanted");
    let said = dj.listen("/api/johnsmith/live");
    assert_eq!(next(&said).event, "hello");
    for n in 0..300 {
        asked(&mut guest.clone().with("Idempotency-Key", &format!("tap {n}").replace(' ', "-")), "Wanted");
    }
    asked(&mut dj, "Last of All");
    assert!(told(&said, "Last of All") <= 2);
    let count = "SELECT count(*) FROM submissions WHERE submitter <> 'host'";
    let rows: i64 = venue.rows().query_row(count, [], |row| row.get(0)).unwrap();
    assert!(rows <= 200, "{rows} rows");
}

#[test]
fn who_votes_without_end_is_told_to_wait_and_nobody_else_is() {
    let venue = Venue::by_hand();
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith"));
    let vote = format!("/api/johnsmith/requests/{}/vote", asked(&mut dj, "Tapped"));
    for _ in 0..500 {
        assert_eq!((guest.post(&vote, &json!({})).status, guest.delete(&vote).status), (200, 200));
    }
    let full = guest.post(&vote, &json!({}));
    assert_eq!((full.status, full.code().as_str()), (429, "too_many_votes"), "{}", full.body);
    assert!(full.header("retry-after").is_some_and(|seconds| (1..=600).contains(&seconds.parse::<u32>().unwrap())));
    let again = guest.post("/api/johnsmith/requests", &wish("Tapped"));
    assert_eq!(again.code(), "too_many_votes", "a wish that would become a vote is one");
    assert_eq!(asked(&mut guest, "Another song").len(), 36, "a wish is no vote");
    assert_eq!(venue.guest("johnsmith").post(&vote, &json!({})).json()["request"]["votes"], 1);
}

/// A box behind a proxy that says where each comes from, with the party of a DJ.
pub fn proxied() -> (Venue, Caller) {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let venue = Venue::of(dir, &[("PARTYPLAYLIST_SERVER__BEHIND_PROXY", "true".into())]);
    let mut dj = venue.host("djane");
    assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Tonight" })).status, 201);
    (venue, dj)
}

/// A phone that comes in from an address, and who it is then.
fn phone(venue: &Venue, dj: &mut Caller, address: &str) -> (Caller, Value) {
    let mut phone = venue.stranger().with("X-Real-IP", address);
    let pin = dj.get("/api/djane/event").json()["event"]["pin"].clone();
    let joined = phone.post("/api/djane/join", &json!({ "pin": pin }));
    assert_eq!(joined.status, 200, "{}", joined.body);
    (phone, joined.json()["guest"]["id"].clone())
}

fn says(phone: &mut Caller, title: &str) -> String {
    let answer = phone.post("/api/djane/requests", &wish(title));
    if answer.status < 300 { String::new() } else { answer.code() }
}

#[test]
fn a_muted_guest_who_comes_in_anew_without_the_cookie_stays_muted() {
    let (venue, mut dj) = proxied();
    let (mut loud, id) = phone(&venue, &mut dj, "192.168.1.7");
    assert_eq!(says(&mut loud, "Rude"), "");
    let mute = |dj: &mut Caller, id: &Value, act: &str| {
        let path = format!("/api/djane/guests/{}/{act}", id.as_str().unwrap());
        assert_eq!(dj.post(&path, &json!({})).status, 200);
    };
    mute(&mut dj, &id, "mute");
    let (mut anew, second) = phone(&venue, &mut dj, "192.168.1.7");
    assert_eq!(says(&mut anew, "Rude again"), "muted");
    assert_eq!(says(&mut phone(&venue, &mut dj, "192.168.1.8").0, "By a neighbour"), "");
    // The DJ may think again, and then it is that phone's again.
    mute(&mut dj, &id, "unmute");
    mute(&mut dj, &second, "unmute");
    assert_eq!(says(&mut phone(&venue, &mut dj, "192.168.1.7").0, "Sorry"), "");
}

#[test]
fn a_guest_muted_before_anybody_else_was_in_does_not_mute_the_house_behind_the_same_router() {
    let (venue, mut dj) = proxied();
    let (mut loud, id) = phone(&venue, &mut dj, "203.0.113.9");
    let (mut neighbour, _) = phone(&venue, &mut dj, "203.0.113.9");
    assert_eq!((says(&mut loud, "Rude"), says(&mut neighbour, "Polite")), (String::new(), String::new()));
    assert_eq!(dj.post(&format!("/api/djane/guests/{}/mute", id.as_str().unwrap()), &json!({})).status, 200);
    let mut house: Vec<_> = (0..20).map(|_| phone(&venue, &mut dj, "203.0.113.9").0).collect();
    let told: Vec<String> = house.iter_mut().enumerate().map(|(n, phone)| says(phone, &format!("Song {n}"))).collect();
    assert!(told[2..].iter().all(String::is_empty), "more than two pay for one: {told:?}");
    assert_eq!(says(&mut loud, "Rude again"), "muted");
    let page = dj.get("/djane/admin/requests").body;
    assert_eq!(page.matches("came in from the address of one you muted").count(), 2);
}

#[test]
fn where_many_share_one_address_only_the_muted_guest_is_muted() {
    let (venue, mut dj) = proxied();
    let [(mut loud, id), (mut second, _), (mut third, _), _] = [(); 4].map(|()| phone(&venue, &mut dj, "203.0.113.9"));
    assert_eq!(dj.post(&format!("/api/djane/guests/{}/mute", id.as_str().unwrap()), &json!({})).status, 200);
    let (mut late, _) = phone(&venue, &mut dj, "203.0.113.9");
    assert_eq!(says(&mut loud, "Rude"), "muted");
    for (n, phone) in [&mut second, &mut third, &mut late].into_iter().enumerate() {
        assert_eq!(says(phone, &format!("Song {n}")), "", "{n}");
    }
}

/// What one page of a record says, and what to ask for the next.
fn entries(caller: &mut Caller, path: &str) -> (Vec<Value>, Value) {
    let page = caller.get(path).json();
    (page["entries"].as_array().unwrap_or_else(|| panic!("{page}")).clone(), page["next"].clone())
}

#[test]
fn one_djs_thousands_of_refusals_bury_nothing_in_the_record_of_others() {
    let venue = Venue::demo();
    let (mut admin, mut jane, john) = (venue.host("admin"), venue.host("janedoe"), venue.host("johnsmith"));
    assert_eq!(admin.get("/api/janedoe/settings").status, 200);
    // The same thing again and again, and ever new ones.
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let mut john = john.clone();
            scope.spawn(move || {
                for n in 0..150 {
                    assert_eq!(john.get("/api/janedoe/requests").status, 403);
                    assert_eq!(
                        john.post(&format!("/api/janedoe/requests/{thread}-{n}/approve"), &json!({})).status,
                        403
                    );
                }
            });
        }
    });
    let (seen, next) = entries(&mut jane, "/api/janedoe/audit");
    let of = |actor: &str| seen.iter().filter(|entry| entry["actor"] == actor).collect::<Vec<_>>();
    assert!(next.is_null() && of("admin").len() == 1, "the owner's visit is buried: {seen:?}");
    let counts: Vec<i64> = of("johnsmith").iter().map(|entry| entry["count"].as_i64().unwrap()).collect();
    assert!(counts.len() <= 51, "{} rows", counts.len());
    assert_eq!(counts.iter().sum::<i64>(), 1_200, "every attempt is counted: {counts:?}");
    let same = of("johnsmith").into_iter().find(|entry| entry["action"] == "GET /api/janedoe/requests").unwrap();
    assert!(same["count"] == 600 && same["last_at"].as_str() > same["at"].as_str(), "{same}");
    for (page, caller) in [("/janedoe/admin/audit", &mut jane), ("/superadmin/audit", &mut admin)] {
        let page = caller.get(page).body;
        assert!(page.contains("600 times, last") && page.contains("other attempts"), "{page}");
    }
    let (refused, _) = entries(&mut admin, "/api/superadmin/audit?outcome=refused&q=JOHN");
    assert!(refused.len() == counts.len() && refused.iter().all(|entry| entry["actor"] == "johnsmith"), "{refused:?}");
    assert_eq!(admin.get("/api/superadmin/audit?outcome=odd").status, 400);
}

#[test]
fn wrong_passwords_from_everywhere_leave_room_in_the_record_for_what_was_refused_besides() {
    let (venue, mut dj) = proxied();
    let wrong = json!({ "username": "djane", "password": "not this one" });
    for n in 1..=70 {
        let answer = venue.stranger().with("X-Real-IP", &format!("198.51.100.{n}")).post("/api/login", &wrong);
        assert_eq!(answer.status, 401, "{n}");
    }
    dj = dj.with("X-Real-IP", "192.168.1.7");
    let change = json!({ "old": "not this one", "new": "brand-new-one" });
    assert_eq!(dj.put("/api/me/password", &change).status, 401);
    let (seen, _) = entries(&mut dj, "/api/djane/audit?outcome=refused");
    assert!(seen[0]["address"] == "192.168.1.7" && seen[0]["action"] != "other attempts", "{seen:?}");
    let tries = &seen[1..];
    assert_eq!(tries.iter().map(|entry| entry["count"].as_i64().unwrap()).sum::<i64>(), 70);
    let together = tries.iter().find(|entry| entry["address"].is_null()).unwrap();
    assert!(tries.len() == 21 && together["action"] == tries[1]["action"], "{tries:?}");
    assert!(dj.get("/djane/admin/audit").body.contains("many addresses"));
    let (there, _) = entries(&mut dj, "/api/djane/audit?q=198.51.100.7");
    assert!(there.len() == 1 && there[0]["address"] == "198.51.100.7", "{there:?}");
}

#[test]
fn a_long_record_is_read_page_by_page_to_its_first_entry() {
    let venue = Venue::demo();
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    conn.execute_batch(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 250)
         INSERT INTO audit (user_id, at, actor, action, outcome)
         SELECT u.id, unixepoch() * 1000, 'helper Lena', 'deed ' || n, 'allowed' FROM n, users u WHERE username = 'johnsmith'",
    )
    .unwrap();
    for (who, path) in [("johnsmith", "/api/johnsmith/audit"), ("admin", "/api/superadmin/audit")] {
        let (mut caller, mut before, mut read) = (venue.host(who), String::new(), Vec::new());
        loop {
            let (page, next) = entries(&mut caller, &format!("{path}?q=lena&before={before}"));
            assert!(page.len() <= 100);
            read.extend(page.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()));
            let Some(next) = next.as_str() else { break };
            next.clone_into(&mut before);
        }
        assert_eq!(read, (1..=250).rev().map(|n| format!("deed {n}")).collect::<Vec<_>>(), "{who}");
    }
    let mut dj = venue.host("johnsmith");
    let page = dj.get("/johnsmith/admin/audit?q=lena&outcome=allowed").body;
    let further =
        page.split("href=\"").find(|rest| rest.contains("Earlier entries")).unwrap().split('"').next().unwrap();
    let further = further.replace("&amp;", "&");
    assert!(further.starts_with("/johnsmith/admin/audit?q=lena&outcome=allowed&before="), "{further}");
    assert!(dj.get(&further).body.contains("deed 150"));
}
