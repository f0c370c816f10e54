//! The order of what is approved: by arrival, by votes or by turns, and why a song stands where it does.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// How many at the head of the queue are promised: whoever was told "you're next" is never bumped by a rule.
pub const LOCKED: usize = 2;

/// How many turns a late guest may catch up on those who came early.
const CATCH_UP: u32 = 1;

/// How approved songs stand in the queue behind the two that are promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    Arrival,
    Votes,
    Fair,
}

impl Order {
    /// The name it has in settings, JSON and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Votes => "votes",
            Self::Fair => "fair",
        }
    }

    /// Reads the names of [`Order::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Arrival, Self::Votes, Self::Fair].into_iter().find(|order| order.as_str() == text)
    }
}

/// An approved song, as much of it as its place in the queue depends on.
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
    /// The DJ put it there; what it was moved past only made way for it.
    Placed,
    Votes,
    /// Guests take turns.
    Turn,
    Arrival,
}

impl Standing {
    /// Of the song that has `before` others before it.
    pub fn of(before: usize, wait_ms: Option<i64>, why: Why) -> Self {
        Self { position: i64::try_from(before).map_or(i64::MAX, |before| before + 1), wait_ms, why }
    }
}

impl Why {
    /// Of the song that has `before` others before it; `placed` where the DJ put it there.
    pub fn of(before: usize, placed: bool, order: Order) -> Self {
        match order {
            _ if before < LOCKED => Self::Next,
            _ if placed => Self::Placed,
            Order::Votes => Self::Votes,
            Order::Fair => Self::Turn,
            Order::Arrival => Self::Arrival,
        }
    }
}

/// Where a song stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// From 1.
    pub position: i64,
    /// Until it begins, as far as lengths are known; `None` where nobody knows when what plays is over.
    pub wait_ms: Option<i64>,
    pub why: Why,
}

/// The whole queue in order, by where each song stands in `waiting`, which is in order of arrival: fixed places first as
/// they are, then the rest by the rule; behind them in the same order those that are not ready.
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

/// For each song of a queue, which `queue` numbers from its head, whether it stands where it does by the DJ's hand: set, and
/// elsewhere than the rules would have it behind those promised. Of two that changed places it is the one that went up.
pub fn placed(waiting: &[Waiting], queue: &[usize], order: Order) -> Vec<bool> {
    let behind = || queue.iter().skip(LOCKED);
    if behind().all(|at| waiting[*at].fixed.is_none()) {
        return vec![false; queue.len()];
    }
    let mut free = waiting.to_vec();
    behind().for_each(|at| free[*at].fixed = None);
    for (place, at) in (i64::MIN..).zip(queue.iter().take(LOCKED)) {
        free[*at].fixed = Some(place);
    }
    let mut ranks = vec![0; queue.len()];
    for (rank, at) in arrange(&free, order).into_iter().enumerate() {
        ranks[at] = rank;
    }
    let by_rule = rising(&queue.iter().map(|at| ranks[*at]).collect::<Vec<_>>());
    queue.iter().zip(by_rule).map(|(at, by_rule)| waiting[*at].fixed.is_some() && !by_rule).collect()
}

/// For each number whether it is one of the most that rise from one to the next.
pub fn rising(numbers: &[usize]) -> Vec<bool> {
    // Where the best row of each length ends, and what stands before each number in its row.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (vec![], vec![]);
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before.push(length.checked_sub(1).map(|last| ends[last]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut rises = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        rises[at] = true;
        next = before[at];
    }
    rises
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
    use super::{Order, Standing, Waiting, Why, arrange, placed};

    /// Songs in order of arrival: name, whose it is, votes.
    const ALL: [(&str, usize, i64); 5] = [("a1", 0, 9), ("a2", 0, 9), ("a3", 0, 9), ("b1", 1, 0), ("c1", 2, 0)];

    fn waiting(songs: &[(&str, usize, i64)]) -> Vec<Waiting> {
        songs
            .iter()
            .map(|(_, guest, votes)| Waiting { guest: *guest, votes: *votes, fixed: None, served: 0, ready: true })
            .collect()
    }

    fn queue(songs: &[(&str, usize, i64)], waiting: &[Waiting], order: Order) -> String {
        arrange(waiting, order).into_iter().map(|at| songs[at].0).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_order_reads_back_from_its_name() {
        for order in [Order::Arrival, Order::Votes, Order::Fair] {
            assert_eq!(Order::parse(order.as_str()), Some(order));
        }
        assert_eq!(Order::parse("chance"), None);
    }

    #[test]
    fn by_arrival_and_by_votes() {
        let songs = [("a", 0, 0), ("b", 0, 5), ("c", 1, 5)];
        assert_eq!(queue(&songs, &waiting(&songs), Order::Arrival), "a b c");
        assert_eq!(queue(&songs, &waiting(&songs), Order::Votes), "b c a");
    }

    #[test]
    fn guests_take_turns_however_many_songs_one_of_them_sends() {
        assert_eq!(queue(&ALL, &waiting(&ALL), Order::Fair), "a1 b1 c1 a2 a3");
    }

    #[test]
    fn who_was_promised_is_never_bumped_by_votes_or_turns() {
        let songs = [("a1", 0, 0), ("a2", 0, 0), ("b1", 1, 99)];
        let mut all = waiting(&songs);
        (all[0].fixed, all[1].fixed) = (Some(-7), Some(40));
        for order in [Order::Votes, Order::Fair, Order::Arrival] {
            assert_eq!(queue(&songs, &all, order), "a1 a2 b1");
        }
    }

    #[test]
    fn a_promised_song_is_a_turn_of_its_guest() {
        let songs = [("a1", 0, 0), ("a2", 0, 0), ("b1", 1, 0), ("a3", 0, 0)];
        let mut all = waiting(&songs);
        all[0].fixed = Some(0);
        assert_eq!(queue(&songs, &all, Order::Fair), "a1 b1 a2 a3");
    }

    #[test]
    fn places_count_from_one_and_the_first_two_are_promised_whatever_brought_them_there() {
        assert_eq!(Standing::of(2, Some(7), Why::Turn), Standing { position: 3, wait_ms: Some(7), why: Why::Turn });
        for (before, placed, order, why) in [
            (0, false, Order::Votes, Why::Next),
            (1, true, Order::Votes, Why::Next),
            (2, true, Order::Votes, Why::Placed),
            (2, false, Order::Votes, Why::Votes),
            (2, false, Order::Fair, Why::Turn),
            (9, false, Order::Arrival, Why::Arrival),
        ] {
            assert_eq!(Why::of(before, placed, order), why, "{before} {placed} {order:?}");
        }
    }

    #[test]
    fn a_song_that_another_was_only_moved_past_is_not_said_to_be_placed_by_the_dj() {
        let songs = [("a", 0, 0), ("b", 0, 0), ("c", 0, 0), ("d", 0, 0), ("e", 0, 0), ("f", 0, 0)];
        for (fixed, order, by_hand) in [
            ("a b f c d", "a b f c d e", "f"),
            ("a b d e c f", "a b d e c f", "c"),
            ("a b d c", "a b d c e f", "d"),
            ("a b c d", "a b c d e f", ""),
            ("f a b", "f a b c d e", ""),
            ("e f a b", "e f a b c d", ""),
        ] {
            let mut all = waiting(&songs);
            for (place, name) in (1..).zip(fixed.split(' ')) {
                let at = songs.iter().position(|song| song.0 == name).unwrap();
                all[at].fixed = Some(place);
            }
            let queue = arrange(&all, Order::Arrival);
            let names = |which: &dyn Fn(usize) -> bool| {
                let chosen = queue.iter().enumerate().filter(|(place, _)| which(*place));
                chosen.map(|(_, at)| songs[*at].0).collect::<Vec<_>>().join(" ")
            };
            let hand = placed(&all, &queue, Order::Arrival);
            assert_eq!((names(&|_| true).as_str(), names(&|place| hand[place]).as_str()), (order, by_hand));
        }
    }

    #[test]
    fn a_song_that_is_not_ready_waits_behind_all_that_are_even_where_it_was_placed() {
        let songs = [("a1", 0, 0), ("b1", 1, 0), ("c1", 2, 0)];
        let mut all = waiting(&songs);
        (all[0].ready, all[0].fixed, all[1].ready) = (false, Some(1), false);
        assert_eq!(queue(&songs, &all, Order::Fair), "c1 a1 b1");
    }

    #[test]
    fn a_late_guest_catches_up_by_one_turn_only() {
        let songs = [("a1", 0, 0), ("b1", 1, 0), ("b2", 1, 0), ("b3", 1, 0)];
        let mut all = waiting(&songs);
        all[0].served = 5;
        assert_eq!(queue(&songs, &all, Order::Fair), "b1 a1 b2 b3");
    }
}
