//! Seeing one song over to Spotify, once and only once: the ledger is written before the call, and an answer that was
//! lost is looked for in the queue.

use tokio::runtime::Handle;

use super::spotify::{Spotify, Stumble, ms, trouble};
use super::tracks::{heard, position};
use crate::domain::{Asked, Fate, Heard, Orders, Position, Timestamp};
use crate::spotify::{self, Why};
use crate::store::{Result, Setback, Tenant, Watcher};

/// Waited before a song is tried again: without a device, and where Spotify refuses for reasons of its own.
const NO_DEVICE_MS: i64 = 30_000;
const REFUSED_MS: i64 = 120_000;
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

    /// Hands over the head of the line; answers whether to go on at once.
    pub fn hand_over(&self, orders: &Orders, now: Timestamp) -> Result<bool> {
        let Some(next) = &orders.next else { return Ok(true) };
        let uri = match &next.song.track_uri {
            Some(uri) => uri.clone(),
            None => match self.recording(next, now)? {
                Some(uri) => uri,
                None => return Ok(true),
            },
        };
        if !self.handle.block_on(self.watcher.begin_handover(&next.id))? {
            return Ok(true);
        }
        match self.spotify.ask(self.watcher, |account| account.add_to_queue(&uri, None)) {
            Ok(()) => self.keep(next, Fate::Queued(None))?,
            Err(Stumble::Spotify(spotify::Error::Unknown)) => self.look_for(next)?,
            Err(Stumble::Spotify(error)) => self.refused(next, &error, now)?,
            Err(Stumble::Store(error)) => return Err(error),
        }
        Ok(true)
    }

    /// Finds out where the song handed over is; `changed` when another has just begun. Answers whether to go on.
    pub fn settle(&self, orders: &Orders, changed: bool) -> Result<bool> {
        let Some(handed) = &orders.handed else { return Ok(true) };
        let Some(position) = self.position(&handed.asked)? else { return Ok(false) };
        let fate = handed.fate(position, changed, self.spotify.now());
        self.keep(&handed.asked, fate)?;
        Ok(true)
    }

    /// The answer was lost: where the song is in the queue, Spotify has it; where it is not, only time tells.
    fn look_for(&self, next: &Asked) -> Result<()> {
        match self.position(next)? {
            Some(Position::Behind(ahead)) => self.keep(next, Fate::Queued(Some(ahead))),
            _ => Ok(()),
        }
    }

    /// `None` where Spotify did not answer.
    fn position(&self, asked: &Asked) -> Result<Option<Position>> {
        match self.spotify.ask(self.watcher, |account| account.queue()) {
            Ok(queue) => Ok(Some(position(queue.as_ref(), asked))),
            Err(Stumble::Spotify(_)) => Ok(None),
            Err(Stumble::Store(error)) => Err(error),
        }
    }

    fn keep(&self, asked: &Asked, fate: Fate) -> Result<()> {
        self.handle.block_on(self.watcher.settle_handover(&asked.id, fate))
    }

    /// Spotify surely did not take it: back in line, or given up where it never will.
    fn refused(&self, next: &Asked, error: &spotify::Error, now: Timestamp) -> Result<()> {
        if let spotify::Error::Refused { why: Why::NotFound, message } = error {
            let reason = format!("Spotify does not take this song: {message}");
            return self.handle.block_on(self.watcher.give_up(&next.id, reason));
        }
        let hold_ms = match error {
            spotify::Error::TooMany { retry_after } | spotify::Error::QuotaUntil { retry_after } => ms(*retry_after),
            spotify::Error::NotPremium => NO_PREMIUM_MS,
            spotify::Error::Refused { .. } => REFUSED_MS,
            _ => NO_DEVICE_MS,
        };
        let setback = Setback { hold_until: now.plus_ms(hold_ms), trouble: trouble(error) };
        self.handle.block_on(self.watcher.take_back(&next.id, setback))
    }

    /// The recording of a wish typed by hand; `None` where there is none, or Spotify could not be asked.
    fn recording(&self, next: &Asked, now: Timestamp) -> Result<Option<String>> {
        let words = format!("{} {}", next.song.title, next.song.artist);
        match self.spotify.ask(self.watcher, |account| account.search(&words, RESULTS, 0)) {
            Ok(found) => self.choose(next, found.into_iter().map(heard)),
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
