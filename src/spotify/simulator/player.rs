//! A player: what plays, what comes next, and the record of what was heard.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::catalogue::Item;
use crate::domain::Timestamp;

/// No track ends earlier than this, however long the crossfade.
const SHORTEST_MS: i64 = 1000;
/// Once paused for longer, Spotify no longer says what was playing.
const FORGOTTEN_MS: i64 = 120_000;

/// A line in the record of what was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Play {
    /// What played; after relinking another than was asked for.
    pub uri: String,
    /// The uri as it was queued by hand; none for songs of the context.
    pub queued: Option<String>,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
}

/// A song on its way: what will play, and the uri it was queued by.
#[derive(Clone)]
pub struct Entry {
    pub item: Item,
    queued: Option<String>,
}

/// A player that goes on by itself: songs queued by hand first, then those of its context, round and round.
pub struct Player {
    playing: bool,
    /// Since when it has not been playing.
    stopped: Timestamp,
    /// Says that it plays, and stands still.
    pub frozen: bool,
    current: Option<Entry>,
    progress_ms: i64,
    /// When `progress_ms` was true.
    at: Timestamp,
    line: VecDeque<Entry>,
    context: VecDeque<Item>,
    /// How much earlier than its end a track gives way to the next.
    pub automix_ms: i64,
    /// What plays instead, by the uri queued.
    pub relinks: BTreeMap<String, Item>,
    /// Uris that may be queued and are passed over at their turn.
    pub unsold: BTreeSet<String>,
    pub record: Vec<Play>,
    /// Every uri ever queued by hand.
    pub added: Vec<String>,
}

impl Player {
    pub fn new(context: Vec<Item>, now: Timestamp) -> Self {
        let mut player = Self {
            playing: true,
            stopped: now,
            frozen: false,
            current: None,
            progress_ms: 0,
            at: now,
            line: VecDeque::new(),
            context: context.into(),
            automix_ms: 0,
            relinks: BTreeMap::new(),
            unsold: BTreeSet::new(),
            record: vec![],
            added: vec![],
        };
        player.turn(now);
        player
    }

    /// Lives through the time until `now`.
    pub fn advance(&mut self, now: Timestamp) {
        while self.playing
            && !self.frozen
            && let Some(entry) = &self.current
        {
            let ends = (entry.item.duration_ms - self.automix_ms).max(SHORTEST_MS.min(entry.item.duration_ms));
            let left = (ends - self.progress_ms).max(0);
            if now.ms_since(self.at) < left {
                self.progress_ms += now.ms_since(self.at).max(0);
                break;
            }
            self.turn(self.at.plus_ms(left));
        }
        self.at = now;
    }

    /// Ends what plays and starts what comes next, nothing when nothing does.
    pub fn turn(&mut self, now: Timestamp) {
        self.line.retain(|entry| !self.unsold.contains(&entry.item.uri));
        let next = self.line.pop_front().or_else(|| {
            let item = self.context.pop_front()?;
            self.context.push_back(item.clone());
            Some(Entry { item, queued: None })
        });
        self.begin(next, now);
    }

    /// Starts `item` in place of what plays.
    pub fn start(&mut self, item: Item, now: Timestamp) {
        self.playing = true;
        self.begin(Some(Entry { item, queued: None }), now);
    }

    fn begin(&mut self, entry: Option<Entry>, now: Timestamp) {
        if let Some(last) = self.record.last_mut() {
            last.ended.get_or_insert(now);
        }
        (self.progress_ms, self.at) = (0, now);
        if entry.is_none() {
            self.pause(now);
        }
        if let Some(entry) = &entry {
            let (uri, queued) = (entry.item.uri.clone(), entry.queued.clone());
            self.record.push(Play { uri, queued, started: now, ended: None });
        }
        self.current = entry;
    }

    /// Appends; the track that will play may be another than the one asked for.
    pub fn enqueue(&mut self, item: Item) {
        let queued = Some(item.uri.clone());
        self.added.push(item.uri.clone());
        let item = self.relinks.get(&item.uri).cloned().unwrap_or(item);
        self.line.push_back(Entry { item, queued });
    }

    /// Takes out what was queued by hand.
    pub fn clear(&mut self) {
        self.line.clear();
    }

    pub fn pause(&mut self, now: Timestamp) {
        (self.playing, self.stopped) = (false, now);
    }

    pub fn resume(&mut self, now: Timestamp) {
        self.playing = true;
        if self.current.is_none() {
            self.turn(now);
        }
    }

    pub fn seek(&mut self, ms: i64) {
        self.progress_ms = ms.max(0);
    }

    pub fn set_context(&mut self, items: Vec<Item>) {
        self.context = items.into();
    }

    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Whether it has not played for so long that Spotify says nothing of it any more.
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        !self.playing && (self.current.is_none() || now.ms_since(self.stopped) > FORGOTTEN_MS)
    }

    pub fn current(&self) -> Option<&Item> {
        self.current.as_ref().map(|entry| &entry.item)
    }

    pub fn progress_ms(&self) -> i64 {
        self.progress_ms
    }

    /// When what plays began.
    pub fn began(&self) -> Timestamp {
        self.record.last().map_or(self.at, |play| play.started)
    }

    /// Uris queued by hand that have not played yet.
    pub fn queued(&self) -> Vec<String> {
        self.line.iter().filter_map(|entry| entry.queued.clone()).collect()
    }

    /// What comes next, by hand and of the context mixed.
    pub fn upcoming(&self, most: usize) -> Vec<&Item> {
        self.line.iter().map(|entry| &entry.item).chain(self.context.iter()).take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::{Item, Player, Timestamp};

    fn songs(from: usize, many: usize) -> Vec<Item> {
        let catalogue = Catalogue::new();
        (from..from + many).map(|n| catalogue.song(n).clone()).collect()
    }

    fn played(player: &Player) -> Vec<(&str, i64)> {
        player.record.iter().map(|play| (&play.uri[play.uri.len() - 2..], play.started.0 / 1000)).collect()
    }

    #[test]
    fn it_goes_on_by_itself_and_plays_the_queue_before_the_context() {
        let mut player = Player::new(songs(0, 2), Timestamp(0));
        player.enqueue(songs(5, 1).remove(0));
        player.advance(Timestamp(10_000));
        assert_eq!((player.progress_ms(), player.queued().len()), (10_000, 1));
        player.advance(Timestamp(1_000_000));
        assert_eq!(played(&player), [("00", 0), ("05", 214), ("01", 417), ("00", 604), ("01", 818)]);
        assert_eq!(player.progress_ms(), 182_000);
    }

    #[test]
    fn it_stands_while_paused_and_stops_when_nothing_is_left() {
        let mut player = Player::new(songs(0, 1), Timestamp(0));
        player.advance(Timestamp(5_000));
        player.pause(Timestamp(5_000));
        player.advance(Timestamp(900_000));
        player.resume(Timestamp(900_000));
        assert_eq!(player.progress_ms(), 5_000);
        player.set_context(vec![]);
        player.advance(Timestamp(9_000_000));
        assert!(!player.is_playing() && player.current().is_none());
        assert_eq!(player.record[0].ended, Some(Timestamp(900_000 + 209_000)));
    }

    #[test]
    fn automix_ends_a_track_early_and_relinking_plays_another() {
        let mut player = Player::new(songs(0, 1), Timestamp(0));
        player.automix_ms = 6_000;
        let asked = songs(1, 1).remove(0);
        player.relinks.insert(asked.uri.clone(), songs(9, 1).remove(0));
        player.enqueue(asked.clone());
        player.advance(Timestamp(208_000));
        assert!(player.current().unwrap().uri.ends_with("09"));
        assert_eq!(player.record[1].queued, Some(asked.uri));
    }
}
