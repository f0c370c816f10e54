//! Forms of pages without a script, refused: what was typed stands there again, and the reason beside it.

use serde_json::json;

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::pages::{party, sign_in};
use crate::venue::{Answer, PASSWORD, Venue};

/// What stands in a field of a page.
fn value(page: &str, name: &str) -> Option<String> {
    let field = page.split('<').find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")))?;
    field.split_once(" value=\"").map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned())
}

/// The words are kept, and `why` is said.
fn keeps(answer: &Answer, status: u16, words: &[(&str, &str)], why: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(answer.body.contains(why), "no {why:?} in {}", answer.body);
    for (name, typed) in words {
        assert_eq!(value(&answer.body, name).as_deref(), Some(*typed), "{name} in {}", answer.body);
    }
}

#[test]
fn a_guest_without_a_script_mends_a_refused_pin_and_a_refused_wish_where_they_typed_them() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    let pin = dj.get("/api/johnsmith/event").json()["event"]["pin"].as_str().unwrap().to_owned();
    run(async {
        let guest = Person::new(&driver, PHONE, false).await;
        guest.open(&format!("{}/johnsmith", venue.base)).await;
        guest.fill("[name=pin]", "PINless").await;
        guest.tap("main button").await;
        guest.read("h1", "That PIN is not right").await;
        assert_eq!(guest.value("[name=pin]").await, "PINless");
        guest.fill("[name=pin]", &pin).await;
        guest.tap("main button").await;
        guest.fill("#ask [name=title]", "Still Alive").await;
        guest.fill("#ask [name=artist]", "GLaDOS").await;
        guest.tap("#ask summary").await;
        guest.fill("#ask [name=note]", "For Chell, see https://example.org").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read("small", "Please leave out links.").await;
        assert_eq!(guest.value("[name=note][aria-invalid]").await, "For Chell, see https://example.org");
        assert_eq!(
            (guest.value("[name=title]").await, guest.value("[name=artist]").await),
            ("Still Alive".into(), "GLaDOS".into())
        );
        guest.looks_whole().await;
        guest.fill("[name=note]", "For Chell").await;
        guest.tap("main button").await;
        guest.read("p", "Sent. Watch it below.").await;
        guest.read(".mine", "Still Alive").await;
        // Nothing is wrong with the words here: it is too soon, and they are there to be sent again.
        guest.fill("#ask [name=title]", "Want You Gone").await;
        guest.fill("#ask [name=artist]", "GLaDOS").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read("h1", "One wish at a time").await;
        assert_eq!(guest.value("[name=title]").await, "Want You Gone");
        guest.leave().await;
    });
}

#[test]
fn whatever_is_typed_into_a_form_without_a_script_outlives_its_refusal() {
    let (venue, mut dj) = party();
    let mut form = dj.clone().with("Accept", "text/html");
    let too_long = "x".repeat(300);
    let long = too_long.as_str();
    let song = [("_method", "PUT"), ("title", "One"), ("artist", long)];
    for (path, fields, kept, why) in [
        ("event", &[("name", "Friday")][..], 1, "An event is running already"),
        ("requests", &[("title", "One"), ("artist", long), ("key", "k1")], 3, "200 characters"),
        ("playback/manual", &song, 3, "200 characters"),
        ("helpers", &[("name", long)], 1, "60 characters"),
        ("screens", &[("label", long)], 1, "60 characters"),
        ("spotify/app", &[("_method", "PUT"), ("client_id", "short")], 2, "Client ID"),
    ] {
        let answer = form.form(&format!("/api/johnsmith/{path}"), fields);
        keeps(&answer, answer.status, &fields[..kept], why);
        assert!(answer.status >= 400 && answer.body.contains(&format!("action=\"/api/johnsmith/{path}\"")), "{path}");
    }
    let never = form.form(
        "/api/johnsmith/settings",
        &[("_method", "PUT"), ("do_not_play", "Waltz\nPolka"), ("max_per_hour", "many")],
    );
    assert!(never.body.contains("Waltz\nPolka</textarea>"), "{}", never.body);

    let mut admin = venue.host("admin").with("Accept", "text/html");
    let made = admin.form(
        "/api/superadmin/users",
        &[("username", "Not A Name"), ("display_name", "DJane"), ("role", "dj"), ("password", "turntables")],
    );
    keeps(&made, 422, &[("username", "Not A Name"), ("display_name", "DJane"), ("role", "dj")], "Please use 3 to 20");
    let taken = admin.form(
        "/api/superadmin/users",
        &[("username", "johnsmith"), ("display_name", "Jo"), ("password", "turntables")],
    );
    keeps(&taken, 409, &[("username", "johnsmith"), ("display_name", "Jo")], "This username is taken");
    let wrong =
        admin.form("/api/me/password", &[("_method", "PUT"), ("old", "wrong-password"), ("new", "another-password")]);
    keeps(&wrong, 401, &[], "The old password is wrong.");
    for page in [made, taken, wrong] {
        assert!(
            !["turntables", "wrong-password", "another-password"].iter().any(|secret| page.body.contains(secret)),
            "{}",
            page.body
        );
    }

    let mut stranger = venue.stranger().with("Accept", "text/html");
    for path in ["/api/login", "/api/johnsmith/login"] {
        let typed = [("username", "johnsmith"), ("next", "/johnsmith/admin/queue")];
        let login = stranger.form(path, &[&typed[..], &[("password", "wrong-password")]].concat());
        keeps(&login, 401, &typed, "The name or the password is wrong.");
        assert!(!login.body.contains("wrong-password"));
    }
    // Signed out meanwhile, or the night is over: the words are there all the same.
    let asked = [("title", "One"), ("artist", "Somebody")];
    keeps(&stranger.form("/api/johnsmith/requests", &asked), 401, &asked, "sign in");
    let mut guest = venue.guest("johnsmith").with("Accept", "text/html");
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    keeps(&guest.form("/api/johnsmith/requests?as=guest", &asked), 410, &asked, "This party is over.");
}

#[test]
fn the_one_who_takes_over_the_box_without_a_script_types_their_name_once() {
    let venue = Venue::fresh(&[]);
    let token = venue.setup_link().rsplit('=').next().unwrap().to_owned();
    let mut owner = venue.stranger().with("Accept", "text/html");
    let typed = [("token", token.as_str()), ("username", "owner"), ("display_name", "The Anchor")];
    let refused = owner.form("/api/setup", &[&typed[..], &[("password", "short")]].concat());
    keeps(&refused, 422, &typed, "at least 8");
    assert_eq!(owner.form("/api/setup", &[&typed[..], &[("password", PASSWORD)]].concat()).status, 303);
}

#[test]
fn words_of_another_site_are_not_put_before_anybody_to_send() {
    let (venue, dj) = party();
    for mut caller in [dj, venue.guest("johnsmith"), venue.stranger()].map(|one| one.with("Accept", "text/html")) {
        caller.token = None;
        caller.origin = Some("http://elsewhere.example".into());
        let answer = caller.form("/api/johnsmith/requests", &[("title", "Planted"), ("artist", "Somebody")]);
        assert!(answer.status >= 400 && !answer.body.contains("Planted"), "{}", answer.body);
    }
}

#[test]
fn a_song_the_dj_types_while_another_hand_ends_the_night_stays_in_the_form() {
    let ((venue, mut dj), driver) = (party(), Driver::start());
    run(async {
        let page = Person::new(&driver, LAPTOP, true).await;
        sign_in(&page, &venue, "requests").await;
        page.does("document.querySelector('[name=title]').closest('details').open = true").await;
        page.fill("[name=title]", "Half Typed").await;
        page.fill("[name=artist]", "Somebody").await;
        page.mark().await;
        assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
        page.tap("form:has([name=title]) button").await;
        page.read(".alert", "There is no party here right now.").await;
        page.was_not_reloaded().await;
        assert_eq!(page.value("[name=title]").await, "Half Typed");
        page.leave().await;
    });
}
