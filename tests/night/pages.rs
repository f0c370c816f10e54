//! Pages under a person's hands: on a bad day, in a hurry, and with news coming in meanwhile.

mod deciding;
mod forms;
mod guests;
mod said;

use std::time::Duration;

use serde_json::json;

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::{Caller, PASSWORD, Venue, wish};

const PATIENCE: Duration = Duration::from_secs(30);

/// A box whose John has just begun a night, and his hands.
pub fn party() -> (Venue, Caller) {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(dj.post("/api/johnsmith/event", &json!({ "name": "Tonight" })).status, 201);
    (venue, dj)
}

async fn dj_at(driver: &Driver, venue: &Venue, page: &str) -> Person {
    let dj = Person::new(driver, LAPTOP, true).await;
    sign_in(&dj, venue, page).await;
    dj
}

/// Has somebody sign in as John, to one of his pages.
pub async fn sign_in(dj: &Person, venue: &Venue, page: &str) {
    dj.open(&format!("{}/login?next=/johnsmith/admin/{page}", venue.base)).await;
    dj.fill("[name=username]", "johnsmith").await;
    dj.fill("[name=password]", PASSWORD).await;
    dj.tap("button[type=submit]").await;
    dj.see(".bar nav").await;
    dj.mark().await;
}

pub async fn guest_at(driver: &Driver, dj: &mut Caller) -> Person {
    let guest = Person::new(driver, PHONE, true).await;
    guest.open(&dj.join_url("johnsmith")).await;
    guest.see("form#ask").await;
    guest.mark().await;
    guest
}

pub fn in_line(dj: &mut Caller, titles: &[&str]) {
    for title in titles {
        assert_eq!(dj.post("/api/johnsmith/requests", &wish(title)).status, 201);
    }
}

#[test]
fn a_bad_moment_of_the_box_does_not_take_a_page_away() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        for status in [502, 503, 429] {
            // As when a proxy finds nobody behind it, or the box is out of breath.
            let bad = format!("window.fetch = async () => new Response('', {{ status: {status} }}); party.refresh();");
            guest.does(&bad).await;
            guest.does("return new Promise((done) => setTimeout(done, 50))").await;
            guest.was_not_reloaded().await;
        }
        in_line(&mut dj, &["Still Alive"]);
        guest.read(".queue", "Still Alive").await;
        guest.leave().await;
    });
}

#[test]
fn a_seventh_tab_of_a_browser_loads_and_every_tab_knows_the_news_when_it_is_looked_at_again() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    run(async {
        let page = dj_at(&driver, &venue, "requests").await;
        let mut tabs = Vec::new();
        for n in 2..=8 {
            tabs.push(page.new_tab().await);
            let address = format!("{}/johnsmith/admin/requests", venue.base);
            tokio::time::timeout(PATIENCE, page.open(&address)).await.unwrap_or_else(|_| panic!("tab {n} never loads"));
            page.mark().await;
        }
        // Each of them, a first, a second and a third time; what comes while it is looked at comes by itself.
        for round in 1..=3 {
            for (n, tab) in tabs.iter_mut().enumerate().take(3) {
                in_line(&mut dj, &[&format!("Missed {round} {n}")]);
                let left = page.look_at(tab.clone()).await;
                page.read(".line", &format!("Missed {round} {n}")).await;
                in_line(&mut dj, &[&format!("Heard {round} {n}")]);
                page.read(".line", &format!("Heard {round} {n}")).await;
                page.was_not_reloaded().await;
                *tab = left;
            }
        }
        page.leave().await;
    });
}

#[test]
fn a_phone_shows_the_tables_of_the_manual_whole_a_large_number_in_one_line_and_a_poster_to_print() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    let event = dj.get("/api/johnsmith/event").json()["event"]["id"].as_str().unwrap().to_owned();
    let sql = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 12345)
               INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
               SELECT 'many' || i, user_id, id, 'Song ' || i, 'Somebody', i, 'somebody', 'played', started_at, 1 FROM n, events WHERE id = ?1";
    rusqlite::Connection::open(venue.file()).unwrap().execute(sql, [&event]).unwrap();
    run(async {
        let phone = Person::new(&driver, PHONE, true).await;
        phone.open(&format!("{}/help", venue.base)).await;
        phone.see(".prose table").await;
        let cut = "return [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth)
            .map((box) => box.getAttribute('aria-label'))";
        assert_eq!(phone.does(cut).await, json!([]), "tables are cut off");
        phone.looks_whole().await;
        sign_in(&phone, &venue, &format!("history/{event}")).await;
        let number = phone.see(".counts strong").await;
        assert_eq!(number.text().await.unwrap(), "12345");
        let lines = "const number = document.querySelector('.counts strong');
            return [Math.round(number.offsetHeight / parseFloat(getComputedStyle(number).lineHeight)), number.scrollWidth > number.clientWidth]";
        assert_eq!(phone.does(lines).await, json!([1, false]), "the number breaks");
        phone.open(&format!("{}/johnsmith/admin/poster", venue.base)).await;
        assert!(phone.shows("[data-print]").await);
        phone.does("window.print = () => { document.body.dataset.printed = 'yes' }").await;
        phone.tap("[data-print]").await;
        phone.see("[data-printed=yes]").await;
        phone.looks_whole().await;
        phone.leave().await;
    });
}
