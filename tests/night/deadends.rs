//! A way in that leads nowhere is said on every page that shows one, to whoever can do something about it.

use serde_json::json;

use crate::venue::Venue;

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
fn a_paused_night_does_not_call_its_beginning_the_pause() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    assert_eq!(dj.patch("/api/johnsmith/event", &json!({ "status": "paused" })).status, 200);
    let page = dj.with("Accept", "text/html").get("/johnsmith/admin/overview").body;
    assert!(page.contains("Paused · began at") && !page.contains("Paused since"), "{page}");
}
