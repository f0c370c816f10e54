//! What a page becomes by all that it is told is what it would be if it were loaded anew; and it is told little.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, TV, run};
use crate::dice::Dice;
use crate::live::nothing_more;
use crate::pages::{guest_at, in_line, party, sign_in};
use crate::venue::{Caller, Said, Venue, next, wish};

const PATIENCE: Duration = Duration::from_secs(60);

/// Where a page and the same page loaded anew differ; nothing where they do not. Moments stand in the reader's own zone.
const ANEW: &str = "
    const tidy = (root) => {
        const copy = root.cloneNode(true);
        for (const one of copy.querySelectorAll('time, select')) one.remove();
        return copy.textContent.replace(/\\s+/g, ' ').trim();
    };
    const rows = (root) => [...root.querySelectorAll('[data-id]')].map((row) => [row.dataset.id, row.className, row.dataset.facts, row.dataset.news, tidy(row)].join(' | '));
    const list = (root) => ['why', 'rows'].map((name) => root.querySelector('[data-rows]')?.dataset[name]).join();
    return fetch(location.pathname).then((answer) => answer.text()).then((text) => {
        const page = new DOMParser().parseFromString(text, 'text/html');
        for (const part of page.querySelectorAll('[data-part]')) {
            const here = document.querySelector(`[data-part='${part.dataset.part}']`);
            const [is, was] = [rows(here), rows(part)];
            const at = was.findIndex((row, n) => row !== is[n]);
            if (at >= 0) return part.dataset.part + ' row ' + at + ': ' + is[at] + ' <> ' + was[at];
            for (const look of [tidy, list, (one) => String(rows(one).length)]) if (look(here) !== look(part)) return part.dataset.part + ': ' + look(here) + ' <> ' + look(part);
        }
        return '';
    });";

async fn is_as_loaded_anew(page: &Person, what: &str) {
    let began = Instant::now();
    loop {
        let differs = page.does(ANEW).await;
        if differs == json!("") {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{what}: {differs}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn ids(dj: &mut Caller, status: &str) -> Vec<String> {
    let mut all =
        dj.get(&format!("/api/johnsmith/requests?status={status}")).json()["requests"].as_array().unwrap().clone();
    all.sort_by_key(|request| request["position"].as_i64().unwrap_or(i64::MAX));
    all.iter().map(|request| request["id"].as_str().unwrap().to_owned()).collect()
}

/// Something that somebody does.
fn step(n: usize, dice: &mut Dice, dj: &mut Caller, guests: &mut [Caller]) -> String {
    let (line, waiting) = (ids(dj, "approved"), ids(dj, "pending"));
    let done = [ids(dj, "rejected"), ids(dj, "played")].concat();
    let who = dice.below(guests.len());
    let guest = &mut guests[who];
    let near = |dice: &mut Dice| dice.one_of(&line[..line.len().min(8)]);
    let act = |dj: &mut Caller, id: Option<String>, act: &str| {
        let id = id.unwrap_or_else(|| "none".into());
        format!("{act} {}", dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({})).status)
    };
    match dice.weighed(&[(20, 0), (8, 1), (20, 2), (6, 3), (12, 4), (6, 5), (6, 6), (5, 7), (3, 8), (10, 9), (3, 10), (3, 11), (3, 12), (5, 13)]) {
        0 => format!("wish {}", guest.post("/api/johnsmith/requests", &json!({ "title": format!("Asked {n}"), "artist": "Somebody", "nickname": dice.one_of(&["Ann <b>", "Bo"]) })).status),
        1 => format!("added {}", dj.post("/api/johnsmith/requests", &wish(&format!("Added {n}"))).status),
        2 | 3 => {
            let id = if dice.chance(50) { near(dice) } else { dice.one_of(&[line.clone(), waiting].concat()) };
            let path = format!("/api/johnsmith/requests/{}/vote", id.unwrap_or_else(|| "none".into()));
            format!("vote {}", if dice.chance(70) { guest.post(&path, &json!({})).status } else { guest.delete(&path).status })
        }
        4 => act(dj, dice.one_of(&waiting), "approve"),
        5 => act(dj, dice.one_of(&[waiting, line.clone()].concat()), "reject"),
        6 => act(dj, dice.one_of(&line), "play-next"),
        7 => act(dj, line.first().cloned(), "playing"),
        8 => act(dj, dice.one_of(&done), "retry"),
        9 => {
            let mut order = line[..line.len().min(dice.below(12) + 2)].to_vec();
            dice.shuffle(&mut order);
            let version = dj.get("/api/johnsmith/event").json()["event"]["version"].clone();
            format!("order {}", dj.put("/api/johnsmith/queue", &json!({ "order": order, "version": version })).status)
        }
        10 => {
            let order = dice.one_of(&["votes", "fair", "arrival"]);
            format!("rule {}", dj.put("/api/johnsmith/settings", &json!({ "order": order })).status)
        }
        11 => format!("open {}", dj.patch("/api/johnsmith/event", &json!({ "requests_open": dice.chance(70) })).status),
        12 => format!("nothing plays {}", dj.put("/api/johnsmith/playback/manual", &Value::Null).status),
        _ => act(guest, dice.one_of(&[waiting, line].concat()), "withdraw"),
    }
}

/// Guest, DJ, helper and screen, each at their page.
async fn four(driver: &Driver, venue: &Venue, dj: &mut Caller) -> [(&'static str, Person); 4] {
    let desk = Person::new(driver, LAPTOP, true).await;
    sign_in(&desk, venue, "requests").await;
    let link = |dj: &mut Caller, of: &str, body| {
        dj.post(&format!("/api/johnsmith/{of}"), &body).json()["url"].as_str().unwrap().to_owned()
    };
    let (helper, tv) = (Person::new(driver, PHONE, true).await, Person::new(driver, TV, true).await);
    helper.open(&link(dj, "helpers", json!({ "name": "Lena" }))).await;
    helper.see(".tickets").await;
    tv.open(&link(dj, "screens", json!({ "label": "TV" }))).await;
    tv.see(".next").await;
    let all = [("guest", guest_at(driver, dj).await), ("DJ", desk), ("helper", helper), ("screen", tv)];
    for (_, page) in &all {
        page.has_heard("/live").await;
        page.mark().await;
    }
    all
}

#[test]
fn after_whatever_happens_every_page_is_what_it_would_be_loaded_anew() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0, "artist_cooldown_ms": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    // More are in line than a page shows.
    let titles: Vec<_> = (0..104).map(|n| format!("Song {n}")).collect();
    in_line(&mut dj, &titles.iter().map(String::as_str).collect::<Vec<_>>());
    run(async {
        let pages = four(&driver, &venue, &mut dj).await;
        let mut guests: Vec<Caller> = (0..3).map(|_| venue.guest("johnsmith")).collect();
        // The guest at the page has wishes of their own, near and far.
        for title in ["Own far", "Own waiting"] {
            let ask = format!(
                "return fetch('/api/johnsmith/requests?as=guest', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, body: JSON.stringify({}) }}).then((answer) => answer.status)",
                wish(title)
            );
            assert_eq!(pages[0].1.does(&ask).await, json!(201));
            // As after a form that was sent.
            pages[0].1.does("return party.refresh(['mine']).then(() => null)").await;
        }
        let mut dice = Dice::new(7);
        for round in 0..25 {
            let did: Vec<_> =
                (0..=dice.below(5)).map(|n| step(round * 10 + n, &mut dice, &mut dj, &mut guests)).collect();
            if round == 3 {
                let own = ids(&mut dj, "pending");
                dj.post(&format!("/api/johnsmith/requests/{}/approve", own[0]), &json!({}));
            }
            for (who, page) in &pages {
                is_as_loaded_anew(page, &format!("the {who}'s page after {did:?} of round {round}")).await;
            }
        }
        for (_, page) in pages {
            page.was_not_reloaded().await;
            page.leave().await;
        }
    });
}

/// How long a change is as it is sent, without the sign of life.
fn bytes(said: &Said) -> usize {
    format!("id:{}\nevent:{}\ndata:{}\n\n", said.id, said.event, said.data).len()
}

#[test]
fn a_vote_among_four_hundred_wishes_is_told_in_a_few_hundred_bytes() {
    let (venue, mut dj) = party();
    assert_eq!(
        dj.put(
            "/api/johnsmith/settings",
            &json!({ "order": "votes", "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 })
        )
        .status,
        200
    );
    for n in 0..400 {
        assert_eq!(dj.post("/api/johnsmith/requests", &wish(&format!("A Song of Usual Length {n}"))).status, 201);
    }
    let (mut asks, early) = (venue.guest("johnsmith"), dj.listen("/api/johnsmith/live"));
    assert_eq!(next(&early).event, "hello");
    let waits =
        asks.post("/api/johnsmith/requests", &wish("It waits")).json()["request"]["id"].as_str().unwrap().to_owned();
    // Who opens a stream while something is still to be told is told all there is.
    while !next(&early).data.contains(&waits) {}
    drop(early);
    let line = ids(&mut dj, "approved");
    let streams: [(_, Receiver<Said>, usize); 4] = [
        ("guest", venue.guest("johnsmith").listen("/api/johnsmith/party/live"), 600),
        ("DJ", dj.listen("/api/johnsmith/live"), 1500),
        ("screen", venue.screen("johnsmith").listen("/api/johnsmith/display/live"), 1000),
        ("helper", venue.helper("johnsmith").listen("/api/johnsmith/helper/live"), 1000),
    ];
    for (_, said, _) in &streams {
        assert_eq!(next(said).event, "hello");
    }
    let mut voter = venue.guest("johnsmith");
    for (what, id) in [
        ("the next one", &line[0]),
        ("far behind, up to the third place", &line[350]),
        ("in the middle", &line[50]),
        ("not in line", &waits),
    ] {
        assert_eq!(voter.post(&format!("/api/johnsmith/requests/{id}/vote"), &json!({})).status, 200);
        for (who, said, most) in &streams {
            let told = next(said);
            println!("a vote for one {what}: {} bytes to the {who}", bytes(&told));
            assert!(told.data.contains(id.as_str()), "{told:?}");
            assert!(bytes(&told) <= *most, "{} bytes to the {who}: {}", bytes(&told), told.data);
        }
    }
    for (_, said, _) in &streams {
        nothing_more(said);
    }
}
