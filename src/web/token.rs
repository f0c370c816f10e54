//! Signed tokens: sign-ins and passes, each for one purpose and for its time.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;
use crate::store;

/// What a token is good for; one kind never passes as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Somebody signed in: `id` is the session, `of` the user.
    Session,
    /// A guest: `id` is the guest, `of` the host's name.
    Guest,
    /// A screen: `id` is the screen, `of` the host's name.
    Screen,
    /// Somebody who may approve and reject: `id` is the helper, `of` the host's name.
    Helper,
    /// Somebody at the door who has tried a PIN: `id` is random, `of` the host's name.
    Visitor,
    /// A device that opened a screen's address, and whose use is spent when it comes back: `id` is the screen and a random
    /// word, `of` the host's name.
    Opening,
    /// A browser that signed in: `id` is random, `of` the account's name.
    Known,
}

impl Purpose {
    /// The cookie that carries it.
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Guest => "guest",
            Self::Screen => "screen",
            Self::Helper => "helper",
            Self::Visitor => "visitor",
            Self::Opening => "opening",
            Self::Known => "known",
        }
    }
}

/// What a token says; times in seconds of the box's own time, which is since 1970 while nobody sets its clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    #[serde(rename = "use")]
    pub purpose: Purpose,
    pub id: String,
    pub of: String,
    pub iat: i64,
    pub exp: i64,
}

/// So much later than now may a token have been made.
const AHEAD_SECONDS: i64 = 600;

/// Signs and reads tokens with the box's own key, HS256.
pub struct Keyring {
    sign: EncodingKey,
    read: DecodingKey,
    rules: Validation,
}

impl Keyring {
    pub fn new(key: &[u8; 32]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        // Times are checked against the box's own in `read`.
        rules.validate_exp = false;
        rules.required_spec_claims.clear();
        Self { sign: EncodingKey::from_secret(key), read: DecodingKey::from_secret(key), rules }
    }

    /// A token that says so.
    pub fn sign(&self, claims: &Claims) -> store::Result<String> {
        encode(&Header::default(), claims, &self.sign)
            .map_err(|error| store::Error::Broken(format!("a token was not signed: {error}")))
    }

    /// What a token says, if we made it, for this purpose, and its time has come and is not up at `now`, in the box's own
    /// time.
    pub fn read(&self, token: &str, purpose: Purpose, now: Timestamp) -> Option<Claims> {
        let claims = self.made_by_us(token, purpose)?;
        // A box that lost its plug goes on from when it was last written down that it ran.
        (claims.iat <= now.seconds() + AHEAD_SECONDS && now.seconds() < claims.exp).then_some(claims)
    }

    /// What a token says that was good once and has run out.
    pub fn read_expired(&self, token: &str, purpose: Purpose, now: Timestamp) -> Option<Claims> {
        self.made_by_us(token, purpose).filter(|claims| now.seconds() >= claims.exp)
    }

    fn made_by_us(&self, token: &str, purpose: Purpose) -> Option<Claims> {
        let claims = decode::<Claims>(token, &self.read, &self.rules).ok()?.claims;
        (token.len() < 1024 && claims.purpose == purpose).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Claims, Keyring, Purpose, Timestamp};

    const NOW: Timestamp = Timestamp(1_000_000);

    fn token(key: u8) -> String {
        let (iat, exp) = (NOW.seconds(), NOW.plus_ms(1000).seconds());
        Keyring::new(&[key; 32])
            .sign(&Claims { purpose: Purpose::Session, id: "s".into(), of: "u".into(), iat, exp })
            .unwrap()
    }

    fn reads(token: &str, purpose: Purpose, now: Timestamp) -> bool {
        Keyring::new(&[1; 32]).read(token, purpose, now).is_some()
    }

    #[test]
    fn a_token_is_good_for_its_purpose_and_its_time() {
        assert!(reads(&token(1), Purpose::Session, NOW));
        assert!(!reads(&token(1), Purpose::Guest, NOW));
        assert!(!reads(&token(1), Purpose::Session, NOW.plus_ms(1000)));
        assert!(!reads(&token(1), Purpose::Session, NOW.plus_ms(-3_600_000)));
    }

    #[test]
    fn a_token_of_another_key_or_of_none_is_refused() {
        assert!(!reads(&token(2), Purpose::Session, NOW));
        let made = token(1);
        let (_, rest) = made.split_once('.').unwrap();
        let (claims, _) = rest.split_once('.').unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in
            [format!("{none}.{claims}."), format!("{none}.{rest}"), format!("{made}x"), "a.b.c".into(), String::new()]
        {
            assert!(!reads(&forged, Purpose::Session, NOW), "{forged}");
        }
    }
}
