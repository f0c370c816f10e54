//! Opening an address changes nothing, costs nothing, and leads to no other machine.

use serde_json::json;

use crate::connecting::{APPS, connect, open};
use crate::venue::Venue;

#[test]
fn a_browser_that_is_led_to_a_page_of_spotifys_has_nothing_asked() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = || spotify.account("johnsmith").unwrap().calls.values().sum::<u32>();
    let asked = calls();
    let mut led = john.clone().with("Accept", "text/html");
    for path in ["/johnsmith/admin/spotify?check=1", "/johnsmith/admin/spotify?devices=1", "/api/johnsmith/devices"] {
        let answer = led.get(path);
        assert!([200, 303].contains(&answer.status), "{path}: {}", answer.body);
    }
    assert_eq!(led.get("/api/johnsmith/spotify/doctor").status, 405);
    assert_eq!(calls(), asked);
    // Whoever presses the button again and again has it looked at once.
    for _ in 0..5 {
        assert_eq!(led.form("/api/johnsmith/spotify/doctor", &[]).header("location"), Some("/johnsmith/admin/spotify"));
    }
    assert!(led.get("/johnsmith/admin/spotify").body.contains("Signed in as John Smith"));
    let once = calls() - asked;
    assert!((1..=8).contains(&once), "{once}");
    let mut elsewhere = led.clone();
    elsewhere.token = None;
    elsewhere.origin = Some("http://evil.example".into());
    assert_ne!(elsewhere.form("/api/johnsmith/spotify/doctor", &[]).status, 303);
    assert_eq!(calls() - asked, once);
    assert_eq!(john.get("/api/johnsmith/devices").json()["devices"].as_array().map(Vec::is_empty), Some(false));
}

/// Every address that a browser can be led to, with whatever it takes; those of streams have no end.
fn addresses() -> Vec<String> {
    let all = partyplaylist::web::routes();
    let paths = all.iter().filter(|route| route.method.as_str() == "GET").map(|route| route.uri.path().to_string());
    let paths = paths.filter(|path| !path.ends_with("/live")).map(|path| {
        let path = path.replace("<path..>", "style.css").replace("<_>", "johnsmith");
        ["<id>", "<name>"].iter().fold(path, |path, what| path.replace(what, "01a207b0-1768-71d0-82f6-0e03fb7ce98d"))
    });
    let link = crate::venue::percent("https://open.spotify.com/track/song000000000000000011");
    let asked = ["sawdust", &link].map(|q| format!("q={q}&typing=0&t=x&dt=x&code=x&state=x&check=1&devices=1"));
    paths.flat_map(|path| asked.each_ref().map(|asked| format!("{path}?{asked}"))).collect()
}

#[test]
fn whatever_address_a_browser_is_led_to_changes_nothing_and_has_nothing_asked() {
    let (venue, spotify) = open();
    let mut john = connect(&venue, "johnsmith", APPS[0]);
    let calls = || spotify.account("johnsmith").unwrap().calls;
    let (before, asked) = (venue.belongings("johnsmith"), calls());
    let mut led = john.clone().with("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for path in addresses() {
        let answer = led.get(&path);
        assert!(answer.status < 500, "{path}: {}", answer.body);
        assert_eq!(calls(), asked, "{path}");
    }
    assert_eq!(venue.belongings("johnsmith"), before);
    // A guest as well, during a night: then the box itself looks at what plays.
    assert_eq!(john.post("/api/johnsmith/event", &json!({ "name": "Friday" })).status, 201);
    let mut led = venue.guest_of("johnsmith", &mut john).with("Accept", "text/html");
    for path in addresses() {
        led.get(&path);
    }
    let for_guests = |calls: std::collections::BTreeMap<String, u32>| {
        calls
            .into_iter()
            .filter(|(call, _)| ["/search", "/tracks"].iter().any(|of| call.contains(of)))
            .collect::<Vec<_>>()
    };
    assert_eq!(for_guests(calls()), for_guests(asked));
    // Who types into a page is answered with what Spotify has.
    let found = john.get("/api/johnsmith/search?q=sawdust&typing=0").json();
    assert!(found["tracks"].as_array().is_some_and(|tracks| !tracks.is_empty()), "{found}");
}

#[test]
fn a_page_that_asks_to_sign_in_leads_to_no_other_machine() {
    let venue = Venue::demo();
    for (path, next) in [
        ("//evil.example/admin/overview", None),
        ("//johnsmith/admin/overview", Some("/johnsmith/admin/overview")),
        ("///johnsmith/admin/queue?said=x", Some("/johnsmith/admin/queue?said=x")),
    ] {
        let page = venue.stranger().with("Accept", "text/html").get(path);
        assert!(!page.body.contains("=\"//"), "{path}: {}", page.body);
        if let Some(next) = next {
            assert!(page.body.contains(&format!("name=\"next\" value=\"{next}\"")), "{path}: {}", page.body);
        }
    }
    // What somebody put into the field, or into the address of the page before, does not come back in ours.
    let mut person = venue.stranger().with("Accept", "text/html");
    for evil in ["//evil.example/x", "/\\evil.example", "https://evil.example", "/\t/evil.example"] {
        let fields = [("username", "johnsmith"), ("password", "not-the-right-one"), ("next", evil)];
        let page = person.form("/api/login", &fields);
        assert!(page.status == 401 && !page.body.contains("evil.example"), "{evil}: {}", page.body);
    }
    let from = format!("{}//evil.example/x", venue.base);
    let refused = venue
        .stranger()
        .with("Accept", "text/html")
        .with("Referer", &from)
        .form("/api/johnsmith/join", &[("pin", "x")]);
    assert!(refused.status == 401 && !refused.body.contains("evil.example"), "{}", refused.body);
    let sent = venue.stranger().with("Accept", "text/html").form("//api/johnsmith/join", &[("pin", "x")]);
    assert!(!sent.body.contains("=\"//"), "{}", sent.body);
}

#[test]
fn asking_for_its_health_a_hundred_times_a_second_writes_once() {
    let venue = Venue::demo();
    let commits = || {
        let told = venue.stranger().get("/metrics").body;
        let line = told.lines().find_map(|line| line.strip_prefix("partyplaylist_commits_total ")).unwrap();
        line.parse::<u64>().unwrap()
    };
    let (before, began) = (commits(), std::time::Instant::now());
    for _ in 0..200 {
        assert_eq!(venue.stranger().get("/api/health").json()["status"], json!("ok"));
    }
    let (written, seconds) = (commits() - before, began.elapsed().as_secs() + 2);
    assert!(written <= 20 + 2 * seconds, "{written} transactions in {seconds} s");
}
