//! Accounts: who may sign in, as what, and what a password must be.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Timestamp, UserId, Username};

/// What an account may do: a host runs a party of their own, a super admin also runs the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Dj,
    Superadmin,
}

impl Role {
    /// The name it has in JSON, in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dj => "dj",
            Self::Superadmin => "superadmin",
        }
    }

    /// Reads `dj` or `superadmin`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Dj, Self::Superadmin].into_iter().find(|role| role.as_str() == text)
    }
}

/// A suspended account keeps its rows and cannot sign in; its party is closed to guests and screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    Active,
    Suspended,
}

impl AccountStatus {
    /// The name it has in JSON, in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Reads `active` or `suspended`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|status| status.as_str() == text)
    }
}

/// An account as pages and JSON show it; the password hash stays in the store.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    pub id: UserId,
    pub username: Username,
    pub display_name: String,
    pub role: Role,
    pub status: AccountStatus,
    pub created_at: Timestamp,
}

/// A password of 8 to 72 bytes in NFC: keyboards compose an é each in their own way, and bcrypt reads no further; a silently
/// shortened one is a lie.
pub struct Password(String);

impl Password {
    /// What bcrypt reads.
    pub const MOST_BYTES: usize = 72;

    /// Refuses fewer than 8 or more than 72 bytes, and NUL.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text: String = text.nfc().collect();
        match text.len() {
            0..8 => Err(Refusal::field("password", "Please use at least 8 characters.")),
            8..=72 if !text.contains('\0') => Ok(Self(text)),
            8..=72 => Err(Refusal::field("password", "Please remove the invisible control characters.")),
            _ => Err(Refusal::field(
                "password",
                "Please use at most 72 bytes (72 plain letters, fewer with accents or emoji).",
            )),
        }
    }

    /// As it was typed, in the composed form that is hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ways to spell what was typed, to be tried in turn: composed as passwords are kept now, as it came, and taken
    /// apart. Hashes made before passwords were composed still let their owners in, from any keyboard.
    pub fn spellings(typed: &str) -> Vec<String> {
        // Nobody's megabyte is taken apart; no password is that long.
        if typed.len() > 4 * Self::MOST_BYTES {
            return vec![typed.to_owned()];
        }
        let mut spellings: Vec<String> = vec![typed.nfc().collect(), typed.to_owned(), typed.nfd().collect()];
        spellings.dedup();
        spellings
    }
}

#[cfg(test)]
mod tests {
    use super::Password;

    #[test]
    fn a_password_is_the_same_however_its_letters_are_put_together() {
        let (composed, apart) = ("caf\u{e9} latte", "cafe\u{301} latte");
        assert_eq!(Password::parse(apart).unwrap().as_str(), composed);
        assert_eq!(Password::spellings(composed), [composed, apart]);
        assert_eq!(Password::spellings(apart), [composed, apart]);
        assert_eq!(Password::spellings("plain letters"), ["plain letters"], "one hash is looked at, not three");
    }

    #[test]
    fn a_password_past_72_bytes_is_refused_not_shortened() {
        assert!(Password::parse(&"x".repeat(72)).is_ok());
        assert!(Password::parse(&"x".repeat(73)).is_err());
        assert!(Password::parse(&"é".repeat(37)).is_err());
        assert!(Password::parse("seven77").is_err());
    }
}
