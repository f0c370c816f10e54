//! What the box answered.

use serde_json::Value;

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A page without the words that it has for what may come.
    pub fn shown(&self) -> String {
        let (before, words) = self.body.split_once(r#"<span id="words""#).expect("a page that goes on by itself");
        before.to_owned() + words.split_once("</span>").expect("its end").1
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The error's code; fails when the body is not an error as promised.
    pub fn code(&self) -> String {
        let body = self.json();
        assert!(body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", self.body);
        body["error"]["code"].as_str().expect("an error without a code").to_owned()
    }

    /// Status and code of an error.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.code())
    }
}
