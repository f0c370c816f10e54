//! How long a text is: as people count, whatever it is made of.

use serde_json::json;

use crate::venue::{Caller, Venue};

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
