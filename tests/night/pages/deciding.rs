//! The DJ decides and moves songs, by taps and keys, with news coming in.

use std::time::Instant;

use serde_json::json;

use super::{PATIENCE, dj_at, in_line, party, sign_in};
use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::{Caller, Venue, wish};

fn titles(dj: &mut Caller) -> Vec<String> {
    let mut queue = dj.get("/api/johnsmith/requests?status=approved").json()["requests"].as_array().unwrap().clone();
    queue.sort_by_key(|request| request["position"].as_i64());
    queue.iter().map(|request| request["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_arrow_that_moves_a_song_keeps_the_focus_when_the_line_comes_back() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two", "Three", "Four", "Five"]);
    run(async {
        for (size, key, order) in [
            (PHONE, "Move Five up", ["One", "Two", "Three", "Five", "Four"]),
            (LAPTOP, "Move Five down", ["One", "Two", "Three", "Four", "Five"]),
        ] {
            let page = Person::new(&driver, size, true).await;
            sign_in(&page, &venue, "queue").await;
            page.does(&format!("const arrow = document.querySelector('[aria-label=\"{key}\"]'); arrow.focus(); arrow.click(); document.querySelector('.sortable').dataset.old = 'yes'")).await;
            let began = Instant::now();
            while titles(&mut dj) != order {
                assert!(began.elapsed() < PATIENCE, "{:?}", titles(&mut dj));
                tokio::task::yield_now().await;
            }
            // The box has told it: the numbers are new.
            let numbers = "return [...document.querySelectorAll('.sortable .place')].map((one) => one.textContent).join() === '1,2,3,4,5'";
            while page.does(numbers).await != json!(true) {
                assert!(began.elapsed() < PATIENCE, "the new line never came");
                tokio::task::yield_now().await;
            }
            assert_eq!(
                page.does("return document.activeElement.getAttribute('aria-label')").await,
                json!(key),
                "{size:?}"
            );
            page.leave().await;
        }
    });
}

#[test]
fn a_menu_closes_on_escape_and_when_something_else_is_tapped_or_chosen() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two"]);
    run(async {
        for size in [PHONE, LAPTOP] {
            let page = Person::new(&driver, size, true).await;
            sign_in(&page, &venue, "requests").await;
            let open = async || page.does("return document.querySelectorAll('details.more[open]').length").await;
            let first = ".line li:first-child details.more > summary";
            page.tap(first).await;
            assert_eq!(open().await, json!(1));
            page.does(
                "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
            )
            .await;
            assert_eq!(open().await, json!(0), "Escape leaves it open at {size:?}");
            assert_eq!(page.does("return document.activeElement.tagName").await, json!("SUMMARY"), "the focus is lost");
            page.tap(first).await;
            page.tap(".line h2").await;
            assert_eq!(open().await, json!(0), "a tap elsewhere leaves it open at {size:?}");
            page.tap(first).await;
            page.does("const other = document.querySelector('.line li:last-child details.more > summary'); other.focus(); other.click()").await;
            assert_eq!(open().await, json!(1), "two are open at {size:?}");
            page.tap(".line li:last-child details.more form[data-act=play-next] button").await;
            page.read("#toast", "plays next").await;
            assert_eq!(open().await, json!(0), "it stays open over what was chosen at {size:?}");
            page.leave().await;
        }
    });
}

#[test]
fn a_song_tapped_up_twice_goes_up_twice_and_nobody_else_is_blamed() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two", "Three", "Four", "Five"]);
    run(async {
        let page = dj_at(&driver, &venue, "queue").await;
        page.does("const up = () => document.querySelector('[aria-label=\"Move Five up\"]').click(); up(); up();")
            .await;
        page.read(".line", "Placed by the DJ").await;
        let began = Instant::now();
        while titles(&mut dj) != ["One", "Two", "Five", "Three", "Four"] {
            assert!(began.elapsed() < PATIENCE, "{:?}", titles(&mut dj));
            assert!(!page.shows("#toast").await, "somebody is blamed");
            tokio::task::yield_now().await;
        }
        page.leave().await;
    });
}

#[test]
fn a_song_moved_up_in_a_long_line_names_the_songs_it_stands_between_and_none_below() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two", "Three", "Four", "Five", "Six"]);
    run(async {
        let page = dj_at(&driver, &venue, "queue").await;
        let spy = "window.sent = []; const ask = fetch;
                   fetch = (to, how) => { if (how.method === 'PUT') sent.push(how.body); return ask(to, how); };";
        page.does(spy).await;
        page.does("document.querySelector('[aria-label=\"Move Four up\"]').click()").await;
        let sent = page.does("return JSON.parse(sent[0]).order").await;
        let shown = "return [...document.querySelectorAll('.sortable > [data-id]')].map((row) => row.dataset.id)";
        let line = page.does(shown).await;
        assert_eq!((sent.as_array().unwrap().len(), line.as_array().unwrap().len()), (4, 6));
        assert_eq!(sent.as_array().unwrap()[..], line.as_array().unwrap()[..4]);
        page.leave().await;
    });
}

#[test]
fn a_stray_key_rejects_nothing_and_an_undo_puts_back_in_line() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two"]);
    run(async {
        let page = dj_at(&driver, &venue, "requests").await;
        page.does("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true }))").await;
        page.does("return new Promise((done) => setTimeout(done, 100))").await;
        assert_eq!(titles(&mut dj), ["One", "Two"]);
        page.does("document.querySelector('.line form[data-act=reject]').requestSubmit()").await;
        page.read(".toast", "“One” rejected.").await;
        page.tap("#toast button").await;
        page.read(".line", "One").await;
        page.leave().await;
    });
    let mut back = titles(&mut dj);
    back.sort();
    assert_eq!(back, ["One", "Two"]);
}

#[test]
fn deciding_and_news_leave_the_djs_list_where_it_is_and_move_nothing_under_a_thumb() {
    // With a player and its covers: there the page was thrown to its top. With few calls, so that no wish grows meanwhile by
    // what comes of looking it up.
    let (driver, venue) = (Driver::start(), Venue::demo_with(&[("PARTYPLAYLIST_SPOTIFY__DAILY_BUDGET", "200")]));
    let mut dj = venue.host("johnsmith");
    let rules = json!({ "max_active_per_guest": 0, "min_gap_ms": 0, "max_per_hour": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    let mut guest = venue.guest_of("johnsmith", &mut dj);
    let mut asks = |title: &str| assert_eq!(guest.post("/api/johnsmith/requests", &wish(title)).status, 201);
    (0..40).for_each(|n| asks(&format!("Song {n}")));
    // Where a song stands in the window, or that it stands nowhere.
    let top = |title: &str| {
        format!(
            "[...document.querySelectorAll('.tickets > li')].find((row) => row.querySelector('.title').textContent === '{title}')?.getBoundingClientRect().top"
        )
    };
    run(async {
        for (round, size) in [LAPTOP, PHONE].into_iter().enumerate() {
            let page = dj_at(&driver, &venue, "requests").await;
            page.resize(&driver, size).await;
            let own = format!("Song {}", 10 + round);
            page.does(&format!("scrollBy(0, {} - 200)", top(&own))).await;
            let watched = format!("Song {}", 12 + round);
            let stands = async |what: &str, before: &serde_json::Value| {
                let after = page.does(&format!("return {}", top(&watched))).await;
                let moved = (after.as_f64().unwrap() - before.as_f64().unwrap()).abs();
                assert!(moved <= 2.0, "{what} moves what is in sight by {moved} px at {size:?}");
            };
            // The DJ's own yes and no: the page stays, the next song has the place and the hands.
            for (act, n) in [("approve", 10 + round), ("reject", 14 + round)] {
                let (title, next) = (format!("Song {n}"), format!("Song {}", n + 1));
                let place = page.does(&format!("return {}", top(&title))).await.as_f64().unwrap();
                page.does(&format!("const row = [...document.querySelectorAll('.tickets > li')].find((row) => row.querySelector('.title').textContent === '{title}'); const button = row.querySelector('[data-act={act}] button'); button.focus({{ preventScroll: true }}); button.click()")).await;
                gone(&page, &top(&title)).await;
                let now = page.does(&format!("return {}", top(&next))).await.as_f64().unwrap();
                assert!((now - place).abs() <= 2.0, "{act} moves the next from {place} to {now} at {size:?}");
                let held = page.does("return !!document.activeElement.closest('.tickets > li')").await;
                assert_eq!(held, json!(true), "{act} lets go of the list");
            }
            // Somebody else's, above what is in sight; and a wish that comes; with a row in hand.
            page.does(&format!("const row = [...document.querySelectorAll('.tickets > li')].find((row) => row.querySelector('.title').textContent === '{watched}'); row.focus({{ preventScroll: true }})")).await;
            let before = page.does(&format!("return {}", top(&watched))).await;
            decide(&mut dj, &format!("Song {}", 2 + round), "approve");
            gone(&page, &top(&format!("Song {}", 2 + round))).await;
            stands("another's yes", &before).await;
            asks(&format!("Late {round}"));
            page.read(".tickets", &format!("Late {round}")).await;
            stands("a wish that comes", &before).await;
            let held = page.does("return document.activeElement.querySelector('.title')?.textContent").await;
            assert_eq!(held, json!(watched), "the row in hand is not in hand any more");
            // On a phone the player alone is in sight there.
            if size == LAPTOP {
                // At the very top there is no page to scroll into: a gap is left for a while.
                page.does("document.activeElement.blur(); scrollTo(0, 0)").await;
                let before = page.does(&format!("return {}", top(&watched))).await;
                let first = page.does("return document.querySelector('.tickets .title').textContent").await;
                decide(&mut dj, first.as_str().unwrap(), "reject");
                gone(&page, &top(first.as_str().unwrap())).await;
                stands("another's no at the top", &before).await;
            }
            page.leave().await;
        }
    });
}

/// Waits until a song is not in the list any more.
async fn gone(page: &Person, top: &str) {
    let began = Instant::now();
    while page.does(&format!("return {top} === undefined")).await != json!(true) {
        assert!(began.elapsed() < PATIENCE, "it stays in the list");
        tokio::task::yield_now().await;
    }
}

fn decide(dj: &mut Caller, title: &str, act: &str) {
    let asked = dj.get("/api/johnsmith/requests?status=pending").json();
    let asked = asked["requests"].as_array().unwrap();
    let id = asked.iter().find(|request| request["title"] == title).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status, 200);
}
