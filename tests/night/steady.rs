//! What a thumb is about to tap stays where it is, whatever comes, goes or moves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::pages::{in_line, party, sign_in};
use crate::venue::{Caller, Venue, wish};

const PATIENCE: Duration = Duration::from_secs(60);

/// A night on which as many wishes wait as that.
fn waiting(many: usize) -> (Venue, Caller) {
    let (venue, mut dj) = party();
    let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    in_line(&mut dj, &["In line already", "In line too"]);
    let mut guest = venue.guest("johnsmith");
    for n in 0..many {
        assert_eq!(guest.post("/api/johnsmith/requests", &wish(&format!("Waits {n}"))).status, 201);
    }
    (venue, dj)
}

async fn until(page: &Person, what: &str, is_so: &str) {
    let began = Instant::now();
    while page.does(is_so).await != json!(true) {
        assert!(began.elapsed() < PATIENCE, "{what}: never so: {is_so}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn shows(id: &Value, there: bool) -> String {
    format!("return !!document.querySelector('.tickets > [data-id={id}]') === {there}")
}

async fn scroll(page: &Person) -> f64 {
    page.does("return scrollY").await.as_f64().unwrap()
}

async fn top(page: &Person, id: &Value) -> f64 {
    page.does(&format!("return document.querySelector('.tickets > [data-id={id}]').getBoundingClientRect().top"))
        .await
        .as_f64()
        .unwrap()
}

#[test]
fn a_row_in_sight_stays_where_it_is_whatever_is_decided_or_comes_and_keeps_the_focus() {
    let driver = Driver::start();
    for (many, size) in [(10, PHONE), (40, LAPTOP), (200, PHONE)] {
        let (venue, mut dj) = waiting(many);
        let mut guest = venue.guest("johnsmith");
        run(async {
            let page = Person::new(&driver, size, true).await;
            sign_in(&page, &venue, "requests").await;
            page.has_heard("/live").await;
            for focus in [false, true] {
                let ids = page
                    .does("return [...document.querySelectorAll('.tickets > [data-id]')].map((row) => row.dataset.id)")
                    .await;
                let at = |n: usize| ids[n].clone();
                let mid = ids.as_array().unwrap().len() / 2;
                let seen = at(mid);
                let row = format!("document.querySelector('.tickets > [data-id={seen}]')");
                page.does(&format!(
                    "document.activeElement.blur(); {row}.scrollIntoView({{ block: 'center', behavior: 'instant' }})"
                ))
                .await;
                if focus {
                    page.does(&format!(
                        "{row}.querySelector('form[data-act=approve] button').focus({{ preventScroll: true }})"
                    ))
                    .await;
                }
                let label = format!("Waits at {many}, focus {focus}");
                assert_eq!(guest.post("/api/johnsmith/requests", &wish(&format!("Comes {focus}"))).status, 201);
                // Another's approval and rejection, above and below; then those of this page.
                for (n, act, own) in [
                    (0, "approve", false),
                    (1, "reject", false),
                    (mid - 1, "approve", true),
                    (mid - 2, "reject", true),
                    (mid + 1, "approve", false),
                ] {
                    if own && n < 2 {
                        continue; // decided already, where few wait
                    }
                    let id = at(n);
                    let (before, scrolled) = (top(&page, &seen).await, scroll(&page).await);
                    if own {
                        page.does(&format!(
                            "document.querySelector('.tickets > [data-id={id}] form[data-act={act}]').requestSubmit()"
                        ))
                        .await;
                    } else {
                        let path = format!("/api/johnsmith/requests/{}/{act}", id.as_str().unwrap());
                        assert_eq!(dj.post(&path, &json!({})).status, 200);
                    }
                    until(&page, &label, &shows(&id, false)).await;
                    let (row_by, page_by) = (top(&page, &seen).await - before, scroll(&page).await - scrolled);
                    // Where a row in sight goes, those below close up, unless one of them is held or the first in sight.
                    let moved = if own && !focus && page_by.abs() < row_by.abs() { page_by } else { row_by };
                    assert!(moved.abs() <= 2.0, "{label}: {act} of row {n} moved it by {moved}");
                    let held = page.does(&format!("return {row}.contains(document.activeElement)")).await;
                    assert_eq!(held, json!(focus), "{label}: the focus after {act} of row {n}");
                }
            }
            page.was_not_reloaded().await;
            page.leave().await;
        });
    }
}

#[test]
fn a_list_that_is_touched_stands_still_for_a_moment_and_goes_on_then() {
    let (driver, (venue, mut dj)) = (Driver::start(), waiting(3));
    run(async {
        let page = Person::new(&driver, LAPTOP, true).await;
        sign_in(&page, &venue, "requests").await;
        page.has_heard("/live").await;
        // Told at once what comes, a page shows when it does.
        page.does(
            "window.changes = [];
             new MutationObserver(() => changes.push(performance.now())).observe(document.querySelector('.tickets'), { childList: true });
             document.querySelector('.tickets [data-id]').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
             window.touched = performance.now();",
        )
        .await;
        let first = dj.get("/api/johnsmith/requests?status=pending").json()["requests"][0]["id"].clone();
        assert_eq!(
            dj.post(&format!("/api/johnsmith/requests/{}/approve", first.as_str().unwrap()), &json!({})).status,
            200
        );
        until(&page, "the touched list", &shows(&first, false)).await;
        let after = page.does("return changes[0] - touched").await.as_f64().unwrap();
        assert!(after >= 1000.0, "it moved under the thumb after {after} ms");
        page.leave().await;
    });
}

#[test]
fn a_menu_and_half_typed_words_in_a_list_outlive_what_moves_and_changes_around_them() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["One", "Two", "Three", "Four", "Five"]);
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "order": "votes" })).status, 200);
    run(async {
        let page = Person::new(&driver, LAPTOP, true).await;
        sign_in(&page, &venue, "queue").await;
        page.has_heard("/live").await;
        let ids = page.does("return [...document.querySelectorAll('.sortable > [data-id]')].map((row) => { row.seen = true; return row.dataset.id; })").await;
        page.does(&format!("const menu = document.querySelector('[data-id={}] details.more'); menu.open = true; menu.querySelector('button').focus()", ids[4])).await;
        assert_eq!(
            venue
                .guest("johnsmith")
                .post(&format!("/api/johnsmith/requests/{}/vote", ids[4].as_str().unwrap()), &json!({}))
                .status,
            200
        );
        until(&page, "the vote", &format!("return [...document.querySelectorAll('.sortable > [data-id]')].findIndex((row) => row.dataset.id === {}) === 2", ids[4])).await;
        page.read(".sortable", "1 vote").await;
        let row = format!("document.querySelector('[data-id={}]')", ids[4]);
        assert_eq!(
            page.does(&format!(
                "return [{row}.querySelector('details.more').open, {row}.contains(document.activeElement)]"
            ))
            .await,
            json!([true, true])
        );
        let same = "return [...document.querySelectorAll('.sortable > [data-id]')].every((row) => row.seen)";
        assert_eq!(page.does(same).await, json!(true), "a row was made anew for a vote");
        page.leave().await;
    });
}
