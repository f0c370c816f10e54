//! What was done to a wish is taken back: by the DJ, by a helper what they did themselves, for an hour.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::inside::Inside;
use crate::pages::{party, sign_in};
use crate::venue::{Answer, Caller, PASSWORD, Venue, wish};

fn did(answer: &Answer) -> String {
    assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
    answer.json()["request"]["id"].as_str().unwrap().to_owned()
}

fn act(dj: &mut Caller, id: &str, act: &str) -> Answer {
    dj.post(&format!("/api/johnsmith/requests/{id}/{act}"), &json!({}))
}

/// All that an act may change: each wish with its state and place, and what plays.
fn sight(dj: &mut Caller) -> Value {
    let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
    let mut wishes: Vec<Value> = asked
        .as_array()
        .unwrap()
        .iter()
        .map(|r| json!([r["title"], r["status"], r["position"], r["reason"]]))
        .collect();
    wishes.sort_by_key(ToString::to_string);
    let plays = dj.get("/api/johnsmith/playback").json();
    json!([wishes, plays["track"]["title"], plays["track"]["request_id"], plays["source"]])
}

/// Songs in line by turns, one that waits, one rejected, one that plays.
fn night() -> (Venue, Caller, [String; 4]) {
    let (venue, mut dj) = party();
    let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0, "replay_cooldown_ms": 0, "artist_cooldown_ms": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    let mut guests = [venue.guest("johnsmith"), venue.guest("johnsmith"), venue.guest("johnsmith")];
    let mut asks = |n: usize, title: &str| did(&guests[n].post("/api/johnsmith/requests", &wish(title)));
    let (waits, plays, rejected) = (asks(0, "Waits"), asks(1, "Plays"), asks(2, "Rejected"));
    let line = [(0, "A1"), (0, "A2"), (1, "B1"), (2, "C1"), (1, "B2")].map(|(n, title)| asks(n, title));
    for id in line.iter().chain([&plays]) {
        did(&act(&mut dj, id, "approve"));
    }
    did(&act(&mut dj, &plays, "playing"));
    did(&act(&mut dj, &rejected, "reject"));
    (venue, dj, [waits, line[1].clone(), rejected, plays])
}

#[test]
fn an_act_that_could_not_be_saved_leaves_the_one_before_to_be_taken_back() {
    let (venue, mut dj, [waits, ..]) = night();
    let (file, aside) = (venue.file(), venue.file().with_file_name("aside.db"));
    did(&act(&mut dj, &waits, "approve"));
    for lost in ["reject", "undo"] {
        std::fs::rename(&file, &aside).unwrap();
        assert_eq!(act(&mut dj, &waits, lost).code(), "database_displaced", "{lost}");
        std::fs::rename(&aside, &file).unwrap();
    }
    let began = Instant::now();
    let undone = loop {
        let undone = act(&mut dj, &waits, "undo");
        if undone.status != 503 {
            break undone;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{}", undone.body);
    };
    assert_eq!(undone.json()["request"]["status"], "pending", "{}", undone.body);
}

#[test]
fn whatever_was_done_to_a_wish_is_taken_back_and_every_song_stands_where_it_stood() {
    let (_venue, mut dj, [waits, in_line, rejected, plays]) = night();
    let first = sight(&mut dj)[0].as_array().unwrap().iter().find(|wish| wish[2] == 1).unwrap()[0].clone();
    let asked = dj.get("/api/johnsmith/requests").json()["requests"].clone();
    let first = asked.as_array().unwrap().iter().find(|wish| wish["title"] == first).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let acts: [(&str, &[&str]); 5] = [
        (&waits, &["approve", "reject", "playing", "play-next"]),
        (&in_line, &["reject", "playing", "played", "play-next"]),
        (&first, &["reject", "playing", "played", "play-next"]),
        (&rejected, &["retry"]),
        (&plays, &["played"]),
    ];
    for (id, acts) in acts {
        for done in acts {
            let before = sight(&mut dj);
            did(&act(&mut dj, id, done));
            let after = sight(&mut dj);
            assert!(after != before || *done == "play-next" && id == first, "{done} did nothing");
            did(&act(&mut dj, id, "undo"));
            assert_eq!(sight(&mut dj), before, "{done} taken back");
            let again = act(&mut dj, id, "undo");
            assert_eq!((again.status, again.code().as_str()), (409, "nothing_to_undo"), "{done} taken back twice");
        }
    }
    // What the DJ had announced plays again, too.
    assert_eq!(dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Announced", "artist": "Me" })).status, 200);
    let before = sight(&mut dj);
    assert_eq!(before[1], "Announced");
    did(&act(&mut dj, &in_line, "playing"));
    did(&act(&mut dj, &in_line, "undo"));
    assert_eq!(sight(&mut dj), before);
}

#[test]
fn who_got_the_place_of_a_song_meanwhile_moves_down_when_it_comes_back() {
    let (venue, mut dj) = party();
    assert_eq!(dj.put("/api/johnsmith/settings", &json!({ "order": "arrival" })).status, 200);
    let ids = ["First", "Second", "Third"]
        .map(|title| did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(title))));
    // The two approved first are promised the next places, though the other was asked for before them.
    for id in [&ids[2], &ids[1], &ids[0]] {
        did(&act(&mut dj, id, "approve"));
    }
    let before = sight(&mut dj);
    for away in ["reject", "played", "playing"] {
        did(&act(&mut dj, &ids[1], away));
        assert_eq!(act(&mut dj, &ids[1], "undo").json()["request"]["position"], 2, "{away}");
        assert_eq!(sight(&mut dj), before, "{away}");
    }
}

#[test]
fn an_act_is_not_taken_back_once_something_else_has_happened() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let refused = |answer: &Answer| (answer.status, answer.code());
    // Nothing was done to it yet; it is nobody's of this house.
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (409, "nothing_to_undo".into()));
    let nobodys = act(&mut dj, "01a207b0-1768-71d0-82f6-0e03fb7ce98d", "undo");
    assert_eq!(refused(&nobodys), (404, "not_found".into()));
    // A vote is nothing else: the yes is taken back all the same.
    did(&act(&mut dj, &waits, "approve"));
    did(&venue.guest("johnsmith").post(&format!("/api/johnsmith/requests/{waits}/vote"), &json!({})));
    did(&act(&mut dj, &waits, "undo"));
    // It plays, and another song has begun since.
    did(&act(&mut dj, &in_line, "playing"));
    assert_eq!(dj.put("/api/johnsmith/playback/manual", &json!({ "title": "Other", "artist": "Song" })).status, 200);
    let late = act(&mut dj, &in_line, "undo");
    assert_eq!(refused(&late), (409, "wrong_state".into()));
    assert_eq!(late.json()["error"]["request"]["status"], "played", "{}", late.body);
    // Rejected, and asked for again by somebody else.
    did(&act(&mut dj, &waits, "reject"));
    did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish("Waits")));
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (409, "listed_again".into()));
    // The night is over.
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(refused(&act(&mut dj, &waits, "undo")), (410, "event_over".into()));
}

#[test]
fn an_act_is_taken_back_within_an_hour_and_not_after_it() {
    let inside = Inside::open(168);
    let mut dj = inside.sign_in("usera");
    assert_eq!(dj.post("/api/usera/event", &json!({ "name": "Night" })).status, 201);
    for (ms, status) in [(3_599_000, 200), (3_601_000, 409)] {
        let id = did(&dj.post("/api/usera/requests", &wish(&format!("After {ms}"))));
        did(&dj.post(&format!("/api/usera/requests/{id}/reject"), &json!({})));
        inside.advance(ms);
        let answer = dj.post(&format!("/api/usera/requests/{id}/undo"), &json!({}));
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[test]
fn who_was_told_to_be_next_stays_next_when_a_song_is_taken_back_later_than_at_once() {
    let inside = Inside::open(168);
    let mut dj = inside.sign_in("usera");
    assert_eq!(dj.post("/api/usera/event", &json!({ "name": "Night" })).status, 201);
    let mut asked = |title: &str| did(&dj.post("/api/usera/requests", &wish(title)));
    let ids = ["A", "B", "E", "F"].map(&mut asked);
    let line = |dj: &mut Caller| {
        let mut line = dj.get("/api/usera/requests?status=approved").json()["requests"].as_array().unwrap().clone();
        line.sort_by_key(|request| request["position"].as_i64());
        line.iter().map(|request| request["title"].as_str().unwrap()).collect::<String>()
    };
    for away in ["reject", "played", "playing"] {
        // A slip that is noticed at once has told nobody anything.
        for (ms, after) in [(9000, "ABEF"), (60_000, "BEAF")] {
            did(&dj.post(&format!("/api/usera/requests/{}/{away}", ids[0]), &json!({})));
            assert_eq!(line(&mut dj), "BEF", "{away}");
            inside.advance(ms);
            did(&dj.post(&format!("/api/usera/requests/{}/undo", ids[0]), &json!({})));
            assert_eq!(line(&mut dj), after, "{away} taken back after {ms} ms");
        }
        // The DJ may.
        did(&dj.post(&format!("/api/usera/requests/{}/play-next", ids[0]), &json!({})));
        assert_eq!(line(&mut dj), "ABEF");
    }
}

/// Puts the line in this order by hand.
fn order(dj: &mut Caller, ids: &[&String]) {
    let version = dj.get("/api/johnsmith/event").json()["event"]["version"].clone();
    assert_eq!(dj.put("/api/johnsmith/queue", &json!({ "order": ids, "version": version })).status, 200);
}

#[test]
fn a_song_the_dj_moved_by_hand_stays_there_and_no_earlier_act_on_it_is_taken_back() {
    let (venue, mut dj) = party();
    let ids = ["One", "Two", "Three", "Four", "Five"]
        .map(|title| did(&venue.guest("johnsmith").post("/api/johnsmith/requests", &wish(title))));
    let [one, two, three, four, five] = &ids;
    let changed = |dj: &mut Caller, id: &str, why: &str| {
        let before = sight(dj);
        let refused = act(dj, id, "undo");
        assert_eq!((refused.status, refused.code().as_str()), (409, "changed_since"), "{why}: {}", refused.body);
        assert!(refused.body.contains("It was changed since"), "{}", refused.body);
        assert_eq!(sight(dj), before, "{why}");
    };
    for id in &ids {
        did(&act(&mut dj, id, "approve"));
    }
    // One dragged up, one dragged down; whoever made way for them is as approved as before.
    order(&mut dj, &[one, four, two]);
    changed(&mut dj, four, "dragged up");
    order(&mut dj, &[four, two, three, one, five]);
    changed(&mut dj, one, "dragged down");
    did(&act(&mut dj, two, "undo"));
    did(&act(&mut dj, three, "undo"));
    did(&act(&mut dj, five, "undo"));
    // Of two that change places either was moved.
    did(&act(&mut dj, four, "play-next"));
    did(&act(&mut dj, one, "play-next"));
    order(&mut dj, &[four, one]);
    changed(&mut dj, one, "changed places");
    changed(&mut dj, four, "changed places");
    // What is done next can be taken back, as can what else the DJ chose, and what was done before that no more.
    did(&act(&mut dj, one, "reject"));
    did(&act(&mut dj, one, "undo"));
    let approved = act(&mut dj, three, "approve").json()["request"]["version"].clone();
    did(&dj.post(&format!("/api/johnsmith/requests/{three}/match"), &json!({ "by_hand": true })));
    assert_eq!(act(&mut dj, three, &format!("undo?of={approved}")).code(), "changed_since");
    assert_eq!(act(&mut dj, three, "undo").json()["request"]["status"], "approved");
    assert_eq!(act(&mut dj, three, "undo").code(), "nothing_to_undo");
}

#[test]
fn an_undo_that_names_its_act_takes_back_no_later_one() {
    let (_venue, mut dj, [waits, ..]) = night();
    let approved = act(&mut dj, &waits, "approve").json()["request"]["version"].clone();
    let next = act(&mut dj, &waits, "play-next").json()["request"]["version"].clone();
    let late = act(&mut dj, &waits, &format!("undo?of={approved}"));
    assert_eq!((late.status, late.code().as_str()), (409, "changed_since"), "{}", late.body);
    assert_eq!(act(&mut dj, &waits, "undo?of=first").status, 400);
    assert_eq!(act(&mut dj, &waits, &format!("undo?of={next}")).json()["request"]["status"], "approved");
}

#[test]
fn of_six_undos_at_once_one_does_it_and_the_others_are_told_there_is_nothing_left() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let mut lena = venue.helper("johnsmith");
    let at_once = |who: &Caller, id: &str| {
        let mut told: Vec<(u16, String)> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..6)
                .map(|_| {
                    let mut one = who.clone();
                    scope.spawn(move || act(&mut one, id, "undo"))
                })
                .collect();
            let told = asking.into_iter().map(|asked| asked.join().unwrap());
            told.map(|answer| (answer.status, if answer.status == 200 { String::new() } else { answer.code() }))
                .collect()
        });
        told.sort();
        let nothing = || (409, "nothing_to_undo".to_owned());
        assert_eq!(told, [(200, String::new()), nothing(), nothing(), nothing(), nothing(), nothing()]);
    };
    let version = |dj: &mut Caller| dj.get("/api/johnsmith/event").json()["event"]["version"].as_i64().unwrap();
    // A song that was in line before is in line afterwards: its state alone tells nobody that it was taken back.
    let before = sight(&mut dj);
    did(&act(&mut dj, &in_line, "play-next"));
    let acted = version(&mut dj);
    at_once(&dj, &in_line);
    assert_eq!((sight(&mut dj), version(&mut dj)), (before.clone(), acted + 1));
    did(&act(&mut lena, &waits, "reject"));
    at_once(&lena, &waits);
    assert_eq!(sight(&mut dj), before);
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let undone = entries.as_array().unwrap().iter().filter(|entry| entry["action"] == "undo").count();
    assert_eq!(undone, 1, "{entries}");
}

#[test]
fn a_helper_takes_back_what_they_did_and_nothing_of_the_djs() {
    let (venue, mut dj, [waits, in_line, ..]) = night();
    let (mut lena, mut other) = (venue.helper("johnsmith"), venue.helper("johnsmith"));
    did(&act(&mut lena, &waits, "approve"));
    assert_eq!(act(&mut other, &waits, "undo").code(), "nothing_to_undo");
    assert_eq!(act(&mut lena, &waits, "undo").json()["request"]["status"], "pending");
    did(&act(&mut dj, &in_line, "reject"));
    assert_eq!(act(&mut lena, &in_line, "undo").code(), "nothing_to_undo");
    // The DJ takes back a helper's.
    did(&act(&mut lena, &waits, "reject"));
    did(&act(&mut dj, &waits, "undo"));
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let deeds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["actor"] == "helper Lena")
        .map(|entry| entry["action"].clone())
        .collect();
    assert_eq!(deeds, ["reject", "undo", "approve"]);
}

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
