use std::net::SocketAddr;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::tz::TimeZone;
use qrcodegen::{QrCode, QrCodeEcc};
use tokio::runtime::Handle;

use super::folder::database;
use super::say::{on_terminal, say};
use super::signals::Signals;
use super::{address, key, limits, place, port, tls};
use crate::config::{self, Config};
use crate::domain::{Address, Jump, Zone, clock_trouble};
use crate::engine::{self, Covers};
use crate::spotify::{Client, Pictures, Timeouts};
use crate::store::{Error, SpotifyHouse, Store};
use crate::web::{self, Parts, Settings};

/// Runs the appliance until it is told to stop.
pub fn run(config: &Config, data: &Path) -> Result<(), String> {
    if !key::exists(data) {
        // Nothing is made for a box that cannot be reached.
        port::listen(&config.server)?;
    }
    let (mut held, keys) = place::take(data)?;
    let runtime = place::runtime()?;
    let store = place::open(config, &mut held, &keys)?;
    let file = database(data);
    let served = runtime.block_on(async {
        follow_clock(&store).await?;
        serve(config, &store, (data, &keys)).await
    });
    // Streams and threads may still hold the store: it is closed under them, and then they are left behind.
    store.close();
    runtime.shutdown_background();
    if served.is_ok() {
        match (store.unsaved().or_else(|| store.damage().map(Error::Damaged)), file.display()) {
            (Some(Error::Displaced | Error::Overwritten), file) => {
                log::warn!(target: "box", "Stopped. What was answered last is not in {file}, which was exchanged meanwhile.");
            }
            (Some(Error::Damaged(_)), file) => {
                log::warn!(target: "box", "Stopped. The database {file} is damaged: put a backup back with `partyplaylist restore`.");
            }
            (_, file) => log::info!(target: "box", "Stopped. All that was answered is in {file}."),
        }
    }
    served
}

/// Serves `store` until told to stop.
pub async fn serve(config: &Config, store: &Store, (data, keys): (&Path, &key::Keys)) -> Result<(), String> {
    let mut signals = Signals::hear()?;
    let (listener, port) = port::listen(&config.server)?;
    let server = config::Server { port, ..config.server.clone() };
    let network = address::network(&server, data);
    let spotify = spotify(config, store);
    let threads = |error| format!("The background threads did not start: {error}");
    let mut engine = engine::start(store, &spotify, &network).map_err(threads)?;
    engine.keep_house(config.privacy.names_days).map_err(threads)?;
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
        watchers: engine.watchers(),
        spotify,
        covers: Covers::new(store, Pictures::new(&config.spotify.api_url)),
        key: keys.sign(),
        network: network.clone(),
        settings,
    };
    let certificate = tls::certificate(&server, data, &network.address())?;
    let open = limits::shares(&config.database).connections;
    let answering = web::Server::on(listener, open, web::rocket(parts), certificate.as_ref());
    let answering = answering.await.map_err(|error| error.to_string())?;
    ready(&server, &network.address(), setup_token.as_deref());
    engine.follow(&network, moved(store, setup_token)).map_err(threads)?;
    answering.run(signals.stop()).await;
    engine.stop();
    Ok(())
}

/// Goes on where the box was left, and says what is wrong with its clock.
async fn follow_clock(store: &Store) -> Result<(), String> {
    let jump = store.resume_clock().await.map_err(|error| error.to_string())?;
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
    let (store, handle) = (store.clone(), Handle::current());
    move |address| {
        let free = handle.block_on(store.accounts().needs_setup()).unwrap_or(false);
        greet(address, setup_token.as_deref().filter(|_| free));
    }
}

/// The way to Spotify as the owner set it.
fn spotify(config: &Config, store: &Store) -> engine::Spotify {
    let config::Spotify { api_url, accounts_url, client_id, daily_budget } = &config.spotify;
    let client = Client::new(api_url, accounts_url, Timeouts::default());
    let house = SpotifyHouse { client_id: client_id.clone(), budget: i64::from(*daily_budget) };
    engine::Spotify::new(store, client, house)
}

/// The venue's time zone: the one that is set, or this machine's.
fn zone(config: &Config) -> Zone {
    let set = config.venue.time_zone.as_deref().and_then(Zone::named);
    set.unwrap_or_else(|| Zone::of(TimeZone::try_system().unwrap_or(TimeZone::UTC)))
}

/// The secret of the one-time link, while nobody owns the box.
async fn setup_token(store: &Store) -> Result<Option<String>, String> {
    if !store.accounts().needs_setup().await.map_err(|error| error.to_string())? {
        return Ok(None);
    }
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("No random numbers: {error}"))?;
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
        lines.extend(shown.then(|| blocks(&link)));
        lines.push(format!("Make the first account here (the link works once): {link}"));
    } else {
        lines.extend(shown.then(|| blocks(address.as_str())));
    }
    let _ = lines.into_iter().try_for_each(say);
}

/// A QR code of half blocks, at a terminal dark on light whatever its colours are.
fn blocks(text: &str) -> String {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Low) else { return String::new() };
    let light = |x, y| !code.get_module(x, y);
    let (dress, undress) = if on_terminal() { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    let row = |y: i32| -> String {
        let cells = (-2..code.size() + 2).map(|x| match (light(x, y), light(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        });
        format!("{dress}{}{undress}", cells.collect::<String>())
    };
    (-2..code.size() + 2).step_by(2).map(row).collect::<Vec<_>>().join("\n")
}
