//! How long a text is: as people count, whatever it is made of.

use serde_json::json;

use crate::browser::{Driver, PHONE, Person, run};
use crate::venue::{Caller, PASSWORD, Venue};

const FAMILY: &str = "👨‍👩‍👧‍👦";

fn wish(guest: &mut Caller, nickname: &str, note: &str, title: &str) -> (u16, serde_json::Value) {
    let body = json!({ "title": title, "artist": "Mira", "nickname": nickname, "note": note });
    let answer = guest.post("/api/johnsmith/requests", &body);
    (answer.status, answer.json())
}

#[test]
fn three_families_fit_in_a_nickname_and_thirty_too() {
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    let ok = |text: &str, count: usize| text.repeat(count);
    for (text, n) in [(FAMILY, "one"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "two"), ("👩🏽‍🚀", "three"), ("क्षि", "four")]
    {
        let mut guest = venue.guest_of("johnsmith", &mut john);
        let (status, said) = wish(&mut guest, &ok(text, 30), &ok(text, 140), &format!("{n} {}", ok(text, 190)));
        assert_eq!(status, 201, "{text}: {said}");
        assert_eq!(said["request"]["nickname"], ok(text, 30).as_str());
        let (status, said) = wish(&mut guest, &ok(text, 31), &ok(text, 141), &ok(text, 201));
        assert_eq!(status, 422, "{text}: {said}");
        for (field, most) in [("nickname", 30), ("note", 140), ("title", 200)] {
            let sentence = format!("Please use at most {most} characters.");
            assert_eq!(said["error"]["fields"][field], sentence.as_str(), "{text}");
        }
    }
    assert_eq!(john.post("/api/johnsmith/event/end", &json!({})).status, 200);
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": FAMILY.repeat(80) })).status, 201);
}

#[test]
fn one_character_of_ten_thousand_marks_is_refused_and_one_without_end_too() {
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    let mut guest = venue.guest_of("johnsmith", &mut john);
    for pile in ["\u{301}", "\u{200d}👩", "\u{94d}क", "\u{e0067}"] {
        for times in [40, 400, 10_000] {
            let text = format!("क{}", pile.repeat(times));
            let (status, said) = wish(&mut guest, &text, "", "A");
            assert!(status == 422 || status == 413, "{pile:?} {times}: {said}");
        }
    }
}

#[test]
fn no_field_cuts_off_what_the_box_would_take() {
    let venue = Venue::by_hand();
    let (mut john, admin) = (venue.host("johnsmith"), venue.host("admin"));
    let guest = venue.guest_of("johnsmith", &mut john);
    let mut fields = 0;
    for (who, page) in [
        (&guest, "/johnsmith"),
        (&john, "/johnsmith/admin/overview"),
        (&john, "/johnsmith/admin/requests"),
        (&john, "/johnsmith/admin/settings"),
        (&admin, "/superadmin/users/new"),
    ] {
        let body = who.clone().with("Accept", "text/html").get(page).body;
        for input in body.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let typed = ["title", "artist", "nickname", "note", "name", "label", "display_name"];
            if typed.iter().any(|name| input.contains(&format!("name=\"{name}\""))) {
                assert!(!input.contains("maxlength"), "{page}: {input}");
                fields += 1;
            }
        }
    }
    assert!(fields >= 10, "{fields}");
}

/// Rows, and what plays, that are higher than a third of a phone is, or wider than it.
const SPRAWLING: &str = "
    const rows = [...document.querySelectorAll('.songs > li, .tickets > li, .now .song')].filter((row) => row.offsetHeight);
    const song = (row) => row.querySelector('.title').offsetHeight + row.querySelector('.artist').offsetHeight;
    return [rows.length, ...rows.filter((row) => song(row) > 140).map((row) => row.offsetHeight + row.textContent.slice(0, 9)),
        ...(document.documentElement.scrollWidth > innerWidth ? ['wide'] : [])];";

#[test]
fn two_hundred_wide_or_piled_characters_take_a_few_lines_of_a_phone() {
    let driver = Driver::start();
    let venue = Venue::by_hand();
    let mut john = venue.host("johnsmith");
    let free = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
    assert_eq!(john.put("/api/johnsmith/settings", &free).status, 200);
    let mut guest = venue.guest_of("johnsmith", &mut john);
    let way_in = john.join_url("johnsmith");
    let kinds = ["﷽", "漢", "W", "क्षि", "Z\u{337}\u{322}\u{31b}\u{319}\u{301}"];
    for (at, kind) in kinds.into_iter().enumerate() {
        let (long, name) = (kind.repeat(200), kind.repeat(30));
        let body = json!({ "title": long, "artist": long, "nickname": name, "note": kind.repeat(140) });
        let asked = guest.post("/api/johnsmith/requests", &body);
        assert_eq!(asked.status, 201, "{}", asked.body);
        let id = asked.json()["request"]["id"].as_str().unwrap().to_owned();
        if at % 2 == 0 {
            assert_eq!(john.post(&format!("/api/johnsmith/requests/{id}/approve"), &json!({})).status, 200);
        }
    }
    let plays = json!({ "title": "﷽".repeat(200), "artist": "漢".repeat(200) });
    assert_eq!(john.put("/api/johnsmith/playback/manual", &plays).status, 200);
    run(async {
        let phone = Person::new(&driver, PHONE, true).await;
        phone.open(&way_in).await;
        phone.see(".queue .songs").await;
        let seen = phone.does(SPRAWLING).await;
        assert!(seen[0].as_u64() >= Some(4) && seen.as_array().unwrap().len() == 1, "{seen}");
        phone.looks_whole().await;
        phone.leave().await;
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.see(".tickets").await;
        let seen = dj.does(SPRAWLING).await;
        assert!(seen[0].as_u64() >= Some(6) && seen.as_array().unwrap().len() == 1, "{seen}");
        dj.leave().await;
    });
}
