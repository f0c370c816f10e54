//! Ways in: by name, by PIN, by a helper's link, by a screen's address.

use serde_json::json;

use super::people::{Admin, Guest, Helper, Host, Screen};
use super::{Caller, PASSWORD, Venue};

impl Venue {
    pub fn stranger(&self) -> Caller {
        Caller { secrets: self.secrets.clone(), ..Caller::new(&self.base) }
    }

    /// Signed in by name, with a bearer token.
    pub fn host(&self, name: &str) -> Caller {
        let mut caller = self.stranger();
        let answer = caller.post("/api/login", &json!({ "username": name, "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        caller.token = answer.json()["token"].as_str().map(str::to_owned);
        caller.hide(PASSWORD);
        caller.hide(caller.token.as_deref().unwrap());
        caller.cookies.clear();
        caller
    }

    /// Joined by the PIN.
    pub fn guest(&self, dj: &str) -> Caller {
        self.guest_of(dj, &mut self.host(dj))
    }

    /// Joined by the PIN that `host` tells.
    pub fn guest_of(&self, dj: &str, host: &mut Caller) -> Caller {
        let pin = host.get(&format!("/api/{dj}/event")).json()["event"]["pin"].clone();
        let mut caller = self.stranger();
        let answer = caller.post(&format!("/api/{dj}/join"), &json!({ "pin": pin }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        caller.hide(pin.as_str().unwrap());
        caller
    }

    /// Come by a fresh link.
    pub fn helper(&self, dj: &str) -> Caller {
        let url = self.host(dj).post(&format!("/api/{dj}/helpers"), &json!({ "name": "Lena" })).json()["url"].clone();
        let mut caller = self.stranger();
        let answer = caller.get(url.as_str().unwrap().strip_prefix(&self.base).unwrap());
        assert_eq!(answer.status, 303, "{}", answer.body);
        caller
    }

    /// Opened with a fresh address, and come back with what that left.
    pub fn screen(&self, dj: &str) -> Caller {
        let url = self.host(dj).post(&format!("/api/{dj}/screens"), &json!({ "label": "TV" })).json()["url"].clone();
        let mut caller = self.stranger();
        let answer = caller.get(url.as_str().unwrap().strip_prefix(&self.base).unwrap());
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(caller.get(&format!("/{dj}/display")).status, 200);
        caller
    }

    pub fn as_host(&self, dj: &str) -> Host {
        Host::new(self.host(dj), dj)
    }

    pub fn as_guest(&self, dj: &str) -> Guest {
        Guest::new(self.guest(dj), dj)
    }

    pub fn as_helper(&self, dj: &str) -> Helper {
        Helper::new(self.helper(dj), dj)
    }

    pub fn as_screen(&self, dj: &str) -> Screen {
        Screen::new(self.screen(dj), dj)
    }

    /// The super admin, whose name in the demo is `admin`.
    pub fn as_admin(&self) -> Admin {
        Admin::new(self.host("admin"), "admin")
    }
}
