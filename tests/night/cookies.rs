//! Cookies that are blocked, of another program, or in letters of their own.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::{Answer, PASSWORD, Venue};

pub fn path_of<'a>(venue: &Venue, url: &'a Value) -> &'a str {
    url.as_str().unwrap().strip_prefix(&venue.base).unwrap()
}

/// Whoever forgets cookies goes where an answer leads, as a browser that blocks them does.
pub fn led_to(venue: &Venue, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{}", answer.body);
    venue.stranger().with("Accept", "text/html").get(answer.header("location").unwrap())
}

fn says_cookies_are_blocked(what: &str, page: &Answer) {
    assert_eq!(page.status, 401, "{what}: {}", page.body);
    assert!(
        page.body.contains("did not keep the cookie") && page.body.contains("Allow cookies"),
        "{what}: {}",
        page.body
    );
}

#[test]
fn a_browser_that_keeps_no_cookies_is_told_so_at_code_pin_sign_in_screen_and_helper_link() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let event = dj.get("/api/johnsmith/event").json()["event"].clone();
    let nobody = || venue.stranger().with("Accept", "text/html");
    let code = nobody().get(path_of(&venue, &event["join_url"]));
    says_cookies_are_blocked("the code", &led_to(&venue, &code));
    let typed = nobody().form("/api/johnsmith/join", &[("pin", event["pin"].as_str().unwrap())]);
    says_cookies_are_blocked("the PIN", &led_to(&venue, &typed));
    for (call, next) in [("/api/login", "/account"), ("/api/johnsmith/login", "/johnsmith/admin/queue")] {
        let signed = nobody().form(call, &[("username", "johnsmith"), ("password", PASSWORD), ("next", next)]);
        says_cookies_are_blocked(call, &led_to(&venue, &signed));
    }
    let screen = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].clone();
    says_cookies_are_blocked("the screen", &led_to(&venue, &nobody().get(path_of(&venue, &screen))));
    let helper = dj.post("/api/johnsmith/helpers", &json!({ "name": "Kim" })).json()["url"].clone();
    says_cookies_are_blocked("the helper's link", &led_to(&venue, &nobody().get(path_of(&venue, &helper))));
    let told = venue.stranger().with("Accept", "application/json").get("/johnsmith?entered=1");
    assert_eq!((told.status, told.code().as_str()), (401, "cookies_blocked"));
    // Who has them sees nothing of this, and no mark stays in the address.
    let mut guest = nobody();
    let on = guest.get(path_of(&venue, &event["join_url"])).header("location").unwrap().to_owned();
    assert_eq!(guest.get(&on).header("location"), Some("/johnsmith"));
    assert_eq!(guest.get("/johnsmith").status, 200);
}

#[test]
fn a_real_browser_with_cookies_blocked_says_so_after_code_pin_and_sign_in() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    run(async {
        let owner = Person::new(&driver, LAPTOP, true).await;
        owner.open(venue.setup_link()).await;
        owner.fill("[name=username]", "owner").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.read("h1", "owner").await;
        owner.open(&format!("{}/owner/admin/overview", venue.base)).await;
        owner.fill("form.start [name=name]", "Friday").await;
        owner.tap("form.start button[type=submit]").await;
        let pin = owner.words(".pin strong").await;
        let code = owner.link(".pass a[href*='?t=']").await;
        for script in [true, false] {
            let guest = Person::without_cookies(&driver, PHONE, script).await;
            guest.open(&code).await;
            guest.read("h1", "did not keep the cookie").await;
            guest.looks_whole().await;
            guest.open(&format!("{}/owner", venue.base)).await;
            guest.fill("[name=pin]", &pin).await;
            guest.tap("button[type=submit]").await;
            guest.read("h1", "did not keep the cookie").await;
            guest.open(&format!("{}/login", venue.base)).await;
            guest.fill("[name=username]", "owner").await;
            guest.fill("[name=password]", PASSWORD).await;
            guest.tap("button[type=submit]").await;
            guest.read("h1", "did not keep the cookie").await;
            guest.leave().await;
        }
        owner.leave().await;
    });
}

#[test]
fn cookies_of_another_program_on_the_same_machine_sign_nobody_out() {
    let venue = Venue::demo();
    let (mut dj, mut guest, mut helper, mut tv) =
        (venue.stranger(), venue.guest("johnsmith"), venue.helper("johnsmith"), venue.screen("johnsmith"));
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    tv.get("/johnsmith/display");
    let people = [
        ("session", "/api/me", &dj),
        ("guest", "/api/johnsmith/party", &guest),
        ("helper", "/johnsmith/helper", &helper),
        ("screen", "/api/johnsmith/display/alive", &tv),
    ];
    for (name, path, person) in people {
        let own = |cookie: &(String, String, String)| cookie.1 == name || cookie.1.starts_with(&format!("{name}_"));
        let theirs = ("/".to_owned(), name.to_owned(), "eyJ1c2VyIjoxfQ.aGVsbG8.c2lnbmVk".to_owned());
        // Before ours, behind it, both; and over it, as a program does that calls its own cookie so too.
        let mut before = person.clone();
        before.cookies.insert(0, theirs.clone());
        let mut behind = person.clone();
        behind.cookies.push(theirs.clone());
        let mut over = person.clone();
        over.cookies.retain(|cookie| cookie.1 != name);
        over.cookies.push(theirs.clone());
        for (what, caller) in [("before", &mut before), ("behind", &mut behind), ("over", &mut over)] {
            caller.cookies.insert(0, ("/".into(), "theirs".into(), "a=b\"c d".into()));
            let answer = caller.get(path);
            assert!(matches!(answer.status, 200 | 204), "{name} {what}: {} {}", answer.status, answer.body);
        }
        // None of ours at all is still nobody.
        let mut none = person.clone();
        none.cookies.retain(|cookie| !own(cookie) && cookie.1 != "visitor");
        none.cookies.push(theirs);
        assert_eq!(none.get(path).status, 401, "{name}");
    }
    // Signing out ends both.
    assert_eq!(dj.post("/api/logout", &json!({})).status, 204);
    assert!(!dj.cookies.iter().any(|(_, name, _)| name.starts_with("session")), "{:?}", dj.cookies);
    drop((guest.get("/johnsmith"), helper.get("/johnsmith/helper")));
}

/// What a browser sends whose cookies are no text.
fn raw(venue: &Venue, path: &str, cookie: &[u8]) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", venue.port())).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nCookie: ", venue.port());
    socket.write_all(&[head.as_bytes(), cookie, b"\r\n\r\n"].concat()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_cookie_in_latin_1_hides_none_of_ours() {
    let venue = Venue::demo();
    let mut dj = venue.stranger();
    dj.post("/api/login", &json!({ "username": "johnsmith", "password": PASSWORD }));
    let session = &dj.cookies.iter().find(|(_, name, _)| name == "session").unwrap().2;
    for cookie in [
        [format!("session={session}; name=Jos").as_bytes(), b"\xe9"].concat(),
        [b"name=Jos\xe9; session=".as_slice(), session.as_bytes()].concat(),
        [b"session=\xff; x\xe9=\xfc; session=".as_slice(), session.as_bytes(), b"; y=\x80"].concat(),
    ] {
        let page = raw(&venue, "/johnsmith/admin/overview", &cookie);
        assert!(page.starts_with("HTTP/1.1 200"), "{cookie:?}: {page}");
    }
    let other = raw(&venue, "/johnsmith/admin/overview", &[session.as_bytes(), b"\xe9"].concat());
    assert!(!other.starts_with("HTTP/1.1 200"), "{other}");
}
