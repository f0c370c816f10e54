//! What goes on with no request in flight: announcing changes, and keeping house.

mod agenda;
mod announcer;
mod chores;
mod covers;
mod flights;
mod governor;
mod handover;
mod housekeeping;
mod hub;
mod interfaces;
mod line;
mod matching;
mod network;
mod scheduler;
mod search;
mod spotify;
mod tracks;
mod watch;
mod watchers;
mod worker;

use std::sync::Arc;

use tokio::runtime::Handle;

pub use agenda::Lateness;
pub use covers::Covers;
pub use hub::{Hub, Lane};
pub use interfaces::Listening;
pub use line::{Listener, Message};
pub use network::Network;
pub use search::{Search, Seeker};
pub use spotify::Spotify;
pub use tracks::hit;
pub use watch::Watch;
pub use watchers::Watchers;
pub use worker::complain;

use crate::domain::Address;
use crate::store::Store;
use worker::{Stop, Worker};

/// The running background threads.
pub struct Engine {
    hub: Hub,
    store: Store,
    watchers: Watchers,
    stop: Arc<Stop>,
    workers: Vec<Worker>,
}

/// Starts the background threads; `network` is where other devices reach this box. Needs a tokio runtime around it.
pub fn start(store: &Store, spotify: &Spotify, network: &Network) -> std::io::Result<Engine> {
    let hub = Hub::new(store.own_time());
    let stop = Arc::new(Stop::default());
    let handle = Handle::current();
    let watchers = Watchers::start(store, spotify)?;
    let workers = vec![
        announcer::start(store.clone(), (hub.clone(), watchers.clone()), network.clone(), handle.clone())?,
        housekeeping::start(store.clone(), (hub.clone(), watchers.clone()), handle, stop.clone())?,
    ];
    Ok(Engine { hub, store: store.clone(), watchers, stop, workers })
}

impl Engine {
    /// Keeps house from now on: backups every night, nicknames forgotten once they are `names_days` old.
    pub fn keep_house(&mut self, names_days: u32) -> std::io::Result<()> {
        let chores = chores::start(self.store.clone(), names_days, Handle::current(), self.stop.clone())?;
        self.workers.push(chores);
        Ok(())
    }

    /// Follows the network from now on; `told` hears of each new address where other devices reach this box.
    pub fn follow(&mut self, network: &Network, told: impl FnMut(&Address) + Send + 'static) -> std::io::Result<()> {
        let follower = network::follow(network.clone(), self.store.clone(), self.hub(), self.stop.clone(), told)?;
        self.workers.push(follower);
        Ok(())
    }

    /// Where streams listen.
    #[must_use]
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Who watches whose Spotify, for figures.
    #[must_use]
    pub fn watchers(&self) -> Watchers {
        self.watchers.clone()
    }

    /// Ends every stream and thread; returns when they are gone.
    pub fn stop(self) {
        self.hub.close();
        self.stop.ring();
        self.store.begin_to_stop();
        self.watchers.stop();
        self.store.changes().close();
        for worker in self.workers {
            worker.join();
        }
    }
}
