//! Pages under a person's hands: on a bad day, in a hurry, and with news coming in meanwhile.

use std::time::{Duration, Instant};

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

fn titles(dj: &mut Caller) -> Vec<String> {
    let mut queue = dj.get("/api/johnsmith/requests?status=approved").json()["requests"].as_array().unwrap().clone();
    queue.sort_by_key(|request| request["position"].as_i64());
    queue.iter().map(|request| request["title"].as_str().unwrap().to_owned()).collect()
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

/// Where the words of what was said lately lie: over what to press, and whether they are in the way of a tap.
const LIES: &str = "
    const line = document.querySelector('.toast'), box = line.getBoundingClientRect();
    const meets = (el) => { const at = el.getBoundingClientRect(); return at.right > box.left && at.left < box.right && at.bottom > box.top && at.top < box.bottom; };
    const over = [...document.querySelectorAll('main button, main summary, main .button')].filter((el) => el.checkVisibility() && meets(el));
    const hit = (el) => { const at = el.getBoundingClientRect(); return document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2); };
    const undo = line.querySelector('button');
    return { over: over.map((el) => el.textContent), takes: !!hit(line.querySelector('span')).closest('.toast'), undo: !undo || hit(undo) === undo, width: box.width };";

/// However slow this machine is, the words stand.
const STAND: &str = "const wait = setTimeout; window.setTimeout = (act, ms, ...all) => ms === 8000 || ms === 4000 ? 0 : wait(act, ms, ...all)";

#[test]
fn what_is_typed_while_an_answer_is_on_its_way_stays() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.does("const call = fetch; window.fetch = (...all) => all[1].method !== 'POST' ? call(...all) : call(...all).then((answer) => new Promise((go) => { window.arrive = () => { window.fetch = call; go(answer); }; }))").await;
        guest.fill("#ask [name=title]", "First").await;
        guest.fill("#ask [name=artist]", "Band").await;
        guest.tap("#ask button[type=submit]").await;
        let began = Instant::now();
        while guest.does("return !!window.arrive").await != json!(true) {
            assert!(began.elapsed() < PATIENCE, "nothing was sent");
        }
        guest.fill("#ask [name=title]", "Second").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".alert", "what was sent before is on its way").await;
        guest.does("arrive()").await;
        guest.read(".toast", "Sent.").await;
        assert_eq!(guest.value("#ask [name=title]").await, "Second");
        guest.leave().await;
    });
}

#[test]
fn a_refusal_that_says_what_to_do_is_read_to_its_end_on_a_phone() {
    let (driver, (venue, _dj)) = (Driver::start(), party());
    let long = "Spotify refuses this account. ".repeat(8);
    let whole = "const line = document.querySelector('.toast'), words = line.querySelector('span');
        return [line, words].every((box) => box.scrollHeight <= box.clientHeight + 1);";
    run(async {
        let host_page = Person::new(&driver, PHONE, true).await;
        sign_in(&host_page, &venue, "requests").await;
        // Whoever reads a word in a third of a second has the time for it.
        host_page.does("window.waits = []; const wait = setTimeout; window.setTimeout = (act, ms, ...all) => waits.push(ms) && ms > 1000 ? 0 : wait(act, ms, ...all)").await;
        host_page.does(&format!("party.toast({})", json!(long))).await;
        assert_eq!(host_page.does(whole).await, json!(true), "it is cut");
        let least = i64::try_from(long.split(' ').count() * 333).unwrap();
        assert!(
            host_page.does("return Math.max(...waits)").await.as_i64().unwrap() >= least,
            "it goes before it is read"
        );
        host_page.leave().await;
    });
}

#[test]
fn what_is_said_lies_over_no_button_and_takes_no_tap() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    let long = "Supercalifragilistic ".repeat(8);
    in_line(&mut dj, &["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"]);
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        guest.does(STAND).await;
        guest.fill("#ask [name=title]", &long).await;
        guest.fill("#ask [name=artist]", "Mary").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".toast", "Sent.").await;
        let lies = guest.does(LIES).await;
        assert_eq!((&lies["over"], &lies["takes"]), (&json!([]), &json!(false)), "{lies}");
        guest.looks_whole().await;

        let host_page = dj_at(&driver, &venue, "requests").await;
        host_page.does(STAND).await;
        host_page.tap(".tickets form[data-act=approve] button").await;
        host_page.read(".toast", "approved, number ").await;
        for scroll in ["0", "200", "1e6"] {
            host_page.does(&format!("scrollTo({{ top: {scroll}, behavior: 'instant' }})")).await;
            let lies = host_page.does(LIES).await;
            assert_eq!((&lies["takes"], &lies["undo"]), (&json!(false), &json!(true)), "{lies}");
            assert_eq!(lies["over"], json!([]), "{lies} at {scroll}");
            assert!(lies["width"].as_f64().unwrap() < 430.0, "{lies}");
        }
        host_page.tap(".toast button").await;
        host_page.read(".toast", "Taken back.").await;
    });
}

#[test]
fn how_long_to_wait_is_counted_down_and_gone_when_it_is_over() {
    let (driver, (_venue, mut dj)) = (Driver::start(), party());
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "min_gap_ms": 30_000 })).status, 200);
    run(async {
        let guest = guest_at(&driver, &mut dj).await;
        for title in ["One", "Two"] {
            guest.fill("#ask [name=title]", title).await;
            guest.fill("#ask [name=artist]", "Somebody").await;
            guest.tap("#ask button[type=submit]").await;
            let done = if title == "One" { ".toast" } else { "#ask .alert:not([hidden])" };
            guest.see(done).await;
        }
        let told = guest.words("#ask .alert").await;
        assert!(told.starts_with("One wish at a time: the next one in ") && told.ends_with(" seconds."), "{told}");
        guest.does("window.now = Date.now; Date.now = () => now() + 20000").await;
        let began = Instant::now();
        loop {
            let left = guest.words("#ask .alert [role=timer]").await;
            if left.split(' ').next().unwrap().parse::<u32>().is_ok_and(|left| left <= 10) {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(8), "it stands still at {left}");
        }
        // What is over while nobody looks is gone on the way back.
        let own = guest.new_tab().await;
        let other = guest.look_at(own.clone()).await;
        guest.does("Date.now = () => now() + 60000").await;
        guest.look_at(other).await;
        guest.close_tab(own).await;
        guest.see("#ask .alert[hidden]").await;
    });
}
