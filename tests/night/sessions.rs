//! How long a sign-in lasts, and what ends it.

use serde_json::json;

use crate::venue::people::Host;
use crate::venue::{PASSWORD, Venue};

#[test]
fn a_signed_out_token_is_dead_and_the_other_one_lives() {
    let venue = Venue::demo();
    let (mut phone, mut laptop) = (venue.as_host("johnsmith"), venue.as_host("johnsmith"));
    assert_eq!(phone.post("/api/logout", &json!({})).status, 204);
    assert_eq!(phone.get("/api/me").refusal(), (401, "not_signed_in".into()));
    assert_eq!(laptop.get("/api/me").status, 200);
    assert_eq!(laptop.event()["status"], "live", "signing out ends no event");
}

#[test]
fn suspending_and_a_new_password_end_every_sign_in() {
    let venue = Venue::demo();
    let (mut admin, mut dj) = (venue.as_admin(), venue.as_host("johnsmith"));
    assert_eq!(admin.change("johnsmith", &json!({ "status": "suspended" })).json()["status"], "suspended");
    assert_eq!(dj.get("/api/me").status, 401);
    let locked = venue.stranger().sign_in("johnsmith", PASSWORD);
    assert_eq!(locked.refusal(), (403, "suspended".into()));
    admin.change("johnsmith", &json!({ "status": "active" }));
    let mut dj = venue.as_host("johnsmith");
    assert_eq!(admin.change("johnsmith", &json!({ "password": "another-one" })).status, 200);
    assert_eq!(dj.get("/api/me").status, 401);
    let old = venue.stranger().sign_in("johnsmith", PASSWORD);
    assert_eq!(old.status, 401);
    let new = venue.stranger().sign_in("johnsmith", "another-one");
    assert_eq!(new.status, 200);
}

#[test]
fn one_sees_where_one_is_signed_in_and_can_end_it() {
    let venue = Venue::demo();
    let (mut phone, mut laptop) = (venue.as_host("johnsmith"), venue.as_host("johnsmith"));
    let list = phone.get("/api/me/sessions").json();
    let (all, current) = (list["sessions"].as_array().unwrap(), &list["current"]);
    assert_eq!(all.len(), 2);
    let other = all.iter().find(|one| one["id"] != *current).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        venue.host("janedoe").delete(&format!("/api/me/sessions/{other}")).status,
        404,
        "another's sign-in is not there"
    );
    assert_eq!(phone.delete(&format!("/api/me/sessions/{other}")).status, 204);
    assert_eq!(laptop.get("/api/me").status, 401);
    assert!(phone.get("/account").body.contains("this one"));
    let mut third = venue.as_host("johnsmith");
    assert_eq!(phone.delete("/api/me/sessions").status, 204);
    assert_eq!((phone.get("/api/me").status, third.get("/api/me").status), (401, 401));
}

#[test]
fn ones_own_password_is_changed_with_the_old_one() {
    let venue = Venue::demo();
    let (mut here, mut elsewhere) = (venue.as_host("johnsmith"), venue.as_host("johnsmith"));
    let change =
        |host: &mut Host, old: &str, new: &str| host.put("/api/me/password", &json!({ "old": old, "new": new }));
    assert_eq!(change(&mut here, "not-the-old-one", "brand-new-one").status, 401);
    assert_eq!(change(&mut here, PASSWORD, "short").status, 422);
    let changed = change(&mut here, PASSWORD, "brand-new-one");
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(elsewhere.get("/api/me").status, 401);
    here.token = changed.json()["token"].as_str().map(str::to_owned);
    assert_eq!(here.get("/api/me").status, 200);
}

#[test]
fn a_sign_in_in_use_is_renewed_and_one_that_ran_out_stays_dead() {
    let venue = Venue::demo();
    let mut browser = venue.stranger();
    browser.sign_in("johnsmith", PASSWORD);
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    let quiet = browser.get("/api/me");
    assert!(quiet.header("set-cookie").is_none());
    conn.execute("UPDATE sessions SET expires_at = unixepoch() * 1000 + 600000", []).unwrap();
    let renewed = browser.get("/api/me");
    assert!(renewed.header("set-cookie").is_some_and(|cookie| cookie.starts_with("session=")), "{:?}", renewed.headers);
    let left: i64 =
        conn.query_row("SELECT max(expires_at) - unixepoch() * 1000 FROM sessions", [], |row| row.get(0)).unwrap();
    assert!(left > 160 * 3_600_000, "{left}");
    conn.execute("UPDATE sessions SET expires_at = unixepoch() * 1000 - 1", []).unwrap();
    assert_eq!(browser.get("/api/me").status, 401);
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
