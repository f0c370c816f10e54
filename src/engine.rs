//! What goes on with no request in flight: announcing changes, and keeping house.

mod announcer;
mod housekeeping;
mod hub;
mod worker;

use std::sync::Arc;

use tokio::runtime::Handle;

pub use hub::{Hub, Lane, Listener, Message};

use crate::domain::Address;
use crate::store::Store;
use worker::{Stop, Worker};

/// The running background threads.
pub struct Engine {
    hub: Hub,
    store: Store,
    stop: Arc<Stop>,
    workers: Vec<Worker>,
}

/// Starts the background threads; `address` is where other devices reach this box. Needs a tokio runtime around it.
pub fn start(store: &Store, address: &Address) -> std::io::Result<Engine> {
    let hub = Hub::new(store.now());
    let stop = Arc::new(Stop::default());
    let handle = Handle::current();
    let workers = vec![
        announcer::start(store.clone(), hub.clone(), address.clone(), handle.clone())?,
        housekeeping::start(store.clone(), hub.clone(), handle, stop.clone())?,
    ];
    Ok(Engine { hub, store: store.clone(), stop, workers })
}

impl Engine {
    /// Where streams listen.
    #[must_use]
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Ends every stream and thread; returns when they are gone.
    pub fn stop(self) {
        self.hub.close();
        self.stop.ring();
        self.store.changes().close();
        for worker in self.workers {
            worker.join();
        }
    }
}
