//! Which methods an address takes, and that it says so.

use std::collections::BTreeSet;

use crate::venue::Venue;

/// Every address of the box once, with the methods it takes.
fn addresses() -> Vec<(String, BTreeSet<&'static str>)> {
    let mut all: std::collections::BTreeMap<String, BTreeSet<&'static str>> = std::collections::BTreeMap::new();
    for route in partyplaylist::web::routes() {
        let path = route.uri.path().replace("<path..>", "style.css").replace("<_>", "johnsmith");
        let path = path
            .replace("<id>", "01a207b0-1768-71d0-82f6-0e03fb7ce98d")
            .replace("<name>", "01a207b0-1768-71d0-82f6-0e03fb7ce98d");
        all.entry(path).or_default().insert(route.method.as_str());
    }
    all.into_iter().collect()
}

#[test]
fn every_address_says_which_methods_it_takes() {
    let venue = Venue::demo();
    for (path, takes) in addresses() {
        let mut caller = venue.stranger();
        let asked = caller.call("OPTIONS", &path, None);
        let allow: BTreeSet<String> =
            asked.header("allow").unwrap_or_default().split(", ").map(str::to_owned).collect();
        assert_eq!((asked.status, asked.body.as_str()), (204, ""), "OPTIONS {path}");
        assert!(takes.iter().all(|method| allow.contains(*method)), "{path} takes {takes:?} and says {allow:?}");
        assert!(allow.contains("OPTIONS") && allow.contains("HEAD") == allow.contains("GET"), "{path}: {allow:?}");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| !allow.contains(*method)) {
            let body = (method != "GET").then(|| ("application/json", b"{}".to_vec()));
            let wrong = caller.clone().with("Accept", "application/json").call(method, &path, body);
            assert_eq!((wrong.status, wrong.code().as_str()), (405, "method_not_allowed"), "{method} {path}");
            assert_eq!(wrong.header("allow"), asked.header("allow"), "{method} {path}");
        }
    }
    let page = venue.stranger().with("Accept", "text/html").call("DELETE", "/login", None);
    assert!(
        page.status == 405 && page.body.starts_with("<!DOCTYPE html>") && page.body.contains("method"),
        "{}",
        page.body
    );
    for nowhere in ["/nothing/here", "/api/nothing", "/-a-"] {
        for method in ["OPTIONS", "DELETE"] {
            let answer = venue.stranger().call(method, nowhere, None);
            assert_eq!((answer.status, answer.header("allow")), (404, None), "{method} {nowhere}");
        }
    }
}

#[test]
fn the_headers_alone_are_those_of_the_whole_answer() {
    let venue = Venue::demo();
    let (mut dj, mut stranger) = (venue.host("johnsmith"), venue.stranger());
    for path in [
        "/",
        "/login",
        "/help",
        "/assets/style.css",
        "/johnsmith",
        "/johnsmith/admin/history",
        "/api/me",
        "/api/johnsmith/event",
        "/api/health",
    ] {
        let caller = if path == "/login" { &mut stranger } else { &mut dj };
        let (whole, head) = (caller.get(path), caller.call("HEAD", path, None));
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
        assert_eq!(head.header("content-length"), whole.header("content-length"), "{path}");
    }
}
