//! Whose request is worked on next. Of one source only so many are worked on at once, so that nobody else waits for all that
//! it asks; and behind one router or one proxy, whoever had a turn longest ago comes first.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{Receiver, Sender, channel};

/// Requests of one source that are worked on at once.
pub const MOST: usize = 16;
/// Askers of a source that are remembered, while some wait.
const KNOWN: usize = 4096;

/// Who asks, among those of one source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Whoever has a pass of ours, on however many connections.
    Pass(String),
    /// Somebody behind a proxy, as it says.
    Address(IpAddr),
    Connection(u64),
}

/// The turns of every source, also of those whose connections have gone.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<IpAddr, Source>>);

/// A turn, until it is dropped: then it goes to whoever is next.
pub struct Turn(Option<(Arc<Turns>, IpAddr)>);

#[derive(Default)]
struct Source {
    /// How many turns are taken; all of them where anybody waits.
    taken: usize,
    /// How many were given since it became busy.
    given: u64,
    /// The number of the last turn of each asker.
    had: HashMap<Asker, u64>,
    waiting: HashMap<Asker, VecDeque<Sender<Turn>>>,
    /// Who waits, by the last turn and then by when the wait began.
    order: BTreeMap<(u64, u64), Asker>,
    came: u64,
}

impl Turns {
    /// Waits for a turn. Who asks is found out only where there is none to be had at once.
    pub async fn take(self: &Arc<Self>, source: IpAddr, who: impl FnOnce() -> Asker) -> Option<Turn> {
        if let Some(turn) = self.at_once(source) {
            return Some(turn);
        }
        let who = who();
        let turn = self.lock().entry(source).or_default().wait(who);
        // It may have become free meanwhile.
        if let Some(free) = self.at_once(source) {
            drop(free);
        }
        turn.await.ok()
    }

    fn at_once(self: &Arc<Self>, source: IpAddr) -> Option<Turn> {
        let mut all = self.lock();
        let own = all.entry(source).or_default();
        if own.taken >= MOST {
            return None;
        }
        own.taken += 1;
        Some(Turn(Some((self.clone(), source))))
    }

    fn give_on(self: &Arc<Self>, source: IpAddr) {
        let mut all = self.lock();
        let Some(own) = all.get_mut(&source) else { return };
        let mut turn = Turn(Some((self.clone(), source)));
        while let Some(next) = own.next() {
            match next.send(turn) {
                Ok(()) => return,
                // Whoever it was has left.
                Err(back) => turn = back,
            }
        }
        turn.0 = None;
        own.taken -= 1;
        if own.taken == 0 {
            all.remove(&source);
        }
    }

    /// How many turns a source has taken.
    #[cfg(test)]
    pub fn taken(&self, source: IpAddr) -> usize {
        self.lock().get(&source).map_or(0, |own| own.taken)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Source>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    fn wait(&mut self, who: Asker) -> Receiver<Turn> {
        let (give, get) = channel();
        if let Some(queue) = self.waiting.get_mut(&who) {
            queue.push_back(give);
        } else {
            self.waiting.insert(who.clone(), VecDeque::from([give]));
            self.stand(who);
        }
        get
    }

    fn stand(&mut self, who: Asker) {
        self.came += 1;
        let last = self.had.get(&who).copied().unwrap_or(0);
        self.order.insert((last, self.came), who);
    }

    fn next(&mut self) -> Option<Sender<Turn>> {
        let (_, who) = self.order.pop_first()?;
        let queue = self.waiting.get_mut(&who)?;
        let next = queue.pop_front();
        let is_last = queue.is_empty();
        if self.had.len() >= KNOWN {
            self.had.clear();
        }
        self.given += 1;
        self.had.insert(who.clone(), self.given);
        if is_last {
            self.waiting.remove(&who);
        } else {
            self.stand(who);
        }
        next
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((turns, source)) = self.0.take() {
            turns.give_on(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::{Asker, IpAddr, MOST, Turn, Turns};

    const PHONE: [u8; 4] = [192, 168, 1, 2];
    const OTHER: [u8; 4] = [192, 168, 1, 3];

    type Coming = Pin<Box<dyn Future<Output = Option<Turn>>>>;

    fn now(coming: &mut Coming) -> Option<Turn> {
        match coming.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => turn,
            Poll::Pending => None,
        }
    }

    fn ask(turns: &Arc<Turns>, source: impl Into<IpAddr>, who: Asker) -> Coming {
        let (turns, source) = (turns.clone(), source.into());
        let mut coming: Coming = Box::pin(async move { turns.take(source, || who).await });
        // It begins to wait.
        let turn = now(&mut coming);
        turn.map_or(coming, |turn| Box::pin(async { Some(turn) }))
    }

    fn all(turns: &Arc<Turns>, source: impl Into<IpAddr> + Copy) -> Vec<Turn> {
        (0..MOST).map(|n| now(&mut ask(turns, source, Asker::Connection(n as u64))).unwrap()).collect()
    }

    #[test]
    fn one_address_that_asks_for_much_at_once_waits_for_itself_and_nobody_waits_for_it() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let mut next = ask(&turns, PHONE, Asker::Connection(99));
        assert!(now(&mut next).is_none() && now(&mut ask(&turns, OTHER, Asker::Connection(100))).is_some());
        taken.pop();
        assert!(now(&mut next).is_some());
        drop(taken);
        assert!(turns.lock().is_empty(), "a source that asks for nothing is forgotten");
    }

    #[test]
    fn behind_one_router_a_guest_does_not_wait_for_all_that_another_has_asked_for() {
        let turns = Arc::default();
        let (prankster, guest) = (Asker::Pass("p".into()), Asker::Pass("g".into()));
        let mut taken = all(&turns, PHONE);
        let mut many: Vec<_> = (0..500).map(|_| ask(&turns, PHONE, prankster.clone())).collect();
        let mut mine = ask(&turns, PHONE, guest.clone());
        taken.pop();
        let theirs = now(&mut many[0]).expect("who came first");
        drop(theirs);
        drop(now(&mut mine).expect("whoever had none before who had one"));
        let theirs = now(&mut many[1]).expect("nobody else waits");
        let mut mine = ask(&turns, PHONE, guest);
        drop(theirs);
        assert!(now(&mut mine).is_some(), "whose last turn is longer ago");
    }

    #[test]
    fn who_comes_on_a_new_connection_is_not_behind_those_that_ask_again_and_again() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let asks = || (0..500).map(|n| ask(&turns, PHONE, Asker::Connection(n))).collect::<Vec<_>>();
        for mut one in asks() {
            taken.pop();
            taken.extend(now(&mut one));
        }
        assert_eq!(taken.len(), MOST, "each had its turn");
        let again = asks();
        let mut late = ask(&turns, PHONE, Asker::Address(OTHER.into()));
        taken.pop();
        assert!(now(&mut late).is_some());
        drop(again);
    }

    #[test]
    fn whoever_leaves_while_they_wait_keeps_no_turn() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let (gone, mut mine) = (ask(&turns, PHONE, Asker::Connection(50)), ask(&turns, PHONE, Asker::Connection(51)));
        let told = ask(&turns, PHONE, Asker::Connection(52));
        drop(gone);
        taken.pop();
        assert!(now(&mut mine).is_some());
        // Its turn was given to somebody who did not live to see it.
        drop(told);
        assert!(now(&mut ask(&turns, PHONE, Asker::Connection(53))).is_some());
    }
}
