//! A box inside this process, and a caller that keeps its connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use partyplaylist::domain::{Address, Password, Role, Username, Zone};
use partyplaylist::engine::{self, Network};
use partyplaylist::spotify::{Client, Pictures, Timeouts};
use partyplaylist::store::{Clock, LATEST, NewAccount, Readers, SpotifyHouse, Store, Vault, migrate};
use partyplaylist::web::{self, Parts, Settings};
use rocket::{Build, Rocket};

pub const PASSWORD: &str = "party-demo";

/// Serves the appliance with a DJ `djane`, and whatever `more` mounts; answers its port.
pub fn serve(more: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> u16 {
    let dir = tempfile::tempdir().unwrap().keep();
    let file = dir.join("partyplaylist.db");
    let clock = Clock::system();
    migrate(&file, LATEST, clock.now()).unwrap();
    let store = Store::open(&file, Readers { min: 10, max: 50 }, clock, Vault::new(&[7; 32])).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let network = Network::fixed(Address::parse(&format!("http://127.0.0.1:{port}")).unwrap());
    let settings = settings(port);
    let runtime = Box::leak(Box::new(tokio::runtime::Runtime::new().unwrap()));
    let server = runtime.block_on(async {
        let account = NewAccount {
            username: Username::parse("djane").unwrap(),
            display_name: "DJane".into(),
            password: Password::parse(PASSWORD).unwrap(),
            role: Role::Dj,
        };
        store.accounts().add(account).await.unwrap();
        let spotify = nowhere(&store);
        let engine = engine::start(&store, &spotify, &network).unwrap();
        let (hub, watch_list) = (engine.hub(), engine.watch_list());
        std::mem::forget(engine);
        let covers = engine::Covers::new(&store, Pictures::new("http://127.0.0.1:9/v1"));
        let rocket =
            more(web::rocket(Parts { spotify, covers, store, hub, watch_list, key: [7; 32], network, settings }));
        web::Server::on(listener, usize::MAX, rocket, None).await.unwrap()
    });
    runtime.spawn(server.run(std::future::pending()));
    port
}

/// Nothing set but where it listens.
fn settings(port: u16) -> Settings {
    Settings {
        port,
        behind_proxy: false,
        trusted_proxies: vec![],
        session_hours: 168,
        secure: false,
        metrics_token: None,
        setup_token: None,
        zone: Zone::named("UTC").unwrap(),
    }
}

/// One connection that stays open.
pub struct Line(BufReader<TcpStream>);

impl Line {
    pub fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request as it is; answers its status and body.
    pub fn ask(&mut self, request: &str) -> (u16, Vec<u8>) {
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        self.0.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, body)
    }

    /// Fills `took` with how long each of as many requests took, sorted.
    pub fn time(&mut self, request: &str, took: &mut [Duration]) {
        for one in took.iter_mut() {
            let began = Instant::now();
            assert_eq!(self.ask(request).0, 200);
            *one = began.elapsed();
        }
        took.sort_unstable();
    }
}

/// A token for the DJ.
pub fn token(port: u16) -> String {
    let body = format!("{{\"username\":\"djane\",\"password\":\"{PASSWORD}\"}}");
    let request = format!(
        "POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, body) = Line::open(port).ask(&request);
    assert_eq!(status, 200);
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// The value below which a share of sorted times lies, in microseconds.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() - 1) as f64 * share) as usize;
    sorted[at].as_secs_f64() * 1e6
}

/// Memory this process holds, in megabytes.
pub fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// A Spotify nobody asks.
fn nowhere(store: &Store) -> engine::Spotify {
    let client = Client::new("http://127.0.0.1:9/v1", "http://127.0.0.1:9", Timeouts::default());
    engine::Spotify::new(store, client, SpotifyHouse { client_id: None, budget: 1000 })
}
