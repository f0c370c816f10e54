//! Spotify on behalf of one DJ at a time: tokens kept fresh, calls counted, answers put into words. Everything here
//! blocks: it runs on threads that may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::domain::{Refusal, SpotifyTrouble, UserId};
use crate::spotify::{self, Account, Client, Consent, Grant, SCOPES, Secret, Verifier};
use crate::store::{ConsentBack, Error, Granted, Result, SpotifyHouse, Store, Tenant, Tokens, Watcher};

/// A token that runs out sooner is not worth a call.
const SPARE_MS: i64 = 60_000;
/// Waited where Spotify names no time.
const A_MOMENT_MS: i64 = 5_000;

/// The way to Spotify for all DJs, each with their own account.
#[derive(Clone)]
pub struct Spotify {
    store: Store,
    client: Client,
    house: SpotifyHouse,
    handle: Handle,
    /// One refresh at a time for each DJ, however many threads ask.
    turns: Arc<Mutex<HashMap<UserId, Arc<Mutex<()>>>>>,
}

impl Spotify {
    /// `house` is the house's app and its budget. Needs a tokio runtime around it.
    #[must_use]
    pub fn new(store: &Store, client: Client, house: SpotifyHouse) -> Self {
        Self { store: store.clone(), client, house, handle: Handle::current(), turns: Arc::default() }
    }

    #[must_use]
    pub fn house(&self) -> SpotifyHouse {
        self.house.clone()
    }

    /// The page that asks a DJ's consent, and what must be kept until it comes back.
    pub fn consent(&self, client_id: &str, redirect_uri: &str, state: &str) -> Result<(String, ConsentBack)> {
        let verifier = Verifier::fresh().map_err(|error| Error::Broken(format!("no random numbers: {error}")))?;
        let challenge = verifier.challenge();
        let page =
            self.client.consent_page(&Consent { client_id, redirect_uri, state, scope: SCOPES, challenge: &challenge });
        let kept = ConsentBack {
            verifier: verifier.reveal().to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
        };
        Ok((page, kept))
    }

    /// Turns a consent that came back into tokens, and says whose account it is: id and name.
    pub fn exchange(&self, consent: &ConsentBack, code: &str) -> Result<(Granted, (String, Option<String>))> {
        let verifier =
            Verifier::parse(&consent.verifier).ok_or_else(|| Error::Broken("a kept verifier is none".into()))?;
        let grant =
            self.client.exchange(&consent.client_id, code, &consent.redirect_uri, &verifier).map_err(trouble)?;
        let who = self.client.account(&grant.access_token).me().map_err(trouble)?;
        Ok((self.granted(grant), (who.key().to_owned(), who.display_name.clone())))
    }

    /// One call for a DJ. A token that Spotify calls expired did nothing: it is refreshed, and the call made once more.
    pub fn call<T>(&self, user: &UserId, call: impl Fn(Account<'_>) -> spotify::Result<T>) -> Result<T> {
        let watcher = self.handle.block_on(self.store.watcher(user))?;
        let token = self.token(&watcher, None)?;
        match self.counted(&watcher, &token, &call)? {
            Err(spotify::Error::Expired) => {
                let fresh = self.token(&watcher, Some(&token))?;
                self.counted(&watcher, &fresh, &call)?.map_err(trouble)
            }
            other => other.map_err(trouble),
        }
    }

    fn counted<T>(
        &self,
        watcher: &Tenant<Watcher>,
        token: &Fresh,
        call: impl Fn(Account<'_>) -> spotify::Result<T>,
    ) -> Result<spotify::Result<T>> {
        self.handle.block_on(watcher.count_call(&token.client_id))?;
        Ok(call(self.client.account(&token.access)))
    }

    /// A token that is good for a while; `dead` is one Spotify has just refused. However many ask at once, one
    /// refreshes and the others take what it brought.
    fn token(&self, watcher: &Tenant<Watcher>, dead: Option<&Fresh>) -> Result<Fresh> {
        let turn =
            self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(watcher.id().clone()).or_default().clone();
        let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.handle.block_on(watcher.tokens(self.house.clone()))?;
        let tokens = kept.ok_or(Refusal::Spotify(SpotifyTrouble::NotConnected))?;
        let is_dead = dead.is_some_and(|dead| dead.access.reveal() == tokens.access);
        let lasts = tokens.access_expires_at.ms_since(self.store.now()) > SPARE_MS;
        if lasts && !is_dead {
            return Ok(Fresh { client_id: tokens.client_id, access: Secret::new(tokens.access) });
        }
        self.refresh(watcher, &tokens)
    }

    fn refresh(&self, watcher: &Tenant<Watcher>, tokens: &Tokens) -> Result<Fresh> {
        match self.client.refresh(&tokens.client_id, &Secret::new(tokens.refresh.as_str())) {
            Ok(grant) => {
                let access = grant.access_token.clone();
                self.handle.block_on(watcher.save_tokens(self.granted(grant)))?;
                Ok(Fresh { client_id: tokens.client_id.clone(), access })
            }
            Err(spotify::Error::Reconnect { message }) => {
                self.handle.block_on(watcher.revoke(format!("Spotify says: {message}. Please connect it again.")))?;
                Err(Refusal::Spotify(SpotifyTrouble::Reconnect).into())
            }
            // Anything else passes: the refresh token is as good as before.
            Err(other) => Err(trouble(other)),
        }
    }

    fn granted(&self, grant: Grant) -> Granted {
        Granted {
            access: grant.access_token.reveal().to_owned(),
            access_expires_at: self.store.now().plus_ms(ms(grant.expires_in)),
            refresh: grant.refresh_token.map(|token| token.reveal().to_owned()),
        }
    }
}

/// An access token fit for use, and the app it was given to.
struct Fresh {
    client_id: String,
    access: Secret,
}

fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// What Spotify's answer means to a DJ.
fn trouble(error: spotify::Error) -> Error {
    let trouble = match error {
        spotify::Error::Later { retry_after } => SpotifyTrouble::Later(retry_after.map_or(A_MOMENT_MS, ms)),
        spotify::Error::Unknown => SpotifyTrouble::Later(A_MOMENT_MS),
        spotify::Error::Expired | spotify::Error::Reconnect { .. } => SpotifyTrouble::Reconnect,
        spotify::Error::QuotaUntil { retry_after } => SpotifyTrouble::Quota(ms(retry_after)),
        spotify::Error::NotPremium => SpotifyTrouble::NotPremium,
        spotify::Error::NoDevice => SpotifyTrouble::NoDevice,
        refused @ spotify::Error::Refused { .. } => SpotifyTrouble::Refused(refused.to_string()),
    };
    Refusal::Spotify(trouble).into()
}
