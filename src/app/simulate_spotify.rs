use std::net::Ipv4Addr;

use tokio::signal::unix::{SignalKind, signal};

use super::say::say;
use super::{place, port};
use crate::spotify::simulator::{Clock, Simulator, party};
use crate::store;

/// Runs a simulated Spotify with three accounts, each playing something else, until SIGTERM or Ctrl-C.
pub fn run(number: u16) -> Result<(), String> {
    let clock = Clock::running(|| store::Clock::system().now(), 1);
    let simulator =
        Simulator::start(number, clock).map_err(|error| port::refused((Ipv4Addr::LOCALHOST, number).into(), &error))?;
    for account in party() {
        simulator.add_account(account);
    }
    place::runtime()?.block_on(async {
        let listen = |kind| signal(kind).map_err(|error| format!("Signals cannot be heard: {error}"));
        let (mut term, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        say(format!("PartyPlaylist's simulated Spotify is listening on {}", simulator.url()))?;
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
