//! The box at work: opened, served until it is told to stop, and closed.

mod limits;

use std::net::SocketAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;

use super::data_dir::{self, Held, Keys, key};
use super::error::{Error, Result};
use super::signals::Signals;
use super::terminal::{qr_code, say};
use super::{address, port, runtime, tls};
use crate::config::{self, Config};
use crate::domain::{Address, Jump, Zone, clock_trouble};
use crate::engine::{self, Covers};
use crate::spotify::{Client, Pictures, Timeouts};
use crate::store::{self, CheckpointedBy, Readers, SpotifyDefaults, Store, Wait};
use crate::web::{self, Parts, Settings};

/// Runs the appliance until it is told to stop.
pub fn run(config: &Config, data: &Path) -> Result {
    if !key::exists(data) {
        // The first start makes a database and a key: not where the port is taken anyway.
        port::listen(&config.server)?;
    }
    let (mut held, keys) = data_dir::take(data)?;
    let runtime = runtime::start()?;
    let store = open(config, &mut held, &keys)?;
    let file = data_dir::database(data);
    let served = runtime.block_on(async {
        follow_clock(&store).await?;
        serve(config, &store, data, &keys).await
    });
    // Streams and threads may still use the store. It is closed all the same; they get errors, and end with the process.
    store.close();
    runtime.shutdown_background();
    if served.is_ok() {
        match (store.unsaved().or_else(|| store.damage().map(store::Error::Damaged)), file.display()) {
            (Some(store::Error::Displaced | store::Error::Overwritten), file) => {
                log::warn!(target: "box", "Stopped. What was answered last is not in {file}, which was exchanged meanwhile.");
            }
            (Some(store::Error::Damaged(_)), file) => {
                log::warn!(target: "box", "Stopped. The database {file} is damaged: put a backup back with `partyplaylist restore`.");
            }
            (_, file) => log::info!(target: "box", "Stopped. All that was answered is in {file}."),
        }
    }
    served
}

/// Opens the store, with as many readers as this machine has use for.
pub fn open(config: &Config, held: &mut Held, keys: &Keys) -> Result<Store> {
    let readers = Readers { min: config.database.pool_min, max: limits::shares(&config.database).readers };
    let checkpointed_by = if config.database.litestream { CheckpointedBy::Another } else { CheckpointedBy::Box };
    data_dir::open(held, keys, readers, checkpointed_by)
}

/// Serves `store` until told to stop.
pub async fn serve(config: &Config, store: &Store, data: &Path, keys: &Keys) -> Result {
    let mut signals = Signals::hear()?;
    let (listener, port) = port::listen(&config.server)?;
    let server = config::Server { port, ..config.server.clone() };
    let network = address::network(&server, data);
    let spotify = spotify(config, store);
    let threads = Error::system("The background threads did not start");
    let mut engine = engine::start(store, &spotify, &network).map_err(threads)?;
    engine.start_housekeeping(config.privacy.names_days).map_err(threads)?;
    let setup_token = setup_token(store).await?;
    let settings = Settings {
        port: server.port,
        behind_proxy: server.behind_proxy,
        trusted_proxies: server.trusted_proxies.clone(),
        session_hours: config.session.hours.into(),
        secure: server.tls,
        metrics_token: config.metrics.token.clone(),
        setup_token: setup_token.clone(),
        zone: zone(config),
    };
    let parts = Parts {
        store: store.clone(),
        hub: engine.hub(),
        watch_list: engine.watch_list(),
        spotify,
        covers: Covers::new(store, Pictures::new(&config.spotify.api_url)),
        key: keys.sign(),
        network: network.clone(),
        settings,
    };
    let certificate = tls::certificate(&server, data, &network.address())?;
    let open = limits::shares(&config.database).connections;
    let answering = web::Server::on(listener, open, web::rocket(parts), certificate.as_ref());
    let answering = answering.await.map_err(Error::Server)?;
    ready(&server, &network.address(), setup_token.as_deref());
    engine.follow(&network, moved(store, setup_token)).map_err(threads)?;
    answering.run(signals.stop()).await;
    engine.stop();
    Ok(())
}

/// Goes on from the last known time, and warns where the clock looks wrong.
async fn follow_clock(store: &Store) -> Result {
    let jump = store.resume_clock().await?;
    let told = jump.map(Jump::sentence).into_iter().chain(clock_trouble(store.now()));
    told.for_each(|sentence| log::warn!(target: "box", "{sentence}"));
    Ok(())
}

/// Says at the terminal that the box answers, and how to reach it.
fn ready(server: &config::Server, address: &Address, setup_token: Option<&str>) {
    let at = SocketAddr::new(server.address, server.port);
    greet(address, setup_token);
    // Nobody may be at the terminal: the box runs all the same.
    let _ = say(format!("PartyPlaylist is listening on {}://{at}", server.scheme()));
}

/// Says at the terminal that the box is reached at another address now, with the one-time link while nobody owns it.
fn moved(store: &Store, setup_token: Option<String>) -> impl FnMut(&Address) + Send + 'static {
    let store = store.clone();
    move |address| {
        let free = store.accounts().needs_setup().wait().unwrap_or(false);
        greet(address, setup_token.as_deref().filter(|_| free));
    }
}

/// The way to Spotify as the owner set it.
fn spotify(config: &Config, store: &Store) -> engine::Spotify {
    let config::Spotify { api_url, accounts_url, client_id, daily_budget } = &config.spotify;
    let client = Client::new(api_url, accounts_url, Timeouts::default());
    let defaults = SpotifyDefaults { client_id: client_id.clone(), budget: i64::from(*daily_budget) };
    engine::Spotify::new(store, client, defaults)
}

/// The venue's time zone: the one that is set, or this machine's.
fn zone(config: &Config) -> Zone {
    let set = config.venue.time_zone.as_deref().and_then(Zone::named);
    set.unwrap_or_else(|| Zone::of(TimeZone::try_system().unwrap_or(TimeZone::UTC)))
}

/// The secret of the one-time link, while nobody owns the box.
async fn setup_token(store: &Store) -> Result<Option<String>> {
    if !store.accounts().needs_setup().await? {
        return Ok(None);
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other).map_err(Error::system("No random numbers"))?;
    Ok(Some(URL_SAFE_NO_PAD.encode(bytes)))
}

/// What the owner reads at the terminal: how to reach the box, and the one-time link while nobody owns it.
fn greet(address: &Address, setup: Option<&str>) {
    let mut lines = match address.dead_end() {
        None => vec![format!("Other devices reach this box at {}", address.as_str())],
        Some(why) => vec![format!("No other device reaches this box at {}. {}", address.as_str(), why.sentence())],
    };
    let shown = address.dead_end().is_none();
    if let Some(token) = setup {
        let link = address.setup(token);
        lines.extend(shown.then(|| qr_code(&link)));
        lines.push(format!("Make the first account here (the link works once): {link}"));
    } else {
        lines.extend(shown.then(|| qr_code(address.as_str())));
    }
    let _ = lines.into_iter().try_for_each(say);
}
