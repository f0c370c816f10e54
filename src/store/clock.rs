use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Timestamp;

/// Where `now` comes from; handed down so that a test can set it.
#[derive(Clone, Copy)]
pub struct Clock(fn() -> Timestamp);

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        })
    }

    #[must_use]
    pub fn now(self) -> Timestamp {
        (self.0)()
    }
}
