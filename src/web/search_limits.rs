//! How much one guest or one host may search.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Attempts, GuestId, Refusal, Timestamp, UserId};

/// Searches of one guest in a minute: more than anybody types.
const SEARCHES: usize = 40;
const MINUTE_MS: i64 = 60_000;
/// Of them those that may go on to Spotify within an hour: half of what all guests of a DJ have together.
const OUTSIDE: usize = 10;
/// The same of one DJ: more than anybody looks for, so that a program of theirs that has run wild leaves some of the day's.
const OUTSIDE_OF_HOST: usize = 200;
/// Beside these, links on the list of what a DJ never plays whose songs are asked for by name: a long list is not to cost a
/// night its calls.
const OUTSIDE_OF_LIST: usize = 40;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How much each guest and each DJ searches. It need not outlive a restart.
pub struct SearchLimits(Mutex<Counts>);

struct Counts {
    searches: Attempts,
    outside: Attempts,
    of_hosts: Attempts,
    of_lists: Attempts,
}

impl Default for SearchLimits {
    fn default() -> Self {
        let (searches, outside) = (Attempts::new(SEARCHES, MINUTE_MS), Attempts::new(OUTSIDE, HOUR_MS));
        let of_hosts = Attempts::new(OUTSIDE_OF_HOST, HOUR_MS);
        let of_lists = Attempts::new(OUTSIDE_OF_LIST, HOUR_MS);
        Self(Mutex::new(Counts { searches, outside, of_hosts, of_lists }))
    }
}

impl SearchLimits {
    /// Counts a search; refuses a guest who searches without end, and says how long to wait.
    pub fn search(&self, guest: &GuestId, now: Timestamp) -> Result<(), Refusal> {
        count(&mut self.counts().searches, guest.as_str(), now).map_err(Refusal::TooManySearches)
    }

    /// Counts a call to Spotify for a guest; where they have had their share, says how long to wait in milliseconds.
    pub fn ask(&self, guest: &GuestId, now: Timestamp) -> Result<(), i64> {
        count(&mut self.counts().outside, guest.as_str(), now)
    }

    /// The same for a DJ.
    pub fn ask_for_host(&self, host: &UserId, now: Timestamp) -> Result<(), i64> {
        count(&mut self.counts().of_hosts, host.as_str(), now)
    }

    /// The same for a link on a DJ's list of what is never played.
    pub fn ask_for_list(&self, host: &UserId, now: Timestamp) -> Result<(), i64> {
        count(&mut self.counts().of_lists, host.as_str(), now)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(calls: &mut Attempts, whose: &str, now: Timestamp) -> Result<(), i64> {
    if let Some(ms) = calls.wait_ms(whose, now) {
        return Err(ms);
    }
    calls.wrong(whose, now);
    Ok(())
}
