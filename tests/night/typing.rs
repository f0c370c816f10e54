//! What guests and DJs type, and what they are told: nothing half typed is lost, and nothing is said that nobody knows.

use serde_json::{Value, json};

use crate::browser::{Driver, run};
use crate::pages::{guest_at, in_line, party};
use crate::venue::{Caller, wish};

#[test]
fn a_half_typed_wish_is_there_again_after_help_and_refresh_and_gone_once_it_is_sent() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "Blue Mo").await;
        guest.fill("#ask [name=artist]", "New").await;
        for link in [".foot a[href^='/help']", ".foot a[href='/johnsmith']"] {
            guest.tap(link).await;
            guest.see(if link.contains("help") { ".help, main h1" } else { "#ask" }).await;
            guest.open(&format!("{}/johnsmith", venue.base)).await;
            let kept = (guest.value("#ask [name=title]").await, guest.value("#ask [name=artist]").await);
            assert_eq!(kept, ("Blue Mo".into(), "New".into()), "{link}");
        }
        guest.tap("#ask summary").await;
        guest.fill("#ask [name=note]", "for my mother").await;
        guest.again().await;
        assert_eq!(guest.value("#ask [name=note]").await, "for my mother");
        assert!(guest.shows("#ask [name=note]").await, "it is folded away");
        guest.fill("#ask [name=title]", "Blue Monday").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".toast", "Sent.").await;
        guest.again().await;
        guest.see("#ask").await;
        for field in ["title", "artist", "note"] {
            assert_eq!(guest.value(&format!("#ask [name={field}]")).await, "", "{field}");
        }
        // Another night is another page.
        guest.fill("#ask [name=title]", "Of last night").await;
        assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
        assert_eq!(dj.post("/api/johnsmith/event", &json!({ "name": "Next" })).status, 201);
        guest.open(&dj.join_url("johnsmith")).await;
        assert_eq!(guest.value("#ask [name=title]").await, "");
        guest.leave().await;
    });
}

#[test]
fn a_wish_whose_answer_was_lost_and_that_is_sent_after_a_refresh_is_still_one_wish() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.does("const call = fetch; window.fetch = (...all) => call(...all).then(() => { window.gone = true; throw 0; })").await;
        guest.fill("#ask [name=title]", "Blue Monday").await;
        guest.fill("#ask [name=artist]", "New Order").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".alert", "did not answer").await;
        guest.open(&format!("{}/johnsmith", venue.base)).await;
        assert_eq!(guest.value("#ask [name=title]").await, "Blue Monday");
        guest.tap("#ask button[type=submit]").await;
        guest.read(".toast", "Sent.").await;
        guest.leave().await;
    });
    assert_eq!(dj.get("/api/johnsmith/requests").json()["requests"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_is_told_that_their_vote_counts_for_their_own_wish() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    let free = json!({ "min_gap_ms": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &free).status, 200);
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        for (title, words) in [("Blue Monday", "Sent."), ("blue monday", "You asked for this already")] {
            guest.fill("#ask [name=title]", title).await;
            guest.fill("#ask [name=artist]", "New Order").await;
            guest.tap("#ask button[type=submit]").await;
            guest.read(".toast", words).await;
        }
        guest.leave().await;
    });
    let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
    assert_eq!((asked.as_array().unwrap().len(), &asked[0]["votes"]), (1, &json!(0)));
}

#[test]
fn without_a_script_ones_own_wish_sent_again_is_said_to_be_ones_own() {
    let (venue, mut dj) = party();
    let guest = venue.guest_of("johnsmith", &mut dj);
    for said in ["sent", "own"] {
        let sent = guest
            .clone()
            .with("Accept", "text/html")
            .form("/api/johnsmith/requests", &[("title", "Blue Monday"), ("artist", "New Order")]);
        assert_eq!((sent.status, sent.header("location")), (303, Some(&*format!("/johnsmith?said={said}"))));
    }
    let page = guest.with("Accept", "text/html").get("/johnsmith?said=own").body;
    assert!(page.contains(r#"role="status">You asked for this already"#), "{page}");
    let twice = json!({ "title": "Blue Monday", "artist": "New Order" });
    let again = venue.guest_of("johnsmith", &mut dj).post("/api/johnsmith/requests", &twice).json();
    assert_eq!((&again["merged"], &again["own"]), (&json!(true), &json!(false)), "another guest's");
}

/// Title and reason of each song in line, from its head.
fn reasons(dj: &mut Caller) -> Vec<String> {
    let mut line = dj.get("/api/johnsmith/requests?status=approved").json()["requests"].as_array().unwrap().clone();
    line.sort_by_key(|request| request["position"].as_i64());
    line.iter().map(|one| format!("{} {}", one["title"].as_str().unwrap(), one["why"].as_str().unwrap())).collect()
}

#[test]
fn a_song_that_a_drag_merely_passed_is_not_said_to_be_placed_by_the_dj() {
    let (_venue, mut dj) = party();
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "order": "arrival" })).status, 200);
    in_line(&mut dj, &["A", "B", "C", "D", "E", "F"]);
    let answer = dj.get("/api/johnsmith/requests?status=approved").json();
    let id = |title: &str| {
        let all = answer["requests"].as_array().unwrap().iter();
        all.clone().find(|one| one["title"] == title).unwrap()["id"].clone()
    };
    let drag = |titles: &str, dj: &mut Caller| {
        let version = dj.get("/api/johnsmith/requests").json()["version"].clone();
        let order: Vec<Value> = titles.split(' ').map(id).collect();
        let moved = dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version }));
        assert_eq!(moved.status, 200, "{}", moved.body);
    };
    // As a page sends it: down to the song that was moved and the one it stands before.
    drag("A B C F D", &mut dj);
    assert_eq!(reasons(&mut dj), ["A next", "B next", "C arrival", "F placed", "D arrival", "E arrival"]);
    drag("A B F D E C", &mut dj);
    assert_eq!(reasons(&mut dj), ["A next", "B next", "F placed", "D arrival", "E arrival", "C placed"]);
}

#[test]
fn nobody_is_told_minutes_while_nothing_plays() {
    let (venue, mut dj) = party();
    let mut guest = venue.guest_of("johnsmith", &mut dj);
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "auto_approve": true, "min_gap_ms": 0 })).status, 200);
    in_line(&mut dj, &["First", "Second"]);
    let asked = guest.post("/api/johnsmith/requests", &wish("Third")).json()["request"].clone();
    assert_eq!((&asked["position"], &asked["wait_ms"]), (&json!(3), &Value::Null));
    let page = |guest: &Caller| guest.clone().with("Accept", "text/html").get("/johnsmith").shown();
    let (silent, screen) =
        (page(&guest), venue.screen("johnsmith").with("Accept", "text/html").get("/johnsmith/display").body);
    assert!(silent.contains("Number 3 in line") && !silent.contains("about "), "{silent}");
    let waits: Vec<_> = screen.split("class=\"wait\" data-slot=\"wait\">").skip(1).collect();
    assert!(waits.len() == 3 && waits.iter().all(|wait| wait.starts_with("</span>")), "{screen}");
    let first = dj.get("/api/johnsmith/requests").json()["requests"][0]["id"].clone();
    let plays = format!("/api/johnsmith/requests/{}/playing", first.as_str().unwrap());
    assert_eq!(dj.post(&plays, &json!({})).status, 200);
    assert!(page(&guest).contains("Number 2 in line, about 7 min"), "{}", page(&guest));
}

#[test]
fn a_search_that_finds_nothing_says_so_and_what_to_do() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "Nobody Ever Sang This ").await;
        guest.read(".none", "send it as you typed it").await;
        guest.looks_whole().await;
        guest.fill("#ask [name=artist]", "Not A Band").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".toast", "Sent.").await;
        assert!(!guest.shows("#ask .hits").await);
        guest.leave().await;
    });
}
