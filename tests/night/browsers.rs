//! The night as people have it, in real browsers.

use std::time::{Duration, Instant};

use fantoccini::Locator;
use serde_json::json;

use crate::browser::{Driver, LAPTOP, PHONE, Person, TV, run};
use crate::venue::{PASSWORD, Venue};

#[test]
fn a_night_in_five_browsers() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    run(async {
        // The owner takes the box with the link from the terminal, and makes a DJ.
        let owner = Person::new(&driver, LAPTOP, true).await;
        let link = venue.setup_link();
        assert!(link.starts_with("http://party.lan:"), "{link}");
        owner.open(link).await;
        owner.fill("[name=username]", "owner").await;
        owner.fill("[name=display_name]", "The Anchor").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.read("h1", "The Anchor").await;
        owner.tap("a[href='/superadmin/users/new']").await;
        owner.fill("[name=username]", "djane").await;
        owner.fill("[name=display_name]", "DJane").await;
        owner.fill("[name=password]", "turntables").await;
        owner.tap("main button[type=submit]").await;
        owner.see("#user-djane").await;
        owner.looks_whole().await;

        // The DJ signs in and starts the night.
        let base = &venue.base;
        let dj = Person::new(&driver, LAPTOP, true).await;
        dj.open(&format!("{base}/login")).await;
        dj.fill("[name=username]", "djane").await;
        dj.fill("[name=password]", "turntables").await;
        dj.tap("button[type=submit]").await;
        dj.fill("form.start [name=name]", "Friday at the Anchor").await;
        dj.tap("form.start button[type=submit]").await;
        dj.read("h2", "Friday at the Anchor").await;
        let scanned = dj.scan("img.qr").await;
        assert!(scanned.starts_with(&format!("{base}/djane?t=")), "{scanned}");

        // The TV.
        dj.fill(".screens [name=label]", "TV at the bar").await;
        dj.tap(".screens form.inline button").await;
        let address = dj.words("#screen-url").await;
        let tv = Person::new(&driver, TV, true).await;
        tv.open(&address).await;
        tv.read("p", "Ask for a song").await;
        // Plain HTTP under a name has no wake lock: a film keeps the TV on.
        tv.see("video.film").await;
        let plays = "return document.querySelector('.film').play().then(() => !navigator.wakeLock)";
        assert_eq!(tv.does(plays).await, json!(true));
        assert_eq!(tv.scan(".join .qr").await, scanned, "the TV shows the same way in");
        tv.looks_whole().await;
        tv.mark().await;

        // Two guests, one by the code, one by the PIN on the TV.
        let anna = Person::new(&driver, PHONE, true).await;
        anna.open(&scanned).await;
        anna.see("form#ask").await;
        assert!(
            !anna.client.current_url().await.unwrap().as_str().contains("t="),
            "the secret stays in the address bar"
        );
        let pin = tv.words(".pin strong").await;
        let ben = Person::new(&driver, PHONE, true).await;
        ben.open(&format!("{base}/djane")).await;
        ben.fill("[name=pin]", &pin).await;
        ben.tap("button[type=submit]").await;
        ben.see("form#ask").await;

        // A wish appears at the DJ's, who has the list open.
        dj.open(&format!("{base}/djane/admin/requests")).await;
        for person in [&dj, &anna, &ben] {
            person.looks_whole().await;
            person.mark().await;
        }
        anna.fill("#ask [name=title]", "Blue Monday").await;
        anna.fill("#ask [name=artist]", "New Order").await;
        anna.tap("#ask button[type=submit]").await;
        anna.read(".mine", "Waiting for the DJ").await;
        dj.read(".tickets", "Blue Monday").await;

        // The same wish of another guest is a vote.
        ben.fill("#ask [name=title]", "blue monday").await;
        ben.fill("#ask [name=artist]", "NEW ORDER").await;
        ben.tap("#ask button[type=submit]").await;
        ben.read(".toast", "your vote counts").await;
        dj.read(".tickets", "▲ 1").await;

        // Approved: both guests and the TV know.
        dj.tap(".tickets form[data-act=approve] button").await;
        anna.read(".mine", "You're next!").await;
        ben.read(".queue", "Blue Monday").await;
        tv.read(".next", "Blue Monday").await;

        // It plays, and was played.
        dj.tap(".line form[data-act=playing] button").await;
        for person in [&anna, &ben, &tv, &dj] {
            person.read(".now", "Blue Monday").await;
        }
        anna.read(".mine", "Playing now!").await;
        dj.tap(".now button[type=submit]").await;
        anna.read(".mine", "Played").await;
        tv.read(".now", "Your song?").await;
        for person in [&dj, &anna, &ben, &tv] {
            person.was_not_reloaded().await;
        }

        // The night ends; guests and TV see it, the history keeps it.
        dj.open(&format!("{base}/djane/admin/overview")).await;
        dj.tap("details.end summary").await;
        dj.tap("details.end button.danger").await;
        dj.read("h1", "Friday at the Anchor").await;
        anna.read("h1", "This party is over.").await;
        tv.read(".now", "No party right now").await;
        dj.looks_whole().await;
        let csv = dj.link("a[href$='.csv']").await;
        let table = dj
            .client
            .execute_async(
                "const done = arguments[1]; fetch(arguments[0]).then((answer) => answer.text()).then(done)",
                vec![json!(csv)],
            )
            .await
            .unwrap();
        assert!(table.as_str().unwrap().contains("\"Blue Monday\",\"New Order\","), "{table}");
        dj.open(&format!("{base}/djane/admin/history")).await;
        dj.read("main", "1 played of 1").await;
        for person in [owner, dj, anna, ben, tv] {
            person.leave().await;
        }
    });
}

#[test]
fn join_ask_and_approve_without_a_script() {
    let driver = Driver::start();
    let venue = Venue::named("party.lan");
    run(async {
        let base = &venue.base;
        let link = venue.setup_link();
        let dj = Person::new(&driver, LAPTOP, false).await;
        dj.open(link).await;
        dj.fill("[name=username]", "owner").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.read("h1", "owner").await;
        dj.open(&format!("{base}/owner/admin/overview")).await;
        dj.fill("form.start [name=name]", "Plain Friday").await;
        dj.tap("form.start button[type=submit]").await;
        dj.read("h2", "Plain Friday").await;
        let way_in = dj.link(".pass a[href*='?t=']").await;

        let guest = Person::new(&driver, PHONE, false).await;
        guest.open(&way_in).await;
        guest.fill("#ask [name=title]", "By Hand").await;
        guest.fill("#ask [name=artist]", "No Script").await;
        guest.tap("#ask button[type=submit]").await;
        guest.read(".mine", "Waiting for the DJ").await;
        assert_eq!(guest.client.current_url().await.unwrap().path(), "/owner", "the answer to a form is the page");

        dj.open(&format!("{base}/owner/admin/requests")).await;
        dj.tap(".tickets form[data-act=approve] button").await;
        dj.read(".line", "By Hand").await;
        guest.open(&format!("{base}/owner")).await;
        guest.read(".mine", "You're next!").await;
        for person in [dj, guest] {
            person.leave().await;
        }
    });
}

#[test]
fn who_is_about_to_be_signed_out_is_told_and_stays_with_a_tap() {
    let driver = Driver::start();
    let venue = Venue::demo();
    run(async {
        let dj = Person::new(&driver, PHONE, true).await;
        dj.open(&format!("{}/login", venue.base)).await;
        dj.fill("[name=username]", "johnsmith").await;
        dj.fill("[name=password]", PASSWORD).await;
        dj.tap("button[type=submit]").await;
        dj.see(".pass").await;
        let hours_left = "return (document.cookie.match(/session_ends=(\\d+)/)[1] - Date.now() / 1000) / 3600";
        let hours = async || dj.client.execute(hours_left, vec![]).await.unwrap().as_f64().unwrap();
        assert!(hours().await > 160.0);
        let end = "document.cookie = 'session_ends=' + Math.floor(Date.now() / 1000 + arguments[0]) + '; path=/'";
        for (seconds, told) in [(20 * 60, false), (14 * 60, true)] {
            dj.client.execute(end, vec![json!(seconds)]).await.unwrap();
            dj.open(&format!("{}/johnsmith/admin/settings", venue.base)).await;
            dj.see("form").await;
            let shown = dj.client.find_all(Locator::Css("#toast:not([hidden]) button")).await.unwrap().len();
            assert_eq!(shown, usize::from(told), "{seconds} s before the end");
        }
        dj.read("#toast", "You will be signed out in 14 min.").await;
        dj.open(&format!("{}/johnsmith/admin/requests", venue.base)).await;
        dj.read("#toast", "You will be signed out in 14 min.").await;
        dj.does("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'u', bubbles: true }))").await;
        assert!(dj.shows("#toast").await, "the key that takes back an act stays signed in instead");
        dj.tap("#toast button").await;
        dj.see("#toast[hidden]").await;
        let began = Instant::now();
        while hours().await <= 160.0 {
            assert!(began.elapsed() < Duration::from_secs(20), "the tap renewed nothing");
        }
        dj.leave().await;
    });
}

#[test]
fn no_page_of_the_host_is_wider_than_a_phone() {
    let driver = Driver::start();
    let venue = Venue::demo();
    venue.host("admin").get("/api/johnsmith/requests");
    run(async {
        let owner = Person::new(&driver, PHONE, true).await;
        owner.open(&format!("{}/login", venue.base)).await;
        owner.fill("[name=username]", "admin").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.read("h1", "The Anchor").await;
        let admin = ["overview", "requests", "queue", "settings", "spotify", "history", "audit"];
        let admin = admin.map(|page| format!("/johnsmith/admin/{page}"));
        let own = ["/superadmin/dashboard", "/superadmin/users", "/superadmin/users/new", "/account", "/help", "/"];
        for path in own.map(String::from).into_iter().chain(admin) {
            owner.open(&format!("{}{path}", venue.base)).await;
            owner.see("h1").await;
            owner.looks_whole().await;
        }
        owner.leave().await;
    });
}
