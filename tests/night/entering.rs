//! Coming in with the right thing: nobody is refused for what others did, and nobody without a word.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::{Answer, Caller, PASSWORD, Venue, command, percent, wish};

fn pin(venue: &Venue, dj: &str) -> String {
    venue.host(dj).get(&format!("/api/{dj}/event")).json()["event"]["pin"].as_str().unwrap().to_owned()
}

fn another(pin: &str) -> &'static str {
    if pin == "4729" { "4730" } else { "4729" }
}

fn path_of<'a>(venue: &Venue, url: &'a Value) -> &'a str {
    url.as_str().unwrap().strip_prefix(&venue.base).unwrap()
}

/// The same calls at the same moment.
fn at_once<T: Send>(callers: Vec<Caller>, call: impl Fn(&mut Caller) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let call = &call;
        let calls: Vec<_> = callers.into_iter().map(|mut caller| scope.spawn(move || call(&mut caller))).collect();
        calls.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Whoever forgets cookies goes where an answer leads, as a browser that blocks them does.
fn led_to(venue: &Venue, answer: &Answer) -> Answer {
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
fn five_newcomers_without_cookies_who_mistype_once_do_not_lock_out_the_sixth() {
    let venue = Venue::demo();
    let pin = pin(&venue, "johnsmith");
    let join = |pin: &str| venue.stranger().post("/api/johnsmith/join", &json!({ "pin": pin }));
    for n in 1..=5 {
        assert_eq!(join(another(&pin)).status, 401, "newcomer {n}");
    }
    assert_eq!(join(&pin).status, 200, "the sixth, with the right PIN");
    assert_eq!(join(another(&pin)).status, 429, "who guesses is told to wait");
    assert_eq!(join(&pin).status, 200);
}

#[test]
fn thirty_guests_who_type_the_right_pin_at_the_same_moment_all_come_in() {
    let venue = Venue::demo();
    let pin = pin(&venue, "johnsmith");
    for looked_at_the_door in [false, true] {
        let mut guests: Vec<Caller> = (0..30).map(|_| venue.stranger()).collect();
        if looked_at_the_door {
            for guest in &mut guests {
                guest.get("/johnsmith");
            }
        }
        let told = at_once(guests, |guest| guest.post("/api/johnsmith/join", &json!({ "pin": pin })).status);
        assert_eq!(told, [200; 30], "looked at the door: {looked_at_the_door}");
    }
    // One phone whose form was sent over and over.
    let mut phone = venue.stranger();
    phone.get("/johnsmith");
    let told = at_once(vec![phone; 10], |phone| phone.post("/api/johnsmith/join", &json!({ "pin": pin })).status);
    assert_eq!(told, [200; 10]);
}

/// A box with as many DJs, all with the same password.
fn box_of(djs: usize) -> Venue {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    // A tenth of a second's hash for each.
    let hash = bcrypt::hash(PASSWORD, 10).unwrap();
    conn.execute("UPDATE users SET password_hash = ?1", [&hash]).unwrap();
    for n in 0..djs {
        let sql = "INSERT INTO users (id, username, display_name, role, status, password_hash, created_at)
                   VALUES (?1, ?1, ?2, 'dj', 'active', ?3, 1)";
        conn.execute(sql, (format!("dj-{n:04}"), format!("DJ Nummer {n}"), &hash)).unwrap();
    }
    drop(conn);
    Venue::of(dir, &[])
}

#[test]
fn twelve_djs_sign_in_at_the_same_moment_through_one_address() {
    let venue = box_of(12);
    let djs: Vec<Caller> = (0..12).map(|n| venue.stranger().with("X-Dj", &format!("dj-{n:04}"))).collect();
    let log_in = |caller: &mut Caller| {
        let name = caller.headers[0].1.clone();
        caller.post("/api/login", &json!({ "username": name, "password": PASSWORD }))
    };
    let told: Vec<u16> = at_once(djs, |dj| log_in(dj).status);
    assert_eq!(told, [200; 12]);
    // More than can be looked at are told what it is: nobody got a password wrong.
    let crowd: Vec<Caller> = (0..28).map(|_| venue.stranger()).collect();
    let log_in = |caller: &mut Caller| caller.post("/api/login", &json!({ "username": "djane", "password": PASSWORD }));
    let told = at_once(crowd, log_in);
    let held: Vec<&Answer> = told.iter().filter(|answer| answer.status != 200).collect();
    assert!(!held.is_empty() && held.len() <= 28 - 16, "{} of 28 are held up", held.len());
    for answer in held {
        assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_at_once"), "{}", answer.body);
        assert!(answer.header("Retry-After").is_some() && answer.body.contains("at this moment"), "{}", answer.body);
    }
    assert_eq!(venue.stranger().post("/api/login", &json!({ "username": "djane", "password": PASSWORD })).status, 200);
}

#[test]
fn three_previews_of_a_screens_address_use_nothing_up() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let url = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].clone();
    let path = path_of(&venue, &url).to_owned();
    let left = |dj: &mut Caller| dj.get("/api/johnsmith/screens").json()["screens"][0]["uses_left"].clone();
    for _ in 0..3 {
        let preview = venue.stranger().get(&path);
        // Some go where it leads, without what they were given.
        led_to(&venue, &preview);
    }
    venue.stranger().call("HEAD", &path, None);
    assert_eq!(left(&mut dj), 3);
    let mut tv = venue.stranger();
    let on = tv.get(&path).header("location").unwrap().to_owned();
    tv.call("HEAD", &on, None);
    assert_eq!(left(&mut dj), 3, "asking for headers spends nothing");
    let given = tv.clone();
    assert_eq!(tv.get(&on).header("location"), Some("/johnsmith/display"));
    assert_eq!((tv.get("/johnsmith/display").status, left(&mut dj)), (200, json!(2)));
    // The answer was lost, and it comes again; then it has its pass, and nothing more is spent.
    assert_eq!(given.clone().get("/johnsmith/display").status, 200);
    assert_eq!(tv.get("/api/johnsmith/display/alive").status, 204);
    assert_eq!(left(&mut dj), 2);
}

#[test]
fn a_tv_becomes_the_screen_whose_address_is_typed_into_it_whatever_it_was() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let mut screen = |label: &str| {
        let made = dj.post("/api/johnsmith/screens", &json!({ "label": label })).json();
        (made["id"].as_str().unwrap().to_owned(), path_of(&venue, &made["url"]).to_owned())
    };
    let (bar, hall) = (screen("Bar"), screen("Hall"));
    let left = |id: &str| {
        let screens = venue.host("johnsmith").get("/api/johnsmith/screens").json()["screens"].clone();
        screens.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap()["uses_left"].as_i64().unwrap()
    };
    let mut tv = venue.stranger();
    let mut type_in = |path: &str| {
        let mut next = path.to_owned();
        loop {
            let page = tv.get(&next);
            match page.header("location") {
                Some(on) => next = on.to_owned(),
                None => return page.status,
            }
        }
    };
    assert_eq!((type_in(&bar.1), left(&bar.0), left(&hall.0)), (200, 2, 3));
    // Its own address once more spends nothing, and one that leads nowhere changes nothing.
    assert_eq!((type_in(&bar.1), type_in("/johnsmith/display?dt=mistyped"), left(&bar.0)), (200, 200, 2));
    assert_eq!((type_in(&hall.1), left(&bar.0), left(&hall.0)), (200, 2, 2), "it stays what it was");
    let revoked = venue.host("johnsmith").call("DELETE", &format!("/api/johnsmith/screens/{}", hall.0), None);
    assert_eq!(revoked.status, 204);
    assert_eq!(type_in("/johnsmith/display"), 401);
    assert_eq!((type_in(&bar.1), left(&bar.0)), (200, 1), "a TV that was revoked is never let in again");
}

#[test]
fn a_preview_of_the_guests_code_by_its_headers_makes_no_guest() {
    let venue = Venue::demo();
    let url = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["join_url"].clone();
    let guests = || -> i64 { venue.rows().query_row("SELECT count(*) FROM guests", [], |row| row.get(0)).unwrap() };
    let before = guests();
    assert_eq!(venue.stranger().call("HEAD", path_of(&venue, &url), None).status, 303);
    assert_eq!(guests(), before);
}

#[test]
fn a_wrong_old_password_is_no_reason_to_be_asked_to_sign_in() {
    let venue = Venue::demo();
    let mut dj = venue.stranger().with("Accept", "text/html");
    dj.form("/api/login", &[("username", "johnsmith"), ("password", PASSWORD)]);
    let fields = [("_method", "PUT"), ("old", "not the old one"), ("new", "the new password")];
    let page = dj.form("/api/me/password", &fields);
    assert_eq!(page.status, 401, "{}", page.body);
    assert!(page.body.contains("The old password is wrong."), "{}", page.body);
    assert!(!page.body.contains("name=\"password\""), "the sign-in page: {}", page.body);
    assert_eq!(dj.get("/account").status, 200);
}

#[test]
fn a_name_in_capitals_or_with_a_space_behind_it_is_the_same_name() {
    let venue = Venue::demo();
    for name in ["JohnSmith", " johnsmith ", "JOHNSMITH\t"] {
        let signed = venue.stranger().post("/api/login", &json!({ "username": name, "password": PASSWORD }));
        assert_eq!(signed.status, 200, "{name:?}: {}", signed.body);
    }
    let token = venue.host("johnsmith").get("/api/johnsmith/event").json()["event"]["join_url"].clone();
    let token = token.as_str().unwrap().split_once("?t=").unwrap().1.to_owned();
    for (typed, meant) in [
        ("/JohnSmith", "/johnsmith".into()),
        ("/JOHNSMITH%20", "/johnsmith".into()),
        (&*format!("/JohnSmith?t={token}"), format!("/johnsmith?t={token}")),
        ("/JohnSmith/admin/overview", "/johnsmith/admin/overview".into()),
        ("/JohnSmith/display?dt=abc", "/johnsmith/display?dt=abc".into()),
        ("/api/JohnSmith/party", "/api/johnsmith/party".into()),
        ("/Login?next=/x", "/login?next=/x".into()),
        ("/SuperAdmin/users", "/superadmin/users".into()),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = venue.stranger().call(method, typed, None);
            assert_eq!((answer.status, answer.header("location")), (303, Some(meant.as_str())), "{method} {typed}");
        }
    }
    let body = || Some(("application/json", b"{}".to_vec()));
    assert_eq!(venue.stranger().call("POST", "/api/JohnSmith/join", body()).status, 404, "only what is read is led on");
    assert_eq!(venue.stranger().get("//JohnSmith").header("location"), None);
    let (code, told, _) = command(venue.file().parent().unwrap(), &["user", "suspend", "JaneDoe"], "");
    assert!(code == 0 && told.contains("suspended"), "{told}");
    let (folder, out) = (venue.file().parent().unwrap().to_owned(), tempfile::tempdir().unwrap());
    let carried = out.path().join("dj");
    let (code, told, said) = command(&folder, &["tenant", "export", "JohnSmith", carried.to_str().unwrap()], "");
    assert!(code == 0 && told.starts_with("johnsmith is in"), "{told}{said}");
    let (_, _, said) = command(&folder, &["import", carried.to_str().unwrap(), "--user", " JohnSmith"], "");
    assert!(!said.contains("A username has"), "{said}");
}

#[test]
fn a_password_opens_however_the_keyboard_put_its_letters_together() {
    let venue = Venue::demo();
    let (composed, apart) = ("caf\u{e9} \u{fc}ber alles", "cafe\u{301} u\u{308}ber alles");
    let log_in = |name: &str, password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": name, "password": password })).status
    };
    let mut admin = venue.host("admin");
    for (name, made) in [("composed", composed), ("apart", apart)] {
        let made = admin.post("/api/superadmin/users", &json!({ "username": name, "password": made }));
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!((log_in(name, composed), log_in(name, apart)), (200, 200), "{name}");
        assert_eq!(log_in(name, "cafe uber alles"), 401);
    }
    // A hash from before, of letters taken apart.
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let old = bcrypt::hash(apart, 4).unwrap();
    conn.execute("UPDATE users SET password_hash = ?1 WHERE username = 'apart'", [old]).unwrap();
    assert_eq!((log_in("apart", apart), log_in("apart", composed)), (200, 200));
}

#[test]
fn what_is_no_pin_costs_no_try() {
    let venue = Venue::by_hand();
    let pin = pin(&venue, "johnsmith");
    let mut guest = venue.stranger();
    for typed in ["", "123", "12345", "abcd", "#", &format!("PIN: {pin}"), "", "", ""] {
        let told = guest.post("/api/johnsmith/join", &json!({ "pin": typed }));
        assert_eq!((told.status, told.code().as_str()), (401, "wrong_pin"), "{typed}");
    }
    assert_eq!(guest.post("/api/johnsmith/join", &json!({ "pin": pin })).status, 200);
}

#[test]
fn a_pin_comes_in_the_digits_of_any_script_with_spaces_and_hyphens() {
    let venue = Venue::demo();
    let pin = pin(&venue, "johnsmith");
    let script = |zero: char| -> String {
        pin.chars().map(|c| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap()).collect()
    };
    let (front, back) = pin.split_at(2);
    for typed in [
        script('٠'),
        script('۰'),
        script('०'),
        script('０'),
        format!(" {front} {back} "),
        format!("{front}-{back}"),
        format!("\u{200f}{}\u{200e}", script('٠')),
    ] {
        let joined = venue.stranger().post("/api/johnsmith/join", &json!({ "pin": typed }));
        assert_eq!(joined.status, 200, "{typed}: {}", joined.body);
        let joined = venue.stranger().with("Accept", "text/html").form("/api/johnsmith/join", &[("pin", &typed)]);
        assert_eq!(joined.status, 303, "{typed}: {}", joined.body);
    }
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

#[test]
fn a_signal_ends_the_box_as_it_should_end_or_does_nothing() {
    let send = |venue: &Venue, name: &str| {
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &venue.pid().to_string()]).status();
        assert!(sent.unwrap().success(), "{name}");
    };
    let mut venue = box_of(0);
    let mut dj = venue.host("djane");
    assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Tonight" })).status, 201);
    for (n, name) in ["HUP", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "XFSZ"].iter().enumerate() {
        send(&venue, name);
        let asked = dj.post("/api/djane/requests", &wish(&format!("After {n}")));
        assert_eq!(asked.status, 201, "after SIG{name}: {}", asked.body);
    }
    for name in ["QUIT", "INT", "PWR", "TERM"] {
        let mut dj = venue.host("djane");
        assert_eq!(dj.post("/api/djane/requests", &wish(&format!("Before {name}"))).status, 201);
        send(&venue, name);
        let (code, dir) = venue.ended();
        assert_eq!(code, Some(0), "SIG{name}");
        let left: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(left.iter().all(|file| !file.contains("-wal") && !file.contains("core")), "SIG{name}: {left:?}");
        venue = Venue::of(dir, &[]);
        let kept = venue.host("djane").get("/api/djane/requests").body;
        assert!(kept.contains(&format!("Before {name}")), "SIG{name} lost a wish");
    }
}

#[test]
fn a_thousand_accounts_are_a_page_at_a_time_and_found_by_name() {
    let venue = box_of(1000);
    let folder = venue.file().parent().unwrap().to_owned();
    assert_eq!(command(&folder, &["user", "add", "owner", "--role", "superadmin", "--password-stdin"], PASSWORD).0, 0);
    let mut owner = venue.host("owner");
    let began = Instant::now();
    for path in ["/", "/superadmin/dashboard", "/superadmin/users"] {
        let page = owner.get(path).body;
        assert!(page.len() < 150_000, "{path} has {} bytes", page.len());
        assert!(page.matches("<li>").count() + page.matches("<li id=").count() <= 50, "{path}");
    }
    println!("three pages with 1,000 accounts in {} ms", began.elapsed().as_millis());
    // Page after page, everybody is there once.
    let (mut path, mut seen) = ("/superadmin/users".to_owned(), BTreeSet::new());
    loop {
        let page = owner.get(&path).body;
        for row in page.split("id=\"user-").skip(1) {
            assert!(seen.insert(row.split_once('"').unwrap().0.to_owned()), "twice on the way");
        }
        let Some((_, rest)) = page.split_once("href=\"/superadmin/users?q=&amp;after=") else { break };
        path = format!("/superadmin/users?q=&after={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!(seen.len(), 1002);
    let found = owner.get("/superadmin/users?q=NUMMER+77").body;
    assert_eq!(found.matches("id=\"user-").count(), 11, "77 and 770 to 779");
    assert!(owner.get(&format!("/superadmin/users?q={}", percent("<nobody> & \"co\""))).body.contains("No account"));
    // Programs: everything, or a part.
    let all = owner.get("/api/superadmin/users").json();
    assert_eq!(all["users"].as_array().unwrap().len(), 1002);
    let part = owner.get("/api/superadmin/users?q=dj-&after=dj-0500").json();
    assert_eq!((part["users"].as_array().unwrap().len(), &part["next"]), (100, &json!("dj-0600")));
    let last = owner.get("/api/superadmin/users?after=dj-0990").json();
    assert_eq!((last["users"][9].clone(), &last["next"]), (last["users"][9].clone(), &Value::Null));
    // Whoever was just made or changed is in sight.
    let made = owner
        .clone()
        .with("Accept", "text/html")
        .form("/api/superadmin/users", &[("username", "zulu"), ("password", PASSWORD)]);
    assert_eq!((made.status, made.header("location")), (303, Some("/superadmin/users?q=zulu")));
}

#[test]
fn lists_that_grow_with_the_years_stay_as_long_as_a_page() {
    let venue = box_of(0);
    let mut dj = venue.host("djane");
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let user: String = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    for n in 0..95 {
        let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
                   VALUES (?1, ?2, ?3, 'ended', '', '', 1, ?4, ?4, ?4, 1)";
        conn.execute(
            sql,
            (
                format!("01a207b0-1768-71d0-82f6-0e03fb7c{n:04}"),
                &user,
                format!("Night {n}"),
                1_700_000_000_000_i64 + n / 2,
            ),
        )
        .unwrap();
    }
    for n in 0..450 {
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, version)
                   VALUES (?1, ?2, '01a207b0-1768-71d0-82f6-0e03fb7c0007', ?3, 'Somebody', ?3, 'somebody', 'played', ?4, 1)";
        conn.execute(sql, (format!("r{n}"), &user, format!("Song {n}."), 1_700_000_000_000_i64 + n)).unwrap();
    }
    let sql =
        "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (?1, ?2, 1, unixepoch() * 1000 + 9999999)";
    for n in 0..300 {
        conn.execute(sql, (format!("s{n}"), &user)).unwrap();
    }
    let (mut path, mut nights) = ("/djane/admin/history".to_owned(), 0);
    let mut pages = 0;
    loop {
        let page = dj.get(&path).body;
        let on_page = page.matches(">Night ").count();
        assert!((1..=30).contains(&on_page), "{path}: {on_page}");
        (nights, pages) = (nights + on_page, pages + 1);
        let Some((_, rest)) = page.split_once("/djane/admin/history?after=") else { break };
        path = format!("/djane/admin/history?after={}", rest.split_once('"').unwrap().0);
    }
    assert_eq!((nights, pages), (95, 4));
    assert_eq!(dj.get("/api/djane/events").json()["events"].as_array().unwrap().len(), 95, "programs have them all");
    let report = "/djane/admin/history/01a207b0-1768-71d0-82f6-0e03fb7c0007";
    let on: Vec<usize> = ["", "?from=200", "?from=400"]
        .iter()
        .map(|from| dj.get(&format!("{report}{from}")).body.matches(">Song ").count())
        .collect();
    assert_eq!(on, [200, 200, 50]);
    let account = dj.get("/account").body;
    assert!(account.matches("Sign out</button>").count() <= 21 && account.contains("And 281 more"), "{account}");
    for n in 0..25 {
        assert_eq!(dj.post("/api/djane/screens", &json!({ "label": format!("TV {n}") })).status, 201);
        assert_eq!(dj.post("/api/djane/helpers", &json!({ "name": format!("Kim {n}") })).status, 201);
    }
    assert!(dj.get("/djane/admin/overview").body.contains("And 5 older ones"));
    assert!(dj.get("/djane/admin/settings").body.contains("And 5 older ones"));
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

#[test]
fn tables_and_pages_are_by_the_clock_at_the_venue_also_on_the_night_it_is_set_back() {
    let venue = Venue::fresh(&[]);
    let (_, _, dir) = venue.terminate();
    assert_eq!(command(dir.path(), &["user", "add", "djane", "--password-stdin"], PASSWORD).0, 0);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    let user: String = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    // From 22:30 on the 24th to 04:00 on the 25th: six and a half hours, since two to three comes twice.
    let (begun, ended) = (1_792_873_800_000_i64, 1_792_897_200_000_i64);
    let event = "01a207b0-1768-71d0-82f6-0e03fb7ce98d";
    let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
               VALUES (?1, ?2, 'Autumn', 'ended', '', '', 1, ?3, ?4, ?4, 1)";
    conn.execute(sql, (event, &user, begun, ended)).unwrap();
    for (n, title) in ["＝1+1", "Half past two", "Half past two again", "\u{202f}-Späti"].iter().enumerate() {
        let at = 1_792_888_200_000_i64 + i64::try_from(n).unwrap() * 3_600_000 - 3_600_000;
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, played_at, version)
                   VALUES (?1, ?2, ?3, ?4, 'Zoë', ?4, 'zoe', 'played', ?5, ?5, 1)";
        conn.execute(sql, (format!("r{n}"), &user, event, title, at)).unwrap();
    }
    drop(conn);
    for (zone, day, rows, since) in [
        (
            "Europe/Berlin",
            "2026-10-24",
            [
                "2026-10-25 01:30:00,UTC+02:00",
                "2026-10-25 02:30:00,UTC+02:00",
                "2026-10-25 02:30:00,UTC+01:00",
                "2026-10-25 03:30:00,UTC+01:00",
            ],
            ["2026-10-24 22:30 CEST", "2026-10-25 04:00 CET", "2026-10-25 02:30 CEST", "2026-10-25 02:30 CET"],
        ),
        (
            "Asia/Tokyo",
            "2026-10-25",
            [
                "2026-10-25 08:30:00,UTC+09:00",
                "2026-10-25 09:30:00,UTC+09:00",
                "2026-10-25 10:30:00,UTC+09:00",
                "2026-10-25 11:30:00,UTC+09:00",
            ],
            ["2026-10-25 05:30 JST", "2026-10-25 12:00 JST", "2026-10-25 09:30 JST", "2026-10-25 10:30 JST"],
        ),
    ] {
        let copy = tempfile::tempdir().unwrap();
        for file in ["partyplaylist.db", "partyplaylist.key"] {
            std::fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
        }
        let venue =
            Venue::of(copy, &[("PARTYPLAYLIST_VENUE__TIME_ZONE", zone.into()), ("TZ", "America/New_York".into())]);
        let mut dj = venue.host("djane");
        let csv = dj.get(&format!("/api/djane/events/{event}.csv"));
        assert!(csv.header("content-disposition").unwrap().contains(&format!("party-{day}.csv")), "{zone}");
        assert!(csv.body.starts_with('\u{feff}') && csv.body.contains("Zoë"), "{}", csv.body);
        let lines: Vec<&str> = csv.body.lines().skip(1).collect();
        assert!(lines[0].contains(",\"'＝1+1\","), "{}", lines[0]);
        for (line, row) in lines.iter().zip(rows) {
            let row = row.replace(',', "\",\"");
            assert!(line.contains(&format!("\"{row}\",\"{row}\",\"{zone}\"")), "{row} is not in {line}");
        }
        let report = dj.get(&format!("/djane/admin/history/{event}")).body;
        for moment in since {
            assert!(report.contains(&format!(">{moment}</time>")), "{moment} is not in {report}");
        }
        let history = dj.get("/djane/admin/history").body;
        assert!(history.contains(since[0]) && !history.contains(" UTC<"), "{history}");
    }
    // Without a setting the system's.
    let venue = Venue::of(dir, &[("TZ", "America/New_York".into())]);
    let csv = venue.host("djane").get(&format!("/api/djane/events/{event}.csv")).body;
    assert!(csv.contains("\"2026-10-24 19:30:00\",\"UTC-04:00\"") && csv.contains("America/New_York"), "{csv}");
}
