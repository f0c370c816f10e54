//! Connections by where they come from.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// Who has waited longest comes first.
pub type Order = u64;

/// Connections by where they come from.
#[derive(Default)]
pub struct Sources {
    pub of: HashMap<IpAddr, BTreeMap<Order, u64>>,
    /// How many each source has, and the first of them: of sources that have equally many, it goes first.
    ranks: BTreeSet<(usize, Reverse<Order>, IpAddr)>,
    pub count: usize,
}

impl Sources {
    pub fn add(&mut self, source: IpAddr, order: Order, id: u64) {
        self.change(source, |own| own.insert(order, id));
    }

    pub fn remove(&mut self, source: IpAddr, order: Order) {
        self.change(source, |own| own.remove(&order));
    }

    fn change(&mut self, source: IpAddr, change: impl FnOnce(&mut BTreeMap<Order, u64>) -> Option<u64>) {
        let rank = |own: &BTreeMap<Order, u64>| Some((own.len(), Reverse(*own.keys().next()?), source));
        let mut own = self.of.remove(&source).unwrap_or_default();
        rank(&own).map(|rank| self.ranks.remove(&rank));
        self.count -= own.len();
        change(&mut own);
        self.count += own.len();
        rank(&own).map(|rank| self.ranks.insert(rank));
        if !own.is_empty() {
            self.of.insert(source, own);
        }
    }

    /// The source that has the most of them.
    pub fn fullest(&self) -> Option<(IpAddr, &BTreeMap<Order, u64>)> {
        let (.., source) = self.ranks.last()?;
        Some((*source, self.of.get(source)?))
    }
}
