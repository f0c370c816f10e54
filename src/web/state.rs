use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::request::Request;

use super::token::Keyring;
use crate::domain::{Address, Attempts};
use crate::engine::Hub;
use crate::store::Store;

/// Wrong PINs one visitor may try, within [`WINDOW_MS`].
const TRIES: usize = 5;
/// Wrong PINs a whole party may see in the same time: far more than a busy night's typos, far fewer than it takes to guess.
const TRIES_OF_ALL: usize = 300;
const WINDOW_MS: i64 = 15 * 60 * 1000;

/// What every handler may need of the box it runs on.
pub struct Here {
    pub store: Store,
    pub hub: Hub,
    pub keyring: Keyring,
    pub address: Address,
    pub session_hours: i64,
    pub metrics_token: Option<String>,
    pub setup_token: Option<String>,
    knocks: Mutex<Knocks>,
}

/// Wrong PINs, by visitor and by party.
pub struct Knocks {
    pub visitors: Attempts,
    pub parties: Attempts,
}

impl Here {
    pub fn new(parts: super::Parts) -> Self {
        let settings = parts.settings;
        let knocks =
            Knocks { visitors: Attempts::new(TRIES, WINDOW_MS), parties: Attempts::new(TRIES_OF_ALL, WINDOW_MS) };
        Self {
            store: parts.store,
            hub: parts.hub,
            keyring: Keyring::new(&parts.key),
            address: parts.address,
            session_hours: settings.session_hours,
            metrics_token: settings.metrics_token,
            setup_token: settings.setup_token,
            knocks: Mutex::new(knocks),
        }
    }

    /// The box a request came to; it is put in place before the first one.
    #[allow(clippy::expect_used)]
    pub fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.rocket().state::<Self>().expect("the box is managed state from the start")
    }

    pub fn knocks(&self) -> MutexGuard<'_, Knocks> {
        self.knocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
