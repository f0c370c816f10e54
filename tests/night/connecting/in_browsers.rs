//! DJs consent in a real browser.

use super::{APPS, begin, open, prepared, say_yes};
use crate::browser::{Driver, LAPTOP, Person, run};
use crate::venue::{PASSWORD, Venue};

#[test]
fn two_djs_in_a_row_connect_in_a_real_browser() {
    let driver = Driver::start();
    let (dir, settings, _spotify) = prepared();
    let venue = Venue::named_of("party.lan", dir, &settings);
    run(async {
        for (name, client_id, shown) in [("johnsmith", APPS[0], "John Smith"), ("janedoe", APPS[1], "Jane Doe")] {
            let dj = Person::new(&driver, LAPTOP, true).await;
            dj.open(&format!("{}/login?next=/{name}/admin/spotify", venue.base)).await;
            dj.fill("[name=username]", name).await;
            dj.fill("[name=password]", PASSWORD).await;
            dj.tap("button[type=submit]").await;
            dj.read("main", "http://127.0.0.1:").await;
            dj.fill("[name=client_id]", client_id).await;
            dj.tap("form[action$='/spotify/app'] button").await;
            dj.tap("form[action$='/spotify/connect'] button").await;
            let consent = dj.see("#consent").await.attr("href").await.unwrap().unwrap();
            // Spotify opens in a tab of its own, and ends at a page that nobody answers: the DJ's own 127.0.0.1.
            let first = dj.new_tab().await;
            dj.cannot_reach(&driver, "*/spotify/callback*").await;
            dj.open(&consent).await;
            dj.tap(&format!("#allow-{name}")).await;
            let dead = dj.address_with("code=").await;
            assert!(dead.starts_with("http://127.0.0.1:"), "{dead}");
            dj.close_tab(first).await;
            // What is pasted wrongly is said in place, and the right one can follow.
            dj.fill("[name=url]", "http://party.lan/somewhere").await;
            dj.tap("form[action$='/spotify/finish'] button").await;
            dj.read(".alert", "This is not the address").await;
            dj.fill("[name=url]", &dead).await;
            dj.tap("form[action$='/spotify/finish'] button").await;
            dj.read("h2", shown).await;
            dj.tap("form[action$='/spotify/doctor'] button").await;
            dj.read(".lights", &format!("Signed in as {shown}")).await;
            dj.leave().await;
        }
    });
}

#[test]
fn a_browser_that_reaches_the_box_is_finished_by_itself() {
    let (venue, _spotify) = open();
    let mut john = venue.host("johnsmith");
    let back = say_yes(&begin(&mut john, "johnsmith", APPS[0]), "johnsmith");
    let path = back.strip_prefix(&venue.base).expect("the way back leads to the box itself");
    let mut jane = venue.host("janedoe").with("Accept", "text/html");
    assert_eq!(jane.get(path).status, 409, "another DJ in the same browser");
    let done = john.clone().with("Accept", "text/html").get(path);
    assert_eq!((done.status, done.header("location")), (303, Some("/johnsmith/admin/spotify")), "{}", done.body);
    assert_eq!(john.get("/api/johnsmith/spotify").json()["connected"], true);
    assert_eq!(venue.stranger().get(path).status, 401);
}
