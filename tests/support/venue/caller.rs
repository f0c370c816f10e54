//! Somebody with a browser or a script, and what they may remember.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{Answer, Secrets, Venue};

/// Somebody with a browser or a script; keeps cookies as a browser would, path and all.
#[derive(Clone)]
pub struct Caller {
    pub(super) base: String,
    pub(super) agent: ureq::Agent,
    pub token: Option<String>,
    /// Path, name, value.
    pub cookies: Vec<(String, String, String)>,
    pub origin: Option<String>,
    pub headers: Vec<(String, String)>,
    pub(super) secrets: Secrets,
}

impl Caller {
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
        let origin = Some(base.to_owned());
        Self {
            base: base.into(),
            agent: config.into(),
            token: None,
            cookies: vec![],
            origin,
            headers: vec![],
            secrets: Secrets::default(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Remembers something that no log may tell.
    pub fn hide(&self, secret: &str) {
        self.secrets.lock().unwrap().insert(secret.to_owned());
    }

    /// Remembers whatever is secret in what is sent or answered.
    fn hide_all(&self, body: &[u8]) {
        let Ok(value) = serde_json::from_slice(body) else { return };
        let mut left: Vec<Value> = vec![value];
        while let Some(value) = left.pop() {
            let Value::Object(fields) = value else {
                left.extend(value.as_array().into_iter().flatten().cloned());
                continue;
            };
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("pin" | "token" | "password" | "old" | "new" | "nickname" | "note", Some(secret)) => {
                        self.hide(secret);
                    }
                    ("t" | "url" | "join_url" | "authorize_url", Some(link)) => {
                        link.rsplit('=').next().into_iter().for_each(|secret| self.hide(secret));
                    }
                    _ => left.push(value),
                }
            }
        }
    }

    /// The same phone after the box was started again on another port.
    pub fn move_to(&mut self, venue: &Venue) {
        self.base.clone_from(&venue.base);
        self.origin = Some(venue.base.clone());
    }

    /// The same phone at another address that leads to the same box.
    #[must_use]
    pub fn through(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self.origin = Some(base.to_owned());
        self
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.call("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, Some(("application/json", body.to_string().into_bytes())))
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, Some(("application/json", body.to_string().into_bytes())))
    }

    pub fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path, Some(("application/json", body.to_string().into_bytes())))
    }

    /// Where the code of this DJ's party leads.
    pub fn join_url(&mut self, dj: &str) -> String {
        self.get(&format!("/api/{dj}/event")).json()["event"]["join_url"].as_str().unwrap().to_owned()
    }

    pub fn delete(&mut self, path: &str) -> Answer {
        self.call("DELETE", path, None)
    }

    /// A form sent by a page without a script.
    pub fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&");
        self.call("POST", path, Some(("application/x-www-form-urlencoded", body.into_bytes())))
    }

    pub fn call(&mut self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Answer {
        self.try_call(method, path, body).unwrap()
    }

    /// The same at a box that may be gone before it answers.
    pub fn try_call(&mut self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Answer, ureq::Error> {
        for pass in ["t=", "dt=", "ht="] {
            path.split(['?', '&']).filter_map(|part| part.strip_prefix(pass)).for_each(|token| self.hide(token));
        }
        self.hide_all(body.as_ref().map_or(&[][..], |(_, text)| text));
        let answer = self.agent.run(self.request(method, path, body))?;
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.keep(cookie);
        }
        let status = answer.status().as_u16();
        let mut body = answer.into_body().read_to_vec()?;
        if headers.iter().any(|header| *header == ("content-encoding".into(), "gzip".into())) && !body.is_empty() {
            let packed = std::mem::take(&mut body);
            GzDecoder::new(&*packed).read_to_end(&mut body).unwrap();
        }
        self.hide_all(&body);
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    pub(super) fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> ureq::http::Request<Vec<u8>> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let cookies: Vec<_> =
            self.cookies.iter().filter(|(under, ..)| covers(under, path)).map(|(_, n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        if let Some(origin) = self.origin.as_ref().filter(|_| method != "GET") {
            request = request.header("Origin", origin);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (kind, body) = body.unzip();
        if let Some(kind) = kind {
            request = request.header("Content-Type", kind);
        }
        request.body(body.unwrap_or_default()).unwrap()
    }

    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("Path=")).unwrap_or("/").to_owned();
        // Whose box this is stands in every address; anything else in a cookie is a secret.
        if name != "dj" {
            self.hide(value);
        }
        self.cookies.retain(|(under, known, _)| (under.as_str(), known.as_str()) != (&path, name));
        if !cookie.contains("Max-Age=0") {
            self.cookies.push((path, name.into(), value.into()));
        }
    }
}

fn covers(under: &str, path: &str) -> bool {
    under == "/" || path.strip_prefix(under).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The same calls at the same moment.
pub fn at_once<T: Send>(callers: Vec<Caller>, call: impl Fn(&mut Caller) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let call = &call;
        let calls: Vec<_> = callers.into_iter().map(|mut caller| scope.spawn(move || call(&mut caller))).collect();
        calls.into_iter().map(|one| one.join().unwrap()).collect()
    })
}
