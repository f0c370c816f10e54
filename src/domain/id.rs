//! Names of rows, each of its own type, so that none stands for another.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::{Serialize, Serializer};

/// An opaque text id of one kind of row; ids of different kinds do not mix.
pub struct Id<Kind>(String, PhantomData<fn() -> Kind>);

/// What an id can be of.
pub mod row {
    /// An account: a DJ or a super admin.
    pub enum User {}
    /// One night.
    pub enum Event {}
    /// What a guest or a host asked for.
    pub enum Request {}
    /// Who joined an event.
    pub enum Guest {}
    /// A TV.
    pub enum Screen {}
    /// Who approves and rejects by a link.
    pub enum Helper {}
    /// One sign-in of a browser.
    pub enum Session {}
}

pub type UserId = Id<row::User>;
pub type EventId = Id<row::Event>;
pub type RequestId = Id<row::Request>;
pub type GuestId = Id<row::Guest>;
pub type ScreenId = Id<row::Screen>;
pub type HelperId = Id<row::Helper>;
pub type SessionId = Id<row::Session>;

impl<Kind> Id<Kind> {
    /// Takes 1 to 64 letters, digits and hyphens; anything else names no row.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (fits && plain).then(|| Self(text.to_owned(), PhantomData))
    }

    /// A new id, later ones sorting after earlier ones.
    pub fn fresh() -> Self {
        Self(uuid::Uuid::now_v7().to_string(), PhantomData)
    }

    /// The id as it stands in addresses and in the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<Kind> Eq for Id<Kind> {}

impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<Kind> Hash for Id<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    #[test]
    fn an_id_is_a_short_plain_word() {
        assert!(RequestId::parse("0190a-Z").is_some());
        let long = "a".repeat(65);
        for odd in ["", "a b", "a/b", "..", "é", "a\0", long.as_str()] {
            assert!(RequestId::parse(odd).is_none(), "{odd:?} passed");
        }
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let (first, second) = (RequestId::fresh(), RequestId::fresh());
        assert!(first < second);
    }
}
