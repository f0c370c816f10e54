//! Spotify on behalf of one DJ at a time: tokens kept fresh, calls counted, answers put into words. Handlers await it; the
//! rest of the engine, on threads that may block, waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use super::cooldown::Cooldown;
use super::trouble::{Stumble, ms, refusal, span, told};
use crate::domain::{Refusal, SetUp, SpotifyTrouble, Timestamp, UserId};
use crate::spotify::{self, Account, Client, Consent, Grant, SCOPES, Secret, Verifier};
use crate::store::{
    ConsentBack, Error, Granted, Result, SpotifyAccount, SpotifyDefaults, SpotifyWorker, Store, Tenant, Tokens, Wait,
};

/// A token that runs out sooner is not worth a call.
const SPARE_MS: i64 = 60_000;
/// Waited before a call that came to nothing is made once more, and how soon that must have been known.
const ONCE_MORE: Duration = Duration::from_millis(500);
const SOON: Duration = Duration::from_secs(2);

/// The DJ has connected anew, or not at all, while old tokens were refreshed: nothing of them is to be used any more.
const OVERTAKEN: spotify::Error = spotify::Error::Later { retry_after: None };

/// The way to Spotify for all DJs, each with their own account.
#[derive(Clone)]
pub struct Spotify {
    store: Store,
    client: Client,
    defaults: SpotifyDefaults,
    cooldown: Arc<Cooldown>,
    /// One refresh at a time for each DJ, however many threads ask.
    turns: Arc<Mutex<HashMap<UserId, Arc<Mutex<()>>>>>,
}

impl Spotify {
    /// `defaults` are the box's own app and its budget.
    pub fn new(store: &Store, client: Client, defaults: SpotifyDefaults) -> Self {
        Self { store: store.clone(), client, defaults, cooldown: Arc::default(), turns: Arc::default() }
    }

    pub fn defaults(&self) -> SpotifyDefaults {
        self.defaults.clone()
    }

    /// The time it goes by.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// The box's own time, for what is counted in memory.
    pub fn own_time(&self) -> Timestamp {
        self.store.own_time()
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

    /// Turns a consent that came back into tokens, and says whose account it is.
    pub async fn exchange(&self, consent: ConsentBack, code: String) -> Result<(Granted, SpotifyAccount)> {
        self.apart(move |this| this.exchanged(&consent, &code)).await
    }

    /// One call for a DJ, in words for them where it fails.
    pub async fn call<T: Send + 'static>(
        &self,
        host: &UserId,
        call: impl Fn(Account<'_>) -> spotify::Result<T> + Send + 'static,
    ) -> Result<T> {
        let host = host.clone();
        self.apart(move |this| this.called(&host, call)).await
    }

    /// Works on a thread that may block.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let this = self.clone();
        let panicked = |_| Err(Error::Broken("a call to Spotify panicked".into()));
        spawn_blocking(move || work(&this)).await.unwrap_or_else(panicked)
    }

    fn exchanged(&self, consent: &ConsentBack, code: &str) -> Result<(Granted, SpotifyAccount)> {
        let verifier =
            Verifier::parse(&consent.verifier).ok_or_else(|| Error::Broken("a kept verifier is none".into()))?;
        let grant = self.client.exchange(&consent.client_id, code, &consent.redirect_uri, &verifier);
        let grant = grant.map_err(|error| match error {
            spotify::Error::Reconnect { message } => {
                Refusal::Spotify(SpotifyTrouble::SetUp(SetUp::of_consent(message))).into()
            }
            other => refusal(other),
        })?;
        let who = self.client.account(&grant.access_token).me().map_err(refusal)?;
        let account = SpotifyAccount { id: who.key().to_owned(), name: who.display_name.clone() };
        Ok((self.granted(grant), account))
    }

    /// What surely did nothing is tried once more: somebody waits for it, and a sleeping phone wakes by being asked. One that
    /// hung is not: they have waited long enough.
    pub(super) fn called<T>(&self, user: &UserId, call: impl Fn(Account<'_>) -> spotify::Result<T>) -> Result<T> {
        let worker = self.store.spotify_worker(user).wait()?;
        let began = Instant::now();
        match self.ask(&worker, &call) {
            Err(Stumble::Spotify(spotify::Error::Later { retry_after: None })) if began.elapsed() < SOON => {
                std::thread::sleep(ONCE_MORE);
                self.ask(&worker, &call).map_err(told)
            }
            other => other.map_err(told),
        }
    }

    /// Scopes that this box needs and the DJ has not granted, as a refresh tells them.
    pub(super) fn scopes_missing(&self, user: &UserId) -> Result<Vec<&'static str>> {
        let worker = self.store.spotify_worker(user).wait()?;
        let turn = self.turn(&worker);
        let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = self.kept(&worker).and_then(|tokens| self.refresh(&worker, &tokens)).map_err(told)?;
        let given: Vec<&str> = fresh.scope.split_whitespace().collect();
        let lacks = |scope: &&str| !given.is_empty() && !given.contains(scope);
        Ok(SCOPES.split(' ').filter(lacks).collect())
    }

    /// One call for a DJ, unless Spotify has said to wait. A token that it calls expired did nothing: it is refreshed,
    /// and the call made once more.
    pub(super) fn ask<T>(
        &self,
        worker: &Tenant<SpotifyWorker>,
        call: impl Fn(Account<'_>) -> spotify::Result<T>,
    ) -> Result<T, Stumble> {
        let token = self.token(worker, None)?;
        match self.counted(worker, &token, &call) {
            Err(Stumble::Spotify(spotify::Error::Expired)) => {
                let fresh = self.token(worker, Some(&token))?;
                self.counted(worker, &fresh, &call)
            }
            other => other,
        }
    }

    fn counted<T>(
        &self,
        worker: &Tenant<SpotifyWorker>,
        token: &Fresh,
        call: impl Fn(Account<'_>) -> spotify::Result<T>,
    ) -> Result<T, Stumble> {
        if let Some(wait) = self.cooldown.wait_ms(&token.client_id, self.store.own_time()) {
            return Err(spotify::Error::TooMany { retry_after: span(wait) }.into());
        }
        worker.count_call(&token.client_id).wait()?;
        let answer = call(self.client.account(&token.access));
        if let Err(error) = &answer {
            self.heed(worker, &token.client_id, error)?;
        }
        Ok(answer?)
    }

    /// Calls nothing more for a client id that was told to wait, until it may; the long wait is kept over a restart.
    fn heed(&self, worker: &Tenant<SpotifyWorker>, client_id: &str, error: &spotify::Error) -> Result<()> {
        match error {
            spotify::Error::TooMany { retry_after } => {
                self.cooldown.hold(client_id, ms(*retry_after), self.store.own_time());
                Ok(())
            }
            spotify::Error::QuotaUntil { retry_after } => {
                let until = self.store.now().plus_ms(ms(*retry_after));
                worker.keep_quota(client_id, until).wait()
            }
            _ => Ok(()),
        }
    }

    /// A token that is good for a while; `dead` is one Spotify has just refused. However many ask at once, one
    /// refreshes and the others take what it brought.
    fn token(&self, worker: &Tenant<SpotifyWorker>, dead: Option<&Fresh>) -> Result<Fresh, Stumble> {
        let turn = self.turn(worker);
        let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = self.kept(worker)?;
        let is_dead = dead.is_some_and(|dead| dead.access.reveal() == tokens.access);
        let lasts = tokens.access_expires_at.ms_since(self.store.now()) > SPARE_MS;
        if lasts && !is_dead {
            return Ok(Fresh { client_id: tokens.client_id, access: Secret::new(tokens.access), scope: String::new() });
        }
        self.refresh(worker, &tokens)
    }

    fn turn(&self, worker: &Tenant<SpotifyWorker>) -> Arc<Mutex<()>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(worker.id().clone()).or_default().clone()
    }

    /// The tokens there are; refuses while Spotify refuses their client id.
    fn kept(&self, worker: &Tenant<SpotifyWorker>) -> Result<Tokens, Stumble> {
        let kept = worker.tokens(self.defaults.clone()).wait()?;
        let tokens = kept.ok_or(Error::Refused(Refusal::Spotify(SpotifyTrouble::NotConnected)))?;
        match tokens.quota_until.map(|until| until.ms_since(self.store.now())).filter(|wait| *wait > 0) {
            Some(wait) => Err(spotify::Error::QuotaUntil { retry_after: span(wait) }.into()),
            None => Ok(tokens),
        }
    }

    fn refresh(&self, worker: &Tenant<SpotifyWorker>, tokens: &Tokens) -> Result<Fresh, Stumble> {
        match self.client.refresh(&tokens.client_id, &Secret::new(tokens.refresh.as_str())) {
            Ok(grant) => {
                let (access, scope) = (grant.access_token.clone(), grant.scope.clone());
                if !worker.save_tokens(tokens, self.granted(grant)).wait()? {
                    return Err(OVERTAKEN.into());
                }
                Ok(Fresh { client_id: tokens.client_id.clone(), access, scope })
            }
            Err(spotify::Error::Reconnect { message }) => {
                let told = format!("Spotify says: {message}. Please connect it again.");
                let revoked = worker.revoke(tokens, told).wait()?;
                Err(if revoked { spotify::Error::Reconnect { message } } else { OVERTAKEN }.into())
            }
            // Anything else passes: the refresh token is as good as before.
            Err(other) => {
                self.heed(worker, &tokens.client_id, &other)?;
                Err(other.into())
            }
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
    /// What it allows; empty where that was not told just now.
    scope: String,
}
