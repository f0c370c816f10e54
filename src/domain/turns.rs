use std::collections::HashMap;

use serde::Serialize;

use super::{GuestId, Order, RequestId, Timestamp};

/// How many at the head of the line are promised: whoever was told "you're next" is never bumped by a rule.
pub const LOCKED: usize = 2;

/// How many turns a late guest may catch up on those who came early.
const CATCH_UP: u32 = 1;

/// An approved song, as much of it as its place in line depends on.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: RequestId,
    pub guest: Option<GuestId>,
    pub votes: i64,
    pub arrived: Timestamp,
    /// The promised or hand-set place, from 1.
    pub fixed: Option<i64>,
    /// Songs of this guest that were played tonight.
    pub served: u32,
}

/// Why a song is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Among the next two, promised.
    Next,
    /// The DJ put it there.
    Placed,
    Votes,
    /// Guests take turns.
    Turn,
    Arrival,
}

/// The whole line in order: fixed places first as they stand, then the rest by the rule.
#[must_use]
pub fn arrange(waiting: &[Waiting], order: Order) -> Vec<RequestId> {
    let (mut fixed, mut free): (Vec<_>, Vec<_>) = waiting.iter().partition(|w| w.fixed.is_some());
    fixed.sort_by_key(|w| (w.fixed, w.arrived, w.id.clone()));
    free.sort_by_key(|w| (w.arrived, w.id.clone()));
    match order {
        Order::Arrival => {}
        Order::Votes => free.sort_by_key(|w| std::cmp::Reverse(w.votes)),
        Order::Fair => {
            let rounds = rounds(&fixed, &free);
            let mut in_turn: Vec<_> = rounds.into_iter().zip(free).collect();
            in_turn.sort_by_key(|(round, _)| *round);
            free = in_turn.into_iter().map(|(_, w)| w).collect();
        }
    }
    fixed.into_iter().chain(free).map(|w| w.id.clone()).collect()
}

/// For each free song the turn of its guest it falls into: turns taken, turns promised, then one each.
fn rounds(fixed: &[&Waiting], free: &[&Waiting]) -> Vec<u32> {
    let most = free.iter().map(|w| w.served).max().unwrap_or(0);
    let floor = most.saturating_sub(CATCH_UP);
    let mut taken: HashMap<Option<&GuestId>, u32> = HashMap::new();
    for w in fixed {
        *taken.entry(w.guest.as_ref()).or_default() += 1;
    }
    free.iter()
        .map(|w| {
            let turns = taken.entry(w.guest.as_ref()).or_default();
            let round = w.served.max(floor) + *turns;
            *turns += 1;
            round
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{GuestId, Order, RequestId, Timestamp, Waiting, arrange};

    fn w(id: &str, guest: &str, votes: i64, arrived: i64) -> Waiting {
        Waiting {
            id: RequestId::parse(id).unwrap(),
            guest: GuestId::parse(guest),
            votes,
            arrived: Timestamp(arrived),
            fixed: None,
            served: 0,
        }
    }

    fn line(waiting: &[Waiting], order: Order) -> String {
        arrange(waiting, order).iter().map(RequestId::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn by_arrival_and_by_votes() {
        let all = [w("a", "g", 0, 1), w("b", "g", 5, 2), w("c", "h", 5, 3)];
        assert_eq!(line(&all, Order::Arrival), "a b c");
        assert_eq!(line(&all, Order::Votes), "b c a");
    }

    #[test]
    fn guests_take_turns_however_many_songs_one_of_them_sends() {
        let all = [w("a1", "a", 9, 1), w("a2", "a", 9, 2), w("a3", "a", 9, 3), w("b1", "b", 0, 4), w("c1", "c", 0, 5)];
        assert_eq!(line(&all, Order::Fair), "a1 b1 c1 a2 a3");
    }

    #[test]
    fn who_was_promised_is_never_bumped_by_votes_or_turns() {
        let mut all = [w("a1", "a", 0, 1), w("a2", "a", 0, 2), w("b1", "b", 99, 3)];
        all[0].fixed = Some(1);
        all[1].fixed = Some(2);
        for order in [Order::Votes, Order::Fair, Order::Arrival] {
            assert_eq!(line(&all, order), "a1 a2 b1");
        }
    }

    #[test]
    fn a_late_guest_catches_up_by_one_turn_only() {
        let mut all = [w("a1", "a", 0, 1), w("b1", "b", 0, 2), w("b2", "b", 0, 3), w("b3", "b", 0, 4)];
        all[0].served = 5;
        assert_eq!(line(&all, Order::Fair), "b1 a1 b2 b3");
    }
}
