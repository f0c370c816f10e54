//! The record: what is written down, that nobody changes it, and what it forgets.

use crate::venue::people::Host;
use crate::venue::{Venue, folder_of};

#[test]
fn a_super_admin_enters_any_djs_pages_and_it_is_written_down() {
    let venue = Venue::demo();
    let mut admin = venue.as_admin();
    assert_eq!(admin.get("/api/johnsmith/requests").status, 200);
    let page = admin.get("/johnsmith/admin/overview");
    assert!(page.body.contains("as super admin"), "no banner");
    assert_eq!(venue.host("janedoe").get("/api/johnsmith/requests?status=pending").status, 403);
    let dashboard = admin.get("/superadmin/dashboard").body;
    for (actor, outcome) in [("admin", "allowed"), ("janedoe", "refused")] {
        let rows: i64 = venue
            .rows()
            .query_row(
                "SELECT count(*) FROM audit WHERE actor = ?1 AND outcome = ?2 AND action LIKE 'GET /api/johnsmith/requests%' AND user_id = (SELECT id FROM users WHERE username = 'johnsmith')",
                [actor, outcome],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(rows, 1, "{actor} {outcome}");
        assert!(dashboard.contains(outcome), "{outcome} is not on the dashboard");
    }
}

#[test]
fn the_record_cannot_be_changed_and_the_dj_sees_who_was_there() {
    let venue = Venue::demo();
    venue.host("admin").get("/api/johnsmith/settings");
    let mut host = venue.as_host("johnsmith");
    let entries = host.record();
    assert!(
        entries.iter().any(|entry| entry["actor"] == "admin" && entry["action"] == "GET /api/johnsmith/settings"),
        "{entries:?}"
    );
    assert!(host.page("audit").body.contains("/api/johnsmith/settings"));
    assert!(!venue.host("janedoe").get("/api/janedoe/audit").body.contains("johnsmith"));
    let conn = rusqlite::Connection::open(venue.file()).unwrap();
    for sql in [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (id, user_id, at, actor, action, outcome) SELECT id, user_id, at, 'nobody', action, outcome FROM audit",
        "UPDATE audit SET count = count + 2, last_at = at",
        "UPDATE audit SET count = count + 1, last_at = at, actor = 'nobody'",
        "UPDATE audit SET count = count + 1, last_at = at - 1",
    ] {
        assert!(conn.execute(sql, []).unwrap_err().to_string().contains("append-only"), "{sql}");
    }
}

#[test]
fn the_record_forgets_what_is_older_than_ninety_days_and_nothing_younger() {
    let dir = folder_of(&["djane"]);
    let conn = rusqlite::Connection::open(dir.path().join("partyplaylist.db")).unwrap();
    for days in [89, 91, 400] {
        let sql = "INSERT INTO audit (user_id, at, actor, action, outcome)
                   SELECT id, (unixepoch() - ?1 * 86400) * 1000, 'djane', 'was here', 'allowed' FROM users";
        conn.execute(sql, [days]).unwrap();
    }
    let venue = Venue::of(dir, &[]);
    let mut host = venue.as_host("djane");
    let began = std::time::Instant::now();
    let kept = |host: &mut Host| host.record().iter().filter(|entry| entry["action"] == "was here").count();
    while kept(&mut host) != 1 {
        assert!(began.elapsed().as_secs() < 20, "{} of 3 are kept", kept(&mut host));
    }
}
