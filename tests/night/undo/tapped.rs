//! An act is taken back in a browser, with a tap, a key, or a button without a script.

use std::time::Instant;

use serde_json::json;

use super::{act, did, night, sight};
use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::pages::sign_in;
use crate::venue::{Caller, PASSWORD, wish};

#[test]
fn a_yes_and_a_plays_now_say_so_and_are_taken_back_with_a_tap_or_a_key() {
    let (driver, (venue, mut dj, _)) = (Driver::start(), night());
    let before = sight(&mut dj);
    run(async {
        for size in [PHONE, LAPTOP] {
            let page = Person::new(&driver, size, true).await;
            sign_in(&page, &venue, "requests").await;
            for (form, words) in [
                (".tickets form[data-act=approve] button", "“Waits” approved, number "),
                (".tickets form[data-act=reject] button", "“Waits” rejected."),
                (".line form[data-act=playing] button", "” plays now."),
                (".now form[action$='/played'] button", "“Plays” is over."),
            ] {
                page.read(".now", "Plays").await;
                page.tap(form).await;
                page.read("#toast", words).await;
                if size == PHONE {
                    page.tap("#toast button").await;
                } else {
                    page.does("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'u', bubbles: true }))")
                        .await;
                }
                page.read("#toast", "Taken back.").await;
                page.read(".tickets", "Waits").await;
                assert_eq!(sight(&mut dj), before, "{words} at {size:?}");
            }
            page.leave().await;
        }
    });
}

#[test]
fn of_acts_in_quick_succession_each_is_read_to_its_end_on_a_phone() {
    let (driver, (venue, ..)) = (Driver::start(), night());
    let whole = "return [...document.querySelectorAll('.toast')].map((line) => {
        const box = line.getBoundingClientRect(), cut = [line, ...line.children].some((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1);
        return !cut && box.left >= 0 && box.right <= innerWidth && !!line.querySelector('button'); })";
    run(async {
        let page = Person::new(&driver, PHONE, true).await;
        sign_in(&page, &venue, "requests").await;
        page.does("window.setTimeout = () => 0").await;
        for (n, title) in
            ["I Just Called To Say I Love You, Live At…", "Short", "W".repeat(40).as_str()].iter().enumerate()
        {
            let said = json!(format!("“{title}” approved, number 12 in line."));
            page.does(&format!("party.toast({said}, 'wish {n}', () => {{}})")).await;
        }
        assert_eq!(page.does(whole).await, json!([true, true, true]));
        let high = "return document.querySelector('#toast').getBoundingClientRect().bottom / innerHeight";
        let high = page.does(high).await;
        assert!(high.as_f64().unwrap() < 0.5, "{high}");
        page.leave().await;
    });
}

/// Sends a form, once it is there: what was done a moment ago is told to open pages up to a third of a second later.
async fn press(page: &Person, form: &str) {
    page.see(form).await;
    page.does(&format!("document.querySelector(\"{form}\").requestSubmit()")).await;
}

#[test]
fn of_acts_in_quick_succession_each_keeps_its_own_way_back() {
    let (driver, (venue, mut dj, [waits, ..])) = (Driver::start(), night());
    let mut guest = venue.guest("johnsmith");
    let more = ["Second", "Third", "Fourth"].map(|title| did(&guest.post("/api/johnsmith/requests", &wish(title))));
    let status = |dj: &mut Caller, id: &str| {
        let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
        asked.as_array().unwrap().iter().find(|wish| wish["id"] == id).unwrap()["status"].clone()
    };
    let yes = |id: &str| format!("[data-id='{id}'] form[data-act=approve]");
    run(async {
        for size in [PHONE, LAPTOP] {
            let page = Person::new(&driver, size, true).await;
            sign_in(&page, &venue, "requests").await;
            // However slow this machine is, the words stand.
            page.does("const wait = setTimeout; window.setTimeout = (act, ms, ...all) => ms === 8000 ? 0 : wait(act, ms, ...all)").await;
            for (id, title) in [(&waits, "Waits"), (&more[0], "Second")] {
                press(&page, &yes(id)).await;
                page.read("#toast", &format!("“{title}” approved")).await;
            }
            page.looks_whole().await;
            page.tap("#toast .toast:last-child button").await;
            page.read("#toast", "Taken back.").await;
            assert_eq!((status(&mut dj, &waits), status(&mut dj, &more[0])), (json!("pending"), json!("approved")));
            page.tap("#toast .toast:last-child button").await;
            page.read(".tickets", "Second").await;
            // Of the fourth back the words have given way to news; its song still has the way.
            for (id, title) in
                [&waits, &more[0], &more[1], &more[2]].into_iter().zip(["Waits", "Second", "Third", "Fourth"])
            {
                press(&page, &yes(id)).await;
                page.read("#toast", &format!("“{title}” approved")).await;
            }
            let said = page.words("#toast").await;
            assert!(!said.contains("Waits") && said.contains("Second"), "{said}");
            press(&page, &format!("[data-id='{waits}'] form[action*=undo]")).await;
            page.read("#toast", "Taken back.").await;
            assert_eq!(status(&mut dj, &waits), "pending");
            for _ in &more {
                page.tap("#toast .toast:last-child button").await;
            }
            for title in ["Second", "Third", "Fourth"] {
                page.read(".tickets", title).await;
            }
            // Two acts on one song: the words of the first are gone with it.
            press(&page, &yes(&waits)).await;
            page.read("#toast", "“Waits” approved").await;
            page.read(".line", "Waits").await;
            press(&page, &format!("[data-id='{waits}'] form[data-act=play-next]")).await;
            page.read("#toast", "“Waits” plays next").await;
            assert!(!page.words("#toast").await.contains("approved"));
            did(&act(&mut dj, &waits, "reject"));
            did(&act(&mut dj, &waits, "retry"));
            page.leave().await;
        }
    });
}

#[test]
fn a_dj_without_a_script_is_told_what_was_done_and_takes_it_back_with_a_button() {
    let (driver, (venue, mut dj, [waits, ..])) = (Driver::start(), night());
    let before = sight(&mut dj);
    run(async {
        for size in [PHONE, LAPTOP] {
            let page = Person::new(&driver, size, false).await;
            page.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
            page.fill("[name=username]", "johnsmith").await;
            page.fill("[name=password]", PASSWORD).await;
            page.tap("button[type=submit]").await;
            for (form, words) in [
                (".tickets form[data-act=approve] button", "“Waits” is in line, number "),
                (".tickets form[data-act=reject] button", "“Waits” is rejected."),
                (".line form[data-act=playing] button", "” plays now."),
                (".now form[action$='/played'] button", "“Plays” is played."),
            ] {
                page.tap(form).await;
                page.read(".did", words).await;
                page.looks_whole().await;
                page.tap(".did button").await;
                page.read(".tickets", "Waits").await;
                let began = Instant::now();
                while sight(&mut dj) != before {
                    assert!(began.elapsed().as_secs() < 20, "{words} at {size:?}");
                }
                page.see(".did").await;
                assert!(!page.words(".did").await.contains("Undo"), "{words} at {size:?}");
            }
            page.leave().await;
        }
    });
    // A helper the same, of what they did.
    let mut lena = venue.helper("johnsmith").with("Accept", "text/html");
    let done = lena.form(&format!("/api/johnsmith/requests/{waits}/reject"), &[]);
    let page = lena.get(done.header("location").unwrap()).body;
    let undo = page.split('"').find(|part| part.contains("/undo?of=")).expect("no way back").to_owned();
    assert!(page.contains("” is rejected."), "{page}");
    let undone = lena.form(&undo, &[]);
    let page = lena.get(undone.header("location").unwrap()).body;
    assert!(page.contains("” waits for you.") && !page.contains("/undo?of="), "{page}");
    assert_eq!(sight(&mut dj), before);
    // And nothing of the DJ's.
    did(&act(&mut dj, &waits, "reject"));
    let page = lena.get(&format!("/johnsmith/helper?did={waits}")).body;
    assert!(page.contains("” is rejected.") && !page.contains("/undo?of="), "{page}");
}
