use tokio::signal::unix::{SignalKind, signal};

use super::place;
use crate::spotify::simulator::{Clock, Simulator, party};
use crate::store;

/// Runs a simulated Spotify with three accounts, each playing something else, until SIGTERM or Ctrl-C.
pub fn run(port: u16) -> Result<(), String> {
    let clock = Clock::running(|| store::Clock::system().now(), 1);
    let simulator = Simulator::start(port, clock)
        .map_err(|error| format!("Port {port} cannot be listened on: {error}. Choose another with --port."))?;
    for account in party() {
        simulator.add_account(account);
    }
    place::runtime()?.block_on(async {
        let listen = |kind| signal(kind).map_err(|error| format!("Signals cannot be heard: {error}"));
        let (mut term, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        println!("PartyPlaylist's simulated Spotify is listening on {}", simulator.url());
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}
