//! How many guests' pages may hear what is new at once: far more than a night has, and no more than the box can bear.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ClientAddress, Refusal};

/// Streams of all guests of the box together.
const ALL: usize = 1_500;
/// The same of all who come from one address.
const OF_ADDRESS: usize = 1_200;

/// Who has one, by where they come from.
#[derive(Default)]
pub struct StreamPlaces(Mutex<HashMap<Option<IpAddr>, Arc<()>>>);

/// One place; it is free again once this is dropped.
pub struct StreamPlace(#[allow(dead_code)] Arc<()>);

impl StreamPlaces {
    /// A place for one more stream; refuses where all are taken.
    pub fn take(&self, address: Option<ClientAddress>) -> Result<StreamPlace, Refusal> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, place| Arc::strong_count(place) > 1);
        let all: usize = held.values().map(|place| Arc::strong_count(place) - 1).sum();
        let place = held.entry(address.map(ClientAddress::source)).or_default();
        if all >= ALL || Arc::strong_count(place) > OF_ADDRESS {
            return Err(Refusal::HouseFull);
        }
        Ok(StreamPlace(place.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, ClientAddress, OF_ADDRESS, StreamPlaces};

    #[test]
    fn one_address_takes_no_place_from_the_last_three_hundred_and_all_are_free_again() {
        let places = StreamPlaces::default();
        let from = |last: u8| Some(ClientAddress::new([192, 168, 1, last].into()));
        let one: Vec<_> = (0..2_000).filter_map(|_| places.take(from(1)).ok()).collect();
        let others: Vec<_> =
            (0..2_000).filter_map(|n| places.take(from(u8::try_from(n % 200 + 2).unwrap())).ok()).collect();
        assert_eq!((one.len(), others.len()), (OF_ADDRESS, ALL - OF_ADDRESS));
        drop((one, others));
        assert!(places.take(from(1)).is_ok());
    }
}
