//! Who may read the metrics, with and without a proxy in front.

use super::{banners, doctor, log_tells, metrics, prepared, settings, status, venue};
use crate::nginx::Nginx;
use crate::venue::{Caller, Venue};

#[test]
fn metrics_are_for_this_machine_alone_whatever_a_proxy_sends_or_leaves_out() {
    for behind in [false, true] {
        let venue = venue(behind, "");
        let (port, here) = (venue.port(), ("127.0.0.1", venue.port()));
        for host in ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "127.0.0.2"] {
            assert_eq!(metrics(here, &format!("{host}:{port}"), ""), 200, "{host}");
        }
        for host in ["192.168.1.20", "party.local", "box", "[fd00::1]", "localhost.example.org", "127.0.0.1.nip.io"] {
            assert_eq!(metrics(here, &format!("{host}:{port}"), ""), 403, "{host}");
        }
        for header in [
            "X-Real-IP: 192.0.2.1",
            "X-Real-IP: 127.0.0.1",
            "X-Forwarded-For: 192.0.2.1",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-For:",
            "x-forwarded-for: ::1",
            "Forwarded: for=192.0.2.1",
            "Forwarded: for=unknown",
            "Forwarded: proto=https",
            "X-Forwarded-Host: localhost",
            "X-Forwarded-Proto: http",
            "Via: 1.1 proxy",
            "X-Client-IP: 127.0.0.1",
            "CF-Connecting-IP: 127.0.0.1",
            "True-Client-IP: 127.0.0.1",
        ] {
            let sent = format!("{header}\r\n");
            assert_eq!(metrics(here, &format!("127.0.0.1:{port}"), &sent), 403, "{header}, behind a proxy: {behind}");
        }
        assert_eq!(status(here, "GET /metrics HTTP/1.0\r\n\r\n"), 403, "asked for nobody");
    }
    // A real proxy on the same machine, as it comes and as people set it.
    for behind in [false, true] {
        let venue = venue(behind, "");
        for more in
            ["", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", "proxy_set_header Host $http_host;"]
        {
            let (_nginx, port) = Nginx::before(venue.port(), more);
            assert_eq!(
                metrics(("127.0.0.1", port), "192.168.1.20", ""),
                403,
                "nginx: {more}, behind a proxy: {behind}"
            );
        }
    }
    let token = [("PARTYPLAYLIST_METRICS__TOKEN", "00123".to_owned())];
    let venue = Venue::of(prepared(), &token);
    let (_nginx, port) = Nginx::before(venue.port(), "proxy_set_header X-Forwarded-For $remote_addr;");
    for (token, code) in [("00123", 200), ("123", 403), ("0123", 403), ("", 403)] {
        let sent = format!("Authorization: Bearer {token}\r\n");
        assert_eq!(metrics(("127.0.0.1", port), "192.168.1.20", &sent), code, "{token}");
    }
}

#[test]
fn metrics_are_closed_and_the_owner_is_told_once_a_page_was_read_through_a_proxy_that_renames_the_box() {
    let venue = venue(false, "");
    let (folder, set) = (venue.file().parent().unwrap().to_owned(), settings(false, ""));
    let here = ("127.0.0.1", venue.port());
    let own = format!("127.0.0.1:{}", venue.port());
    // Kept open, and nothing added: as a program on this machine asks.
    let (_nginx, port) = Nginx::before(venue.port(), "proxy_http_version 1.1; proxy_set_header Connection \"\";");
    let phone =
        |page: &str| Caller::new(&format!("http://127.0.0.1:{port}")).with("Referer", page).get("/assets/style.css");
    for page in ["http://localhost/djane", "http://127.0.0.1:8000/djane", "https://elsewhere.example/", "nonsense"] {
        phone(page);
        assert_eq!(metrics(here, &own, ""), 200, "{page}");
    }
    phone("http://party.example/djane");
    assert_eq!(metrics(here, &own, ""), 403);
    assert_eq!(log_tells(&venue, "Pages are read as party.example"), 1);
    assert!(banners(&venue).contains("party.example"), "{}", banners(&venue));
    let said = doctor(&folder, &venue, &set);
    assert!(said.starts_with("note") && said.contains("a proxy on this machine"), "{said}");
}
