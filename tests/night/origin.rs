//! Names the box answers to, and pages that may act in a DJ's name.

use serde_json::json;

use crate::venue::{PASSWORD, Venue};

#[test]
fn a_cookie_from_another_site_changes_nothing() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    let before = venue.belongings("johnsmith");
    let port = venue.port();
    for origin in [
        None,
        Some("null".into()),
        Some("http://evil.example".into()),
        Some(format!("http://127.0.0.1:{}", port + 1)),
        Some(format!("http://localhost:{port}")),
    ] {
        let mut elsewhere = dj.clone();
        elsewhere.origin = origin.clone();
        let answer = elsewhere.post("/api/johnsmith/event/end", &json!({}));
        assert_eq!(answer.refusal(), (403, "cross_origin".into()), "{origin:?}");
        let form = elsewhere.form("/api/johnsmith/requests", &[("title", "Planted"), ("artist", "Elsewhere")]);
        assert_eq!(form.status, 403, "{origin:?}");
    }
    assert_eq!(venue.belongings("johnsmith"), before);
    assert_eq!(dj.post("/api/johnsmith/event/qr", &json!({})).status, 200, "from our own page");
}

#[test]
fn a_public_name_in_capitals_is_the_same_name() {
    let venue = Venue::fresh(&[("PARTYPLAYLIST_SERVER__PUBLIC_URL", "http://Party.Example.com:80".into())]);
    for (host, status) in [("party.example.com", 401), ("PARTY.example.com", 401), ("evil.example.com", 403)] {
        assert_eq!(venue.stranger().with("Host", host).get("/api/me").status, status, "{host}");
    }
    assert!(venue.setup_link().starts_with("http://party.example.com/setup"), "{}", venue.setup_link());
}

#[test]
fn a_name_that_is_not_ours_is_refused() {
    let venue = Venue::demo();
    let port = venue.port();
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("192.168.1.20:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("raspberrypi".into(), 200),
        (format!("party.local:{port}"), 200),
        (format!("Party.LOCAL.:{port}"), 200),
        (format!("party.lan:{port}"), 200),
        ("party.home".into(), 200),
        ("PARTY.home.arpa.".into(), 200),
        (format!("dj.party.internal:{port}"), 200),
        ("party.localdomain".into(), 200),
        (format!("[FD00::1]:{port}"), 200),
        ("evil.arpa".into(), 403),
        (format!("lan.evil.example.:{port}"), 403),
        ("home.arpa.evil.example".into(), 403),
        ("evil.example".into(), 403),
        (format!("127.0.0.1.evil.example:{port}"), 403),
        ("party.local.evil.example".into(), 403),
    ] {
        let answer = venue.host("johnsmith").with("Host", &host).get("/api/johnsmith/event");
        assert_eq!(answer.status, status, "{host}: {}", answer.body);
        let door = venue.stranger().with("Host", &host).get("/johnsmith");
        assert_eq!(door.status, status, "{host}");
    }
}

#[test]
fn a_dj_acts_under_every_way_to_write_a_name_of_the_lan_and_under_no_other() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    for (host, origin, status) in [
        ("party.lan:8000", "http://party.lan:8000", 200),
        ("PARTY.lan.:8000", "http://party.lan:8000", 200),
        ("party.home.arpa:80", "http://party.home.arpa", 200),
        ("party.internal", "https://party.internal:443", 200),
        ("[fd00:0::1]:8000", "http://[fd00::1]:8000", 200),
        ("party.lan:8000", "http://party.lan:8001", 403),
        ("party.lan:8000", "http://party.lan", 403),
        ("party.lan:8000", "http://evil.lan:8000", 403),
        ("party.lan:8000", "ftp://party.lan:8000", 403),
        ("party.lan:8000", "party.lan:8000", 403),
        ("evil.example:8000", "http://evil.example:8000", 403),
    ] {
        let mut there = dj.clone().with("Host", host);
        there.origin = Some(origin.into());
        let answer = there.patch("/api/johnsmith/event", &json!({ "requests_open": true }));
        assert_eq!(answer.status, status, "{host} {origin}: {}", answer.body);
    }
}

#[test]
fn where_the_owner_says_where_codes_lead_there_is_nothing_to_choose() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let told = admin.get("/api/superadmin/address").json();
    assert_eq!((&told["fixed"], &told["address"]), (&json!(true), &json!(venue.base)), "{told}");
    assert!(told["warning"].as_str().unwrap().contains("server.address"), "{told}");
    let refused = admin.put("/api/superadmin/address", &json!({ "ip": "192.168.1.20" }));
    assert_eq!(refused.refusal(), (422, "invalid".into()));
    assert!(refused.body.contains("server.public_url"), "{}", refused.body);
    for page in ["overview", "poster"] {
        assert!(
            venue.host("johnsmith").get(&format!("/johnsmith/admin/{page}")).body.contains("leads nowhere"),
            "{page}"
        );
    }
}
