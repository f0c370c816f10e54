//! What goes on with no request in flight: announcing changes, and keeping the box in order.

mod agenda;
mod announcer;
mod channel;
mod cooldown;
mod covers;
mod crumbs;
mod doctor;
mod handover;
mod housekeeping;
mod hub;
mod interfaces;
mod maintenance;
mod matching;
mod network;
mod rounds;
mod scheduler;
mod search;
mod single_flight;
mod spotify;
mod timetable;
mod translate;
mod trouble;
mod watch_list;
mod watcher;
mod worker;

use std::sync::Arc;

pub use agenda::Lateness;
pub use channel::{Listener, Message};
pub use covers::Covers;
pub use hub::{Audience, Hub};
pub use interfaces::Listening;
pub use network::{Called, Network};
pub use search::{Search, Searcher};
pub use spotify::Spotify;
pub use translate::hit;
pub use watch_list::WatchList;
pub use watcher::Watcher;
pub use worker::complain;

use announcer::{Announcer, Said};
use housekeeping::Housekeeping;
use maintenance::Maintenance;
use network::Follower;
use worker::{Stop, Worker};

use crate::domain::Address;
use crate::store::{Store, Wait};

/// The running background threads.
pub struct Engine {
    hub: Hub,
    store: Store,
    watch_list: WatchList,
    stop: Arc<Stop>,
    workers: Vec<Worker>,
}

/// Starts the background threads; `network` is where other devices reach this box.
pub fn start(store: &Store, spotify: &Spotify, network: &Network) -> std::io::Result<Engine> {
    let hub = Hub::new(store.own_time());
    let stop = Arc::new(Stop::default());
    let watch_list = WatchList::start(store, spotify)?;
    let announcer = Announcer {
        store: store.clone(),
        hub: hub.clone(),
        watch_list: watch_list.clone(),
        network: network.clone(),
        said: Said::default(),
    };
    let housekeeping = Housekeeping { store: store.clone(), hub: hub.clone(), watch_list: watch_list.clone() };
    let workers = vec![
        announcer::start(announcer, timetable::ANNOUNCER)?,
        rounds::start("housekeeping", timetable::HOUSEKEEPING, housekeeping, stop.clone())?,
    ];
    Ok(Engine { hub, store: store.clone(), watch_list, stop, workers })
}

impl Engine {
    /// Keeps the box in order from now on: backups every night, nicknames forgotten once they are `names_days` old.
    pub fn start_housekeeping(&mut self, names_days: u32) -> std::io::Result<()> {
        let maintenance = Maintenance { store: self.store.clone(), names_days };
        let worker = rounds::start("maintenance", timetable::MAINTENANCE, maintenance, self.stop.clone())?;
        self.workers.push(worker);
        Ok(())
    }

    /// Follows the network from now on; `told` hears of each new address where other devices reach this box.
    pub fn follow(&mut self, network: &Network, told: impl FnMut(&Address) + Send + 'static) -> std::io::Result<()> {
        let follower = Follower::new(network, &self.store, &self.hub, told);
        self.workers.push(rounds::start("network", timetable::NETWORK, follower, self.stop.clone())?);
        Ok(())
    }

    /// Where streams listen.
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Who watches whose Spotify, for figures.
    pub fn watch_list(&self) -> WatchList {
        self.watch_list.clone()
    }

    /// Ends every stream and thread; returns when they are gone.
    pub fn stop(self) {
        self.hub.close();
        self.stop.ring();
        self.store.begin_to_stop();
        // Before anybody is waited for: who has no patience may end the box meanwhile.
        if let Err(error) = self.store.leave_mark().wait() {
            complain("When the box stopped was not written down", &error);
        }
        self.watch_list.stop();
        self.store.changes().close();
        for worker in self.workers {
            worker.join();
        }
    }
}
