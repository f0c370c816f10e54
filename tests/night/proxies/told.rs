//! The owner is told of a proxy that is set wrongly, or not at all.

use serde_json::json;

use super::{banners, doctor, log_tells, prepared, settings, venue};
use crate::nginx::Nginx;
use crate::venue::{Caller, PASSWORD, Venue};

#[test]
fn requests_that_look_proxied_are_told_while_no_proxy_is_set() {
    let venue = venue(false, "");
    let folder = venue.file().parent().unwrap().to_owned();
    let set = settings(false, "");
    assert_eq!(banners(&venue), "");
    assert!(doctor(&folder, &venue, &set).starts_with("ok "), "nothing is odd yet");
    let (_nginx, port) = Nginx::before(venue.port(), "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    for _ in 0..5 {
        assert_eq!(Caller::new(&format!("http://127.0.0.1:{port}")).get("/").status, 200);
    }
    let banner = banners(&venue);
    for word in ["127.0.0.1", "X-Forwarded-For", "server.trusted_proxies"] {
        assert!(banner.contains(word), "{word} is not in: {banner}");
    }
    assert_eq!(log_tells(&venue, "carry X-Forwarded-For"), 1, "once, not with every request");
    let said = doctor(&folder, &venue, &set);
    assert!(said.starts_with("note") && said.contains("carry X-Forwarded-For"), "{said}");
    // A form that comes through a proxy which renames the box is told as what it may be.
    let mut phone = Caller::new(&format!("http://127.0.0.1:{port}"));
    phone.origin = Some("http://party.example".into());
    assert_eq!(phone.post("/api/login", &json!({ "username": "djane", "password": PASSWORD })).status, 403);
    assert_eq!(log_tells(&venue, "A form from http://party.example was refused"), 1);
}

#[test]
fn a_proxy_that_never_says_who_asks_is_told_where_one_is_set() {
    for set in [settings(true, ""), settings(false, "127.0.0.1")] {
        let venue = Venue::of(prepared(), &set);
        let folder = venue.file().parent().unwrap().to_owned();
        for _ in 0..30 {
            // Who looks after the box asks directly.
            venue.stranger().get("/api/health");
        }
        assert!(doctor(&folder, &venue, &set).starts_with("ok "));
        let (_nginx, port) = Nginx::before(venue.port(), "");
        for _ in 0..20 {
            Caller::new(&format!("http://127.0.0.1:{port}")).get("/help");
        }
        assert_eq!(log_tells(&venue, "none says who asks"), 1);
        assert!(banners(&venue).contains("none says who asks"), "{}", banners(&venue));
        let said = doctor(&folder, &venue, &set);
        assert!(said.starts_with("note") && said.contains("X-Real-IP"), "{said}");
        // Mended.
        venue.stranger().with("X-Real-IP", "192.0.2.1").get("/");
        assert_eq!(banners(&venue), "");
        assert!(doctor(&folder, &venue, &set).starts_with("ok "));
    }
}
