//! What the box does when the system, a terminal or a tool sends it a signal.

use rustix::process as system;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::error::{Error, Result};

/// Signals to ignore, because by default each of them would kill the process: a terminal that closes, a tool that rotates
/// logs, a timer, a limit on the size of a file.
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

/// The signals on which the box stops in good order.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    /// The power fails, says what watches the battery.
    power: Signal,
}

impl Signals {
    /// Begins to listen. To be called within the runtime, before anything is served.
    pub fn hear() -> Result<Self> {
        for kind in PASSED_OVER {
            // A handler, once set, stays: the default action no longer applies.
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

/// Begins to listen for one signal. To be called within the runtime.
pub fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(Error::system("Signals cannot be heard"))
}
