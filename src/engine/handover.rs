//! Seeing one song over to Spotify, once and only once: the ledger is written before the call, and an answer that was
//! lost is looked for in the queue.

use tokio::runtime::Handle;

use super::spotify::{Spotify, Stumble, ms, trouble};
use super::tracks::{heard, hit, position};
use crate::domain::{Asked, Fate, Heard, Orders, Position, Timestamp};
use crate::spotify::{self, Why};
use crate::store::{Result, Setback, Tenant, Watcher};

/// Waited before a song is tried again: without a device, and where Spotify refuses for reasons of its own.
const NO_DEVICE_MS: i64 = 30_000;
const REFUSED_MS: i64 = 120_000;
/// Waited where Spotify did not take it this once: the song that plays ends in twenty seconds.
const ONCE_MS: i64 = 3_000;
/// A song held no longer ago than this is not held for the first time.
const LATELY_MS: i64 = 60_000;
/// Waited at least before a queue is asked again that did not answer.
const QUEUE_AGAIN_MS: i64 = 30_000;
/// An account without Premium may have got it meanwhile.
const NO_PREMIUM_MS: i64 = 60 * 60 * 1000;
/// Search results among which a wish typed by hand is looked for.
const RESULTS: u8 = 10;

/// One DJ's song on its way.
pub struct Handover<'a> {
    spotify: &'a Spotify,
    handle: &'a Handle,
    watcher: &'a Tenant<Watcher>,
}

impl<'a> Handover<'a> {
    pub fn new(spotify: &'a Spotify, handle: &'a Handle, watcher: &'a Tenant<Watcher>) -> Self {
        Self { spotify, handle, watcher }
    }

    /// Hands over the head of the line.
    pub fn hand_over(&self, orders: &Orders, now: Timestamp) -> Result<()> {
        let Some(next) = &orders.next else { return Ok(()) };
        let uri = match &next.song.track_uri {
            Some(uri) => uri.clone(),
            None => match self.recording(next, now)? {
                Some(uri) => uri,
                None => return Ok(()),
            },
        };
        if !self.handle.block_on(self.watcher.begin_handover(&next.id))? {
            return Ok(());
        }
        match self.spotify.ask(self.watcher, |account| account.add_to_queue(&uri, None)) {
            Ok(()) => {
                self.keep(next, Fate::Queued(None))?;
                // Where it stands tells it later from copies of it in the DJ's own list.
                if orders.budget.is_stretched() { Ok(()) } else { self.look_for(next) }
            }
            Err(Stumble::Spotify(spotify::Error::Unknown)) => self.look_for(next),
            Err(Stumble::Spotify(error)) => self.refused(orders, next, &error),
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// Finds out where the song handed over is; `changed` when another has just begun.
    pub fn settle(&self, orders: &Orders, changed: bool) -> Result<()> {
        let Some(handed) = &orders.handed else { return Ok(()) };
        match self.position(&handed.asked) {
            Ok(position) => self.keep(&handed.asked, handed.fate(position, changed, self.spotify.now())),
            // Spotify has it: the next song that begins asks again.
            Err(Stumble::Spotify(_)) if handed.is_queued => Ok(()),
            Err(Stumble::Spotify(error)) => {
                let wait_ms = trouble(&error).wait_ms().unwrap_or(QUEUE_AGAIN_MS).max(QUEUE_AGAIN_MS);
                let hold_until = self.spotify.now().plus_ms(wait_ms);
                self.handle.block_on(self.watcher.hold(Setback { hold_until, trouble: trouble(&error) }))
            }
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// Where the song is in the queue, Spotify has it; where it is not though the answer was lost, only time tells.
    fn look_for(&self, next: &Asked) -> Result<()> {
        match self.position(next) {
            Ok(Position::Behind(ahead)) => self.keep(next, Fate::Queued(Some(ahead))),
            Ok(Position::Absent | Position::Hidden) | Err(Stumble::Spotify(_)) => Ok(()),
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    /// Where a song is in the queue.
    fn position(&self, asked: &Asked) -> std::result::Result<Position, Stumble> {
        let queue = self.spotify.ask(self.watcher, |account| account.queue())?;
        Ok(position(queue.as_ref(), asked))
    }

    fn keep(&self, asked: &Asked, fate: Fate) -> Result<()> {
        self.handle.block_on(self.watcher.settle_handover(&asked.id, fate))
    }

    /// Spotify surely did not take it: back in line, or given up where it never will.
    fn refused(&self, orders: &Orders, next: &Asked, error: &spotify::Error) -> Result<()> {
        let now = self.spotify.now();
        if let spotify::Error::Refused { why: Why::NoSuchSong, message } = error {
            let reason = format!("Spotify does not take this song: {message}");
            return self.handle.block_on(self.watcher.give_up(&next.id, reason));
        }
        let hold_ms = match error {
            spotify::Error::TooMany { retry_after } | spotify::Error::QuotaUntil { retry_after } => ms(*retry_after),
            spotify::Error::NotPremium => NO_PREMIUM_MS,
            spotify::Error::Refused { why: Why::NotFound, .. } => NO_DEVICE_MS,
            spotify::Error::Refused { .. } => REFUSED_MS,
            spotify::Error::Later { retry_after: None } if now.ms_since(orders.hold_until) > LATELY_MS => ONCE_MS,
            _ => NO_DEVICE_MS,
        };
        let setback = Setback { hold_until: now.plus_ms(hold_ms), trouble: trouble(error) };
        self.handle.block_on(self.watcher.take_back(&next.id, setback))
    }

    /// The recording of a wish typed by hand; `None` where there is none, or Spotify could not be asked.
    fn recording(&self, next: &Asked, now: Timestamp) -> Result<Option<String>> {
        let words = format!("{} {}", next.song.title, next.song.artist);
        match self.spotify.ask(self.watcher, |account| account.search(&words, RESULTS, 0)) {
            Ok(mut found) => {
                // The DJ has approved the song, and the house has a say in which recording of it.
                let rules = self.handle.block_on(self.watcher.rules())?;
                found.sort_by_cached_key(|track| rules.allow(&hit(track.clone()).song()).is_err());
                self.choose(next, found.into_iter().map(heard))
            }
            Err(Stumble::Spotify(error)) => {
                let hold_until = now.plus_ms(trouble(&error).wait_ms().unwrap_or(NO_DEVICE_MS));
                let setback = Setback { hold_until, trouble: trouble(&error) };
                self.handle.block_on(self.watcher.take_back(&next.id, setback))?;
                Ok(None)
            }
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    fn choose(&self, next: &Asked, mut found: impl Iterator<Item = Heard>) -> Result<Option<String>> {
        let Some(heard) = found.find(|heard| heard.answers(next)) else {
            let reason = "Spotify has no song of that name. Look for it there, or play it by hand.";
            self.handle.block_on(self.watcher.give_up(&next.id, reason.into()))?;
            return Ok(None);
        };
        let uri = heard.uri.clone();
        self.handle.block_on(self.watcher.know_song(&next.id, heard))?;
        Ok(Some(uri))
    }
}
