use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::line::{Ids, Line, Listener, Message};
use crate::domain::{EventId, Timestamp, UserId};

/// How long a lane nobody listens to is kept for those who come back.
const KEPT: Duration = Duration::from_secs(300);

/// Who listens: each kind hears its own rendering, and guests their own event only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    Host,
    Guest(EventId),
    Screen,
    Helper,
}

/// Live streams, kept apart by tenant. Ids grow over the whole box and, by starting at the box's own time, over restarts.
#[derive(Clone)]
pub struct Hub {
    ids: Ids,
    lanes: Arc<Mutex<Lanes>>,
}

struct Lanes {
    open: HashMap<(UserId, Lane), Line>,
    /// The id of each tenant's last change, for lanes that open later.
    marks: HashMap<UserId, u64>,
    /// Nothing is known of what was before this id.
    started: u64,
    closed: bool,
}

impl Hub {
    pub(super) fn new(now: Timestamp) -> Self {
        let started = u64::try_from(now.0).unwrap_or(0);
        let lanes = Lanes { open: HashMap::new(), marks: HashMap::new(), started, closed: false };
        Self { ids: Ids::after(started), lanes: Arc::new(Mutex::new(lanes)) }
    }

    /// Opens a stream. `key` is what the listener was let in by, `last` the id it heard last: it gets what it missed,
    /// or a `resync` when that is forgotten. `None` once the hub is closed, and where this key has too many streams open.
    #[must_use]
    pub fn listen(&self, user: &UserId, to: Lane, key: &str, last: Option<u64>) -> Option<Listener> {
        let mut lanes = self.lock();
        if lanes.closed {
            return None;
        }
        let since = lanes.marks.get(user).copied().unwrap_or(lanes.started);
        let line = lanes.open.entry((user.clone(), to)).or_insert_with(|| Line::new(since));
        line.listen(key, last, &self.ids)
    }

    /// Ends the streams that were let in by `key`, whoever's ground they are on; a key that ends in `/` stands for
    /// every key that begins so.
    pub fn hang_up(&self, key: &str) {
        self.lock().open.values().for_each(|line| line.hang_up(key));
    }

    /// The newest id there is: what is said from now on has a larger one.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.ids.newest()
    }

    /// Notes that a tenant's pages change, whether anybody listens or not.
    pub(super) fn mark(&self, user: &UserId) {
        self.lock().marks.insert(user.clone(), self.ids.next());
    }

    /// Notes that the pages of every tenant change, whether anybody listens or not; answers who is listened to.
    pub(super) fn mark_all(&self) -> HashSet<UserId> {
        let mut lanes = self.lock();
        lanes.started = self.ids.next();
        lanes.marks.clear();
        lanes.open.keys().map(|(user, _)| user.clone()).collect()
    }

    /// Says a word to the streams of one tenant that were let in by `key`; it is not remembered.
    pub fn tell(&self, user: &UserId, key: &str, word: &'static str) {
        self.lock().of(user).for_each(|line| line.tell(key, Message::bare(self.ids.next(), word)));
    }

    /// Ends every stream of one tenant.
    pub fn drop_tenant(&self, user: &UserId) {
        self.lock().open.retain(|(owner, _), _| owner != user);
    }

    /// How many streams are open.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.lock().open.values().map(Line::listeners).sum()
    }

    /// Which kinds of listeners this tenant has, or had a moment ago.
    pub(super) fn lanes(&self, user: &UserId) -> Vec<Lane> {
        self.lock().open.keys().filter(|(owner, _)| owner == user).map(|(_, lane)| lane.clone()).collect()
    }

    /// Says something to one kind of listener of one tenant.
    pub(super) fn say(&self, user: &UserId, lane: Lane, data: Arc<str>) {
        let mut lanes = self.lock();
        if let Some(line) = lanes.open.get_mut(&(user.clone(), lane)) {
            line.say(Message { id: self.ids.next(), event: "change", data });
        }
    }

    /// Sends away the guests of an event that is over: their page tells them so.
    pub(super) fn dismiss(&self, user: &UserId, lane: Lane) {
        if let Some(line) = self.lock().open.remove(&(user.clone(), lane)) {
            line.whisper(Message::bare(self.ids.next(), "resync"));
        }
    }

    /// Tells every listener of a tenant to fetch its page again.
    pub(super) fn resync(&self, user: &UserId) {
        self.lock().of(user).for_each(|line| line.say(Message::bare(self.ids.next(), "resync")));
    }

    /// A sign of life for everyone; it is not remembered.
    pub(super) fn beat(&self) {
        let lanes = self.lock();
        let beat = Message::bare(self.ids.next(), "beat");
        lanes.open.values().for_each(|line| line.whisper(beat.clone()));
    }

    /// Forgets lanes nobody came back to.
    pub(super) fn prune(&self) {
        self.lock().open.retain(|_, line| {
            if line.listeners() > 0 {
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
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn of(&mut self, user: &UserId) -> impl Iterator<Item = &mut Line> {
        self.open.iter_mut().filter(move |((owner, _), _)| owner == user).map(|(_, line)| line)
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
        assert_eq!(hear(&mut first), None, "who cannot keep up comes back through the door");
    }

    #[test]
    fn a_page_that_is_up_to_date_needs_nothing_and_one_that_is_not_starts_over() {
        let hub = Hub::new(Timestamp(1));
        let before = hub.newest();
        let mut fresh = hub.listen(&user("a"), Lane::Host, "k", Some(before)).unwrap();
        assert_eq!(hear(&mut fresh).unwrap().1, "hello");
        hub.mark(&user("b"));
        let mut stale = hub.listen(&user("b"), Lane::Host, "k", Some(before)).unwrap();
        assert_eq!(hear(&mut stale).unwrap().1, "resync");
        // Another network is another page for everybody, and those who listen are told.
        let now = hub.newest();
        assert_eq!(hub.mark_all().len(), 2);
        let mut old = hub.listen(&user("c"), Lane::Host, "k", Some(now)).unwrap();
        assert_eq!(hear(&mut old).unwrap().1, "resync");
    }

    #[test]
    fn one_key_opens_a_handful_of_streams_and_no_more() {
        let hub = Hub::new(Timestamp(1));
        let open: Vec<_> = (0..20).filter_map(|_| hub.listen(&user("a"), Lane::Host, "k", None)).collect();
        assert_eq!(open.len(), 8);
        assert!(hub.listen(&user("a"), Lane::Host, "other", None).is_some());
        drop(open);
        assert!(hub.listen(&user("a"), Lane::Host, "k", None).is_some());
    }

    #[test]
    fn a_revoke_is_not_lost_on_a_listener_that_cannot_keep_up() {
        let hub = Hub::new(Timestamp(1));
        let mut slow = hub.listen(&user("a"), Lane::Host, "k", None).unwrap();
        (0..40).for_each(|_| say(&hub, "a"));
        hub.hang_up("k");
        (0..40).for_each(|_| say(&hub, "a"));
        let heard: Vec<_> = std::iter::from_fn(|| hear(&mut slow)).map(|m| m.1).collect();
        assert_eq!(heard, ["hello", "resync"]);
    }

    #[test]
    fn signing_out_ends_streams_on_every_ground() {
        let hub = Hub::new(Timestamp(1));
        let mut here = hub.listen(&user("a"), Lane::Host, "boss/1", None).unwrap();
        let mut there = hub.listen(&user("b"), Lane::Host, "boss/2", None).unwrap();
        hub.hang_up("boss/2");
        hub.resync(&user("a"));
        hub.resync(&user("b"));
        assert_eq!(std::iter::from_fn(|| hear(&mut there)).count(), 1);
        assert_eq!(hear(&mut here).unwrap().1, "hello");
        assert_eq!(hear(&mut here).unwrap().1, "resync");
        hub.hang_up("boss/");
        hub.resync(&user("a"));
        assert_eq!(hear(&mut here), None);
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
        hub.hang_up("one");
        hub.resync(&user("a"));
        assert_eq!(std::iter::from_fn(|| hear(&mut gone)).count(), 1);
        assert_eq!(std::iter::from_fn(|| hear(&mut stays)).count(), 2);
    }
}
