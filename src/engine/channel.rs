//! One stream of server-sent events: what it remembers, and who listens.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::sync::watch;

use super::crumbs::Told;

/// How many messages a channel remembers for those who come back or have not taken them yet, and how many bytes of them at most.
const REMEMBERED: usize = 32;
const REMEMBERED_BYTES: usize = 1024 * 1024;
/// Streams one key may hold open: a few tabs, and those a network has not noticed are dead.
const STREAMS_A_KEY: usize = 8;

/// Bytes of a message that are passed on at a time.
const PIECE: usize = 16 * 1024;

/// One server-sent event, written out once for every listener.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: u64,
    pub event: &'static str,
    text: Text,
}

/// How a message goes out.
#[derive(Clone, Debug)]
enum Text {
    Word(Arc<str>),
    /// The channel's own, and gone once the channel forgets it: whoever takes nothing keeps nothing.
    Lent(Weak<String>),
}

impl Message {
    /// A word without content.
    #[must_use]
    pub fn bare(id: u64, event: &'static str) -> Self {
        Self { id, event, text: Text::Word(written(id, event, "{}").into()) }
    }

    /// A piece of it as it goes out, from a byte on, with nothing in it behind the end; `None` where it is forgotten.
    #[must_use]
    pub fn piece(&self, from: usize) -> Option<Vec<u8>> {
        let piece = |text: &str| {
            let rest = &text.as_bytes()[from.min(text.len())..];
            rest[..rest.len().min(PIECE)].to_vec()
        };
        match &self.text {
            Text::Word(text) => Some(piece(text)),
            Text::Lent(text) => text.upgrade().map(|text| piece(&text)),
        }
    }

    fn is_forgotten(&self) -> bool {
        matches!(&self.text, Text::Lent(text) if text.strong_count() == 0)
    }
}

/// An event whose `data` is one line.
fn written(id: u64, event: &str, data: &str) -> String {
    format!("id:{id}\nevent:{event}\ndata:{data}\n\n")
}

/// Where message ids come from: each is larger than any before it.
#[derive(Clone)]
pub struct Ids(Arc<AtomicU64>);

impl Ids {
    pub fn after(newest: u64) -> Self {
        Self(Arc::new(AtomicU64::new(newest)))
    }

    pub fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn newest(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
enum Signal {
    Say(Message),
    /// Whoever was let in by this key must go.
    HangUp(Arc<str>),
    /// Only for who was let in by this key.
    Tell(Arc<str>, Message),
}

/// One kind of listener of one tenant, and what it heard lately.
pub struct Channel {
    sender: Sender<Signal>,
    recent: VecDeque<(Message, Arc<String>)>,
    /// How long all of them are together.
    bytes: usize,
    /// Everything said after this id is in `recent`.
    since: u64,
    /// Who listens, by what they were let in by.
    keys: HashMap<String, Arc<()>>,
    /// When the last listener was seen to be gone.
    pub left_at: Option<Instant>,
    /// What was said last, by what it showed; `None` until somebody has looked what there is.
    told: Option<Told>,
    is_told: watch::Sender<bool>,
}

impl Channel {
    pub fn new(since: u64) -> Self {
        Self {
            sender: broadcast::channel(REMEMBERED).0,
            recent: VecDeque::new(),
            bytes: 0,
            since,
            keys: HashMap::new(),
            left_at: None,
            told: None,
            is_told: watch::Sender::new(false),
        }
    }

    /// What was told last, to be put back.
    pub fn take_told(&mut self) -> Option<Told> {
        self.told.take()
    }

    pub fn put_told(&mut self, told: Told) {
        self.told = Some(told);
        self.is_told.send_replace(true);
    }

    /// Says when it is known what is told here; `None` where it is.
    pub fn untold(&self) -> Option<watch::Receiver<bool>> {
        self.told.is_none().then(|| self.is_told.subscribe())
    }

    /// Opens a stream for one let in by `key` who heard `last`; `None` where that key has enough of them.
    pub fn listen(&mut self, key: &str, last: Option<u64>, ids: &Ids) -> Option<Listener> {
        self.keys.retain(|_, held| Arc::strong_count(held) > 1);
        let held = self.keys.entry(key.to_owned()).or_default();
        if Arc::strong_count(held) > STREAMS_A_KEY {
            return None;
        }
        let now = ids.next();
        let known = last.is_some_and(|last| last >= self.since && last < now);
        let missed: VecDeque<Message> = match last {
            Some(last) if known => self.recent.iter().map(|(m, _)| m).filter(|m| m.id > last).cloned().collect(),
            _ => VecDeque::new(),
        };
        let greeting = Message::bare(now, if last.is_some() && !known { "resync" } else { "hello" });
        let backlog = if missed.is_empty() { VecDeque::from([greeting]) } else { missed };
        self.left_at = None;
        let receiver = self.sender.subscribe();
        Some(Listener { backlog, receiver, ids: ids.clone(), key: key.to_owned(), behind: false, _held: held.clone() })
    }

    /// Says something, in one line, that those who come back shall hear too. The newest is remembered however long it is.
    pub fn say(&mut self, id: u64, event: &'static str, data: &str) {
        let text = Arc::new(written(id, event, data));
        let message = Message { id, event, text: Text::Lent(Arc::downgrade(&text)) };
        self.bytes += text.len();
        self.recent.push_back((message.clone(), text));
        while (self.recent.len() > REMEMBERED || self.bytes > REMEMBERED_BYTES && self.recent.len() > 1)
            && let Some((gone, text)) = self.recent.pop_front()
        {
            self.bytes -= text.len();
            self.since = gone.id;
        }
        self.whisper(message);
    }

    /// Says something only to those who listen right now; nobody doing so is fine.
    pub fn whisper(&self, message: Message) {
        let _ = self.sender.send(Signal::Say(message));
    }

    pub fn hang_up(&self, key: &str) {
        let _ = self.sender.send(Signal::HangUp(key.into()));
    }

    pub fn tell(&self, key: &str, message: Message) {
        let _ = self.sender.send(Signal::Tell(key.into(), message));
    }

    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }
}

/// One open stream.
pub struct Listener {
    backlog: VecDeque<Message>,
    receiver: Receiver<Signal>,
    ids: Ids,
    key: String,
    /// Too slow to hear everything; a word to go may be among what was lost.
    behind: bool,
    _held: Arc<()>,
}

impl Listener {
    fn is_meant(&self, key: &str) -> bool {
        *key == *self.key || key.ends_with('/') && self.key.starts_with(key)
    }

    /// The next message; `None` when this stream must end. One that cannot keep up is told to start over, and ends:
    /// it comes back through the door.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            if self.behind {
                return None;
            }
            if let Some(message) = self.backlog.pop_front() {
                return Some(self.unless_forgotten(message));
            }
            match self.receiver.recv().await {
                Ok(Signal::Say(message)) => return Some(self.unless_forgotten(message)),
                Ok(Signal::HangUp(key)) if self.is_meant(&key) => return None,
                Ok(Signal::Tell(key, message)) if *key == *self.key => return Some(message),
                Ok(Signal::HangUp(_) | Signal::Tell(..)) => {}
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => return Some(self.start_over()),
            }
        }
    }

    fn unless_forgotten(&mut self, message: Message) -> Message {
        if message.is_forgotten() { self.start_over() } else { message }
    }

    fn start_over(&mut self) -> Message {
        self.behind = true;
        Message::bare(self.ids.next(), "resync")
    }
}
