//! What every box inside a test's own process is made of: a file, a store on it, and where wanted a server.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use partyplaylist::domain::{Address, Password, Role, Timestamp, Username, Zone};
use partyplaylist::engine::{self, Network};
use partyplaylist::spotify::{Client, Pictures, Timeouts};
use partyplaylist::store::{Clock, LATEST, NewAccount, Readers, SpotifyDefaults, Store, Vault, migrate};
use partyplaylist::web::{self, Parts, Settings};
use rocket::{Build, Rocket};

/// What tokens are signed with, and columns sealed.
pub const KEY: [u8; 32] = [7; 32];

pub fn file_in(folder: &Path) -> PathBuf {
    folder.join("partyplaylist.db")
}

/// An empty database with today's schema; answers its file.
pub fn migrated(folder: &Path, now: Timestamp) -> PathBuf {
    let file = file_in(folder);
    migrate(&file, LATEST, now).unwrap();
    file
}

/// A store on the database in this folder, with so many connections that read.
pub fn store(folder: &Path, (min, max): (u32, u32), clock: Clock) -> Store {
    Store::open(&file_in(folder), Readers { min, max }, clock, Vault::new(&KEY)).unwrap()
}

/// An account with a password that opens it, which takes as long as hashing one does.
pub async fn account(store: &Store, name: &str, role: Role, password: &str) {
    let account = NewAccount {
        username: Username::parse(name).unwrap(),
        display_name: name.into(),
        password: Password::parse(password).unwrap(),
        role,
    };
    store.accounts().add(account).await.unwrap();
}

/// What a test may want otherwise than an owner has it.
#[derive(Clone, Copy)]
pub struct Serving {
    pub behind_proxy: bool,
    pub session_hours: i64,
}

/// A server on a store, with a Spotify nobody asks.
pub struct Server {
    pub port: u16,
    runtime: tokio::runtime::Runtime,
    engine: engine::Engine,
    end: tokio::sync::oneshot::Sender<()>,
    answers: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Listens on a port of its own choice, with whatever `more` mounts.
    pub fn start(store: &Store, serving: Serving, more: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Network::fixed(Address::parse(&format!("http://127.0.0.1:{port}")).unwrap());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (server, engine) = runtime.block_on(async {
            store.resume_clock().await.unwrap();
            let spotify = nowhere(store);
            let engine = engine::start(store, &spotify, &network).unwrap();
            let parts = Parts {
                store: store.clone(),
                hub: engine.hub(),
                watch_list: engine.watch_list(),
                spotify,
                covers: engine::Covers::new(store, Pictures::new("http://127.0.0.1:9/v1")),
                key: KEY,
                network,
                settings: settings(port, serving),
            };
            (web::Server::on(listener, usize::MAX, more(web::rocket(parts)), None).await.unwrap(), engine)
        });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let answers = runtime.spawn(server.run(async move { drop(ended.await) }));
        Self { port, runtime, engine, end, answers }
    }

    /// Ends every answer and every thread; the store is left open. Panics of theirs are not passed on: a test may be in one.
    pub fn stop(self) {
        drop(self.end);
        drop(self.runtime.block_on(self.answers));
        self.engine.stop();
    }
}

fn settings(port: u16, serving: Serving) -> Settings {
    Settings {
        port,
        behind_proxy: serving.behind_proxy,
        trusted_proxies: vec![],
        session_hours: serving.session_hours,
        secure: false,
        metrics_token: None,
        setup_token: None,
        zone: Zone::named("UTC").unwrap(),
    }
}

/// A Spotify nobody asks.
fn nowhere(store: &Store) -> engine::Spotify {
    let client = Client::new("http://127.0.0.1:9/v1", "http://127.0.0.1:9", Timeouts::default());
    engine::Spotify::new(store, client, SpotifyDefaults { client_id: None, budget: 1000 })
}
