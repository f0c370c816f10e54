//! Client ids that Spotify told to be quiet, and until when.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::Timestamp;

/// Until when each client id was told to be quiet; the long quota is kept in the store, since it outlives the night.
#[derive(Default)]
pub struct Cooldown(Mutex<HashMap<String, Timestamp>>);

impl Cooldown {
    /// Has a client id wait for so many milliseconds from `now`, in the box's own time.
    pub fn hold(&self, client_id: &str, ms: i64, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(client_id.to_owned(), now.plus_ms(ms));
    }

    /// Milliseconds a client id has to wait at `now`; `None` where it may call.
    pub fn wait_ms(&self, client_id: &str, now: Timestamp) -> Option<i64> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, until| *until > now);
        held.get(client_id).map(|until| until.ms_since(now))
    }
}
