//! Nothing can be saved: whoever has a page open hears it when it begins and when it is over.

use std::path::Path;

use crate::browser::{Driver, LAPTOP, Person, TV, run};
use crate::pages::{guest_at, party, sign_in};
use crate::venue::{Caller, PASSWORD, Said, next};

/// The next word about saving; what changed meanwhile is passed over.
fn word(said: &std::sync::mpsc::Receiver<Said>) -> String {
    loop {
        let heard = next(said);
        if heard.event == "unsaved" {
            return heard.data;
        }
    }
}

fn aside(file: &Path) -> std::path::PathBuf {
    file.with_file_name("aside.db")
}

fn write_over(file: &Path) {
    std::fs::write(file, vec![0xa5; 300_000]).unwrap();
}

#[test]
fn every_stream_says_that_nothing_can_be_saved_and_that_it_can_again() {
    let (venue, mut dj) = party();
    let mut guest = venue.guest_of("johnsmith", &mut dj);
    let tv = venue.screen("johnsmith");
    let mut helper = venue.helper("johnsmith");
    let mut owner = venue.host("admin");
    for page in ["/superadmin/dashboard", "/superadmin/users", "/superadmin/users/new", "/account"] {
        assert!(owner.get(page).body.contains("data-live=\"/api/admin/live?heard="), "{page} hears nothing");
    }
    let file = venue.file();
    let known = dj.get("/johnsmith/admin/requests").body;
    let known = known.split("?heard=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let open = |who: &mut Caller, path: &str| who.listen(path);
    let streams = [
        open(&mut dj, "/api/johnsmith/live"),
        open(&mut guest, "/api/johnsmith/party/live"),
        open(&mut tv.clone(), "/api/johnsmith/display/live"),
        open(&mut helper, "/api/johnsmith/helper/live"),
        open(&mut owner, "/api/admin/live"),
    ];
    std::fs::rename(&file, aside(&file)).unwrap();
    for said in &streams {
        assert_eq!(word(said), r#"{"code":"database_displaced"}"#);
    }
    // A page that was read before, and whose stream opens only now.
    assert_eq!(word(&dj.listen(&format!("/api/johnsmith/live?heard={known}"))), r#"{"code":"database_displaced"}"#);
    std::fs::rename(aside(&file), &file).unwrap();
    for said in &streams {
        assert_eq!(word(said), r#"{"code":null}"#);
    }
    write_over(&file);
    for said in &streams {
        assert_eq!(word(said), r#"{"code":"database_overwritten"}"#, "no page can be read any more, and it is said");
    }
    // But for the one that says what to do.
    assert_eq!(owner.get("/account").status, 503);
    let manual = owner.with("Accept", "text/html").get("/help");
    assert!(manual.status == 200 && manual.body.contains("For the owner"), "{}", manual.body);
}

#[test]
fn open_pages_say_that_nothing_can_be_saved_and_when_it_can_again() {
    let (driver, (venue, mut dj)) = (Driver::start(), party());
    let screen = dj.post("/api/johnsmith/screens", &serde_json::json!({ "label": "TV" })).json();
    let file = venue.file();
    run(async {
        let host_page = Person::new(&driver, LAPTOP, true).await;
        sign_in(&host_page, &venue, "requests").await;
        let guest = guest_at(&driver, &mut dj).await;
        let tv = Person::new(&driver, TV, true).await;
        tv.open(screen["url"].as_str().unwrap()).await;
        tv.see(".join").await;
        let owner = Person::new(&driver, LAPTOP, true).await;
        owner.open(&format!("{}/login", venue.base)).await;
        owner.fill("[name=username]", "admin").await;
        owner.fill("[name=password]", PASSWORD).await;
        owner.tap("button[type=submit]").await;
        owner.see("#address").await;
        let all = [&host_page, &guest, &tv, &owner];
        for person in all {
            person.mark().await;
        }
        std::fs::rename(&file, aside(&file)).unwrap();
        for person in all {
            person.see("[data-unsaved=database_displaced]:not([hidden])").await;
            person.looks_whole().await;
        }
        std::fs::rename(aside(&file), &file).unwrap();
        for person in all {
            person.see("body:not(:has([data-unsaved]:not([hidden])))").await;
        }
        write_over(&file);
        for person in all {
            person.see("[data-unsaved=database_overwritten]:not([hidden])").await;
            person.was_not_reloaded().await;
        }
        // What cannot be read says why, and a page that comes back to it keeps what it shows.
        host_page.does("return party.refresh().then(() => 0)").await;
        host_page.see("[data-unsaved=database_overwritten]:not([hidden])").await;
        host_page.was_not_reloaded().await;
    });
}
