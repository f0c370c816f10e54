//! The DJ's forms: sent once, kept while news comes in, and saved beside another browser's.

use serde_json::json;

use super::{dj_at, in_line, party, sign_in};
use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::Caller;

#[test]
fn news_neither_folds_nor_unfocuses_what_the_dj_has_in_hand() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let page = dj_at(&driver, &venue, "overview").await;
        page.tap("details.end summary").await;
        page.does("document.querySelector('.switches button').focus()").await;
        let pictures =
            "return performance.getEntriesByType('resource').filter((e) => e.name.includes('qr.svg')).length";
        let before = page.does(pictures).await;
        in_line(&mut dj, &["One", "Two"]);
        page.read(".counts", "2 in line").await;
        assert!(page.shows("details.end button.danger").await, "folded shut");
        let focus = page.does("return document.activeElement.textContent").await;
        assert_eq!(focus, json!("Pause"));
        // The event itself has changed: its part is new, and the hands are where they were.
        assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "requests_open": false })).status, 200);
        page.read(".switches", "Take requests").await;
        assert!(page.shows("details.end button.danger").await, "folded shut by a change of the event");
        assert_eq!(page.does("return document.activeElement.textContent").await, json!("Pause"));
        assert_eq!(page.does(pictures).await, before, "the QR code was fetched again");
        page.was_not_reloaded().await;
        page.leave().await;
    });
}

#[test]
fn a_new_way_in_is_asked_for_twice_and_the_hand_finds_itself_where_it_was() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let page = dj_at(&driver, &venue, "overview").await;
        for (way, name) in [("pin", "PIN"), ("qr", "QR code")] {
            let form = format!("form[action$='/event/{way}']");
            let before = dj.get("/api/johnsmith/event").json()["event"].clone();
            assert!(!page.shows(&format!("{form} button")).await, "{name} at one tap");
            page.does(&format!("document.querySelector(\"{form}\").closest('details').firstElementChild.click()"))
                .await;
            page.tap(&format!("{form} button")).await;
            page.read(".toast", &format!("The old {name} is dead")).await;
            assert_ne!(dj.get("/api/johnsmith/event").json()["event"], before);
            assert!(!page.shows(&format!("{form} button")).await, "a second tap makes another {name}");
            assert_eq!(page.does("return document.activeElement.textContent").await, json!(format!("New {name}")));
        }
        page.leave().await;
    });
}

#[test]
fn settings_open_in_two_browsers_keep_what_both_of_them_saved() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        for (script, order) in [(true, "votes"), (false, "arrival")] {
            let [first, other] =
                [Person::new(&driver, LAPTOP, script).await, Person::new(&driver, LAPTOP, script).await];
            for person in [&first, &other] {
                sign_in(person, &venue, "settings").await;
            }
            other.fill("[name=do_not_play]", &format!("Never {order}")).await;
            other.tap("form.stack button[type=submit]").await;
            other.read(".banner", "Saved.").await;
            first.tap(&format!("[name=order] option[value={order}]")).await;
            first.tap("form.stack button[type=submit]").await;
            first.read(".banner", "Saved.").await;
            assert_eq!(first.value("[name=do_not_play]").await, format!("Never {order}"), "with a script: {script}");
            assert_eq!(other.value("[name=do_not_play]").await, format!("Never {order}"));
            for person in [first, other] {
                person.leave().await;
            }
            let rules = dj.get("/api/johnsmith/settings").json();
            assert_eq!((&rules["order"], &rules["do_not_play"]), (&json!(order), &json!([format!("Never {order}")])));
        }
    });
}

#[test]
fn a_form_with_a_page_of_its_own_is_sent_once_however_often_it_is_tapped() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let page = dj_at(&driver, &venue, "settings").await;
        page.fill(".helpers [name=name]", "Kim").await;
        page.does(
            "sessionStorage.sent = 0;
             addEventListener('submit', (event) => { if (!event.defaultPrevented) sessionStorage.sent++; });
             const form = document.querySelector('.helpers form.inline');
             form.requestSubmit();
             form.requestSubmit();",
        )
        .await;
        page.see("#helper-url").await;
        assert_eq!(page.does("return sessionStorage.sent").await, json!("1"));
        page.leave().await;
    });
    assert_eq!(dj.get("/api/johnsmith/helpers").json()["helpers"].as_array().unwrap().len(), 1);
}

#[test]
fn a_page_with_a_new_link_that_is_loaded_again_makes_no_second_one_and_still_shows_it() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        for (size, script) in [(LAPTOP, true), (PHONE, true), (LAPTOP, false)] {
            let page = Person::new(&driver, size, script).await;
            sign_in(&page, &venue, "overview").await;
            for (own, form, field, link) in [
                ("overview", ".screens form.inline", "[name=label]", "#screen-url"),
                ("settings", ".helpers form.inline", "[name=name]", "#helper-url"),
            ] {
                page.open(&format!("{}/johnsmith/admin/{own}", venue.base)).await;
                page.fill(&format!("{form} {field}"), "Bea").await;
                page.tap(&format!("{form} button")).await;
                let made = page.words(link).await;
                page.again().await;
                assert_eq!(page.words(link).await, made, "{link} loaded again at {size:?}");
            }
            page.leave().await;
        }
    });
    for links in ["screens", "helpers"] {
        let all = dj.get(&format!("/api/johnsmith/{links}")).json()[links].as_array().unwrap().len();
        assert_eq!(all, 3, "{links}");
    }
    // Nobody but who made it reads it, and the address of what was made long ago says what to do.
    let id = dj.post("/api/johnsmith/helpers", &json!({ "name": "Kim" })).json();
    let page =
        |caller: &mut Caller| caller.get(&format!("/johnsmith/admin/helpers/{}", id["id"].as_str().unwrap())).body;
    assert!(page(&mut dj).contains(id["url"].as_str().unwrap()));
    let others = page(&mut venue.host("admin"));
    assert!(others.contains("make a new one") && !others.contains("?ht="), "{others}");
}
