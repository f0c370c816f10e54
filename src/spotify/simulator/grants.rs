//! Codes, access tokens and refresh tokens, how long each lives, and what it allows.

use std::collections::BTreeMap;

use crate::domain::Timestamp;

/// An access token's life.
pub const HOUR_S: i64 = 3600;
/// A code's life.
const CODE_MS: i64 = 10 * 60 * 1000;
/// Six months after consent a refresh token is dead, however often it was used.
const CONSENT_MS: i64 = 183 * 24 * 60 * 60 * 1000;

/// What a DJ allowed, to whom.
#[derive(Clone, Debug)]
pub struct Allowed {
    pub account: String,
    pub client_id: String,
    pub scope: String,
}

/// A code on its way through the browser, good once.
pub struct Code {
    pub allowed: Allowed,
    pub redirect_uri: String,
    pub challenge: String,
    pub made: Timestamp,
}

struct Access {
    allowed: Allowed,
    expires: Timestamp,
}

struct Refresh {
    allowed: Allowed,
    authorized: Timestamp,
    revoked: bool,
}

/// Codes and tokens given out.
#[derive(Default)]
pub struct Grants {
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    count: u64,
}

impl Grants {
    pub fn code(&mut self, code: Code) -> String {
        let text = self.name("AQC", &code.allowed, code.made);
        self.codes.insert(text.clone(), code);
        text
    }

    /// Whose a code is, without using it.
    pub fn holder_of_code(&self, code: &str) -> Option<&Allowed> {
        self.codes.get(code).map(|code| &code.allowed)
    }

    /// Uses a code up; none for one unknown, used or too old.
    pub fn redeem(&mut self, code: &str, now: Timestamp) -> Option<Code> {
        self.codes.remove(code).filter(|code| now.ms_since(code.made) <= CODE_MS)
    }

    pub fn access(&mut self, allowed: &Allowed, now: Timestamp) -> String {
        let text = self.name("BQA", allowed, now);
        let access = Access { allowed: allowed.clone(), expires: now.plus_ms(HOUR_S * 1000) };
        self.access.insert(text.clone(), access);
        text
    }

    pub fn refresh(&mut self, allowed: &Allowed, authorized: Timestamp, now: Timestamp) -> String {
        let text = self.name("AQR", allowed, now);
        self.refresh.insert(text.clone(), Refresh { allowed: allowed.clone(), authorized, revoked: false });
        text
    }

    /// Whose an access token is, and whether it is still good.
    pub fn open(&self, token: &str, now: Timestamp) -> Option<(&Allowed, bool)> {
        self.access.get(token).map(|access| (&access.allowed, now < access.expires))
    }

    /// Whose a refresh token is, dead or alive.
    pub fn holder(&self, token: &str) -> Option<&Allowed> {
        self.refresh.get(token).map(|refresh| &refresh.allowed)
    }

    /// When the consent behind a refresh token was given; or why it is dead, in Spotify's words.
    pub fn authorized(&self, token: &str, now: Timestamp) -> Result<Timestamp, &'static str> {
        let refresh = self.refresh.get(token).ok_or("Invalid refresh token")?;
        match refresh {
            Refresh { revoked: true, .. } => Err("Refresh token revoked"),
            _ if now.ms_since(refresh.authorized) >= CONSENT_MS => Err("Refresh token expired"),
            _ => Ok(refresh.authorized),
        }
    }

    /// Kills one refresh token.
    pub fn retire(&mut self, token: &str) {
        if let Some(refresh) = self.refresh.get_mut(token) {
            refresh.revoked = true;
        }
    }

    /// All access tokens of an account have expired.
    pub fn expire(&mut self, account: &str, now: Timestamp) {
        for access in self.access.values_mut().filter(|access| access.allowed.account == account) {
            access.expires = access.expires.min(now);
        }
    }

    /// The account takes back every consent.
    pub fn revoke(&mut self, account: &str, now: Timestamp) {
        self.expire(account, now);
        for refresh in self.refresh.values_mut().filter(|refresh| refresh.allowed.account == account) {
            refresh.revoked = true;
        }
    }

    /// Not to be guessed by accident, nor met again after a restart.
    fn name(&mut self, kind: &str, allowed: &Allowed, now: Timestamp) -> String {
        self.count += 1;
        format!("{kind}-{}-{}-{}", allowed.account, now.0, self.count)
    }
}
