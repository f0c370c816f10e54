//! What a page says of what was done: read to its end, and in nobody's way.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{PATIENCE, dj_at, guest_at, in_line, party, sign_in};
use crate::browser::{Driver, PHONE, Person, run};

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
