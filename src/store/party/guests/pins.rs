//! Wrong PINs, counted: few for one visitor, more for a source, a night's worth for a party; and the door that is only slower
//! where they are used up.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{Attempts, Refusal, Timestamp, doubled};

/// Wrong PINs one visitor may try, within [`WINDOW_MS`].
const TRIES: usize = 5;
/// Wrong PINs of one source at a party in the same time without any wait: a venue behind one router is many guests with
/// typos.
const TRIES_OF_SOURCE: usize = 200;
/// Wrong PINs at a party in the same time until every source has [`FEW`] of them: far more than a busy night's typos.
const TRIES_OF_ALL: usize = 300;
const WINDOW_MS: i64 = 15 * 60 * 1000;
/// The same within a day, as long as an event lasts: one PIN in sixteen of some 9,600.
const TRIES_OF_SOURCE_A_DAY: usize = 400;
const TRIES_OF_ALL_A_DAY: usize = 600;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Wrong PINs of one source without any wait where many were guessed.
const FEW: usize = 5;
/// The longest wait between two tries of one source: the door is never shut.
const SLOWEST_MS: i64 = 5 * 60 * 1000;
/// So many more than are free are remembered of a source: with each the wait doubles, up to the longest.
const OVER: usize = 16;

/// Counts the wrong PINs of every party, each PIN's apart. It need not outlive a restart.
pub struct Pins(Mutex<Counts>);

struct Counts {
    visitors: Attempts,
    sources: [Attempts; 2],
    parties: [Attempts; 2],
}

/// Who tries a PIN.
pub struct PinCaller {
    /// Known by a cookie; without one, all of the same source are one visitor.
    pub known: Option<String>,
    pub source: String,
}

/// An attempt at a PIN.
pub struct PinAttempt {
    pub right: bool,
    /// Which PIN it was tried at, by its fingerprint: what was guessed of one says nothing of the next.
    pub lock: [u8; 32],
}

impl Default for Pins {
    fn default() -> Self {
        let of_source = [(TRIES_OF_SOURCE + OVER, WINDOW_MS), (TRIES_OF_SOURCE_A_DAY, DAY_MS)];
        let of_all = [(TRIES_OF_ALL, WINDOW_MS), (TRIES_OF_ALL_A_DAY, DAY_MS)];
        let counts = |each: [(usize, i64); 2]| each.map(|(most, window_ms)| Attempts::new(most, window_ms));
        Self(Mutex::new(Counts {
            visitors: Attempts::new(TRIES, WINDOW_MS),
            sources: counts(of_source),
            parties: counts(of_all),
        }))
    }
}

impl Pins {
    /// Says how a try went, and counts it where it was wrong. This is the moment in which somebody learns of it, so nothing
    /// is counted that is still under way, and many at once learn no more than one after the other.
    ///
    /// Who is known and has used up their tries learns nothing, not even that it was right. Without a cookie there may be
    /// many behind one source: the right PIN opens for the next of them whatever the others typed. A source that has used
    /// up what is free waits between tries, longer each time; nobody waits for what another source has tried, but where a
    /// whole night's typos are used up each has only a few that are free.
    pub fn judge(&self, attempt: &PinAttempt, caller: &PinCaller, now: Timestamp) -> Result<(), Refusal> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let party = URL_SAFE_NO_PAD.encode(attempt.lock);
        let source = format!("{party} {}", caller.source);
        let visitor = caller.known.as_ref().map_or_else(|| source.clone(), |known| format!("{party} {known}"));
        let own = counts.visitors.wait_ms(&visitor, now);
        if let Some(ms) = own.filter(|_| caller.known.is_some()).max(counts.wait_of(&source, &party, now)) {
            return Err(Refusal::PinWait(ms));
        }
        if attempt.right {
            return Ok(());
        }
        counts.sources.iter_mut().for_each(|count| count.wrong(&source, now));
        counts.parties.iter_mut().for_each(|count| count.wrong(&party, now));
        if let Some(ms) = own {
            return Err(Refusal::PinWait(ms));
        }
        counts.visitors.wrong(&visitor, now);
        Err(Refusal::WrongPin)
    }

    /// Whether so many were wrong at this PIN that some wait for others' sake: it is being guessed at.
    pub fn is_guessed(&self, lock: &[u8; 32], now: Timestamp) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let party = URL_SAFE_NO_PAD.encode(lock);
        let enough = [TRIES_OF_SOURCE, TRIES_OF_SOURCE_A_DAY];
        counts.parties.iter().zip(enough).any(|(count, enough)| count.within(&party, now) >= enough)
    }
}

impl Counts {
    /// How long a source waits before its next try, in milliseconds.
    fn wait_of(&self, source: &str, party: &str, now: Timestamp) -> Option<i64> {
        let [recent, whole_day] = &self.sources;
        let spent = |count: &Attempts, key: &str| count.wait_ms(key, now).is_some();
        let besieged = self.parties.iter().any(|count| spent(count, party)) || spent(whole_day, source);
        let free = if besieged { FEW } else { TRIES_OF_SOURCE };
        let over = recent.within(source, now).checked_sub(free)?;
        let wait = doubled(u32::try_from(over).unwrap_or(u32::MAX), SLOWEST_MS);
        recent.since_last_ms(source, now).map(|gone| wait - gone).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests;
