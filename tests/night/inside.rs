//! A box inside the test's own process, whose clocks the test holds.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use partyplaylist::domain::{Address, Jump, Password, Role, Timestamp, Username};
use partyplaylist::engine::Network;
use partyplaylist::spotify::{Client, Pictures, Timeouts};
use partyplaylist::store::{Clock, LATEST, NewAccount, Readers, SpotifyHouse, Store, Vault, migrate};
use partyplaylist::web::{Parts, Settings};
use partyplaylist::{engine, web};
use serde_json::json;
use tempfile::TempDir;

use crate::venue::{Caller, PASSWORD};

pub const KEY: [u8; 32] = [7; 32];
pub const START: i64 = 1_800_000_000_000;

pub struct Inside {
    pub base: String,
    pub store: Store,
    /// Milliseconds that have passed, from 1970 on.
    passed: Arc<AtomicI64>,
    /// How far the wall clock is ahead of that.
    skew: Arc<AtomicI64>,
    session_hours: i64,
    /// For what the test asks the store itself.
    pub runtime: tokio::runtime::Runtime,
    stop: Option<Box<dyn FnOnce()>>,
    dir: TempDir,
}

impl Inside {
    /// The DJs usera and userb, and the super admin.
    pub fn open(session_hours: i64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        migrate(&dir.path().join("partyplaylist.db"), LATEST, Timestamp(START)).unwrap();
        let clocks = (Arc::new(AtomicI64::new(START)), Arc::default());
        let inside = Self::start(dir, clocks, session_hours);
        inside.runtime.block_on(async {
            for (name, role) in [("usera", Role::Dj), ("userb", Role::Dj), ("admin", Role::Superadmin)] {
                let account = NewAccount {
                    username: Username::parse(name).unwrap(),
                    display_name: name.into(),
                    password: Password::parse(PASSWORD).unwrap(),
                    role,
                };
                inside.store.accounts().add(account).await.unwrap();
            }
        });
        inside
    }

    fn start(dir: TempDir, (passed, skew): (Arc<AtomicI64>, Arc<AtomicI64>), session_hours: i64) -> Self {
        let (time, steady, ahead) = (passed.clone(), passed.clone(), skew.clone());
        let clock = Clock::of_two(
            move || Timestamp(time.load(Ordering::SeqCst) + ahead.load(Ordering::SeqCst)),
            move || steady.load(Ordering::SeqCst),
        );
        let file = dir.path().join("partyplaylist.db");
        let store = Store::open(&file, Readers { min: 1, max: 4 }, clock, Vault::new(&KEY)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let served = tokio::runtime::Runtime::new().unwrap();
        let (listening, engine) = served.block_on(async {
            store.resume_clock().await.unwrap();
            let network = Network::fixed(Address::parse(&base).unwrap());
            let spotify = nowhere(&store);
            let engine = engine::start(&store, &spotify, &network).unwrap();
            let settings = Settings {
                port,
                // A test says who asks.
                behind_proxy: true,
                trusted_proxies: vec![],
                session_hours,
                secure: false,
                metrics_token: None,
                setup_token: None,
                zone: partyplaylist::domain::Zone::named("UTC").unwrap(),
            };
            let parts = Parts {
                store: store.clone(),
                hub: engine.hub(),
                watch_list: engine.watch_list(),
                spotify,
                covers: engine::Covers::new(&store, Pictures::new("http://127.0.0.1:9/v1")),
                key: KEY,
                network,
                settings,
            };
            (web::Server::on(listener, usize::MAX, web::rocket(parts), None).await.unwrap(), engine)
        });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let answers = served.spawn(listening.run(async move { drop(ended.await) }));
        let closing = store.clone();
        let stop: Box<dyn FnOnce()> = Box::new(move || {
            drop(end);
            let _ = served.block_on(answers);
            engine.stop();
            closing.close();
        });
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self { base, store, passed, skew, session_hours, runtime, stop: Some(stop), dir }
    }

    /// Time passes, and both clocks go on.
    pub fn advance(&self, ms: i64) {
        self.passed.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock by so much.
    pub fn set_clock(&self, ms: i64) -> Option<Jump> {
        self.runtime.block_on(self.clock_set(ms))
    }

    /// The same from within.
    pub async fn clock_set(&self, ms: i64) -> Option<Jump> {
        self.skew.fetch_add(ms, Ordering::SeqCst);
        self.store.settle_clock().await.unwrap()
    }

    /// The box is stopped, and starts `off_ms` later with a clock that was set by `ms` meanwhile.
    pub fn restart(mut self, off_ms: i64, ms: i64) -> Self {
        self.stop.take().unwrap()();
        self.advance(off_ms);
        self.skew.fetch_add(ms, Ordering::SeqCst);
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap());
        Self::start(dir, (self.passed.clone(), self.skew.clone()), self.session_hours)
    }

    pub fn file(&self) -> PathBuf {
        self.dir.path().join("partyplaylist.db")
    }

    /// Somebody whose cookies are as good as before, at a box that has started again on another port.
    pub fn moved(&self, caller: &Caller) -> Caller {
        let mut moved = Caller::new(&self.base);
        moved.token.clone_from(&caller.token);
        moved.cookies.clone_from(&caller.cookies);
        moved
    }

    pub fn sign_in(&self, name: &str) -> Caller {
        let mut caller = Caller::new(&self.base);
        let answer = caller.post("/api/login", &json!({ "username": name, "password": PASSWORD }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        caller.token = answer.json()["token"].as_str().map(str::to_owned);
        caller.cookies.clear();
        caller
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

/// A Spotify nobody asks.
fn nowhere(store: &Store) -> engine::Spotify {
    let client = Client::new("http://127.0.0.1:9/v1", "http://127.0.0.1:9", Timeouts::default());
    engine::Spotify::new(store, client, SpotifyHouse { client_id: None, budget: 1000 })
}
