//! What the box does when the system, a terminal or a tool sends it a signal.

use rustix::process as system;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that ask for nothing the box does, and would end it in the middle of what it does: a terminal that is closed, a tool
/// that has its logs turned over, a timer, a file that may not grow.
const PASSED_OVER: [SignalKind; 8] = [
    SignalKind::hangup(),
    SignalKind::user_defined1(),
    SignalKind::user_defined2(),
    SignalKind::alarm(),
    SignalKind::io(),
    SignalKind::from_raw(system::Signal::VTALARM.as_raw()),
    SignalKind::from_raw(system::Signal::PROF.as_raw()),
    SignalKind::from_raw(system::Signal::XFSZ.as_raw()),
];

/// The signals that end the box as it should end.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    /// The power is failing, says what watches the battery.
    power: Signal,
}

impl Signals {
    /// Begins to listen. To be called within the runtime, before anything is served.
    pub fn hear() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("Signals cannot be heard: {error}"));
        for kind in PASSED_OVER {
            // To have listened once is enough: the system no longer ends the process.
            drop(listen(kind)?);
        }
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
            power: listen(SignalKind::from_raw(system::Signal::POWER.as_raw()))?,
        })
    }

    /// Waits to be told to stop.
    pub async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.quit.recv() => {}
            _ = self.power.recv() => {}
        }
    }
}
