//! Everybody a box lets in, who must still be in when its clock was set.

use serde_json::json;

use crate::inside::Inside;
use crate::venue::{Caller, PASSWORD};

/// Everybody a box lets in, each with what it gave them.
pub struct People {
    pub cookie: Caller,
    pub bearer: Caller,
    pub guest: Caller,
    pub guest_id: String,
    pub screen: Caller,
    pub helper: Caller,
}

impl People {
    pub fn come(inside: &Inside) -> Self {
        let mut bearer = inside.sign_in("usera");
        let event = bearer.post("/api/usera/event", &json!({ "name": "Night" })).json()["event"].clone();
        let mut cookie = Caller::new(&inside.base);
        cookie.post("/api/login", &json!({ "username": "usera", "password": PASSWORD }));
        let mut guest = Caller::new(&inside.base);
        let joined = guest.post("/api/usera/join", &json!({ "pin": event["pin"] })).json();
        let mut by_link = |kind: &str, body| {
            let url = bearer.post(&format!("/api/usera/{kind}"), &body).json()["url"].as_str().unwrap().to_owned();
            let mut caller = Caller::new(&inside.base);
            assert_eq!(caller.get(url.strip_prefix(&inside.base).unwrap()).status, 303);
            caller
        };
        let mut screen = by_link("screens", json!({ "label": "TV" }));
        assert_eq!(screen.get("/usera/display").status, 200);
        let helper = by_link("helpers", json!({ "name": "Lena" }));
        let guest_id = joined["guest"]["id"].as_str().unwrap().to_owned();
        Self { cookie, bearer, guest, guest_id, screen, helper }
    }

    pub fn moved(self, inside: &Inside) -> Self {
        let moved = |caller: &Caller| inside.moved(caller);
        Self {
            cookie: moved(&self.cookie),
            bearer: moved(&self.bearer),
            guest: moved(&self.guest),
            screen: moved(&self.screen),
            helper: moved(&self.helper),
            guest_id: self.guest_id,
        }
    }

    /// Everybody is in as before, and the event has `left` milliseconds.
    pub fn are_in(&mut self, inside: &Inside, left: i64, what: &str) {
        assert_eq!(self.cookie.get("/usera/admin/overview").status, 200, "{what}: the DJ is signed out");
        assert_eq!(self.bearer.get("/api/me").status, 200, "{what}: the DJ's token is dead");
        let event = self.bearer.get("/api/usera/event").json()["event"].clone();
        assert_eq!(event["status"], "live", "{what}: the event has ended");
        assert_eq!(self.guest.get("/api/usera/party").status, 200, "{what}: the guest is out");
        let again = self.guest.post("/api/usera/join", &json!({ "pin": event["pin"] })).json();
        assert_eq!(again["guest"]["id"], *self.guest_id, "{what}: the guest is a new one");
        assert_eq!(self.screen.get("/usera/display").status, 200, "{what}: the screen is dark");
        assert_eq!(self.helper.get("/usera/helper").status, 200, "{what}: the helper is out");
        let ends: i64 = rows(inside, "SELECT expires_at FROM events WHERE status <> 'ended'");
        assert_eq!(ends - inside.store.now().0, left, "{what}: the event lasts longer or shorter");
    }
}

pub fn rows<T: rusqlite::types::FromSql>(inside: &Inside, sql: &str) -> T {
    rusqlite::Connection::open(inside.file()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}
