//! Wrong PINs, counted: few for one visitor, more for an address, a night's worth for a party.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{Attempts, Refusal, Timestamp};
use crate::store::Knock;

/// Wrong PINs one visitor may try, within [`WINDOW_MS`].
const TRIES: usize = 5;
/// Wrong PINs one address may try at a party in the same time: a venue behind one router is many guests with typos.
const TRIES_OF_ADDRESS: usize = 200;
/// Wrong PINs a whole party may see in the same time: far more than a busy night's typos.
const TRIES_OF_ALL: usize = 300;
const WINDOW_MS: i64 = 15 * 60 * 1000;
/// The same within a day, as long as an event lasts. A PIN is one of some 9,600: who uses all of this up finds it with a
/// chance of one in sixteen, and one in 24 from one address.
const TRIES_OF_ADDRESS_A_DAY: usize = 400;
const TRIES_OF_ALL_A_DAY: usize = 600;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Counts the wrong PINs of every party, each PIN's apart.
pub struct PinThrottle(Mutex<Counts>);

struct Counts {
    visitors: Attempts,
    addresses: [Attempts; 2],
    parties: [Attempts; 2],
}

/// Who tries a PIN.
pub struct Trier<'a> {
    /// Known by a cookie; without one, all of the same address are one visitor.
    pub known: Option<&'a str>,
    pub address: &'a str,
}

impl Default for PinThrottle {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            visitors: Attempts::new(TRIES, WINDOW_MS),
            addresses: [Attempts::new(TRIES_OF_ADDRESS, WINDOW_MS), Attempts::new(TRIES_OF_ADDRESS_A_DAY, DAY_MS)],
            parties: [Attempts::new(TRIES_OF_ALL, WINDOW_MS), Attempts::new(TRIES_OF_ALL_A_DAY, DAY_MS)],
        }))
    }
}

impl PinThrottle {
    /// Says how a try went, and counts it where it was wrong. This is the moment in which somebody learns of it, so nothing
    /// is counted that is still under way, and many at once learn no more than one after the other.
    ///
    /// Who is known and has used up their tries learns nothing, not even that it was right. Without a cookie there may be
    /// many behind one address: the right PIN opens for the next of them whatever the others typed, and the wrong ones
    /// spend what the address and the party have.
    pub fn judge(&self, knock: &Knock, trier: &Trier<'_>, now: Timestamp) -> Result<(), Refusal> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { visitors, addresses, parties } = &mut *counts;
        let party = URL_SAFE_NO_PAD.encode(knock.lock);
        let address = format!("{party} {}", trier.address);
        let visitor = trier.known.map_or_else(|| address.clone(), |known| format!("{party} {known}"));
        let own = visitors.wait_ms(&visitor, now);
        let shared = addresses.iter().map(|count| count.wait_ms(&address, now));
        let shared = shared.chain(parties.iter().map(|count| count.wait_ms(&party, now))).flatten().max();
        if let Some(ms) = own.filter(|_| trier.known.is_some()).max(shared) {
            return Err(Refusal::PinWait(ms));
        }
        if knock.right {
            return Ok(());
        }
        for (address_count, party_count) in addresses.iter_mut().zip(parties) {
            address_count.wrong(&address, now);
            party_count.wrong(&party, now);
        }
        if let Some(ms) = own {
            return Err(Refusal::PinWait(ms));
        }
        visitors.wrong(&visitor, now);
        Err(Refusal::WrongPin)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, Knock, PinThrottle, Timestamp, Trier, WINDOW_MS};

    fn knock(right: bool) -> Knock {
        Knock { right, lock: [7; 32] }
    }

    #[test]
    fn a_day_of_guessing_from_ever_new_addresses_tries_one_pin_in_sixteen_at_most() {
        let pins = PinThrottle::default();
        let mut learnt = 0;
        for n in 0..96_000_i64 {
            let (known, address) = (format!("visitor {n}"), format!("address {}", n % 3000));
            let trier = Trier { known: (n % 2 == 0).then_some(known.as_str()), address: &address };
            // A thousand tries in each quarter of an hour; had one been right, would they have come in?
            let now = Timestamp(n * WINDOW_MS / 1000);
            learnt += usize::from(pins.judge(&knock(true), &trier, now).is_ok());
            assert!(pins.judge(&knock(false), &trier, now).is_err());
        }
        assert_eq!(learnt, 600);
    }

    #[test]
    fn one_address_without_cookies_learns_of_two_hundred_in_a_window_and_four_hundred_in_a_day() {
        let pins = PinThrottle::default();
        let nobody = Trier { known: None, address: "one" };
        let right_opens_after = |tries: usize, now: Timestamp| {
            for _ in 0..tries {
                assert!(pins.judge(&knock(false), &nobody, now).is_err());
            }
            pins.judge(&knock(true), &nobody, now).is_ok()
        };
        assert!(right_opens_after(199, Timestamp(0)), "others were wrong, and the right one is not let in");
        assert!(!right_opens_after(1, Timestamp(1)));
        assert!(right_opens_after(0, Timestamp(WINDOW_MS + 2)));
        assert!(!right_opens_after(200, Timestamp(WINDOW_MS + 3)));
        assert!(!right_opens_after(0, Timestamp(3 * WINDOW_MS)), "a day's worth is used up");
        assert!(right_opens_after(0, Timestamp(DAY_MS + 3 * WINDOW_MS)));
        let elsewhere = Trier { known: None, address: "two" };
        assert!(pins.judge(&knock(true), &elsewhere, Timestamp(3 * WINDOW_MS)).is_ok(), "another address");
        let renewed = Knock { right: true, lock: [8; 32] };
        assert!(pins.judge(&renewed, &nobody, Timestamp(3 * WINDOW_MS)).is_ok(), "a new PIN begins anew");
    }
}
