//! What the super admin does to an account, whole or not at all.

use serde_json::json;

use crate::venue::{Caller, Venue};

/// Where the super admin changes an account.
pub fn user_path(admin: &mut Caller, name: &str) -> String {
    let users = admin.get("/api/superadmin/users").json()["users"].clone();
    let user = users.as_array().unwrap().iter().find(|user| user["username"] == name).unwrap().clone();
    format!("/api/superadmin/users/{}", user["id"].as_str().unwrap())
}

#[test]
fn a_deleted_dj_takes_everything_along_and_nothing_of_anybody_else() {
    let venue = Venue::demo();
    let (mut admin, mut dj, mut guest) = (venue.host("admin"), venue.host("johnsmith"), venue.guest("johnsmith"));
    let others = ["janedoe", "testdj"].map(|dj| venue.belongings(dj));
    let john = user_path(&mut admin, "johnsmith");
    assert_eq!(admin.delete(&john).status, 204);
    assert_eq!(dj.get("/api/me").refusal(), (401, "not_signed_in".into()));
    assert_eq!(guest.get("/api/johnsmith/party").status, 404);
    assert_eq!(admin.get("/api/johnsmith/event").status, 404);
    assert_eq!(admin.delete(&john).status, 404);
    assert_eq!(["janedoe", "testdj"].map(|dj| venue.belongings(dj)), others);
    let mut me = user_path(&mut admin, "admin");
    assert_eq!(admin.delete(&me).refusal(), (409, "last_superadmin".into()));
    me.push_str("-not");
    assert_eq!(admin.delete(&me).status, 404);
}

#[test]
fn passwords_have_8_to_72_bytes_and_are_never_cut_short() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let add = |admin: &mut Caller, name: &str, password: &str| {
        admin.post("/api/superadmin/users", &json!({ "username": name, "password": password }))
    };
    for bad in ["", "7-bytes", &"x".repeat(73), &"ü".repeat(37)] {
        let answer = add(&mut admin, "newdj", bad);
        assert_eq!(answer.refusal(), (422, "invalid".into()), "{bad}");
        assert!(answer.json()["error"]["fields"]["password"].is_string(), "{}", answer.body);
    }
    let long = "x".repeat(72);
    assert_eq!(add(&mut admin, "newdj", &long).status, 201);
    let log_in = |password: &str| {
        venue.stranger().post("/api/login", &json!({ "username": "newdj", "password": password })).status
    };
    assert_eq!((log_in(&long), log_in(&format!("{long}x")), log_in(&long[1..])), (200, 401, 401));
}

#[test]
fn an_account_changes_whole_or_not_at_all() {
    let venue = Venue::demo();
    let mut admin = venue.host("admin");
    let me = user_path(&mut admin, "admin");
    let refused =
        admin.patch(&me, &json!({ "display_name": "Gone", "password": "something-else", "status": "suspended" }));
    assert_eq!(refused.refusal(), (409, "last_superadmin".into()));
    assert_eq!(admin.get("/api/me").json()["display_name"], "The Anchor");
    venue.host("admin");
    assert_eq!(admin.patch(&me, &json!({ "role": "dj" })).status, 422, "what cannot be changed is not passed over");
}
