//! What goes over a venue's Wi-Fi, in bytes: the same on every machine, and never more than stands here.

use std::collections::BTreeMap;

use crate::bytes::{VOTES, first_load, of_a_vote};
use crate::party::Party;

/// Songs in line on a full night.
const LONG: usize = 400;
/// Bytes of one vote to each who listens, with as many in line.
const OF_A_VOTE: [(&str, usize); 4] = [("guest", 600), ("dj", 1_500), ("screen", 1_000), ("helper", 1_000)];
/// Bytes of a page that is opened for the first time, and of all that it loads, with as many in line.
const FIRST_LOAD: [(&str, usize); 2] = [("guest", 108_500), ("host", 222_000)];
/// The same with four in line.
const FIRST_LOAD_SHORT: [(&str, usize); 2] = [("guest", 36_500), ("host", 54_000)];

fn is_within(what: &str, found: &[(&str, usize)], bounds: &[(&'static str, usize)]) {
    let found: BTreeMap<&str, usize> = found.iter().copied().collect();
    println!("{what}: {found:?}, at most {bounds:?}");
    for (who, most) in bounds {
        assert!(found[who] <= *most, "{what}: {} bytes to a {who}, and {most} at most", found[who]);
    }
}

fn loads(party: &Party) -> [(&'static str, usize); 2] {
    let guest = first_load(party, "/djane", &party.guests[0]).1;
    [("guest", guest), ("host", first_load(party, "/djane/admin/requests", &party.host).1)]
}

#[test]
fn a_vote_in_a_long_queue_costs_each_listener_so_many_bytes() {
    is_within("a vote", &of_a_vote(&Party::with(LONG, VOTES + 1)), &OF_A_VOTE);
}

#[test]
fn a_page_opened_for_the_first_time_is_so_many_bytes_however_long_the_queue_is() {
    is_within("four in line", &loads(&Party::with(4, 1)), &FIRST_LOAD_SHORT);
    is_within("a full night", &loads(&Party::with(LONG, 1)), &FIRST_LOAD);
}
