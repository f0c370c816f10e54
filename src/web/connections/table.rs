//! Which connections there are, what each is counted among, and who goes where those are too many.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::mem::replace;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::sources::{Order, Sources};

/// Connections whose request is waited for, the first or the next.
pub const WAITING: usize = 2048;
/// Of these those that have said something: each has buffers, 20 kB of them. A full house keeps two for each guest.
pub const BEGUN: usize = 1024;
/// Requests that may be larger than any of a browser while they are not whole.
pub const LARGE: usize = 32;
/// Answers that are not taken as they are sent: of each up to 80 kB are on their way, and of a stream half as much.
pub const BEHIND: usize = 768;
/// Bytes that are kept for them besides, of answers that were made before they are sent. What is read from a file, or made
/// up as it goes, has none.
pub const LEFT: usize = 24 * 1024 * 1024;
/// Of these as many as one large page has: no source that has fewer goes before another.
pub const PAGE: usize = 2 * 1024 * 1024;
/// How long a large request is left alone by those of its own source: so much comes at once, or not at all.
const COMES: Duration = Duration::from_secs(1);
/// How long nobody had to go when it is told anew that somebody must.
const OVER: Duration = Duration::from_secs(60);

/// What connections are counted among.
#[derive(Clone, Copy)]
pub enum List {
    /// A request may come, the first or the next.
    Waiting,
    /// Those among them that have said something.
    Begun,
    /// Their request is large, and is not whole.
    Large,
    Answered,
    /// They do not take what is sent.
    Behind,
}

const LISTS: usize = 5;

impl List {
    /// How many may be on it.
    fn most(self) -> usize {
        match self {
            Self::Waiting => WAITING,
            Self::Begun => BEGUN,
            Self::Large => LARGE,
            Self::Answered => usize::MAX,
            Self::Behind => BEHIND,
        }
    }
}

#[derive(Default)]
pub struct Table {
    /// The newest number given.
    newest: u64,
    open: HashMap<u64, Entry>,
    lists: [Sources; LISTS],
    /// Bytes that are kept for those who do not take them.
    left: usize,
    /// When it was told last that somebody had to go.
    told: Option<Instant>,
}

struct Entry {
    source: IpAddr,
    /// Where it stands on each list among those of its source.
    at: [Option<Order>; LISTS],
    /// When its request became large.
    grown: Option<Instant>,
    /// Bytes that are kept for it while it does not take them.
    left: usize,
    go: Arc<Notify>,
}

impl Table {
    /// Takes a connection in, and answers its number.
    pub fn enter(&mut self, source: IpAddr, go: Arc<Notify>) -> u64 {
        self.newest += 1;
        let id = self.newest;
        self.open.insert(id, Entry { source, at: [None; LISTS], grown: None, left: 0, go });
        self.put(id, List::Waiting);
        id
    }

    pub fn has(&self, id: u64) -> bool {
        self.open.contains_key(&id)
    }

    fn is_on(&self, id: u64, list: List) -> bool {
        self.open.get(&id).is_some_and(|entry| entry.at[list as usize].is_some())
    }

    /// Puts a connection on a list, or back on it, as the newest there.
    pub fn put(&mut self, id: u64, list: List) {
        self.newest += 1;
        self.stand(id, list, Some(self.newest));
    }

    pub fn take_off(&mut self, id: u64, list: List) {
        self.stand(id, list, None);
    }

    /// Notes that one that waits has said something: that makes it no newer.
    pub fn begin(&mut self, id: u64) {
        let order = self.open.get(&id).and_then(|entry| entry.at[List::Waiting as usize]);
        self.stand(id, List::Begun, order);
    }

    /// Notes that a request is large. Of those that come faster than they are read, the last goes and not the first: what
    /// it sent is read for nothing.
    pub fn grow(&mut self, id: u64) {
        if self.is_on(id, List::Large) {
            return;
        }
        if self.comes_too_fast(id) {
            self.cut(id);
            return;
        }
        self.put(id, List::Large);
        if let Some(entry) = self.open.get_mut(&id) {
            entry.grown = Some(Instant::now());
        }
    }

    /// Notes whether one takes what is sent, and else how many bytes are kept for it.
    pub fn take(&mut self, id: u64, left: Option<usize>) {
        let Some(entry) = self.open.get_mut(&id) else { return };
        self.left -= replace(&mut entry.left, left.unwrap_or(0));
        self.left += left.unwrap_or(0);
        match left {
            Some(_) => self.put(id, List::Behind),
            None => self.take_off(id, List::Behind),
        }
        while self.left > LEFT && self.cut_keeper() {}
    }

    /// Of those for whom bytes are kept, tells who has taken nothing for longest to go, of the source for which the most are.
    fn cut_keeper(&mut self) -> bool {
        let kept = |id: &u64| self.open.get(id).map_or(0, |entry| entry.left);
        let keepers = self.lists[List::Behind as usize].of.values().filter_map(|theirs| {
            let (order, first) = theirs.iter().find(|(_, id)| kept(id) > 0)?;
            Some((theirs.values().map(kept).sum::<usize>().max(PAGE), Reverse(*order), *first))
        });
        keepers.max().is_some_and(|(.., first)| self.cut(first))
    }

    fn comes_too_fast(&self, id: u64) -> bool {
        let large = &self.lists[List::Large as usize];
        let own = self.open.get(&id).and_then(|entry| large.of.get(&entry.source));
        let most = large.fullest().map_or(0, |(_, theirs)| theirs.len());
        let Some(own) = own.filter(|own| large.count >= LARGE && own.len() >= most) else { return false };
        let first = own.values().next().and_then(|first| self.open.get(first)?.grown);
        first.is_some_and(|grown| grown.elapsed() < COMES)
    }

    fn stand(&mut self, id: u64, list: List, order: Option<Order>) {
        let Some(entry) = self.open.get_mut(&id) else { return };
        let all = &mut self.lists[list as usize];
        if let Some(before) = replace(&mut entry.at[list as usize], order) {
            all.remove(entry.source, before);
        }
        if let Some(order) = order {
            all.add(entry.source, order, id);
        }
        if all.count > list.most() {
            self.cut_first(list);
        }
    }

    /// Of those on a list, tells the first of the source that has the most of them to go; answers whether there is one.
    fn cut_first(&mut self, list: List) -> bool {
        let fullest = self.lists[list as usize].fullest();
        let first = fullest.and_then(|(_, theirs)| theirs.values().next().copied());
        first.is_some_and(|first| self.cut(first))
    }

    /// Of those who are answered, tells the newest of a source to go that has far more of them than the source of who comes.
    fn cut_answered(&mut self, newcomer: IpAddr) -> bool {
        let answered = &self.lists[List::Answered as usize];
        let own = answered.of.get(&newcomer).map_or(0, BTreeMap::len);
        let fullest = answered.fullest().filter(|(_, theirs)| theirs.len() > own + 1);
        let newest = fullest.and_then(|(_, theirs)| theirs.values().next_back().copied());
        newest.is_some_and(|newest| self.cut(newest))
    }

    /// Tells somebody to go for who comes: who waits, else who does not take what was asked for, else one of many who are
    /// answered. Answers whether there is one.
    pub fn make_room(&mut self, newcomer: IpAddr) -> bool {
        self.tell();
        self.cut_first(List::Waiting) || self.cut_first(List::Behind) || self.cut_answered(newcomer)
    }

    fn tell(&mut self) {
        let waiting = &self.lists[List::Waiting as usize];
        let Some((source, theirs)) = waiting.fullest() else { return };
        if self.told.replace(Instant::now()).is_none_or(|last| last.elapsed() > OVER) {
            log::warn!(target: "box", "On {} connections nobody asks for anything, {} of them from {source}: who has waited longest is cut off, so that others get in.", waiting.count, theirs.len());
        }
    }

    /// Tells a connection to go.
    fn cut(&mut self, id: u64) -> bool {
        let entry = self.forget(id);
        if let Some(entry) = &entry {
            entry.go.notify_one();
        }
        entry.is_some()
    }

    fn forget(&mut self, id: u64) -> Option<Entry> {
        let entry = self.open.remove(&id)?;
        self.left -= entry.left;
        for (list, order) in self.lists.iter_mut().zip(entry.at) {
            if let Some(order) = order {
                list.remove(entry.source, order);
            }
        }
        Some(entry)
    }

    /// Notes that a connection is no more.
    pub fn leave(&mut self, id: u64) {
        self.forget(id);
    }
}
