use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Attempts, GuestId, Refusal, Timestamp};

/// Searches of one guest in a minute: more than anybody types.
const SEARCHES: usize = 40;
const MINUTE_MS: i64 = 60_000;
/// Of them those that may go on to Spotify within an hour: half of what all guests of a DJ have together.
const OUTSIDE: usize = 10;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How much each guest searches. It need not outlive a restart.
pub struct Seekers(Mutex<Counts>);

struct Counts {
    searches: Attempts,
    outside: Attempts,
}

impl Default for Seekers {
    fn default() -> Self {
        let (searches, outside) = (Attempts::new(SEARCHES, MINUTE_MS), Attempts::new(OUTSIDE, HOUR_MS));
        Self(Mutex::new(Counts { searches, outside }))
    }
}

impl Seekers {
    /// Counts a search; refuses a guest who searches without end, and says how long to wait.
    pub fn search(&self, guest: &GuestId, now: Timestamp) -> Result<(), Refusal> {
        let mut counts = self.counts();
        if let Some(ms) = counts.searches.wait_ms(guest.as_str(), now) {
            return Err(Refusal::TooManySearches(ms));
        }
        counts.searches.wrong(guest.as_str(), now);
        Ok(())
    }

    /// Counts a call to Spotify for a guest; where they have had their share, says how long to wait in milliseconds.
    pub fn ask(&self, guest: &GuestId, now: Timestamp) -> Result<(), i64> {
        let mut counts = self.counts();
        if let Some(ms) = counts.outside.wait_ms(guest.as_str(), now) {
            return Err(ms);
        }
        counts.outside.wrong(guest.as_str(), now);
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
