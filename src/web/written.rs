//! JSON answers that were written once for all who ask, or the most of them.

use rocket::serde::json::serde_json;
use serde::Serialize;

use crate::store::{Error, Result};

/// A JSON object as it goes out.
pub struct Written(Result<String>);

impl Written {
    pub fn of(value: &impl Serialize) -> Self {
        Self(serde_json::to_string(value).map_err(|error| Error::Broken(format!("an answer was not written: {error}"))))
    }

    /// The object, and behind what is in it what is in another.
    pub fn and(&self, other: &impl Serialize) -> Result<String> {
        let (one, other) = (self.whole()?, Self::of(other).0?);
        // Both begin and end with a brace.
        let (first, second) = (&one[..one.len() - 1], &other[1..]);
        Ok([first, if first.len() > 1 && second.len() > 1 { "," } else { "" }, second].concat())
    }

    pub fn whole(&self) -> Result<&str> {
        self.0.as_deref().map_err(Clone::clone)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Written;

    #[test]
    fn two_objects_are_written_as_one() {
        for (one, other, both) in [
            (json!({ "a": 1 }), json!({ "b": [{ "c": 2 }] }), json!({ "a": 1, "b": [{ "c": 2 }] })),
            (json!({}), json!({ "b": 2 }), json!({ "b": 2 })),
            (json!({ "a": {} }), json!({}), json!({ "a": {} })),
            (json!({}), json!({}), json!({})),
        ] {
            let written = Written::of(&one).and(&other).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), both, "{written}");
        }
    }
}
