//! How many come and vote, from where: kept in memory, and only as long as it matters. Every limit is far above what a
//! night with three hundred guests behind one address comes to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Store;
use super::error::Result;
use super::scope::Guest;
use crate::domain::{Attempts, ClientAddress, EventId, GuestId, Refusal, Rush, Timestamp};

const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Guests who come in from one address within [`WINDOW_MS`] by one QR code or PIN.
const JOINS: usize = 1_000;
/// Votes given and taken back within [`WINDOW_MS`], of one guest and of all who come from one address.
const VOTES: usize = 1_000;
const VOTES_OF_ADDRESS: usize = 10_000;

/// Guests that are remembered of an address, the last ones.
const REMEMBERED: usize = 8;
/// Addresses that are remembered; whoever asks for something is remembered anew.
const ADDRESSES: usize = 5_000;

pub struct Crowd(Mutex<Counts>);

impl Store {
    pub(super) fn crowd(&self) -> Arc<Crowd> {
        self.0.crowd.clone()
    }
}

struct Counts {
    joins: Attempts,
    votes: Attempts,
    votes_of_address: Attempts,
    /// How many more wishes may wait at each event, of at most so many, before they are counted anew.
    room: HashMap<(EventId, i64), i64>,
    /// What was too much at each event, and when that was last.
    rushes: HashMap<EventId, (Rush, Timestamp)>,
    /// Who was seen at each event from each address.
    seen: HashMap<(EventId, ClientAddress), Vec<GuestId>>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            joins: Attempts::new(JOINS, WINDOW_MS),
            votes: Attempts::new(VOTES, WINDOW_MS),
            votes_of_address: Attempts::new(VOTES_OF_ADDRESS, WINDOW_MS),
            room: HashMap::new(),
            rushes: HashMap::new(),
            seen: HashMap::new(),
        }))
    }
}

impl Crowd {
    /// Counts one more who comes in; refuses one too many.
    pub fn join(&self, event: &EventId, ticket: &str, from: ClientAddress, now: Timestamp) -> Result<()> {
        let mut counts = self.lock();
        let key = format!("{ticket} {}", address_at(event, from));
        if let Some(ms) = counts.joins.wait_ms(&key, now) {
            counts.rushes.insert(event.clone(), (Rush::Door, now));
            return Err(Refusal::DoorFull(ms).into());
        }
        counts.joins.wrong(&key, now);
        Ok(())
    }

    /// Counts one more wish that waits, of at most so many; refuses one too many. How many wait is asked for seldom: whatever
    /// was decided in between only makes room.
    pub fn wish(
        &self,
        event: &EventId,
        most: i64,
        waiting: impl FnOnce() -> Result<i64>,
        now: Timestamp,
    ) -> Result<()> {
        let key = (event.clone(), most);
        let known = self.lock().room.get(&key).copied().filter(|room| *room > 0);
        let room = match known {
            Some(room) => room,
            None => most - waiting()?,
        };
        let mut counts = self.lock();
        if room <= 0 {
            counts.rushes.insert(event.clone(), (Rush::Wishes, now));
            return Err(Refusal::ListFull.into());
        }
        counts.room.insert(key, room - 1);
        Ok(())
    }

    /// What was too much at an event within the last ten minutes.
    pub fn rush(&self, event: &EventId, now: Timestamp) -> Option<Rush> {
        let mut counts = self.lock();
        counts.rushes.retain(|_, (_, at)| (0..WINDOW_MS).contains(&now.ms_since(*at)));
        counts.rushes.get(event).map(|(rush, _)| *rush)
    }

    /// Counts a vote that was given or taken back; refuses one too many.
    pub fn vote(&self, guest: &Guest, now: Timestamp) -> Result<()> {
        let Counts { votes, votes_of_address, .. } = &mut *self.lock();
        let address = guest.address.map(|address| address_at(&guest.event, address));
        let waits = votes.wait_ms(guest.id.as_str(), now);
        let waits = waits.max(address.as_ref().and_then(|address| votes_of_address.wait_ms(address, now)));
        if let Some(ms) = waits {
            return Err(Refusal::TooManyVotes(ms).into());
        }
        votes.wrong(guest.id.as_str(), now);
        if let Some(address) = &address {
            votes_of_address.wrong(address, now);
        }
        Ok(())
    }

    /// Remembers where a guest comes from.
    pub fn saw(&self, guest: &Guest) {
        let Some(address) = guest.address.filter(|address| !address.is_this_machine()) else { return };
        let seen = &mut self.lock().seen;
        let key = (guest.event.clone(), address);
        if seen.len() >= ADDRESSES && !seen.contains_key(&key) {
            seen.clear();
        }
        let guests = seen.entry(key).or_default();
        if !guests.contains(&guest.id) {
            guests.truncate(REMEMBERED - 1);
            guests.insert(0, guest.id.clone());
        }
    }

    /// Who was seen at an event from this address lately; nobody, where it tells nobody apart.
    pub fn seen(&self, event: &EventId, address: Option<ClientAddress>) -> Vec<GuestId> {
        let key = address.map(|address| (event.clone(), address));
        key.and_then(|key| self.lock().seen.get(&key).cloned()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is counted of an address at one event.
fn address_at(event: &EventId, address: ClientAddress) -> String {
    format!("{event} {:?}", address.prefix())
}
