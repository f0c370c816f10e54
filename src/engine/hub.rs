use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::domain::{EventId, Timestamp, UserId};

/// How many messages a lane remembers for those who come back.
const REMEMBERED: usize = 32;
/// How long a lane nobody listens to is kept for those who come back.
const KEPT: Duration = Duration::from_secs(300);

/// Who listens: each kind hears its own rendering, and guests their own event only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Host,
    Guest(EventId),
    Screen,
}

/// One server-sent event, rendered once and shared by every listener.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: u64,
    pub event: &'static str,
    pub data: Arc<str>,
}

#[derive(Clone)]
enum Signal {
    Say(Message),
    /// Whoever was let in by this key must go.
    HangUp(Arc<str>),
}

/// Live streams, kept apart by tenant. Ids grow over the whole box and, by starting at the clock, over restarts.
#[derive(Clone)]
pub struct Hub(Arc<Mutex<Lanes>>);

struct Lanes {
    newest: u64,
    open: HashMap<(UserId, Lane), Line>,
    closed: bool,
}

struct Line {
    sender: Sender<Signal>,
    recent: VecDeque<Message>,
    /// Everything said after this id is in `recent`.
    since: u64,
    left_at: Option<Instant>,
}

/// One open stream.
pub struct Listener {
    backlog: VecDeque<Message>,
    receiver: Receiver<Signal>,
    hub: Hub,
    key: String,
}

impl Hub {
    pub(super) fn new(now: Timestamp) -> Self {
        let newest = u64::try_from(now.0).unwrap_or(0);
        Self(Arc::new(Mutex::new(Lanes { newest, open: HashMap::new(), closed: false })))
    }

    /// Opens a stream. `key` is what the listener was let in by, `last` the id it heard last: it gets what it missed,
    /// or a `resync` when that is forgotten. `None` once the hub is closed.
    #[must_use]
    pub fn listen(&self, user: &UserId, to: Lane, key: &str, last: Option<u64>) -> Option<Listener> {
        let mut lanes = self.lock();
        if lanes.closed {
            return None;
        }
        let fresh = lanes.next_id();
        let newest = lanes.newest;
        let line = lanes.open.entry((user.clone(), to)).or_insert_with(|| Line::new(fresh));
        let known = last.is_some_and(|last| last >= line.since && last < newest);
        let backlog = match last {
            Some(last) if known => line.recent.iter().filter(|m| m.id > last).cloned().collect(),
            Some(_) => VecDeque::from([Message { id: fresh, event: "resync", data: "{}".into() }]),
            None => VecDeque::from([Message { id: fresh, event: "hello", data: "{}".into() }]),
        };
        line.left_at = None;
        Some(Listener { backlog, receiver: line.sender.subscribe(), hub: self.clone(), key: key.to_owned() })
    }

    /// Ends the streams of one tenant that were let in by `key`.
    pub fn hang_up(&self, user: &UserId, key: &str) {
        for line in self.lock().of(user) {
            let _ = line.sender.send(Signal::HangUp(key.into()));
        }
    }

    /// Ends every stream of one tenant.
    pub fn drop_tenant(&self, user: &UserId) {
        self.lock().open.retain(|(owner, _), _| owner != user);
    }

    /// How many streams are open.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.lock().open.values().map(|line| line.sender.receiver_count()).sum()
    }

    /// Which kinds of listeners this tenant has, or had a moment ago.
    pub(super) fn lanes(&self, user: &UserId) -> Vec<Lane> {
        self.lock().open.keys().filter(|(owner, _)| owner == user).map(|(_, lane)| lane.clone()).collect()
    }

    /// Says something to one kind of listener of one tenant.
    pub(super) fn say(&self, user: &UserId, lane: Lane, data: Arc<str>) {
        let mut lanes = self.lock();
        let id = lanes.next_id();
        if let Some(line) = lanes.open.get_mut(&(user.clone(), lane)) {
            line.say(Message { id, event: "change", data });
        }
    }

    /// Sends away the guests of an event that is over: their page tells them so.
    pub(super) fn dismiss(&self, user: &UserId, lane: Lane) {
        let mut lanes = self.lock();
        let id = lanes.next_id();
        if let Some(line) = lanes.open.remove(&(user.clone(), lane)) {
            let _ = line.sender.send(Signal::Say(Message { id, event: "resync", data: "{}".into() }));
        }
    }

    /// Tells every listener of a tenant to fetch its page again.
    pub(super) fn resync(&self, user: &UserId) {
        let mut lanes = self.lock();
        let id = lanes.next_id();
        for line in lanes.of(user) {
            line.say(Message { id, event: "resync", data: "{}".into() });
        }
    }

    /// A sign of life for everyone; it is not remembered.
    pub(super) fn beat(&self) {
        let mut lanes = self.lock();
        let beat = Message { id: lanes.next_id(), event: "beat", data: "{}".into() };
        for line in lanes.open.values().filter(|line| line.sender.receiver_count() > 0) {
            let _ = line.sender.send(Signal::Say(beat.clone()));
        }
    }

    /// Forgets lanes nobody came back to.
    pub(super) fn prune(&self) {
        self.lock().open.retain(|_, line| {
            if line.sender.receiver_count() > 0 {
                line.left_at = None;
                return true;
            }
            line.left_at.get_or_insert_with(Instant::now).elapsed() < KEPT
        });
    }

    /// Ends every stream and opens no more.
    pub fn close(&self) {
        let mut lanes = self.lock();
        lanes.closed = true;
        lanes.open.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn next_id(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }

    fn of(&mut self, user: &UserId) -> impl Iterator<Item = &mut Line> {
        self.open.iter_mut().filter(move |((owner, _), _)| owner == user).map(|(_, line)| line)
    }
}

impl Line {
    fn new(since: u64) -> Self {
        Self { sender: broadcast::channel(REMEMBERED).0, recent: VecDeque::new(), since, left_at: None }
    }

    fn say(&mut self, message: Message) {
        if self.recent.len() == REMEMBERED
            && let Some(gone) = self.recent.pop_front()
        {
            self.since = gone.id;
        }
        self.recent.push_back(message.clone());
        // Nobody listening right now is fine: those who come back find it in `recent`.
        let _ = self.sender.send(Signal::Say(message));
    }
}

impl Listener {
    /// The next message; `None` when this stream must end.
    pub async fn next(&mut self) -> Option<Message> {
        if let Some(message) = self.backlog.pop_front() {
            return Some(message);
        }
        loop {
            match self.receiver.recv().await {
                Ok(Signal::Say(message)) => return Some(message),
                Ok(Signal::HangUp(key)) if *key == *self.key => return None,
                Ok(Signal::HangUp(_)) => {}
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => {
                    self.receiver = self.receiver.resubscribe();
                    let id = self.hub.lock().next_id();
                    return Some(Message { id, event: "resync", data: "{}".into() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Hub, Lane, Listener, Timestamp};
    use crate::domain::{EventId, UserId};

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn hear(listener: &mut Listener) -> Option<(u64, &'static str)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let soon = std::time::Duration::from_millis(50);
        let next = runtime.block_on(async { tokio::time::timeout(soon, listener.next()).await });
        next.unwrap_or(None).map(|m| (m.id, m.event))
    }

    fn say(hub: &Hub, whose: &str) {
        hub.say(&user(whose), Lane::Host, Arc::from("{}"));
    }

    #[test]
    fn a_listener_hears_its_own_tenant_only() {
        let hub = Hub::new(Timestamp(1));
        let mut mine = hub.listen(&user("a"), Lane::Host, "k", None).unwrap();
        let mut other = hub.listen(&user("b"), Lane::Host, "k", None).unwrap();
        assert_eq!((hear(&mut mine).unwrap().1, hear(&mut other).unwrap().1), ("hello", "hello"));
        say(&hub, "a");
        assert_eq!(hear(&mut mine).unwrap().1, "change");
        assert_eq!(hear(&mut other), None);
    }

    #[test]
    fn who_comes_back_gets_what_was_missed_in_order() {
        let hub = Hub::new(Timestamp(1));
        let mut first = hub.listen(&user("a"), Lane::Host, "k", None).unwrap();
        let (hello, _) = hear(&mut first).unwrap();
        drop(first);
        say(&hub, "a");
        say(&hub, "a");
        let mut again = hub.listen(&user("a"), Lane::Host, "k", Some(hello)).unwrap();
        let (one, two) = (hear(&mut again).unwrap(), hear(&mut again).unwrap());
        assert!(hello < one.0 && one.0 < two.0);
        assert_eq!((one.1, two.1), ("change", "change"));
        assert_eq!(hear(&mut again), None);
    }

    #[test]
    fn who_was_away_too_long_is_told_to_start_over() {
        let hub = Hub::new(Timestamp(1));
        let mut first = hub.listen(&user("a"), Lane::Host, "k", None).unwrap();
        let (hello, _) = hear(&mut first).unwrap();
        (0..40).for_each(|_| say(&hub, "a"));
        for odd in [hello, 0, u64::MAX] {
            let mut again = hub.listen(&user("a"), Lane::Host, "k", Some(odd)).unwrap();
            assert_eq!(hear(&mut again).unwrap().1, "resync", "{odd}");
        }
        assert_eq!(hear(&mut first).unwrap().1, "resync");
    }

    #[test]
    fn a_guest_of_last_night_is_sent_away_and_hears_nothing_of_tonight() {
        let hub = Hub::new(Timestamp(1));
        let (old, new) = (Lane::Guest(EventId::fresh()), Lane::Guest(EventId::fresh()));
        let mut guest = hub.listen(&user("a"), old.clone(), "k", None).unwrap();
        hub.say(&user("a"), old.clone(), Arc::from("{}"));
        hub.dismiss(&user("a"), old);
        hub.say(&user("a"), new, Arc::from("{\"secret\":1}"));
        let heard: Vec<_> = std::iter::from_fn(|| hear(&mut guest)).map(|m| m.1).collect();
        assert_eq!(heard, ["hello", "change", "resync"]);
    }

    #[test]
    fn hanging_up_on_one_key_leaves_the_others() {
        let hub = Hub::new(Timestamp(1));
        let mut gone = hub.listen(&user("a"), Lane::Screen, "one", None).unwrap();
        let mut stays = hub.listen(&user("a"), Lane::Screen, "two", None).unwrap();
        hub.hang_up(&user("a"), "one");
        hub.resync(&user("a"));
        assert_eq!(std::iter::from_fn(|| hear(&mut gone)).count(), 1);
        assert_eq!(std::iter::from_fn(|| hear(&mut stays)).count(), 2);
    }
}
