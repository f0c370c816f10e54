//! How many come and vote, from where: kept in memory, and only as long as it matters. Every limit is far above what a
//! night with three hundred guests behind one address comes to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{Attempts, ClearedRequests, ClientAddress, EventId, GuestId, Refusal, Rush, Status, Timestamp};
use crate::store::db::store::Store;
use crate::store::error::Result;
use crate::store::tenant::handle::Guest;

/// How long cleared requests can be had back.
pub const AN_HOUR_MS: i64 = 60 * 60 * 1000;
const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Guests who come in from one address within [`WINDOW_MS`] by one QR code or PIN.
const JOINS: usize = 1_000;
/// Votes given and taken back within [`WINDOW_MS`], of one guest and of all who come from one address.
const VOTES: usize = 1_000;
const VOTES_OF_ADDRESS: usize = 10_000;
/// Votes of a guest that are taken even where those of their address are used up: one who taps without end, under whatever
/// names, takes nobody else's.
const VOTES_OF_ANYBODY: usize = 30;

/// Requests of all who come from one address within [`WINDOW_MS`]: three of each in a full house.
const WISHES_OF_ADDRESS: usize = 1_000;

/// Guests that are remembered of an address, the last ones.
const REMEMBERED: usize = 8;
/// Addresses that are remembered; whoever asks for something is remembered anew.
const ADDRESSES: usize = 5_000;

pub struct Crowd(Mutex<Counts>);

impl Store {
    pub(in crate::store) fn crowd(&self) -> Arc<Crowd> {
        self.memory()
    }
}

struct Counts {
    joins: Attempts,
    votes: Attempts,
    votes_of_address: Attempts,
    requests_of_address: Attempts,
    /// How many more requests may wait or be in the queue at each event before they are counted anew.
    room: HashMap<(EventId, Status), i64>,
    /// What was too much at each event, and when that was last.
    rushes: HashMap<EventId, (Rush, Timestamp)>,
    /// The requests that were cleared last at each event, and when.
    cleared: HashMap<EventId, (ClearedRequests, Timestamp)>,
    /// Who was seen at each event from each address.
    seen: HashMap<(EventId, ClientAddress), Vec<GuestId>>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            joins: Attempts::new(JOINS, WINDOW_MS),
            votes: Attempts::new(VOTES, WINDOW_MS),
            votes_of_address: Attempts::new(VOTES_OF_ADDRESS, WINDOW_MS),
            requests_of_address: Attempts::new(WISHES_OF_ADDRESS, WINDOW_MS),
            room: HashMap::new(),
            rushes: HashMap::new(),
            cleared: HashMap::new(),
            seen: HashMap::new(),
        }))
    }
}

impl Crowd {
    /// Counts one more who comes in; refuses one too many.
    pub fn join(&self, event: &EventId, credential: &str, from: ClientAddress, now: Timestamp) -> Result<()> {
        let mut counts = self.lock();
        let key = format!("{credential} {}", address_at(event, from));
        if let Some(ms) = counts.joins.wait_ms(&key, now) {
            counts.rushes.insert(event.clone(), (Rush::Door, now));
            return Err(Refusal::DoorFull(ms).into());
        }
        counts.joins.wrong(&key, now);
        Ok(())
    }

    /// Counts a request that is new; refuses one too many from where the guest is, where that tells anybody apart.
    pub fn submit(&self, guest: &Guest, now: Timestamp) -> Result<()> {
        let address = guest.address.filter(|address| !address.is_this_machine());
        let Some(address) = address.map(|address| address_at(&guest.event, address)) else { return Ok(()) };
        let of_address = &mut self.lock().requests_of_address;
        if let Some(ms) = of_address.wait_ms(&address, now) {
            return Err(Refusal::HourFull(ms).into());
        }
        of_address.wrong(&address, now);
        Ok(())
    }

    /// Counts one more that comes to wait or to be in the queue; refuses one too many. How much room there is, is asked for
    /// seldom: whatever was decided in between only makes more.
    pub fn make_room(
        &self,
        event: &EventId,
        status: Status,
        room: impl FnOnce() -> Result<i64>,
        now: Timestamp,
    ) -> Result<()> {
        let key = (event.clone(), status);
        let known = self.lock().room.get(&key).copied().filter(|room| *room > 0);
        let room = known.map_or_else(room, Ok)?;
        let mut counts = self.lock();
        if room <= 0 {
            counts.rushes.insert(event.clone(), (Rush::Wishes, now));
            return Err(Refusal::ListFull.into());
        }
        counts.room.insert(key, room - 1);
        Ok(())
    }

    /// Somebody saw to it that it is no longer too much.
    pub fn calm(&self, event: &EventId) {
        self.lock().rushes.remove(event);
    }

    /// Requests were cleared, or those that had been are back.
    pub fn clear(&self, event: &EventId, cleared: Option<ClearedRequests>, now: Timestamp) {
        let all = &mut self.lock().cleared;
        match cleared {
            Some(cleared) => drop(all.insert(event.clone(), (cleared, now))),
            None => drop(all.remove(event)),
        }
    }

    /// What was cleared last, as long as it can be had back.
    pub fn cleared(&self, event: &EventId, now: Timestamp) -> Option<ClearedRequests> {
        let found = self.lock().cleared.get(event).copied();
        found.filter(|(_, at)| now.ms_since(*at).abs() < AN_HOUR_MS).map(|(cleared, _)| cleared)
    }

    /// Forgets a party that is over.
    pub fn forget(&self, event: &EventId) {
        let mut counts = self.lock();
        counts.rushes.remove(event);
        counts.cleared.remove(event);
        counts.room.retain(|(of, _), _| of != event);
        counts.seen.retain(|(of, _), _| of != event);
    }

    /// What was too much at an event within the last ten minutes.
    pub fn rush(&self, event: &EventId, now: Timestamp) -> Option<Rush> {
        let mut counts = self.lock();
        // A page that was begun a moment before must not put it out.
        counts.rushes.retain(|_, (_, at)| now.ms_since(*at) < WINDOW_MS);
        counts.rushes.get(event).map(|(rush, _)| *rush)
    }

    /// Counts a vote that was given or taken back; refuses one too many.
    pub fn vote(&self, guest: &Guest, now: Timestamp) -> Result<()> {
        let Counts { votes, votes_of_address, .. } = &mut *self.lock();
        let address = guest.address.map(|address| address_at(&guest.event, address));
        let own = votes.wait_ms(guest.id.as_str(), now);
        let others = address.as_ref().and_then(|address| votes_of_address.wait_ms(address, now));
        let others = others.filter(|_| votes.within(guest.id.as_str(), now) >= VOTES_OF_ANYBODY);
        if let Some(ms) = own.max(others) {
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
    format!("{event} {:?}", address.source())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{ClientAddress, Crowd, EventId, Guest, Rush, Timestamp};
    use super::{VOTES, VOTES_OF_ADDRESS, VOTES_OF_ANYBODY, WINDOW_MS, WISHES_OF_ADDRESS};
    use crate::domain::Id;

    fn guest() -> Guest {
        let event = Id::parse("party").unwrap();
        Guest { id: Id::fresh(), event, address: Some(ClientAddress::new(IpAddr::from([203, 0, 113, 9]))) }
    }

    #[test]
    fn the_light_of_a_crowd_is_not_put_out_by_a_page_that_was_begun_before() {
        let (crowd, event) = (Crowd::default(), EventId::fresh());
        crowd.lock().rushes.insert(event.clone(), (Rush::Door, Timestamp(1_000)));
        assert!(crowd.rush(&event, Timestamp(999)).is_some() && crowd.rush(&event, Timestamp(1_000)).is_some());
        assert!(crowd.rush(&event, Timestamp(1_000 + WINDOW_MS)).is_none());
    }

    #[test]
    fn the_wishes_of_one_address_leave_room_for_those_of_others_and_a_proxy_on_this_machine_is_none() {
        let (crowd, now) = (Crowd::default(), Timestamp(0));
        let asks = |address: [u8; 4]| {
            let guest = Guest { address: Some(ClientAddress::new(IpAddr::from(address))), ..guest() };
            crowd.submit(&guest, now).is_ok()
        };
        assert_eq!((0..2_000).filter(|_| asks([203, 0, 113, 9])).count(), WISHES_OF_ADDRESS);
        assert!(asks([203, 0, 113, 10]));
        assert!((0..2_000).all(|_| asks([127, 0, 0, 1])));
    }

    #[test]
    fn one_phone_that_votes_under_many_names_takes_no_vote_from_the_others_behind_its_router() {
        let (crowd, now) = (Crowd::default(), Timestamp(0));
        for _ in 0..VOTES_OF_ADDRESS / VOTES {
            let tapper = guest();
            assert!((0..VOTES).all(|_| crowd.vote(&tapper, now).is_ok()));
        }
        let (tapper, honest) = (guest(), guest());
        assert!((0..VOTES_OF_ANYBODY).all(|_| crowd.vote(&honest, now).is_ok()));
        let taken = (0..VOTES).filter(|_| crowd.vote(&tapper, now).is_ok()).count();
        assert_eq!(taken, VOTES_OF_ANYBODY, "each further name has a few");
    }
}
