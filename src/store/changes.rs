use std::collections::{BTreeSet, HashMap};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{RequestId, UserId};

/// Whose party changed since somebody last looked, and which requests in it.
pub type Changed = HashMap<UserId, BTreeSet<RequestId>>;

/// Gathers committed changes for whoever announces them; many changes of one party come out as one.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<(Changed, bool)>,
    bell: Condvar,
}

impl Changes {
    /// Notes that `user`'s party changed, in these requests.
    pub fn note(&self, user: &UserId, touched: impl IntoIterator<Item = RequestId>) {
        self.lock().0.entry(user.clone()).or_default().extend(touched);
        self.bell.notify_all();
    }

    /// Waits up to `most` for changes and takes them; `None` once closed.
    #[must_use]
    pub fn wait(&self, most: Duration) -> Option<Changed> {
        let quiet = |state: &mut (Changed, bool)| state.0.is_empty() && !state.1;
        let (mut state, _) =
            self.bell.wait_timeout_while(self.lock(), most, quiet).unwrap_or_else(PoisonError::into_inner);
        (!state.1).then(|| std::mem::take(&mut state.0))
    }

    /// Ends every wait, now and from now on.
    pub fn close(&self) {
        self.lock().1 = true;
        self.bell.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, (Changed, bool)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
