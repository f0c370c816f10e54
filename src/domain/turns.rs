use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::Order;

/// How many at the head of the line are promised: whoever was told "you're next" is never bumped by a rule.
pub const LOCKED: usize = 2;

/// How many turns a late guest may catch up on those who came early.
const CATCH_UP: u32 = 1;

/// An approved song, as much of it as its place in line depends on.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The same number for the songs of one guest.
    pub guest: usize,
    pub votes: i64,
    /// Where it stands among those promised or set by hand.
    pub fixed: Option<i64>,
    /// Songs of this guest that were played tonight.
    pub served: u32,
    /// Whether it may go over: a song nobody has found yet waits behind all that may.
    pub ready: bool,
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

impl Standing {
    /// Of the song that has `before` others before it, `wait_ms` long; `None` where it would be promised its place and is
    /// not ready.
    #[must_use]
    pub fn of(before: usize, wait_ms: i64, why: Why, ready: bool) -> Option<Self> {
        let position = i64::try_from(before + 1).ok()?;
        (ready || before >= LOCKED).then_some(Self { position, wait_ms, why })
    }
}

impl Why {
    /// Of the song that has `before` others before it; `fixed` where the rules leave it alone.
    #[must_use]
    pub fn of(before: usize, fixed: bool, order: Order) -> Self {
        match order {
            _ if before < LOCKED => Self::Next,
            _ if fixed => Self::Placed,
            Order::Votes => Self::Votes,
            Order::Fair => Self::Turn,
            Order::Arrival => Self::Arrival,
        }
    }
}

/// Where a song stands in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// From 1.
    pub position: i64,
    /// Until it begins, as far as lengths are known.
    pub wait_ms: i64,
    pub why: Why,
}

/// The whole line in order, by where each song stands in `waiting`, which is in order of arrival: fixed places first as
/// they are, then the rest by the rule; behind them in the same order those that are not ready.
#[must_use]
pub fn arrange(waiting: &[Waiting], order: Order) -> Vec<usize> {
    let (mut fixed, mut free): (Vec<usize>, Vec<usize>) =
        (0..waiting.len()).partition(|at| waiting[*at].fixed.is_some());
    fixed.sort_by_key(|at| waiting[*at].fixed);
    match order {
        Order::Arrival => {}
        Order::Votes => free.sort_by_key(|at| Reverse(waiting[*at].votes)),
        Order::Fair => {
            let rounds = rounds(waiting, &fixed, &free);
            let mut in_turn: Vec<(u32, usize)> = rounds.into_iter().zip(free).collect();
            in_turn.sort_unstable();
            free = in_turn.into_iter().map(|(_, at)| at).collect();
        }
    }
    fixed.extend(free);
    fixed.sort_by_key(|at| !waiting[*at].ready);
    fixed
}

/// For each free song the turn of its guest it falls into: turns taken, turns promised, then one each.
fn rounds(waiting: &[Waiting], fixed: &[usize], free: &[usize]) -> Vec<u32> {
    let most = free.iter().map(|at| waiting[*at].served).max().unwrap_or(0);
    let floor = most.saturating_sub(CATCH_UP);
    let mut taken: HashMap<usize, u32> = HashMap::new();
    for at in fixed {
        *taken.entry(waiting[*at].guest).or_default() += 1;
    }
    free.iter()
        .map(|at| {
            let turns = taken.entry(waiting[*at].guest).or_default();
            let round = waiting[*at].served.max(floor) + *turns;
            *turns += 1;
            round
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Order, Waiting, arrange};

    /// Songs in order of arrival: name, whose it is, votes.
    const ALL: [(&str, usize, i64); 5] = [("a1", 0, 9), ("a2", 0, 9), ("a3", 0, 9), ("b1", 1, 0), ("c1", 2, 0)];

    fn waiting(songs: &[(&str, usize, i64)]) -> Vec<Waiting> {
        songs
            .iter()
            .map(|(_, guest, votes)| Waiting { guest: *guest, votes: *votes, fixed: None, served: 0, ready: true })
            .collect()
    }

    fn line(songs: &[(&str, usize, i64)], waiting: &[Waiting], order: Order) -> String {
        arrange(waiting, order).into_iter().map(|at| songs[at].0).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn by_arrival_and_by_votes() {
        let songs = [("a", 0, 0), ("b", 0, 5), ("c", 1, 5)];
        assert_eq!(line(&songs, &waiting(&songs), Order::Arrival), "a b c");
        assert_eq!(line(&songs, &waiting(&songs), Order::Votes), "b c a");
    }

    #[test]
    fn guests_take_turns_however_many_songs_one_of_them_sends() {
        assert_eq!(line(&ALL, &waiting(&ALL), Order::Fair), "a1 b1 c1 a2 a3");
    }

    #[test]
    fn who_was_promised_is_never_bumped_by_votes_or_turns() {
        let songs = [("a1", 0, 0), ("a2", 0, 0), ("b1", 1, 99)];
        let mut all = waiting(&songs);
        (all[0].fixed, all[1].fixed) = (Some(-7), Some(40));
        for order in [Order::Votes, Order::Fair, Order::Arrival] {
            assert_eq!(line(&songs, &all, order), "a1 a2 b1");
        }
    }

    #[test]
    fn a_song_that_is_not_ready_waits_behind_all_that_are_even_where_it_was_placed() {
        let songs = [("a1", 0, 0), ("b1", 1, 0), ("c1", 2, 0)];
        let mut all = waiting(&songs);
        (all[0].ready, all[0].fixed, all[1].ready) = (false, Some(1), false);
        assert_eq!(line(&songs, &all, Order::Fair), "c1 a1 b1");
    }

    #[test]
    fn a_late_guest_catches_up_by_one_turn_only() {
        let songs = [("a1", 0, 0), ("b1", 1, 0), ("b2", 1, 0), ("b3", 1, 0)];
        let mut all = waiting(&songs);
        all[0].served = 5;
        assert_eq!(line(&songs, &all, Order::Fair), "b1 a1 b2 b3");
    }
}
