//! A way in that leads nowhere is said on every page that shows one, to whoever can do something about it.

use serde_json::json;

use crate::venue::{Caller, PASSWORD, Venue};

/// Of a box that was told to listen on itself alone, as the demo is.
#[test]
fn a_dj_is_told_to_tell_the_owner_and_every_page_with_a_link_warns() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith").with("Accept", "text/html");
    for page in ["overview", "poster"] {
        let page = dj.get(&format!("/johnsmith/admin/{page}")).body;
        assert!(page.contains("Tell the owner of this box: set server.address"), "{page}");
    }
    for (call, field) in [("screens", "label"), ("helpers", "name")] {
        let made = dj.form(&format!("/api/johnsmith/{call}"), &[(field, "Bea")]);
        let page = dj.get(made.header("location").unwrap()).body;
        assert!(page.contains("This link leads nowhere now"), "{call}: {page}");
    }
    let dashboard = venue.host("admin").with("Accept", "text/html").get("/superadmin/dashboard").body;
    assert!(dashboard.contains("Set server.address"), "{dashboard}");
}

#[test]
fn no_qr_code_is_printed_that_leads_nowhere_and_no_colours_into_a_file() {
    let said = Venue::fresh(&[]).greeting.join("\n");
    assert!(said.contains("No other device reaches") && !said.contains('█') && !said.contains('\x1b'), "{said}");
    let said = Venue::named("box.lan").greeting.join("\n");
    assert!(said.contains("Other devices reach") && said.contains('█') && !said.contains('\x1b'), "{said}");
}

#[test]
fn nobody_is_offered_what_cannot_be_done_while_no_event_runs() {
    let venue = Venue::by_hand();
    let (mut dj, mut lena) = (venue.host("johnsmith"), venue.helper("johnsmith").with("Accept", "text/html"));
    let requests = |dj: &mut Caller| dj.clone().with("Accept", "text/html").get("/johnsmith/admin/requests").body;
    assert!(requests(&mut dj).contains("Add a song yourself"));
    assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "status": "paused" })).status, 200);
    assert!(lena.get("/johnsmith/helper").body.contains("The DJ has paused the event"));
    let event = json!({ "status": "live", "requests_open": false });
    assert_eq!(dj.patch("/api/johnsmith/event", &event).status, 200);
    assert!(lena.get("/johnsmith/helper").body.contains("takes no more wishes now"));
    assert_eq!(dj.post("/api/johnsmith/event/end", &json!({})).status, 200);
    let page = requests(&mut dj);
    assert!(page.contains("No event is running") && !page.contains("All decided"), "{page}");
    assert!(!page.contains("Add a song yourself"), "{page}");
    let page = lena.get("/johnsmith/helper").body;
    assert!(page.contains("The event is over.") && !page.contains("All decided"), "{page}");
}

#[test]
fn who_is_signed_in_is_not_asked_to_sign_in() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith").with("Accept", "text/html");
    for (asked, page) in [
        ("/login", "/johnsmith/admin/overview"),
        ("/login?next=/account", "/account"),
        ("/login?next=//example.com", "/johnsmith/admin/overview"),
    ] {
        let answer = dj.get(asked);
        assert_eq!((answer.status, answer.header("location")), (303, Some(page)), "{asked}");
    }
    let help = dj.get("/help").body;
    assert!(help.contains("To your pages") && !help.contains("href=\"/login\""), "{help}");
    let mut guest = venue.guest("johnsmith").with("Accept", "text/html");
    assert!(guest.get("/johnsmith").body.contains("href=\"/help?from=johnsmith\""));
    let help = guest.get("/help?from=johnsmith").body;
    assert!(help.contains("href=\"/johnsmith\"") && help.contains("Back to the party"), "{help}");
    for elsewhere in ["//example.com", "https%3A%2F%2Fexample.com", "x%22%3E", "login"] {
        let help = guest.get(&format!("/help?from={elsewhere}")).body;
        assert!(help.contains("href=\"/login\"") && !help.contains("Back to the party"), "{elsewhere}: {help}");
    }
}

#[test]
fn a_password_that_was_changed_is_said_to_be() {
    let venue = Venue::demo();
    let mut dj = venue.stranger().with("Accept", "text/html");
    dj.form("/api/login", &[("username", "johnsmith"), ("password", PASSWORD)]);
    let fields = [("_method", "PUT"), ("old", PASSWORD), ("new", "another-password")];
    let done = dj.form("/api/me/password", &fields);
    assert!(dj.get(done.header("location").unwrap()).body.contains("Password changed."));
    let mut owner = venue.host("admin").with("Accept", "text/html");
    let users = owner.get("/superadmin/users").body;
    let jane = users.split("action=\"").filter_map(|part| part.split_once('"')).map(|(action, _)| action);
    let jane = jane.filter(|action| action.starts_with("/api/superadmin/users/")).last().unwrap();
    let done = owner.form(jane, &[("_method", "PATCH"), ("password", "another-password")]);
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(owner.get(done.header("location").unwrap()).body.contains("Saved."));
}

#[test]
fn a_paused_night_does_not_call_its_beginning_the_pause() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "status": "paused" })).status, 200);
    let page = dj.with("Accept", "text/html").get("/johnsmith/admin/overview").body;
    assert!(page.contains("Paused · began at") && !page.contains("Paused since"), "{page}");
}
