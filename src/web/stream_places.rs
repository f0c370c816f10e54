//! How many pages may hear what is new at once: far more than a night has, and no more than the box can bear.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ClientAddress, Refusal, UserId};

/// Streams of all guests of the box together.
const ALL: usize = 1_000;
/// The same of all who come from one address.
const OF_ADDRESS: usize = 700;
/// Streams of all DJs' own pages, helpers and screens together.
const ALL_OF_DJS: usize = 1_500;
/// The same of one DJ.
const OF_DJ: usize = 200;

/// Who has one: guests by where they come from, all others by the DJ they belong to.
#[derive(Default)]
pub struct StreamPlaces {
    guests: Held<Option<IpAddr>>,
    djs: Held<UserId>,
}

type Held<K> = Mutex<HashMap<K, Arc<()>>>;

/// One place; it is free again once this is dropped.
pub struct StreamPlace(#[allow(dead_code)] Arc<()>);

impl StreamPlaces {
    /// A place for one more guest's stream; refuses where all are taken.
    pub fn of_guest(&self, address: Option<ClientAddress>) -> Result<StreamPlace, Refusal> {
        take(&self.guests, address.map(ClientAddress::source), OF_ADDRESS, ALL)
    }

    /// A place for one more stream of a DJ's own pages, helpers or screens; refuses where all are taken.
    pub fn of_dj(&self, whose: &UserId) -> Result<StreamPlace, Refusal> {
        take(&self.djs, whose.clone(), OF_DJ, ALL_OF_DJS)
    }
}

fn take<K: Eq + Hash>(held: &Held<K>, whose: K, of_one: usize, of_all: usize) -> Result<StreamPlace, Refusal> {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    held.retain(|_, place| Arc::strong_count(place) > 1);
    let all: usize = held.values().map(|place| Arc::strong_count(place) - 1).sum();
    let place = held.entry(whose).or_default();
    if all >= of_all || Arc::strong_count(place) > of_one {
        return Err(Refusal::HouseFull);
    }
    Ok(StreamPlace(place.clone()))
}

#[cfg(test)]
mod tests {
    use super::{ALL, ClientAddress, OF_ADDRESS, OF_DJ, StreamPlaces, UserId};

    #[test]
    fn one_address_takes_no_place_from_the_last_three_hundred_and_all_are_free_again() {
        let places = StreamPlaces::default();
        let from = |last: u8| Some(ClientAddress::new([192, 168, 1, last].into()));
        let one: Vec<_> = (0..2_000).filter_map(|_| places.of_guest(from(1)).ok()).collect();
        let others: Vec<_> =
            (0..2_000).filter_map(|n| places.of_guest(from(u8::try_from(n % 200 + 2).unwrap())).ok()).collect();
        assert_eq!((one.len(), others.len()), (OF_ADDRESS, ALL - OF_ADDRESS));
        drop((one, others));
        assert!(places.of_guest(from(1)).is_ok());
    }

    #[test]
    fn the_pages_helpers_and_screens_of_one_dj_take_no_place_from_another_djs() {
        let (places, [one, other]) = (StreamPlaces::default(), ["one", "other"].map(|id| UserId::parse(id).unwrap()));
        let held: Vec<_> = (0..2_000).filter_map(|_| places.of_dj(&one).ok()).collect();
        assert_eq!(held.len(), OF_DJ);
        assert!(places.of_dj(&other).is_ok());
        drop(held);
        assert!(places.of_dj(&one).is_ok());
    }
}
