//! The way to Spotify without an account: consent, and tokens for it.

use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;

use super::account::Account;
use super::error::{Error, Result};
use super::http::{Answer, Caller, Timeouts};
use super::pkce::{Consent, Verifier};
use super::secret::Secret;

/// How long an access token lasts when the answer does not say.
const HOUR: Duration = Duration::from_secs(3600);

/// Spotify, for whoever has a token. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    caller: Caller,
    api: String,
    accounts: String,
}

/// What a consent or a refresh brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub access_token: Secret,
    /// Usually absent after a refresh: then the old one stays good, and must be kept.
    pub refresh_token: Option<Secret>,
    pub expires_in: Duration,
    pub scope: String,
}

impl Client {
    /// Talks to the Web API under `api_url` (`https://api.spotify.com/v1`) and to the accounts service under
    /// `accounts_url`.
    pub fn new(api_url: &str, accounts_url: &str, timeouts: Timeouts) -> Self {
        let base = |url: &str| url.trim_end_matches('/').to_owned();
        // Spotify itself is never plain HTTP: that is a stand-in close by, which no proxy could reach.
        let caller = Caller::new(timeouts, api_url.starts_with("http://"));
        Self { caller, api: base(api_url), accounts: base(accounts_url) }
    }

    /// The calls of the account that `token` opens.
    pub fn account<'a>(&'a self, token: &'a Secret) -> Account<'a> {
        Account::new(&self.caller, &self.api, token)
    }

    /// The page to send a DJ's browser to.
    pub fn consent_page(&self, consent: &Consent<'_>) -> String {
        consent.url(&self.accounts)
    }

    /// Turns a callback's `code`, good once, into tokens; `redirect_uri` is the one the consent page was given.
    pub fn exchange(&self, client_id: &str, code: &str, redirect_uri: &str, verifier: &Verifier) -> Result<Grant> {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", client_id),
            ("code_verifier", verifier.reveal()),
        ])
    }

    /// A new access token. Anything but [`Error::Reconnect`] leaves the refresh token as good as it was.
    pub fn refresh(&self, client_id: &str, refresh_token: &Secret) -> Result<Grant> {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.reveal()),
            ("client_id", client_id),
        ])
    }

    fn token(&self, form: &[(&str, &str)]) -> Result<Grant> {
        // Pairs of text always encode.
        let form = serde_urlencoded::to_string(form).unwrap_or_default();
        let question = Request::post(format!("{}/api/token", self.accounts))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        let lost = Error::Later { retry_after: None };
        let answer = question.ok().and_then(|question| self.caller.send(question).ok()).ok_or(lost)?;
        if answer.status == 200 { grant(&answer) } else { Err(Error::of_token(&answer)) }
    }
}

fn grant(answer: &Answer) -> Result<Grant> {
    let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let secret = |name: &str| json[name].as_str().filter(|text| !text.is_empty()).map(Secret::new);
    Ok(Grant {
        access_token: secret("access_token").ok_or(Error::Later { retry_after: None })?,
        refresh_token: secret("refresh_token"),
        expires_in: json["expires_in"].as_u64().map_or(HOUR, Duration::from_secs),
        scope: json["scope"].as_str().unwrap_or_default().to_owned(),
    })
}
