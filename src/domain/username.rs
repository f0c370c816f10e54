//! Usernames, and the addresses that begin with them.

use std::fmt;

use serde::{Serialize, Serializer};

/// Every first path segment the appliance uses itself, under `/` and under `/api/`.
pub const RESERVED: [&str; 13] = [
    "account",
    "api",
    "assets",
    "health",
    "help",
    "login",
    "logout",
    "me",
    "metrics",
    "setup",
    "spotify",
    "static",
    "superadmin",
];

/// A DJ's name in addresses: 3–20 of `a-z 0-9 -`, a letter or digit at both ends, none of [`RESERVED`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(String);

impl Username {
    /// Refuses any other shape; upper case is refused, not folded, so that one name has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = (3..=20).contains(&bytes.len())
            && bytes.iter().all(|&b| b == b'-' || solid(b))
            && bytes.first().is_some_and(|&b| solid(b))
            && bytes.last().is_some_and(|&b| solid(b));
        (shaped && !RESERVED.contains(&text)).then(|| Self(text.to_owned()))
    }

    /// The name somebody means who typed it as phones and people do: in capitals, with a space behind it.
    pub fn typed(text: &str) -> Option<Self> {
        Self::parse(&text.trim().to_lowercase())
    }

    /// The name as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of this DJ's party.
    pub fn home(&self) -> String {
        format!("/{self}")
    }

    /// The path of a page beside it, as `helper`.
    pub fn page(&self, page: impl fmt::Display) -> String {
        format!("/{self}/{page}")
    }

    /// The path of one of the host's own pages, as `queue`.
    pub fn admin(&self, page: impl fmt::Display) -> String {
        format!("/{self}/admin/{page}")
    }

    /// The path of what programs call, as `requests`.
    pub fn api(&self, call: impl fmt::Display) -> String {
        format!("/api/{self}/{call}")
    }
}

fn solid(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Username {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{RESERVED, Username};

    #[test]
    fn a_username_is_short_lower_case_and_solid_at_both_ends() {
        for good in ["abc", "dj-1", "007", "johnsmith", "a-b-c", "abcdefghij0123456789"] {
            assert!(Username::parse(good).is_some(), "{good}");
        }
        for bad in ["ab", "-ab", "ab-", "Abc", "a_b", "a b", "ábc", "abcdefghij0123456789x", "", "a/b", "..."] {
            assert!(Username::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_name_typed_in_capitals_or_with_spaces_around_is_the_same_name() {
        for typed in ["johnsmith", "JohnSmith", " johnsmith ", "JOHNSMITH\u{a0}", "\tjohnSmith\n"] {
            assert_eq!(Username::typed(typed).unwrap().as_str(), "johnsmith", "{typed:?}");
        }
        for none in ["john smith", "", "  ", "Login", "Ä"] {
            assert!(Username::typed(none).is_none(), "{none:?}");
        }
    }

    #[test]
    fn a_page_of_the_appliance_is_nobodys_name() {
        for reserved in RESERVED {
            assert!(Username::parse(reserved).is_none(), "{reserved}");
        }
    }
}
