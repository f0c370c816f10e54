//! `demo`: a box to look at, thrown away afterwards, with three parties in full swing.

use std::path::PathBuf;

use super::error::{Error, Result};
use super::terminal::say;
use super::{data_dir, runtime, serve};
use crate::config::Config;
use crate::domain::{Act, ClientId, Hit, Line, Password, RequestId, Role, Song, Submission, User, Username};
use crate::engine::hit;
use crate::spotify::simulator::{self, Simulator};
use crate::store::{self, Clock, Granted, Guest, JoinCredential, NewAccount, SpotifyAccount, Store, Tenant};

/// A folder that is removed when this is dropped.
struct Throwaway(PathBuf);

impl Drop for Throwaway {
    fn drop(&mut self) {
        // Best effort: the system clears its temporary folder some day.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A request: which song of the simulated Spotify, nickname, note.
type DemoRequest = (usize, &'static str, &'static str);

/// One night: who hosts it, what it is called, and five requests. The first is what the DJ's Spotify plays.
struct Night {
    username: &'static str,
    /// The app at the simulated Spotify.
    client_id: &'static str,
    shown: &'static str,
    event: &'static str,
    requests: [DemoRequest; 5],
}

const PASSWORD: &str = "party-demo";

const NIGHTS: [Night; 3] = [
    Night {
        username: "johnsmith",
        client_id: "11111111111111111111111111111111",
        shown: "John Smith",
        event: "Friday at the Anchor",
        requests: [
            (0, "Mara", ""),
            (48, "Table 4", "For Lena, who turns 30!"),
            (8, "Tom", ""),
            (22, "Yusuf", "please please"),
            (26, "Ines", ""),
        ],
    },
    Night {
        username: "janedoe",
        client_id: "22222222222222222222222222222222",
        shown: "Jane Doe",
        event: "Salsa Night",
        requests: [
            (17, "Lucía", ""),
            (11, "Pedro", "para mi abuela"),
            (10, "Nico", ""),
            (16, "Sofía", ""),
            (14, "Ana & Leo", "our first dance"),
        ],
    },
    Night {
        username: "testdj",
        client_id: "33333333333333333333333333333333",
        shown: "Test DJ",
        event: "Basement Night",
        requests: [
            (28, "Kai", ""),
            (46, "Billie", ""),
            (5, "El", "the long one"),
            (56, "Jo", ""),
            (20, "Rosanna", "you knew this was coming"),
        ],
    },
];

/// Runs a box that is thrown away afterwards, with three parties in full swing.
pub fn run(mut config: Config) -> Result {
    let folder = std::env::temp_dir().join(format!("partyplaylist-demo-{}", RequestId::fresh()));
    let folder = Throwaway(folder);
    config.server.public_url = None;
    let clock = simulator::Clock::running(|| Clock::system().now(), 1);
    let spotify = Simulator::start(0, clock).map_err(Error::system("The simulated Spotify did not start"))?;
    for account in simulator::demo_accounts() {
        spotify.add_account(account);
    }
    (config.spotify.api_url, config.spotify.accounts_url) = (spotify.api_url(), spotify.url());
    let runtime = runtime::start()?;
    let (mut held, keys) = data_dir::take(&folder.0)?;
    let store = serve::open(&config, &mut held, &keys)?;
    let served = runtime.block_on(async {
        seed(&store, &spotify).await?;
        say(format!(
            "A demo: sign in as johnsmith, janedoe, testdj or admin, password {PASSWORD}. It is thrown away at the end."
        ))?;
        serve::serve(&config, &store, &folder.0, &keys).await
    });
    store.close();
    runtime.shutdown_background();
    served
}

async fn seed(store: &Store, spotify: &Simulator) -> store::Result<()> {
    account(store, "admin", "The Anchor", Role::Superadmin).await?;
    for night in &NIGHTS {
        let user = account(store, night.username, night.shown, Role::Dj).await?;
        begin(store, &user, night, spotify).await?;
        connect(store, &user, night, spotify).await?;
    }
    Ok(())
}

async fn account(store: &Store, username: &str, shown: &str, role: Role) -> store::Result<User> {
    let username = Username::parse(username).ok_or(store::Error::NotFound)?;
    let account = NewAccount { username, display_name: shown.into(), password: Password::parse(PASSWORD)?, role };
    store.accounts().add(account).await
}

/// One song plays, two are in the queue, two wait for the DJ, and the room has voted.
async fn begin(store: &Store, user: &User, night: &Night, spotify: &Simulator) -> store::Result<()> {
    let host = store.as_host(&user.id).await?;
    let name = Line::parse(night.event).map_err(|_| store::Error::NotFound)?;
    let event = host.start_event(name).await?;
    let door = store.visit(&user.username).await?;
    let (mut guests, mut ids): (Vec<Tenant<Guest>>, Vec<RequestId>) = (Vec::new(), Vec::new());
    let songs: Vec<Hit> = night.requests.iter().filter_map(|request| spotify.track(request.0)).map(hit).collect();
    store.spotify_worker(&user.id).await?.learn(None, songs.clone()).await?;
    for (request, song) in night.requests.iter().zip(songs) {
        let guest = door.join(JoinCredential::Token(event.join_token.clone())).await?;
        ids.push(guest.submit(submission_of(request, song.song()), None).await?.request.id);
        guests.push(guest);
    }
    for (voter, guest) in guests.iter().enumerate() {
        for id in ids.iter().take(voter) {
            guest.vote(id, true).await?;
        }
    }
    for id in &ids[..3] {
        host.act(id, Act::Approve).await?;
    }
    host.act(&ids[0], Act::Play).await?;
    Ok(())
}

/// Connects the DJ to the simulated Spotify as a consent would.
async fn connect(store: &Store, user: &User, night: &Night, spotify: &Simulator) -> store::Result<()> {
    let host = store.as_host(&user.id).await?;
    host.set_client_id(ClientId::parse(night.client_id).ok_or(store::Error::NotFound)?).await?;
    let grant = spotify.connect(night.username, night.client_id);
    let lasts = i64::try_from(grant.expires_in.as_millis()).unwrap_or(i64::MAX);
    let granted = Granted {
        access: grant.access_token.reveal().to_owned(),
        access_expires_at: store.now().plus_ms(lasts),
        refresh: grant.refresh_token.map(|token| token.reveal().to_owned()),
    };
    host.connect(granted, SpotifyAccount { id: night.username.into(), name: Some(night.shown.into()) }).await
}

/// A request for a song as a guest picks it from what was found.
fn submission_of((_, nickname, note): &DemoRequest, song: Song) -> Submission {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Submission { song, nickname: given(nickname), note: given(note) }
}
