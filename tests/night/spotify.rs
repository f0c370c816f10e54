//! The client against the simulated Spotify, over real connections: one fact for every oddity of the real one.

mod commands;
mod consent;
mod limits;
mod night;
mod outside;
mod reading;

use std::time::Duration;

use partyplaylist::domain::Timestamp;
use partyplaylist::spotify::simulator::{Change, Clock, Fault, NewAccount, Simulator, Snapshot, Trouble};
use partyplaylist::spotify::{Account, Client, Error, Secret, Timeouts};

/// 2026-10-02 20:00 UTC, a Friday.
const EVENING: Timestamp = Timestamp(1_790_971_200_000);
const APP: &str = "house";
const SONG: &str = "spotify:track:song000000000000000020";

/// A simulated Spotify whose clock stands, two accounts, and a client for the first.
pub struct Stage {
    pub sim: Simulator,
    pub client: Client,
    token: Secret,
}

impl Stage {
    pub fn new() -> Self {
        let sim = Simulator::start(0, Clock::standing(EVENING)).unwrap();
        for (id, first_song) in [("johnsmith", 0), ("janedoe", 10)] {
            sim.add_account(NewAccount { id: id.into(), display_name: id.to_uppercase(), first_song });
        }
        let client = Client::new(&sim.api_url(), &sim.url(), Timeouts::default());
        let token = sim.connect("johnsmith", APP).access_token;
        Self { sim, client, token }
    }

    /// With a client that has no patience.
    pub fn hasty() -> Self {
        let mut stage = Self::new();
        let timeouts = Timeouts { call: Duration::from_secs(1), ..Timeouts::default() };
        stage.client = Client::new(&stage.sim.api_url(), &stage.sim.url(), timeouts);
        stage
    }

    pub fn dj(&self) -> Account<'_> {
        self.client.account(&self.token)
    }

    pub fn change(&self, change: Change) {
        self.sim.change("johnsmith", change).unwrap();
    }

    /// One call goes wrong.
    pub fn fault(&self, call: &str, trouble: Trouble, after_effect: bool) {
        let (target, call, times) = ("johnsmith".into(), Some(call.into()), Some(1));
        self.sim.fault(Fault { target, call, trouble, after_effect, times });
    }

    pub fn seen(&self) -> Snapshot {
        self.sim.account("johnsmith").unwrap()
    }

    pub fn pass(&self, seconds: u64) {
        self.sim.advance(Duration::from_secs(seconds));
    }
}

pub fn later(seconds: Option<u64>) -> Error {
    Error::Later { retry_after: seconds.map(Duration::from_secs) }
}

pub fn too_many(seconds: u64) -> Error {
    Error::TooMany { retry_after: Duration::from_secs(seconds) }
}

pub fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused { message, .. }) => message,
        other => panic!("not refused: {other:?}"),
    }
}

/// A plain call past the client: status and body.
pub fn raw(method: &str, url: &str, token: Option<&Secret>, body: &str) -> (u16, String) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {}", token.reveal()));
    }
    let answer = ureq::Agent::from(config).run(request.body(body.to_owned()).unwrap()).unwrap();
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    (status, location.unwrap_or_else(|| answer.into_body().read_to_string().unwrap()))
}
