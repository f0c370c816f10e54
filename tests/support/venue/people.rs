//! *Who asks* is a type: a test that holds a `Guest` does what guests do, and reads like it. Each is a caller as well, for
//! addresses that are another's.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::mpsc::Receiver;

use serde_json::{Value, json};

use super::{Answer, Caller, Said, wish};

/// A caller by what right they are in, at whose party.
pub struct By<R> {
    caller: Caller,
    dj: String,
    right: PhantomData<R>,
}

/// The rights there are; nothing but a name each.
pub mod right {
    pub enum Host {}
    pub enum Guest {}
    pub enum Helper {}
    pub enum Screen {}
    pub enum Admin {}
}

pub type Host = By<right::Host>;
pub type Guest = By<right::Guest>;
pub type Helper = By<right::Helper>;
pub type Screen = By<right::Screen>;
pub type Admin = By<right::Admin>;

impl<R> Deref for By<R> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<R> DerefMut for By<R> {
    fn deref_mut(&mut self) -> &mut Caller {
        &mut self.caller
    }
}

impl<R> By<R> {
    pub fn new(caller: Caller, dj: &str) -> Self {
        Self { caller, dj: dj.into(), right: PhantomData }
    }

    /// An address at this DJ's.
    fn api(&self, path: &str) -> String {
        format!("/api/{}/{path}", self.dj)
    }

    /// What such an address lists under its own name.
    fn list(&mut self, path: &str, name: &str) -> Vec<Value> {
        let answer = self.caller.get(path);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()[name].as_array().unwrap().clone()
    }
}

impl Host {
    /// The event that goes on, or null.
    pub fn event(&mut self) -> Value {
        self.caller.get(&self.api("event")).json()["event"].clone()
    }

    pub fn begin(&mut self, name: &str) -> Value {
        let begun = self.caller.post(&self.api("event"), &json!({ "name": name }));
        assert_eq!(begun.status, 201, "{}", begun.body);
        begun.json()["event"].clone()
    }

    pub fn end(&mut self) -> Answer {
        self.caller.post(&self.api("event/end"), &json!({}))
    }

    pub fn pin(&mut self) -> String {
        self.event()["pin"].as_str().unwrap().to_owned()
    }

    pub fn new_pin(&mut self) -> String {
        self.caller.post(&self.api("event/pin"), &json!({})).json()["pin"].as_str().unwrap().to_owned()
    }

    /// What the QR code holds beside the address.
    pub fn code(&mut self) -> String {
        code_in(&self.event())
    }

    pub fn new_code(&mut self) -> String {
        code_in(&self.caller.post(&self.api("event/qr"), &json!({})).json())
    }

    pub fn wishes(&mut self, title: &str) -> Answer {
        self.caller.post(&self.api("requests"), &wish(title))
    }

    pub fn requests(&mut self, status: &str) -> Vec<Value> {
        self.list(&self.api(&format!("requests?status={status}")), "requests")
    }

    /// Who did what, the newest first.
    pub fn record(&mut self) -> Vec<Value> {
        self.list(&self.api("audit"), "entries")
    }

    pub fn page(&mut self, name: &str) -> Answer {
        self.caller.get(&format!("/{}/admin/{name}", self.dj))
    }

    /// Where a new screen opens.
    pub fn new_screen(&mut self) -> String {
        let made = self.caller.post(&self.api("screens"), &json!({ "label": "TV" }));
        made.json()["url"].as_str().unwrap().to_owned()
    }

    pub fn screens(&mut self) -> Vec<Value> {
        self.list(&self.api("screens"), "screens")
    }

    /// Has a screen load its page again.
    pub fn reload(&mut self, screen: &Value) -> Answer {
        let id = screen["id"].as_str().unwrap();
        self.caller.post(&self.api(&format!("screens/{id}/reload")), &json!({}))
    }

    /// Where a new helper comes in.
    pub fn new_helper(&mut self, name: &str) -> String {
        let made = self.caller.post(&self.api("helpers"), &json!({ "name": name }));
        made.json()["url"].as_str().unwrap().to_owned()
    }

    pub fn helpers(&mut self) -> Vec<Value> {
        self.list(&self.api("helpers"), "helpers")
    }

    /// Takes a helper's link back.
    pub fn part_with(&mut self, helper: &Value) -> Answer {
        self.caller.delete(&self.api(&format!("helpers/{}", helper["id"].as_str().unwrap())))
    }
}

/// The secret of a QR code in whatever tells where it leads.
fn code_in(told: &Value) -> String {
    told["join_url"].as_str().unwrap().split_once("?t=").unwrap().1.to_owned()
}

impl Guest {
    pub fn party(&mut self) -> Answer {
        self.caller.get(&self.api("party"))
    }
}

impl Helper {
    pub fn page(&mut self) -> Answer {
        self.caller.get(&format!("/{}/helper", self.dj))
    }

    pub fn live(&self) -> Receiver<Said> {
        self.caller.listen(&self.api("helper/live"))
    }

    /// Does something to a request, as in `approve`.
    pub fn act(&mut self, request: &Value, what: &str) -> Answer {
        let id = request["id"].as_str().unwrap();
        self.caller.post(&self.api(&format!("requests/{id}/{what}")), &json!({}))
    }
}

impl Screen {
    pub fn live(&self) -> Receiver<Said> {
        self.caller.listen(&self.api("display/live"))
    }

    pub fn tells_that_it_lives(&mut self) -> Answer {
        self.caller.get(&self.api("display/alive"))
    }
}

impl Admin {
    /// Where this DJ's account is changed.
    pub fn account(&mut self, name: &str) -> String {
        let all = self.list("/api/superadmin/users", "users");
        let found = all.iter().find(|user| user["username"] == name).unwrap();
        format!("/api/superadmin/users/{}", found["id"].as_str().unwrap())
    }

    pub fn change(&mut self, name: &str, what: &Value) -> Answer {
        let account = self.account(name);
        self.caller.patch(&account, what)
    }

    /// Who did what in the whole box, the newest first.
    pub fn record(&mut self) -> Vec<Value> {
        self.list("/api/superadmin/audit", "entries")
    }
}

/// What somebody who is nobody yet may try.
impl Caller {
    pub fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/api/login", &json!({ "username": name, "password": password }))
    }

    /// Joins by a PIN.
    pub fn try_pin(&mut self, dj: &str, pin: &str) -> Answer {
        self.post(&format!("/api/{dj}/join"), &json!({ "pin": pin }))
    }

    /// Scans a QR code with a phone's camera.
    pub fn scan(&mut self, dj: &str, code: &str) -> Answer {
        self.get(&format!("/{dj}?t={code}"))
    }
}
