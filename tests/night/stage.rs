//! The screen on the wall: every part in its place, whatever the night brings.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Driver, Person, run};
use crate::pages::in_line;
use crate::venue::{Caller, Venue};

const PATIENCE: Duration = Duration::from_secs(30);
const SIZES: [(u32, u32); 5] = [(1920, 1080), (1280, 720), (3840, 2160), (1080, 1920), (1024, 768)];

/// What plays, as a player tells it: with a cover, a name and how far it is.
const DRESS: &str = "
    const now = document.querySelector('.now'), song = now.querySelector('.song');
    if (!now.querySelector('.cover')) now.prepend(Object.assign(document.createElement('span'), { className: 'cover' }));
    if (!song.querySelector('progress')) song.append(
        Object.assign(document.createElement('span'), { className: 'by', textContent: 'for ' + 'Wilhelmina '.repeat(3) }),
        Object.assign(document.createElement('progress'), { max: 9, value: 4 }));";

/// Everything that is wrong with where the parts are.
const MEASURE: &str = "
    const faults = [], slack = 1;
    const box = (el) => el.getBoundingClientRect();
    const name = (el) => el.closest('[data-part]').dataset.part + ' ' + (el.className || el.tagName) + ' ' + JSON.stringify(box(el));
    const shown = (el) => box(el).width > 0 && box(el).height > 0;
    const within = (a, b) => a.left >= b.left - slack && a.right <= b.right + slack && a.top >= b.top - slack && a.bottom <= b.bottom + slack;
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
    const all = (pick) => [...document.querySelectorAll(pick)].filter(shown);
    const parts = all('.head h1, .head p, .now > .cover, .now .label, .now .title, .now .artist, .now .by, .now progress, .next h2, .next .empty, .songs .cover, .songs .title, .songs .artist, .songs .by, .songs .votes, .songs .wait, .join > *');
    for (const el of parts) {
        if (!within(box(el), { left: 0, top: 0, right: innerWidth, bottom: innerHeight })) faults.push('outside the window: ' + name(el));
        for (const around of ['li', '[data-part]']) {
            const parent = el.closest(around);
            if (parent && !within(box(el), box(parent))) faults.push('outside its ' + around + ': ' + name(el));
        }
        const style = getComputedStyle(el);
        const ends = style.webkitLineClamp !== 'none' || style.textOverflow === 'ellipsis';
        if (el.textContent && !el.matches('.pin, .qr') && !ends && (el.scrollWidth > el.clientWidth + slack || el.scrollHeight > el.clientHeight + slack)) faults.push('cut: ' + name(el));
    }
    for (const list of [parts, all('main > section')])
        list.forEach((one, at) => list.slice(at + 1).forEach((two) => { if (meet(box(one), box(two))) faults.push(name(one) + ' lies over ' + name(two)); }));
    const cover = box(document.querySelector('.now > .cover'));
    if (Math.abs(cover.width - cover.height) > slack || cover.height < innerHeight / 20) faults.push('no cover to see: ' + JSON.stringify(cover));
    return faults;";

/// Two hundred letters each, short ones, and both in scripts that run the other way or stand high.
fn names() -> [Vec<(String, String)>; 2] {
    let long = ["Donaudampfschifffahrt", "Ждём перемен ", "ليلة طويلة ", "ที่นี่ก็มีน้ำ", "夜に駆ける", "दिल की बात ", "W"];
    let long = long.map(|word| word.chars().cycle().take(200).collect::<String>());
    let short = ["Hi", "Ö", "嵐", "U2", "ليلة", "น้ำ", "Ж", "X", "One More Time"].map(str::to_owned);
    let pairs = |names: &[String]| {
        (0..9).map(|n| (names[n % names.len()].clone(), names[(n + 1) % names.len()].clone())).collect::<Vec<_>>()
    };
    [pairs(&short), pairs(&long)]
}

/// A night with nothing in line, and what plays.
fn begins(dj: &mut Caller, name: &str, (title, artist): &(String, String)) {
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    let begun = dj.post("/api/johnsmith/event", &json!({ "name": name }));
    assert_eq!(begun.status, 201, "{}", begun.body);
    let plays = dj.put("/api/johnsmith/playback/manual", &json!({ "title": title, "artist": artist }));
    assert_eq!(plays.status, 200, "{}", plays.body);
}

async fn stands_right(tv: &Person, driver: &Driver, what: &str) {
    for size in SIZES {
        tv.resize(driver, size).await;
        let faults = tv.does(&format!("{DRESS}{MEASURE}")).await;
        assert_eq!(faults, json!([]), "{what} at {size:?}");
    }
}

async fn until(tv: &Person, what: &str, is_so: &str) {
    let began = Instant::now();
    while tv.does(is_so).await != Value::Bool(true) {
        assert!(began.elapsed() < PATIENCE, "{what} never showed");
        tokio::task::yield_now().await;
    }
}

fn screen(dj: &mut Caller) -> String {
    dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn no_part_of_a_screen_lies_over_another_or_is_cut_however_long_the_line_and_the_names() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    run(async {
        let tv = Person::new(&driver, (1920, 1080), true).await;
        tv.open(&screen(&mut dj)).await;
        for (night, names) in ["Friday", &"The Longest Night of the Year ".repeat(3)[..80]].iter().zip(names()) {
            begins(&mut dj, night, &names[8]);
            let plays = json!(names[8].0.chars().take(9).collect::<String>());
            until(&tv, night, &format!("return document.querySelector('.now .title').textContent.startsWith({plays})"))
                .await;
            for (count, (title, artist)) in names.iter().enumerate() {
                stands_right(&tv, &driver, &format!("{count} songs of {:?}", names[0].0)).await;
                let asked = json!({ "title": format!("{count}{}", title.chars().take(199).collect::<String>()), "artist": artist, "nickname": "Wilhelmina from table fourteen"});
                let sent = dj.post("/api/johnsmith/requests", &asked);
                assert_eq!(sent.status, 201, "{}", sent.body);
                let many = (count + 1).min(5);
                until(&tv, title, &format!("return document.querySelectorAll('.songs > li').length === {many} && document.querySelectorAll('.songs .wait').length === {many}")).await;
            }
            assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "requests_open": false })).status, 200);
            tv.read(".call", "Requests are closed").await;
            stands_right(&tv, &driver, "closed").await;
        }
        tv.leave().await;
    });
}

#[test]
fn a_picture_that_moves_against_burn_in_makes_no_page_wider() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    run(async {
        let tv = Person::new(&driver, (1920, 1080), true).await;
        tv.open(&screen(&mut dj)).await;
        tv.see(".drift").await;
        for ms in [0, 10_000, 150_000, 300_000, 450_000] {
            tv.does(&format!("document.getAnimations().forEach((one) => {{ one.currentTime = {ms}; }})")).await;
            tv.looks_whole().await;
        }
        tv.leave().await;
    });
}

#[test]
fn the_names_of_the_next_songs_are_read_whole_where_they_are_of_usual_length() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    let usual = ["Gravel Road Waltz", "Polaroid Summer", "Second Hand Sun"];
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(dj.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    in_line(&mut dj, &usual);
    let plays = json!({ "title": "Harbour Lights", "artist": "The Paper Boats" });
    assert_eq!(dj.put("/api/johnsmith/playback/manual", &plays).status, 200);
    let cut = "return [...document.querySelectorAll('.songs .title')].filter((el) => el.scrollWidth > el.clientWidth).map((el) => el.textContent)";
    run(async {
        let tv = Person::new(&driver, (1920, 1080), true).await;
        tv.open(&screen(&mut dj)).await;
        until(&tv, "the line", "return document.querySelectorAll('.songs .wait').length === 3").await;
        for size in SIZES {
            tv.resize(&driver, size).await;
            assert_eq!(tv.does(cut).await, json!([]), "{size:?}");
        }
        tv.leave().await;
    });
}

#[test]
fn a_screen_says_that_nothing_can_be_asked_for_and_shows_no_code_to_scan_for_it() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    run(async {
        let tv = Person::new(&driver, (1920, 1080), true).await;
        tv.open(&screen(&mut dj)).await;
        tv.see(".join .qr svg").await;
        for (change, back, words) in [
            (json!({ "requests_open": false }), json!({ "requests_open": true }), "takes no new songs right now"),
            (json!({ "status": "paused" }), json!({ "status": "live" }), "can be asked for again soon"),
        ] {
            assert_eq!(dj.patch("/api/johnsmith/event", &change).status, 200);
            tv.read(".shut", words).await;
            assert_eq!(tv.does("return document.querySelectorAll('.join .qr').length").await, json!(0));
            assert_eq!(dj.patch("/api/johnsmith/event", &back).status, 200);
            tv.see(".join .qr svg").await;
        }
        tv.leave().await;
    });
}

/// What of the card is not in the middle of the window, or too small to be read from three metres.
const CARD: &str = "
    const faults = [], box = document.querySelector('.off .card').getBoundingClientRect();
    const centre = [box.left + box.right - innerWidth, box.top + box.bottom - innerHeight].map((twice) => Math.abs(twice) / 2);
    if (centre.some((off) => off > 2)) faults.push('off the middle by ' + centre);
    if (box.left < 0 || box.top < 0) faults.push('larger than the window');
    if (document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight) faults.push('scrolls');
    for (const el of document.querySelectorAll('.off h1, .off p, .off li')) {
        const size = parseFloat(getComputedStyle(el).fontSize), least = Math.min(innerWidth, innerHeight) / 36;
        if (size < least) faults.push(size + ' px: ' + el.textContent);
        if (el.scrollWidth > el.clientWidth + 1) faults.push('cut: ' + el.textContent);
    }
    return faults;";

#[test]
fn a_screen_that_is_not_let_in_says_in_the_middle_what_to_do() {
    let (driver, venue) = (Driver::start(), Venue::by_hand());
    let mut dj = venue.host("johnsmith");
    run(async {
        let tv = Person::new(&driver, (1920, 1080), true).await;
        let card = async |what: &str, words: &str| {
            tv.read("h1", "This screen is not connected").await;
            tv.read("main", words).await;
            for size in SIZES {
                tv.resize(&driver, size).await;
                assert_eq!(tv.does(CARD).await, json!([]), "{what} at {size:?}");
            }
        };
        // Without a link, with a dead one, of nobody's house; and sent away while it shows the night.
        tv.open(&format!("{}/johnsmith/display", venue.base)).await;
        card("no link", "make a new one").await;
        tv.open(&format!("{}/johnsmith/display?dt=nothing-of-ours", venue.base)).await;
        card("a dead link", "used up, revoked or mistyped. Please look at it again, or make a new one").await;
        tv.open(&format!("{}/nobody/display", venue.base)).await;
        card("nobody's", "Look at the address again").await;
        let made = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json();
        tv.open(made["url"].as_str().unwrap()).await;
        tv.see(".join .qr svg").await;
        assert_eq!(dj.delete(&format!("/api/johnsmith/screens/{}", made["id"].as_str().unwrap())).status, 204);
        card("sent away", "make a new one").await;
        tv.leave().await;
        let strict = Person::without_cookies(&driver, (1920, 1080), true).await;
        strict.open(&screen(&mut dj)).await;
        strict.read("h1", "This screen is not connected").await;
        strict.read("main", "Allow cookies").await;
        assert_eq!(strict.does(CARD).await, json!([]));
        strict.leave().await;
    });
}

#[test]
fn a_way_in_with_spaces_around_it_is_the_same_way_in() {
    let venue = Venue::by_hand();
    let mut dj = venue.host("johnsmith");
    let helper = dj.post("/api/johnsmith/helpers", &json!({ "name": "Lena" })).json()["url"].clone();
    for url in [screen(&mut dj), helper.as_str().unwrap().to_owned(), dj.join_url("johnsmith")] {
        let (page, code) = url.strip_prefix(&venue.base).unwrap().split_once('=').unwrap();
        let mut device = venue.stranger();
        assert_eq!(device.get(&format!("{page}=%20{code}+")).status, 303, "{page}");
        let page = page.split('?').next().unwrap();
        assert_eq!(device.get(page).status, 200, "{page}");
    }
}
