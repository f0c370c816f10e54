//! A box inside the test's own process, whose clocks the test holds.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use partyplaylist::domain::{Jump, Role, Timestamp};
use partyplaylist::store::{Clock, Store};
use serde_json::json;
use tempfile::TempDir;

use crate::in_process::{self, Server, Serving};
use crate::venue::{Caller, PASSWORD};

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
    server: Option<Server>,
    dir: TempDir,
}

impl Inside {
    /// The DJs usera and userb, and the super admin.
    pub fn open(session_hours: i64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        in_process::migrated(dir.path(), Timestamp(START));
        let clocks = (Arc::new(AtomicI64::new(START)), Arc::default());
        let inside = Self::start(dir, clocks, session_hours);
        inside.runtime.block_on(async {
            for (name, role) in [("usera", Role::Dj), ("userb", Role::Dj), ("admin", Role::Superadmin)] {
                in_process::account(&inside.store, name, role, PASSWORD).await;
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
        let store = in_process::store(dir.path(), (1, 4), clock);
        // A test says who asks.
        let server = Server::start(&store, Serving { behind_proxy: true, session_hours }, |rocket| rocket);
        let base = format!("http://127.0.0.1:{}", server.port);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        Self { base, store, passed, skew, session_hours, runtime, server: Some(server), dir }
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

    /// Does nothing where it is stopped already.
    fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
            self.store.close();
        }
    }

    /// The box is stopped, and starts `off_ms` later with a clock that was set by `ms` meanwhile.
    pub fn restart(mut self, off_ms: i64, ms: i64) -> Self {
        self.stop();
        self.advance(off_ms);
        self.skew.fetch_add(ms, Ordering::SeqCst);
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap());
        Self::start(dir, (self.passed.clone(), self.skew.clone()), self.session_hours)
    }

    pub fn file(&self) -> PathBuf {
        in_process::file_in(self.dir.path())
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
        self.stop();
    }
}
