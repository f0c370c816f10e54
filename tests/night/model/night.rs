//! One night of a party, and its queue by the rules of the game, written down a second time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Guest, Order, Shown, Song, State, same};

#[derive(Clone, Debug)]
pub struct Entry {
    pub id: String,
    /// `None` is the host.
    pub guest: Option<Guest>,
    pub song: &'static Song,
    pub state: State,
    pub voters: BTreeSet<Guest>,
    /// Promised or set by hand.
    pub fixed: bool,
}

impl Entry {
    /// The song as it was written down, and whether by the host.
    pub fn written(&self) -> (&Song, bool) {
        (self.song, self.guest.is_none())
    }
}

/// One night: entries by number in order of arrival, and the queue.
#[derive(Clone, Debug, Default)]
pub struct Night {
    pub id: String,
    pub pin: String,
    pub token: String,
    /// Of QR codes that are dead.
    pub old_tokens: Vec<String>,
    pub paused: bool,
    pub open: bool,
    pub entries: BTreeMap<usize, Entry>,
    pub line: Vec<usize>,
    /// The version at which each of them came into the queue.
    pub came: BTreeMap<usize, i64>,
    pub arrivals: usize,
    pub announced: Option<&'static Song>,
    pub keys: BTreeMap<(Option<Guest>, String), (usize, bool)>,
    pub joined: usize,
    /// Grows with every change of the night.
    pub moves: usize,
    /// The version at which the host last moved a song by hand: an order from before that is stale.
    pub moved: i64,
}

/// A night that is over.
pub struct Past {
    pub id: String,
    pub requests: Vec<Shown>,
}

impl Night {
    /// A night as it starts, from what its host is told.
    pub fn new(id: String, pin: String, token: String) -> Self {
        Self { id, pin, token, open: true, ..Self::default() }
    }

    pub fn shown(&self, number: usize, order: Order) -> Shown {
        let entry = &self.entries[&number];
        let place = self.line.iter().position(|one| *one == number).map(|index| index as u64 + 1);
        let why = place.map(|place| match order {
            _ if place <= 2 => "next",
            _ if entry.fixed && self.by_hand(order).contains(&number) => "placed",
            Order::Votes => "votes",
            Order::Fair => "turn",
            Order::Arrival => "arrival",
        });
        Shown {
            id: entry.id.clone(),
            title: entry.song.title.into(),
            status: entry.state.word().into(),
            votes: entry.voters.len() as u64,
            position: place,
            why: why.map(str::to_owned),
            timed: place.is_some() && (self.playing().is_some() || self.announced.is_some()),
        }
    }

    /// Every request, oldest first.
    pub fn all(&self, order: Order) -> Vec<Shown> {
        self.entries.keys().map(|number| self.shown(*number, order)).collect()
    }

    /// The line from its head.
    pub fn queue(&self, order: Order) -> Vec<Shown> {
        self.line.iter().map(|number| self.shown(*number, order)).collect()
    }

    pub fn is_as_arrived(&self) -> bool {
        self.line.is_sorted()
    }

    pub fn playing(&self) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.state == State::Playing)
    }

    pub fn in_state(&self, states: &[State]) -> Vec<String> {
        self.entries.values().filter(|entry| states.contains(&entry.state)).map(|entry| entry.id.clone()).collect()
    }

    /// What is in line and was not before this call came with `version`.
    pub fn note_line(&mut self, version: i64) {
        let line = &self.line;
        self.came.retain(|number, _| line.contains(number));
        for number in line {
            self.came.entry(*number).or_insert(version);
        }
    }

    pub fn number(&self, id: &str) -> Option<usize> {
        self.entries.iter().find(|(_, entry)| entry.id == id).map(|(number, _)| *number)
    }

    /// What whoever came first of those who still wait asked for, if it is this song.
    pub fn waiting_for(&self, song: (&Song, bool)) -> Option<usize> {
        let waits = |entry: &Entry| entry.state.waits() && same(entry.written(), song);
        self.entries.iter().find(|(_, entry)| waits(entry)).map(|(number, _)| *number)
    }

    pub fn heard_of(&self, guest: Option<Guest>) -> usize {
        self.entries.values().filter(|entry| entry.guest == guest && entry.state.heard()).count()
    }

    /// What the line is made of: the fixed places first as they stand, then the rest by the rule. The next two are promised.
    pub fn arrange(&mut self, order: Order) {
        let in_line = |number: &usize| self.entries.get(number).is_some_and(|entry| entry.state == State::Approved);
        let fixed: Vec<usize> =
            self.line.iter().copied().filter(|number| in_line(number) && self.entries[number].fixed).collect();
        let mut free: Vec<usize> =
            self.entries.keys().copied().filter(|number| in_line(number) && !fixed.contains(number)).collect();
        self.rule(&fixed, &mut free, order);
        self.line = [fixed, free].concat();
        for number in self.line.iter().take(2) {
            self.entries.get_mut(number).unwrap().fixed = true;
        }
    }

    /// Puts songs in order of arrival into the order that the rules have for them behind those fixed.
    pub fn rule(&self, fixed: &[usize], free: &mut [usize], order: Order) {
        match order {
            Order::Arrival => {}
            Order::Votes => {
                free.sort_by_key(|number| (Reverse(self.entries[number].voters.len()), *number));
            }
            Order::Fair => {
                let turns = self.turns(fixed, free);
                free.sort_by_key(|number| (turns[number], *number));
            }
        }
    }

    /// Behind the first two, the fewest songs that had to be moved for the line to be as it is and not as the rules have it.
    pub fn by_hand(&self, order: Order) -> BTreeSet<usize> {
        let (head, rest) = self.line.split_at(self.line.len().min(2));
        let mut ruled = rest.to_vec();
        ruled.sort_unstable();
        self.rule(head, &mut ruled, order);
        let rank = |at: usize| ruled.iter().position(|number| *number == rest[at]);
        // The most songs in a row that are in order, up to each of them.
        let mut most: Vec<usize> = Vec::new();
        for at in 0..rest.len() {
            let before = (0..at).filter(|one| rank(*one) < rank(at)).map(|one| most[one]).max();
            most.push(before.unwrap_or(0) + 1);
        }
        let (mut moved, mut left) = (BTreeSet::new(), most.iter().copied().max().unwrap_or(0));
        for at in (0..rest.len()).rev() {
            if most[at] == left {
                left -= 1;
            } else {
                moved.insert(rest[at]);
            }
        }
        moved
    }

    /// The turn each free song falls into. A guest has had one for each song heard, counted as at most one less
    /// than the guest who had most of those who wait; then come those promised; then one for each song.
    pub fn turns(&self, fixed: &[usize], free: &[usize]) -> BTreeMap<usize, usize> {
        let guest = |number: &usize| self.entries[number].guest;
        let most = free.iter().map(|number| self.heard_of(guest(number))).max().unwrap_or(0);
        let turn = |number: &usize| {
            let had = self.heard_of(guest(number)).max(most.saturating_sub(1));
            let promised = fixed.iter().filter(|one| guest(one) == guest(number)).count();
            let before = free.iter().filter(|one| guest(one) == guest(number) && *one < number).count();
            had + promised + before
        };
        free.iter().map(|number| (*number, turn(number))).collect()
    }

    pub fn move_to(&mut self, number: usize, state: State) {
        if state == State::Playing {
            self.silence();
        }
        let entry = self.entries.get_mut(&number).unwrap();
        entry.state = state;
        entry.fixed = false;
        self.line.retain(|one| *one != number);
        self.moves += 1;
    }

    pub fn silence(&mut self) {
        self.announced = None;
        for entry in self.entries.values_mut().filter(|entry| entry.state == State::Playing) {
            entry.state = State::Played;
        }
    }

    /// Puts these at the head, in this order, fixed.
    pub fn place(&mut self, numbers: &[usize]) {
        self.line.retain(|one| !numbers.contains(one));
        self.line = [numbers, &self.line].concat();
        for number in numbers {
            self.entries.get_mut(number).unwrap().fixed = true;
        }
        self.moves += 1;
    }

    /// Whether the votes changed.
    pub fn vote(&mut self, guest: Guest, number: usize, give: bool) -> bool {
        let entry = self.entries.get_mut(&number).unwrap();
        if entry.guest == Some(guest) {
            return false;
        }
        if give { entry.voters.insert(guest) } else { entry.voters.remove(&guest) }
    }
}
