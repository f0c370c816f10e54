//! Every open live stream of the box, kept apart by tenant and by who listens.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::channel::{Channel, Ids, Listener, Message};
use super::crumbs::Told;
use crate::domain::{EventId, Timestamp, UserId};

/// How long a channel nobody listens to is kept for those who come back.
const KEPT: Duration = Duration::from_secs(300);

/// Who listens: each kind hears its own rendering, and guests their own event only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    Host,
    Guest(EventId),
    Screen,
    Helper,
}

/// Live streams, kept apart by tenant. Ids grow over the whole box and, by starting at the box's own time, over restarts.
#[derive(Clone)]
pub struct Hub {
    ids: Ids,
    channels: Arc<Mutex<Channels>>,
}

struct Channels {
    open: HashMap<(UserId, Audience), Channel>,
    /// The id of each tenant's last change, for channels that open later.
    marks: HashMap<UserId, u64>,
    /// Nothing is known of what was before this id.
    started: u64,
    closed: bool,
}

impl Hub {
    pub(super) fn new(now: Timestamp) -> Self {
        let started = u64::try_from(now.0).unwrap_or(0);
        let channels = Channels { open: HashMap::new(), marks: HashMap::new(), started, closed: false };
        Self { ids: Ids::after(started), channels: Arc::new(Mutex::new(channels)) }
    }

    /// Opens a stream. `key` is what the listener was let in by, `last` the id it heard last: it gets what it missed,
    /// or a `resync` when that is forgotten. `None` once the hub is closed, and where this key has too many streams open.
    #[must_use]
    pub fn listen(&self, user: &UserId, to: Audience, key: &str, last: Option<u64>) -> Option<Listener> {
        let mut channels = self.lock();
        if channels.closed {
            return None;
        }
        let since = channels.marks.get(user).copied().unwrap_or(channels.started);
        let channel = channels.open.entry((user.clone(), to)).or_insert_with(|| Channel::new(since));
        channel.listen(key, last, &self.ids)
    }

    /// Ends the streams that were let in by `key`, on whoever's pages they are; a key that ends in `/` stands for
    /// every key that begins so.
    pub fn hang_up(&self, key: &str) {
        self.lock().open.values().for_each(|channel| channel.hang_up(key));
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
        let mut channels = self.lock();
        channels.started = self.ids.next();
        channels.marks.clear();
        channels.open.keys().map(|(user, _)| user.clone()).collect()
    }

    /// Ends the streams of one tenant that were let in by `key`; their pages are told to load again, and say why.
    pub fn show_out(&self, user: &UserId, key: &str) {
        self.tell(user, key, "reload");
        self.hang_up(key);
    }

    /// Says a word to the streams of one tenant that were let in by `key`; it is not remembered.
    pub fn tell(&self, user: &UserId, key: &str, word: &'static str) {
        self.lock().of(user).for_each(|channel| channel.tell(key, Message::bare(self.ids.next(), word)));
    }

    /// Ends every stream of one tenant.
    pub fn drop_tenant(&self, user: &UserId) {
        self.lock().open.retain(|(owner, _), _| owner != user);
    }

    /// How many streams are open.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.lock().open.values().map(Channel::listeners).sum()
    }

    /// Which kinds of listeners this tenant has, or had a moment ago.
    pub(super) fn audiences(&self, user: &UserId) -> Vec<Audience> {
        self.lock().open.keys().filter(|(owner, _)| owner == user).map(|(_, audience)| audience.clone()).collect()
    }

    /// Says when it is known what one kind of listener was told, so that they can be told what is new; `None` where it is.
    #[must_use]
    pub fn untold(&self, user: &UserId, to: &Audience) -> Option<watch::Receiver<bool>> {
        self.lock().open.get(&(user.clone(), to.clone()))?.untold()
    }

    /// What one kind of listener was told last, to be put back.
    pub(super) fn take_told(&self, user: &UserId, to: &Audience) -> Option<Told> {
        self.lock().open.get_mut(&(user.clone(), to.clone()))?.take_told()
    }

    pub(super) fn put_told(&self, user: &UserId, to: &Audience, told: Told) {
        if let Some(channel) = self.lock().open.get_mut(&(user.clone(), to.clone())) {
            channel.put_told(told);
        }
    }

    /// Says something to one kind of listener of one tenant.
    pub(super) fn say(&self, user: &UserId, audience: Audience, data: &str) {
        let mut channels = self.lock();
        if let Some(channel) = channels.open.get_mut(&(user.clone(), audience)) {
            channel.say(self.ids.next(), "change", data);
        }
    }

    /// Sends away the guests of an event that is over: their page tells them so.
    pub(super) fn dismiss(&self, user: &UserId, audience: Audience) {
        if let Some(channel) = self.lock().open.remove(&(user.clone(), audience)) {
            channel.whisper(Message::bare(self.ids.next(), "resync"));
        }
    }

    /// Tells every listener of a tenant to fetch its page again.
    pub(super) fn resync(&self, user: &UserId) {
        self.lock().of(user).for_each(|channel| channel.say(self.ids.next(), "resync", "{}"));
    }

    /// Says something to everyone, whoever's party they are at; who comes later and has not heard it starts over.
    pub(super) fn say_all(&self, event: &'static str, data: &str) {
        drop(self.mark_all());
        self.lock().open.values_mut().for_each(|channel| channel.say(self.ids.next(), event, data));
    }

    /// A sign of life for everyone; it is not remembered.
    pub(super) fn beat(&self) {
        let channels = self.lock();
        let beat = Message::bare(self.ids.next(), "beat");
        channels.open.values().for_each(|channel| channel.whisper(beat.clone()));
    }

    /// Forgets channels nobody came back to.
    pub(super) fn prune(&self) {
        self.lock().open.retain(|_, channel| {
            if channel.listeners() > 0 {
                channel.left_at = None;
                return true;
            }
            channel.left_at.get_or_insert_with(Instant::now).elapsed() < KEPT
        });
    }

    /// Ends every stream and opens no more.
    pub fn close(&self) {
        let mut channels = self.lock();
        channels.closed = true;
        channels.open.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Channels> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channels {
    fn of(&mut self, user: &UserId) -> impl Iterator<Item = &mut Channel> {
        self.open.iter_mut().filter(move |((owner, _), _)| owner == user).map(|(_, channel)| channel)
    }
}

#[cfg(test)]
mod tests;
