//! What is said to those who do not look: one line a change; and what is said where no script runs.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Driver, LAPTOP, PHONE, Person, TV, run};
use crate::pages::{guest_at, in_line, party, sign_in};
use crate::venue::{Venue, wish};

const PATIENCE: Duration = Duration::from_secs(30);

/// Every list that would be read out whole.
const LISTS: &str = "return [...document.querySelectorAll('[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]')]
    .filter((one) => one.querySelector('li, [data-id]') || one.matches('[data-part]')).map((one) => one.outerHTML.slice(0, 80))";

/// Writes down whatever is said from now on.
const LISTEN: &str =
    "window.told = []; new MutationObserver(() => told.push(document.querySelector('#said').textContent))
    .observe(document.querySelector('#said'), { childList: true, characterData: true, subtree: true })";

async fn told(page: &Person, words: &str) -> Vec<String> {
    let began = Instant::now();
    loop {
        let told = page.does("return window.told").await;
        let told: Vec<String> = told.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        if told.iter().any(|one| one.contains(words)) {
            page.does("window.told = []").await;
            return told;
        }
        assert!(began.elapsed() < PATIENCE, "never said: {words}; but {told:?}");
        tokio::task::yield_now().await;
    }
}

#[test]
fn one_line_is_read_out_with_each_change_and_no_list() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "min_gap_ms": 0, "max_per_hour": 0 })).status, 200);
    in_line(&mut dj, &["First", "Second"]);
    run(async {
        for (n, size) in [PHONE, LAPTOP, TV].into_iter().enumerate() {
            let asks = |title: &str| {
                assert_eq!(
                    venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(&format!("{title} {n}"))).status,
                    201
                );
            };
            asks("Waits");
            let host_page = Person::new(&driver, size, true).await;
            sign_in(&host_page, &venue, "requests").await;
            host_page.read(".tickets", &format!("Waits {n}")).await;
            let guest = guest_at(&driver, &mut dj).await;
            for page in [&host_page, &guest] {
                assert_eq!(page.does(LISTS).await, json!([]), "at {size:?}");
                page.does(LISTEN).await;
            }
            // A wish that comes is named, and what was there is not.
            asks("Comes");
            assert_eq!(told(&host_page, "Comes").await, [format!("Waits for you: Comes {n}, Somebody.")]);
            // One's own wish is followed, without the minutes.
            guest.fill("#ask [name=title]", &format!("Own {n}")).await;
            guest.fill("#ask [name=artist]", "Me").await;
            guest.tap("#ask button[type=submit]").await;
            let said = told(&guest, "Waiting for the DJ").await;
            assert_eq!(
                said.last().unwrap(),
                &format!("Sent. Watch it below. Own {n}: Waiting for the DJ."),
                "{said:?}"
            );
            told(&host_page, &format!("Own {n}")).await;
            let own = dj.get("/api/johnsmith/requests?status=pending").json()["requests"]
                .as_array()
                .unwrap()
                .iter()
                .find(|r| r["title"] == format!("Own {n}"))
                .unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned();
            assert_eq!(dj.post(&format!("/api/johnsmith/requests/{own}/approve"), &json!({})).status, 200);
            // What comes at once is said with what was said just before.
            let said = told(&guest, "In line").await;
            assert!(said.last().unwrap().ends_with(&format!("Own {n}: In line.")), "{said:?}");
            assert_eq!(dj.post(&format!("/api/johnsmith/requests/{own}/playing"), &json!({})).status, 200);
            let said = told(&guest, "Playing now").await;
            assert!(said.last().unwrap().ends_with(&format!("Own {n}: Playing now!")), "{said:?}");
            // That nothing is taken is told once.
            assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "requests_open": false })).status, 200);
            let said = told(&guest, "not taking").await;
            let closed = "The DJ is not taking requests right now. Your votes still count.";
            assert!(said.last().unwrap().ends_with(closed) && said.concat().matches(closed).count() == 1, "{said:?}");
            assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "requests_open": true })).status, 200);
            host_page.leave().await;
            guest.leave().await;
        }
    });
}

#[test]
fn without_a_script_a_wish_is_said_to_be_sent_or_on_the_list_already() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    in_line(&mut dj, &["First", "Known"]);
    let way_in = dj.join_url("johnsmith");
    run(async {
        for size in [PHONE, LAPTOP] {
            let guest = Person::new(&driver, size, false).await;
            guest.open(&way_in).await;
            for (title, words) in [
                (format!("New {}", size.0), "Sent. Watch it below."),
                ("known".into(), "Already on the list: your vote counts."),
            ] {
                guest.fill("#ask [name=title]", &title).await;
                guest.fill("#ask [name=artist]", "Somebody").await;
                guest.tap("#ask button[type=submit]").await;
                guest.read(".banner", words).await;
                assert!(guest.shows("main > .banner").await);
            }
            guest.tap(".foot a").await;
            guest.see("#ask").await;
            assert_eq!(
                guest.does("return document.querySelectorAll('.banner').length").await,
                json!(0),
                "it is said again"
            );
            guest.leave().await;
            let host_page = Person::new(&driver, size, false).await;
            sign_in_plainly(&host_page, &venue).await;
            for (title, words) in
                [(format!("Mine {}", size.0), "In line."), ("KNOWN".into(), "It is on the list already.")]
            {
                host_page.tap("main > details.panel > summary").await;
                host_page.fill("form[data-then=reset] [name=title]", &title).await;
                host_page.fill("form[data-then=reset] [name=artist]", "Somebody").await;
                host_page.tap("form[data-then=reset] button[type=submit]").await;
                host_page.read(".banner", words).await;
            }
            host_page.leave().await;
        }
    });
}

async fn sign_in_plainly(dj: &Person, venue: &Venue) {
    dj.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
    dj.fill("[name=username]", "johnsmith").await;
    dj.fill("[name=password]", crate::venue::PASSWORD).await;
    dj.tap("button[type=submit]").await;
    dj.see(".bar nav").await;
}

#[test]
fn whatever_scrolls_sideways_is_reached_by_the_tab_key_and_has_a_name() {
    let driver = Driver::start();
    let venue = Venue::demo();
    venue.host("admin").get("/api/johnsmith/requests");
    run(async {
        for size in [PHONE, LAPTOP, TV] {
            let dj = Person::new(&driver, size, true).await;
            sign_in(&dj, &venue, "audit").await;
            let mut seen = 0;
            for page in ["/johnsmith/admin/audit", "/help"] {
                dj.open(&format!("{}{page}", venue.base)).await;
                dj.see("h1").await;
                let boxes = dj.does("return [...document.querySelectorAll('.scroll, pre')].map((one) => [one.tabIndex, one.getAttribute('role'), !!one.getAttribute('aria-label')])").await;
                for one in boxes.as_array().unwrap() {
                    assert_eq!(*one, json!([0, "region", true]), "{page}");
                    seen += 1;
                }
            }
            assert!(seen >= 7, "{seen} boxes");
            dj.leave().await;
        }
    });
}

#[test]
fn a_helper_sees_the_covers_of_what_waits_and_of_what_comes() {
    let (driver, venue) = (Driver::start(), Venue::demo());
    let mut dj = venue.host("johnsmith");
    let found = dj.get("/api/johnsmith/search?q=battery").json()["tracks"][0].clone();
    let song = json!({ "title": found["title"], "artist": found["artists"][0], "track_uri": found["uri"] });
    let mut guest = venue.guest_of("johnsmith", &mut dj);
    assert_eq!(guest.post("/api/johnsmith/requests", &song).status, 201, "{song}");
    let link = dj.post("/api/johnsmith/helpers", &json!({ "name": "Lena" })).json()["url"].as_str().unwrap().to_owned();
    run(async {
        for size in [PHONE, LAPTOP] {
            let helper = Person::new(&driver, size, true).await;
            helper.open(&link).await;
            helper.see_picture(".tickets .cover img").await;
            helper.leave().await;
        }
        let id = dj.get("/api/johnsmith/requests?status=pending").json()["requests"]
            .as_array()
            .unwrap()
            .iter()
            .find(|r| r["title"] == found["title"])
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(dj.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).status, 200);
        let helper = Person::new(&driver, PHONE, true).await;
        helper.open(&link).await;
        helper.see_picture(".coming .cover img").await;
        helper.leave().await;
    });
}
