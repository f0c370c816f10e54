//! Doors are closed by default.

use std::collections::BTreeSet;

use serde_json::json;

use crate::venue::Venue;

/// What a stranger may reach. Anything else answers 401, 403, 404 or 410.
const OPEN: [&str; 11] = [
    "GET /",
    "GET /<_>",
    "GET /api/health",
    "GET /assets/<path..>",
    "GET /help",
    "GET /login",
    "GET /metrics",
    "GET /setup",
    "POST /api/login",
    "POST /api/<_>/join",
    "POST /api/<_>/login",
];

#[test]
fn a_stranger_gets_through_the_written_doors_only() {
    let venue = Venue::demo();
    let mut open = BTreeSet::new();
    for route in partyplaylist::web::routes() {
        let path = route.uri.path().replace("<path..>", "style.css").replace("<_>", "johnsmith");
        let path = path
            .replace("<id>", "01a207b0-1768-71d0-82f6-0e03fb7ce98d")
            .replace("<name>", "01a207b0-1768-71d0-82f6-0e03fb7ce98d");
        let mut stranger = venue.stranger();
        let body = (route.method.as_str() != "GET")
            .then(|| ("application/json", b"{\"username\":\"a\",\"password\":\"b\"}".to_vec()));
        let answer = stranger.call(route.method.as_str(), &path, body);
        assert!(answer.status < 500, "{} {path}: {}", route.method, answer.body);
        let shut = matches!(answer.status, 401 | 403 | 404 | 410);
        // Wrong names, PINs and set-up links are refused too: these doors are known by what they refuse for.
        let knows = ["bad_login", "wrong_pin"].iter().any(|code| answer.body.contains(code));
        if !shut || knows {
            open.insert(format!("{} {}", route.method, route.uri.path()));
        }
    }
    let written: BTreeSet<String> = OPEN.iter().map(|door| (*door).to_owned()).collect();
    assert_eq!(open, written);
}

#[test]
fn every_answer_carries_the_protective_headers() {
    let venue = Venue::demo();
    for path in ["/", "/login", "/api/me", "/johnsmith", "/nothing/here", "/assets/style.css"] {
        let answer = venue.stranger().get(path);
        let policy = answer.header("Content-Security-Policy").unwrap_or_default().to_owned();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("X-Frame-Options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
    }
}

#[test]
fn a_guests_page_is_light_however_long_the_line_and_asks_nothing_of_the_internet() {
    let venue = Venue::demo();
    let (mut dj, mut guest) = (venue.host("johnsmith"), venue.guest("johnsmith").with("Accept-Encoding", "gzip"));
    let rules = json!({ "auto_approve": true, "max_per_hour": 0 });
    assert_eq!(dj.put("/api/johnsmith/settings", &rules).status, 200);
    let mut sent = 0;
    for many in [0, 10, 400] {
        for n in sent..many {
            let wish = json!({ "title": format!("{} of {n}", TITLES[n % 7]), "artist": format!("{} {}", TITLES[n % 5], n / 9) });
            assert_eq!(dj.post("/api/johnsmith/requests", &wish).status, 201);
        }
        sent = many;
        let mut size = |path: &str| -> (usize, String) {
            let answer = guest.get(path);
            assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")), "{path}");
            (answer.header("content-length").unwrap().parse().unwrap(), answer.body)
        };
        let (html, page) = size("/johnsmith");
        assert!(!page.replace(&venue.base, "").contains("//"), "an address elsewhere: {page}");
        let files = page.split('"').filter(|text| text.starts_with("/assets/"));
        let total = html + files.map(|file| size(file).0).sum::<usize>();
        println!("guest page, {many} more in line: {html} bytes of HTML, {total} in all over the wire");
        assert!(total < 30_000, "{total} bytes");
    }
}

/// What songs are called of which there are many.
const TITLES: [&str; 7] =
    ["Neon Harbour", "Lantern Street", "Velvet Echo", "Sunday Shoes", "Golden Hour", "Night Train", "Blue"];
