//! Whose request is worked on next. Of one source only so many are worked on at once, so that nobody else waits for all that
//! it asks; and behind one router or one proxy, who asks much waits behind who asks little.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{Receiver, Sender, channel};

/// Requests of one source that are worked on at once.
pub const MOST: usize = 16;
/// How far apart the requests of one asker are put that wait, in requests that come: so many may go before each of them.
const APART: u64 = 64;
/// How many requests that come later may go before one of somebody who asks much, and once more before one of somebody without
/// a pass: whoever has one has said once who they are, and a connection costs nothing.
const BEHIND: u64 = 1024;
/// Askers of a source that are remembered before those are left out whose last request keeps none back any more.
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
pub struct Admission(Mutex<HashMap<IpAddr, Source>>);

/// A turn, until it is dropped: then it goes to whoever is next.
pub struct Turn(Option<(Arc<Admission>, IpAddr)>);

/// When one that waits is due, and its number among those that came.
type Due = (u64, u64);

#[derive(Default)]
struct Source {
    /// How many turns are taken; all of them where anybody waits.
    taken: usize,
    /// How many have had to wait since it became busy.
    came: u64,
    /// When the last request of each asker was due that had to wait.
    last: HashMap<Asker, u64>,
    waiting: BTreeMap<Due, Sender<Turn>>,
}

/// One that waits; it has left once this is dropped.
struct Place<'t> {
    turns: &'t Admission,
    source: IpAddr,
    due: Due,
}

impl Admission {
    /// Waits for a turn. Who asks is found out only where there is none to be had at once.
    pub async fn take(self: &Arc<Self>, source: IpAddr, who: impl FnOnce() -> Asker) -> Option<Turn> {
        if let Some(turn) = self.at_once(source) {
            return Some(turn);
        }
        let who = who();
        let (due, turn) = self.lock().entry(source).or_default().wait(who);
        let _place = Place { turns: self, source, due };
        // It may have become free meanwhile, and goes to whoever is next.
        drop(self.at_once(source));
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
        while let Some((_, next)) = own.waiting.pop_first() {
            match next.send(turn) {
                Ok(()) => return,
                // Whoever it was is leaving in this moment.
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
    /// Due in the order they come, but for who has asked a moment ago, and who is nobody yet. As what comes much later is due
    /// later, nobody waits for ever.
    fn wait(&mut self, who: Asker) -> (Due, Receiver<Turn>) {
        self.came += 1;
        if self.last.len() >= KNOWN {
            self.last.retain(|_, last| *last + APART > self.came);
        }
        let comes = self.came + if matches!(who, Asker::Pass(_)) { 0 } else { BEHIND };
        let due = self.last.get(&who).map_or(comes, |last| (last + APART).clamp(comes, comes + BEHIND));
        self.last.insert(who, due);
        let (give, get) = channel();
        self.waiting.insert((due, self.came), give);
        ((due, self.came), get)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(own) = self.turns.lock().get_mut(&self.source) {
            own.waiting.remove(&self.due);
        }
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

    use super::{Admission, Asker, IpAddr, MOST, Turn};

    const PHONE: [u8; 4] = [192, 168, 1, 2];
    const OTHER: [u8; 4] = [192, 168, 1, 3];

    type Coming = Pin<Box<dyn Future<Output = Option<Turn>>>>;

    fn now(coming: &mut Coming) -> Option<Turn> {
        match coming.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => turn,
            Poll::Pending => None,
        }
    }

    fn ask(turns: &Arc<Admission>, source: impl Into<IpAddr>, who: Asker) -> Coming {
        let (turns, source) = (turns.clone(), source.into());
        let mut coming: Coming = Box::pin(async move { turns.take(source, || who).await });
        // It begins to wait.
        let turn = now(&mut coming);
        turn.map_or(coming, |turn| Box::pin(async { Some(turn) }))
    }

    fn all(turns: &Arc<Admission>, source: impl Into<IpAddr> + Copy) -> Vec<Turn> {
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
        let mut mine = ask(&turns, PHONE, guest);
        taken.pop();
        let theirs = now(&mut many[0]).expect("who came first");
        // Those that came before are due 64 later each.
        many[1..8].iter_mut().for_each(|one| {
            taken.pop();
            taken.extend(now(one));
        });
        taken.pop();
        assert!(now(&mut mine).is_some() && now(&mut many[9]).is_none());
        drop(theirs);
    }

    #[test]
    fn a_guest_does_not_wait_for_all_who_come_on_ever_new_connections_and_neither_wait_for_ever() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let stranger = |n| if n % 2 == 0 { Asker::Connection(n) } else { Asker::Address(OTHER.into()) };
        let mut many: Vec<_> = (0..500).map(|n| ask(&turns, PHONE, stranger(n))).collect();
        for n in 0..3 {
            let mut mine = ask(&turns, PHONE, Asker::Pass("g".into()));
            taken.pop();
            taken.push(now(&mut mine).unwrap_or_else(|| panic!("look {n} waits for strangers")));
        }
        let mut late: Vec<_> = (0..2_000).map(|n| ask(&turns, PHONE, Asker::Pass(n.to_string()))).collect();
        let before = late.iter_mut().map_while(|one| {
            taken.pop();
            now(one).map(|turn| taken.push(turn))
        });
        assert!(before.count() > 400);
        assert!(now(&mut many[0]).is_some(), "a newcomer waits for ever");
    }

    #[test]
    fn who_comes_from_an_address_that_has_asked_much_does_not_wait_for_ever() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let theirs = || Asker::Address(OTHER.into());
        drop((0..5_000).map(|_| ask(&turns, PHONE, theirs())).collect::<Vec<_>>());
        let mut late = ask(&turns, PHONE, theirs());
        let mut others: Vec<_> = (0..3_000).map(|n| ask(&turns, PHONE, Asker::Pass(n.to_string()))).collect();
        let before = others.iter_mut().map_while(|one| {
            taken.pop();
            now(one).map(|turn| taken.push(turn))
        });
        assert!(before.count() < 2_100 && now(&mut late).is_some());
    }

    #[test]
    fn whoever_leaves_while_they_wait_keeps_no_turn() {
        let turns = Arc::default();
        let mut taken = all(&turns, PHONE);
        let (gone, mut mine) = (ask(&turns, PHONE, Asker::Connection(50)), ask(&turns, PHONE, Asker::Connection(51)));
        let told = ask(&turns, PHONE, Asker::Connection(52));
        drop(gone);
        assert_eq!(turns.lock()[&IpAddr::from(PHONE)].waiting.len(), 2, "who has left is still kept");
        taken.pop();
        assert!(now(&mut mine).is_some());
        // Its turn was given to somebody who did not live to see it.
        drop(told);
        assert!(now(&mut ask(&turns, PHONE, Asker::Connection(53))).is_some());
    }
}
