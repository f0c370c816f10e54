//! `simulate-spotify`: a simulated Spotify on its own, to point a box at.

use std::net::Ipv4Addr;

use tokio::signal::unix::SignalKind;

use super::error::Result;
use super::signals::listen;
use super::terminal::say;
use super::{port, runtime};
use crate::spotify::simulator::{Clock, Simulator, demo_accounts};
use crate::store;

/// Runs a simulated Spotify with three accounts, each playing something else, until SIGTERM or Ctrl-C.
pub fn run(number: u16) -> Result {
    let clock = Clock::running(|| store::Clock::system().now(), 1);
    let simulator =
        Simulator::start(number, clock).map_err(|error| port::refused((Ipv4Addr::LOCALHOST, number).into(), &error))?;
    for account in demo_accounts() {
        simulator.add_account(account);
    }
    runtime::start()?.block_on(async {
        let (mut term, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        say(format!("PartyPlaylist's simulated Spotify is listening on {}", simulator.url()))?;
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
