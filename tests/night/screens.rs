//! The address of a screen opens three times, and a preview is none of them.

use serde_json::json;

use crate::venue::Venue;

#[test]
fn a_screens_address_opens_three_times_and_then_never() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let url = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(&venue.base).unwrap().to_owned();
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
    assert_eq!(dj.get("/api/johnsmith/screens").json()["screens"][0]["uses_left"], 0);
    let stored: i64 = venue
        .rows()
        .query_row(
            "SELECT count(*) FROM display_tokens WHERE instr(CAST(token_hash AS BLOB), ?1)",
            [path.split_once("dt=").unwrap().1],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(stored, 0, "the address is stored as it is");
    let other = path.replace("johnsmith", "janedoe");
    assert_eq!(venue.stranger().get(&other).status, 401);
}

#[test]
fn a_preview_of_a_screens_address_spends_no_use() {
    let venue = Venue::demo();
    let mut dj = venue.host("johnsmith");
    let url = dj.post("/api/johnsmith/screens", &json!({ "label": "TV" })).json()["url"].as_str().unwrap().to_owned();
    venue.stranger().call("HEAD", url.strip_prefix(&venue.base).unwrap(), None);
    assert_eq!(dj.get("/api/johnsmith/screens").json()["screens"][0]["uses_left"], 3);
}
