//! The simulator as a test or a command holds it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::super::client::Grant;
use super::super::pkce::SCOPES;
use super::super::secret::Secret;
use super::super::track::Track;
use super::account::{Change, NewAccount, Snapshot};
use super::app::{AppRules, Usage};
use super::clock::Clock;
use super::fault::Fault;
use super::grants::{Allowed, HOUR_S};
use super::json;
use super::route::Shared;
use super::server::Server;
use super::world::World;
use crate::domain::Timestamp;

/// A simulated Spotify running in this process; it ends when dropped. `/_sim/…` does the same from outside.
pub struct Simulator {
    shared: Arc<Shared>,
    server: Server,
}

impl Simulator {
    /// Listens on 127.0.0.1, without any account yet; port 0 takes any free one. Fails when the port is taken.
    pub fn start(port: u16, clock: Clock) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(World::new(clock)));
        Ok(Self { server: Server::start(port, shared.clone())?, shared })
    }

    /// Where the accounts service is (`spotify.accounts_url`).
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where the Web API is (`spotify.api_url`).
    pub fn api_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.shared.world().now()
    }

    /// Lets simulated time pass at once.
    pub fn advance(&self, span: Duration) {
        self.shared.world().clock.advance(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
    }

    /// Lets a running clock go so many times as fast.
    pub fn set_speed(&self, speed: u32) {
        self.shared.world().clock.set_speed(speed);
    }

    /// Makes an account, or makes it anew.
    pub fn add_account(&self, new: NewAccount) {
        self.shared.world().add(new);
    }

    /// Takes so many more songs into the catalogue, and answers their titles.
    pub fn stock(&self, many: usize) -> Vec<String> {
        self.shared.world().catalogue.stock(many)
    }

    /// Lets something happen to an account; refuses an account, a uri or a device that there is not.
    pub fn change(&self, account: &str, change: Change) -> Result<(), String> {
        self.shared.world().change(account, change)
    }

    /// How an account stands by now; none for one that there is not.
    pub fn account(&self, account: &str) -> Option<Snapshot> {
        let mut world = self.shared.world();
        let now = world.now();
        world.account(account).map(|account| account.snapshot(now))
    }

    /// The `n`th song there is, as a search would find it.
    pub fn track(&self, n: usize) -> Option<Track> {
        let base = self.url();
        Track::read(&json::track(self.shared.world().catalogue.song(n), &base))
    }

    /// What Spotify thinks of a client id from now on.
    pub fn set_app(&self, client_id: &str, rules: AppRules) {
        self.shared.world().app(client_id).rules = rules;
    }

    /// From now on for so many seconds the client id's quota counts as used up.
    pub fn exhaust(&self, client_id: &str, seconds: i64) {
        let mut world = self.shared.world();
        let now = world.now();
        world.app(client_id).exhaust(seconds, now);
    }

    /// How much a client id has asked.
    pub fn usage(&self, client_id: &str) -> Usage {
        self.shared.world().app(client_id).usage.clone()
    }

    /// Lets something go wrong from now on; several faults are met in the order they were set.
    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.push(fault);
    }

    /// Nothing goes wrong on the way any more.
    pub fn heal(&self) {
        self.shared.world().faults.clear();
    }

    /// Tokens as if the account had just given its consent to the client id.
    pub fn connect(&self, account: &str, client_id: &str) -> Grant {
        let mut world = self.shared.world();
        let now = world.now();
        world.app(client_id).register(account);
        let allowed = Allowed { account: account.into(), client_id: client_id.into(), scope: SCOPES.into() };
        Grant {
            access_token: Secret::new(world.grants.access(&allowed, now)),
            refresh_token: Some(Secret::new(world.grants.refresh(&allowed, now, now))),
            expires_in: Duration::from_secs(HOUR_S.unsigned_abs()),
            scope: allowed.scope,
        }
    }
}

/// The three DJs of the demo, each playing something else.
pub fn demo_accounts() -> [NewAccount; 3] {
    [("johnsmith", "John Smith", 0), ("janedoe", "Jane Doe", 17), ("testdj", "Test DJ", 28)].map(
        |(id, display_name, first_song)| NewAccount { id: id.into(), display_name: display_name.into(), first_song },
    )
}
