//! A guest's page under a person's hands.

use std::time::Instant;

use serde_json::json;

use super::{PATIENCE, guest_at, in_line, party};
use crate::browser::{Driver, run};

#[test]
fn a_wish_whose_answer_was_lost_does_not_swallow_the_next_one() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    let free = json!({ "min_gap_ms": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &free).status, 200);
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "First Song").await;
        guest.fill("#ask [name=artist]", "Somebody").await;
        // It arrives, and nobody hears the answer.
        guest
            .does("const real = fetch; window.fetch = async (...all) => { const answer = await real(...all); if (all[1].method !== 'POST') return answer; window.fetch = real; throw new TypeError(); };")
            .await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".alert", "The box did not answer").await;
        guest.fill("#ask [name=title]", "Second Song").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".mine", "Second Song").await;
        guest.leave().await;
    });
    let mut asked: Vec<_> = dj.get("/api/johnsmith/requests").json()["requests"].as_array().unwrap().clone();
    asked.retain(|request| request["status"] == "pending");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn a_wish_that_was_on_the_list_already_stands_among_ones_own() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["First Song", "Blue Monday"]);
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "blue monday").await;
        guest.fill("#ask [name=artist]", "SOMEBODY").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".toast", "your vote counts").await;
        guest.read(".mine", "Blue Monday").await;
        guest.read(".mine", "Somebody asked first").await;
        guest.read(".mine", "Number 2 in line").await;
        let vote = "const button = document.querySelectorAll('.queue form[data-vote] button')[1];
                    return [button.disabled, button.getAttribute('aria-pressed')]";
        assert_eq!(guest.does(vote).await, json!([false, "true"]), "a vote that can be taken back");
        guest.tap(".mine form button").await;
        guest.read(".toast", "taken back").await;
        let began = Instant::now();
        while guest.does("return document.querySelectorAll('.mine [data-id]').length").await != json!(0) {
            assert!(began.elapsed() < PATIENCE, "it stays");
            tokio::task::yield_now().await;
        }
        assert_eq!(guest.does(vote).await, json!([false, "false"]));
        guest.leave().await;
    });
    let asked = dj.get("/api/johnsmith/requests?status=approved").json();
    assert!(asked["requests"].as_array().unwrap().iter().all(|request| request["votes"] == 0), "{asked}");
}

#[test]
fn nobody_types_a_wish_that_nobody_takes() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "Half a ti").await;
        for (change, back, words) in [
            (json!({ "requests_open": false }), json!({ "requests_open": true }), "not taking requests"),
            (json!({ "status": "paused" }), json!({ "status": "live" }), "The party is paused"),
        ] {
            assert_eq!(dj.patch("/api/johnsmith/event", &change).status, 200);
            guest.read(".notice", words).await;
            assert!(!guest.shows("form#ask").await, "the form stays open: {words}");
            assert_eq!(dj.patch("/api/johnsmith/event", &back).status, 200);
            let began = Instant::now();
            while !guest.shows("form#ask").await {
                assert!(began.elapsed() < PATIENCE, "the form never comes back");
                tokio::task::yield_now().await;
            }
            assert_eq!(
                guest.does("return document.querySelector('#ask [name=title]').value").await,
                json!("Half a ti")
            );
        }
        guest.was_not_reloaded().await;
        guest.leave().await;
    });
}

#[test]
fn a_guest_who_is_muted_reads_so_and_has_no_form_until_they_are_heard_again() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.fill("#ask [name=title]", "Loud Song").await;
        guest.fill("#ask [name=artist]", "Loud Band").await;
        guest.tap("#ask > button[type=submit]").await;
        guest.see(".mine [data-id]").await;
        let asked = dj.get("/api/johnsmith/requests").json();
        let whose = asked["requests"][0]["guest_id"].as_str().unwrap().to_owned();
        let mut say =
            |act: &str| assert_eq!(dj.post(&format!("/api/johnsmith/guests/{whose}/{act}"), &json!({})).status, 200);
        say("mute");
        guest.read(".shut", "not taking requests from this phone").await;
        assert!(!guest.shows("form#ask").await, "the form looks open");
        guest.was_not_reloaded().await;
        guest.again().await;
        guest.read(".shut", "not taking requests from this phone").await;
        assert!(!guest.shows("form#ask").await, "the form looks open once the page is loaded again");
        guest.looks_whole().await;
        say("unmute");
        let began = Instant::now();
        while !guest.shows("form#ask").await {
            assert!(began.elapsed() < PATIENCE, "the form never comes back");
            tokio::task::yield_now().await;
        }
        guest.leave().await;
    });
}
