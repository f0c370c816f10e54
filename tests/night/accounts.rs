//! What the super admin does to an account, whole or not at all.

use serde_json::json;

use crate::venue::people::Admin;
use crate::venue::{Answer, Venue};

#[test]
fn a_deleted_dj_takes_everything_along_and_nothing_of_anybody_else() {
    let venue = Venue::demo();
    let (mut admin, mut host, mut guest) = (venue.as_admin(), venue.as_host("johnsmith"), venue.as_guest("johnsmith"));
    let others = ["janedoe", "testdj"].map(|dj| venue.belongings(dj));
    let john = admin.account("johnsmith");
    assert_eq!(admin.delete(&john).status, 204);
    assert_eq!(host.get("/api/me").refusal(), (401, "not_signed_in".into()));
    assert_eq!(guest.party().status, 404);
    assert_eq!(admin.get("/api/johnsmith/event").status, 404);
    assert_eq!(admin.delete(&john).status, 404);
    assert_eq!(["janedoe", "testdj"].map(|dj| venue.belongings(dj)), others);
    let mut me = admin.account("admin");
    assert_eq!(admin.delete(&me).refusal(), (409, "last_superadmin".into()));
    me.push_str("-not");
    assert_eq!(admin.delete(&me).status, 404);
}

#[test]
fn passwords_have_8_to_72_bytes_and_are_never_cut_short() {
    let venue = Venue::demo();
    let mut admin = venue.as_admin();
    let add = |admin: &mut Admin, password: &str| -> Answer {
        admin.post("/api/superadmin/users", &json!({ "username": "newdj", "password": password }))
    };
    for bad in ["", "7-bytes", &"x".repeat(73), &"ü".repeat(37)] {
        let answer = add(&mut admin, bad);
        assert_eq!(answer.refusal(), (422, "invalid".into()), "{bad}");
        assert!(answer.json()["error"]["fields"]["password"].is_string(), "{}", answer.body);
    }
    let long = "x".repeat(72);
    assert_eq!(add(&mut admin, &long).status, 201);
    let sign_in = |password: &str| venue.stranger().sign_in("newdj", password).status;
    assert_eq!((sign_in(&long), sign_in(&format!("{long}x")), sign_in(&long[1..])), (200, 401, 401));
}

#[test]
fn an_account_changes_whole_or_not_at_all() {
    let venue = Venue::demo();
    let mut admin = venue.as_admin();
    let all = json!({ "display_name": "Gone", "password": "something-else", "status": "suspended" });
    assert_eq!(admin.change("admin", &all).refusal(), (409, "last_superadmin".into()));
    assert_eq!(admin.get("/api/me").json()["display_name"], "The Anchor");
    venue.as_admin();
    let refused = admin.change("admin", &json!({ "role": "dj" }));
    assert_eq!(refused.status, 422, "what cannot be changed is not passed over");
}
