//! Everything the simulated Spotify knows, in one value.

use std::collections::BTreeMap;

use super::account::{Account, Change, NewAccount};
use super::app::App;
use super::catalogue::Catalogue;
use super::clock::Clock;
use super::fault::{Fault, befall};
use super::grants::{Allowed, Grants};
use super::message::{Request, Response};
use crate::domain::Timestamp;

/// All of the simulated Spotify.
pub struct World {
    pub clock: Clock,
    pub catalogue: Catalogue,
    pub accounts: BTreeMap<String, Account>,
    pub apps: BTreeMap<String, App>,
    pub grants: Grants,
    pub faults: Vec<Fault>,
}

impl World {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            catalogue: Catalogue::new(),
            accounts: BTreeMap::new(),
            apps: BTreeMap::new(),
            grants: Grants::default(),
            faults: vec![],
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn add(&mut self, new: NewAccount) {
        let now = self.now();
        self.accounts.insert(new.id.clone(), Account::new(new, &self.catalogue, now));
    }

    /// A client id nobody has used yet is taken for registered.
    pub fn app(&mut self, client_id: &str) -> &mut App {
        self.apps.entry(client_id.to_owned()).or_default()
    }

    /// An account as it is by now.
    pub fn account(&mut self, id: &str) -> Option<&mut Account> {
        let now = self.now();
        let account = self.accounts.get_mut(id)?;
        account.player.advance(now);
        Some(account)
    }

    /// Lets something happen to an account; refuses an account, a uri or a device that there is not.
    pub fn change(&mut self, id: &str, change: Change) -> Result<(), String> {
        let now = self.now();
        let account = self.accounts.get_mut(id).ok_or(format!("There is no account {id}."))?;
        account.player.advance(now);
        match change {
            Change::ExpireAccess => self.grants.expire(id, now),
            Change::Revoke => self.grants.revoke(id, now),
            other => account.change(other, &self.catalogue, now)?,
        }
        Ok(())
    }

    /// Lets a call of the Web API in: whose it is, and what will go wrong with it.
    pub fn admit(&mut self, request: &Request, call: &str) -> Result<(Allowed, Option<Fault>), Response> {
        let now = self.now();
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = bearer.ok_or_else(|| Response::error(401, "No token provided"))?;
        let opened = self.grants.open(token, now).map(|(allowed, good)| (allowed.clone(), good));
        let (allowed, good) = opened.ok_or_else(|| Response::error(401, "Invalid access token"))?;
        if let Some(account) = self.accounts.get_mut(&allowed.account) {
            *account.calls.entry(call.to_owned()).or_default() += 1;
        }
        let app = self.app(&allowed.client_id);
        app.admit(now)?;
        if !good {
            return Err(Response::error(401, "The access token expired"));
        }
        app.check(&allowed.account)?;
        let fault = befall(&mut self.faults, [&allowed.account, &allowed.client_id], call);
        Ok((allowed, fault))
    }
}
