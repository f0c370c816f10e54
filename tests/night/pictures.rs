//! The pictures of the README, taken from the demo by `scripts/screenshots`.

use serde_json::json;

use crate::browser::{Driver, LAPTOP, PHONE, Person, run};
use crate::venue::{PASSWORD, Venue};

#[test]
#[ignore = "writes files; run by scripts/screenshots"]
fn the_pictures_of_the_readme() {
    let (driver, venue) = (Driver::start(), Venue::demo());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/screenshots");
    let mut dj = venue.host("johnsmith");
    let way_in = dj.join_url("johnsmith");
    let screen =
        dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned();
    run(async {
        let tv = Person::new(&driver, (1280, 860), true).await;
        tv.open(&screen).await;
        tv.read(".now", "Lantern Street").await;
        tv.see_picture(".now .cover img").await;
        tv.see_picture(".songs li:last-child .cover img").await;
        tv.picture(&format!("{folder}/screen.png")).await;

        let guest = Person::new(&driver, PHONE, true).await;
        guest.open(&way_in).await;
        guest.read(".queue", "Sunday Shoes").await;
        guest.see_picture(".queue .cover img").await;
        guest.picture(&format!("{folder}/guest.png")).await;

        let host_page = Person::new(&driver, LAPTOP, true).await;
        host_page.open(&format!("{}/login?next=/johnsmith/admin/requests", venue.base)).await;
        host_page.fill("[name=username]", "johnsmith").await;
        host_page.fill("[name=password]", PASSWORD).await;
        host_page.tap("button[type=submit]").await;
        host_page.read(".tickets", "Second Hand Sun").await;
        host_page.see_picture(".tickets .cover img").await;
        host_page.picture(&format!("{folder}/requests.png")).await;
        for person in [tv, guest, host_page] {
            person.leave().await;
        }
    });
}
