//! A screen's address opens three times and a preview is none of them; and the DJ sees whether it lives.

use std::time::Instant;

use serde_json::json;

use crate::cookies::{led_to, path_of};
use crate::venue::people::Host;
use crate::venue::{Caller, Venue, next};

#[test]
fn a_screens_address_opens_three_times_and_then_never() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    let path = host.new_screen().strip_prefix(&venue.base).unwrap().to_owned();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let come = || {
            let mut device = venue.stranger();
            device.get(&path);
            device.get("/johnsmith/display").status
        };
        let tries: Vec<_> = (0..100).map(|_| scope.spawn(come)).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 97, "{statuses:?}");
    assert_eq!(venue.stranger().get(&path).status, 401, "an address that is used up");
    assert_eq!(host.screens()[0]["uses_left"], 0);
    let sql = "SELECT count(*) FROM display_tokens WHERE instr(CAST(token_hash AS BLOB), ?1)";
    let secret = path.split_once("dt=").unwrap().1;
    let stored: i64 = venue.rows().query_row(sql, [secret], |row| row.get(0)).unwrap();
    assert_eq!(stored, 0, "the address is stored as it is");
    let other = path.replace("johnsmith", "janedoe");
    assert_eq!(venue.stranger().get(&other).status, 401);
}

#[test]
fn a_preview_of_a_screens_address_spends_no_use() {
    let venue = Venue::demo();
    let mut host = venue.as_host("johnsmith");
    let url = host.new_screen();
    venue.stranger().call("HEAD", url.strip_prefix(&venue.base).unwrap(), None);
    assert_eq!(host.screens()[0]["uses_left"], 3);
}

#[test]
fn a_screen_tells_that_it_lives_and_loads_its_page_again_when_told() {
    let venue = Venue::by_hand();
    let (mut host, mut screen) = (venue.as_host("johnsmith"), venue.as_screen("johnsmith"));
    let said = screen.live();
    assert_eq!(next(&said).event, "hello");
    let seen = |host: &mut Host| host.screens()[0]["last_seen_at"].as_str().unwrap().to_owned();
    let before = seen(&mut host);
    let began = Instant::now();
    assert_eq!(screen.tells_that_it_lives().status, 204);
    assert!(seen(&mut host) > before);
    let page = host.page("overview").body;
    let ago = page.split_once("seen ").and_then(|(_, rest)| rest.split_once(" s ago")).expect("no sign of life").0;
    assert!(ago.parse::<u64>().unwrap() <= began.elapsed().as_secs(), "seen {ago} s ago");
    let one = host.screens().remove(0);
    assert_eq!(host.reload(&one).status, 204);
    assert_eq!(next(&said).event, "reload");
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
