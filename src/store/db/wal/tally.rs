//! What the file watch has seen and found out: who has the files open, and what is not known.

use std::time::{Duration, Instant};

use super::holders::{Doubt, Holder, Search};

/// How long after the last touch the files are left alone when somebody may not be done with them: whoever copies the
/// database takes its WAL next.
const GRACE: Duration = Duration::from_millis(500);
/// The same when all have closed what they opened: a descriptor is in the list of processes a moment after its event.
const SETTLED: Duration = Duration::from_millis(30);
/// A search is followed by a rest of so many times its own length, so that it takes a fifth of a processor at most, and of
/// no more than this.
const REST: u32 = 4;
const LONGEST_REST: Duration = Duration::from_millis(300);
/// How long a search is worth something that found somebody, or where no event ends its worth.
const FRESH: Duration = Duration::from_secs(1);

/// A count of opens that no closes bring back to nothing: events were lost, and with them the count.
const LOST: i64 = 1 << 40;
/// How long nobody may be found anywhere, in more than one look and with no event, until a count that says otherwise is
/// taken for wrong.
const SURE: Duration = Duration::from_millis(200);

/// Who has the files open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occupancy {
    /// Nobody else.
    Free,
    /// These programs.
    Held(Vec<Holder>),
    /// Somebody who cannot be seen, by the count of opens and closes.
    Unseen,
    /// Not known: the files are opened again and again, or it is being asked.
    Unknown,
}

struct Found {
    occupancy: Occupancy,
    /// How many events there had been.
    at: u64,
    when: Instant,
}

/// What went on at the files, our own connections left out.
pub struct Seen {
    /// There are no events here.
    blind: bool,
    events: u64,
    opens: u64,
    /// Of each file, opens not followed by a close yet, mappings too. Asked only where nobody can be found.
    open: [i64; 2],
    /// Opens of the database that have not been followed by one of its WAL.
    owed: i64,
    touched: Option<Instant>,
    found: Option<Found>,
    /// Since when nobody has been found and nobody can be there, although the count says so; after how many events.
    nobody_since: Option<(Instant, u64)>,
    sure: Duration,
    wanted: bool,
    next_search: Option<Instant>,
    /// Who has had the files open for so long that nobody waits for them any more.
    outstayed: Vec<Holder>,
    closed: bool,
}

impl Seen {
    /// Nothing seen yet: somebody may have come before. `blind`: nothing ever will be.
    pub fn new(blind: bool) -> Self {
        Self {
            blind,
            events: 0,
            opens: 0,
            open: [0; 2],
            owed: 0,
            touched: None,
            found: None,
            nobody_since: None,
            sure: SURE,
            wanted: false,
            next_search: None,
            outstayed: Vec::new(),
            closed: false,
        }
    }

    pub fn opened(&mut self, file: usize) {
        self.opens += 1;
        self.open[file] += 1;
        self.owed = if file == 0 { self.owed + 1 } else { (self.owed - 1).max(0) };
        self.touch();
    }

    pub fn closed(&mut self, file: usize) {
        // What was open before the watch began closes without having opened.
        self.open[file] = (self.open[file] - 1).max(0);
        // It may have been the one who has no number here.
        self.outstayed.retain(|holder| holder.pid.is_some());
        self.touch();
    }

    /// Events were lost: a checkpoint under way counts as met, and whoever cannot be seen may be there.
    pub fn overflow(&mut self) {
        self.opens += 1;
        self.open = [LOST; 2];
        self.touch();
    }

    fn touch(&mut self) {
        self.events += 1;
        self.touched = Some(Instant::now());
    }

    /// What was found, as long as nothing has happened since.
    fn last(&self) -> Option<&Found> {
        self.found.as_ref().filter(|found| found.at == self.events)
    }

    /// Whether that needs no other search. Somebody who was found is looked for again now and then, as every event may fail.
    fn holds(&self, found: &Found) -> bool {
        let fresh = if self.nobody_since.is_some() { self.sure } else { FRESH };
        found.occupancy == Occupancy::Free && !self.blind || self.closed || found.when.elapsed() < fresh
    }

    pub fn free(&self) -> Option<u64> {
        self.last().filter(|found| found.occupancy == Occupancy::Free && self.holds(found)).map(|_| self.opens)
    }

    pub fn occupancy(&self) -> Occupancy {
        self.last().map_or(Occupancy::Unknown, |found| found.occupancy.clone())
    }

    pub fn opens(&self) -> u64 {
        self.opens
    }

    pub fn events(&self) -> u64 {
        self.events
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Answers whether it is known who has the files open.
    pub fn close(&mut self) -> bool {
        self.closed = true;
        self.last().is_some()
    }

    /// Asks for a search; answers whether it was not asked for already.
    pub fn want(&mut self) -> bool {
        !self.last().is_some_and(|found| self.holds(found)) && !std::mem::replace(&mut self.wanted, true)
    }

    /// How long until the search that is wanted.
    pub fn due_in(&self) -> Option<Duration> {
        if !self.wanted || self.closed {
            return None;
        }
        // Where the count may be wrong, the first of the looks that show it comes early: alone it frees nobody.
        let looked = self.nobody_since.is_some_and(|(_, events)| events == self.events);
        let quiet = match self.counts_somebody() {
            true if !looked => SETTLED,
            false if self.owed == 0 => SETTLED,
            _ => GRACE,
        };
        let wait = self.touched.map_or(Duration::ZERO, |at| quiet.saturating_sub(at.elapsed()));
        let rest = self.next_search.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
        Some(wait.max(rest))
    }

    /// Takes in a search that was begun after `at` events and took a while.
    pub fn found(&mut self, search: Search, at: u64, took: Duration) {
        self.next_search = Instant::now().checked_add((took * REST).min(LONGEST_REST));
        self.outstayed.retain(Holder::is_running);
        let mut holders = search.holders;
        holders.retain(|holder| !self.outstayed.contains(holder));
        let occupancy = if !holders.is_empty() {
            Occupancy::Held(holders)
        } else if self.counts_somebody() && !self.has_miscounted(search.whole, at) {
            Occupancy::Unseen
        } else {
            Occupancy::Free
        };
        if occupancy == Occupancy::Free && at == self.events {
            (self.open, self.owed) = ([0; 2], 0);
        }
        if occupancy != Occupancy::Unseen {
            self.nobody_since = None;
        }
        // The second look follows by itself.
        self.wanted = self.nobody_since.is_some();
        self.found = Some(Found { occupancy, at, when: Instant::now() });
    }

    /// Whether somebody has the files open by the count of opens and closes.
    pub fn counts_somebody(&self) -> bool {
        self.open.iter().any(|open| *open > 0)
    }

    pub fn doubt(&self) -> Doubt {
        Doubt { counted: self.counts_somebody(), blind: self.blind, outstayed: self.outstayed.clone() }
    }

    /// Whether nobody can have been there for long enough: in one look a descriptor may be passed on behind it.
    fn has_miscounted(&mut self, whole: bool, at: u64) -> bool {
        if !whole || at != self.events {
            self.nobody_since = None;
            return false;
        }
        let since = self.nobody_since.filter(|(_, events)| *events == at).unwrap_or_else(|| (Instant::now(), at));
        self.nobody_since = Some(since);
        since.0.elapsed() >= self.sure
    }

    pub fn has_outstayed(&self, holder: &Holder) -> bool {
        self.outstayed.contains(holder)
    }

    pub fn forget(&mut self, holder: Option<Holder>) {
        if let Occupancy::Held(holders) = self.occupancy() {
            self.outstayed.extend(holders);
        }
        self.outstayed.extend(holder);
        (self.open, self.owed) = ([0; 2], 0);
        self.found = Some(Found { occupancy: Occupancy::Free, at: self.events, when: Instant::now() });
    }
}

#[cfg(test)]
mod tests;
