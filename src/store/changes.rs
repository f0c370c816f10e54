use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{RequestId, UserId};

/// Whose party changed since somebody last looked, and which requests in it.
pub type Changed = HashMap<UserId, BTreeSet<RequestId>>;

/// Gathers committed changes for whoever announces them; many changes of one party come out as one.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    changed: Changed,
    /// Something is to be announced that is no change of a party.
    rung: bool,
    closed: bool,
}

impl Changes {
    /// Notes that `user`'s party changed, in these requests.
    pub fn note(&self, user: &UserId, touched: impl IntoIterator<Item = RequestId>) {
        self.lock().changed.entry(user.clone()).or_default().extend(touched);
        self.bell.notify_all();
    }

    /// Ends the wait under way, or the next: how the store fares is not what it was.
    pub fn ring(&self) {
        self.lock().rung = true;
        self.bell.notify_all();
    }

    /// Waits up to `most` for changes and takes them, also where there are none but it was rung; `None` once closed.
    #[must_use]
    pub fn wait(&self, most: Duration) -> Option<Changed> {
        let quiet = |state: &mut Waiting| state.changed.is_empty() && !state.rung && !state.closed;
        let (mut state, _) =
            self.bell.wait_timeout_while(self.lock(), most, quiet).unwrap_or_else(PoisonError::into_inner);
        state.rung = false;
        (!state.closed).then(|| std::mem::take(&mut state.changed))
    }

    /// Ends every wait, now and from now on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
