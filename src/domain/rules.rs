//! The house rules: what a host may set, within which bounds, and what they refuse.

use serde::{Deserialize, Serialize};

use super::eta::SONG_MS;
use super::never_play::{MOST, NeverPlay, bars_nothing, beginning, is_too_long, too_many};
use super::{Order, Refusal, Song, Timestamp};

/// A DJ's rules for their own nights. Durations in milliseconds; 0 switches a limit off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HouseRules {
    /// New requests skip the DJ's list and go straight into the queue.
    pub auto_approve: bool,
    pub order: Order,
    /// Requests of one guest that may wait at once.
    pub max_active_per_guest: u32,
    /// Time between two requests of one guest.
    pub min_gap_ms: u32,
    /// Requests of one guest within an hour.
    pub max_per_hour: u32,
    /// Whether songs with explicit words are taken, where Spotify marks them.
    pub allow_explicit: bool,
    /// The longest song that is taken, where its length is known.
    pub max_length_ms: u32,
    /// How long a played song rests before it may be asked for again.
    pub replay_cooldown_ms: u32,
    /// How long an artist rests after a song of theirs was played.
    pub artist_cooldown_ms: u32,
    /// Whether nicknames are checked for swearing and worse before they stand on the screen.
    pub nickname_filter: bool,
    /// Words, artists or titles that are never taken; why is nobody's business.
    pub do_not_play: Vec<String>,
}

impl Default for HouseRules {
    fn default() -> Self {
        Self {
            auto_approve: false,
            order: Order::Fair,
            max_active_per_guest: 3,
            min_gap_ms: 30_000,
            max_per_hour: 10,
            allow_explicit: true,
            max_length_ms: 0,
            replay_cooldown_ms: 60 * 60 * 1000,
            artist_cooldown_ms: 0,
            nickname_filter: true,
            do_not_play: Vec::new(),
        }
    }
}

/// What a guest has done in this event so far, as counted at the moment of asking.
#[derive(Clone, Debug, Default)]
pub struct GuestTally {
    /// Requests that wait for a decision or are in the queue, counted up to the limit.
    pub active: u32,
    /// Requests of the last 60 minutes, whatever became of them, counted up to the limit.
    pub in_last_hour: u32,
    pub last_wish: Option<Timestamp>,
    /// The first of these: an hour after it there is room for another.
    pub oldest_in_hour: Option<Timestamp>,
}

const HOUR_MS: i64 = 60 * 60 * 1000;

impl HouseRules {
    /// Lists what is out of bounds, by field; of the lines of a list only those that were not there `before` have to be of use.
    pub fn check(&self, before: &Self) -> Result<(), Refusal> {
        let day = 24 * 60 * 60 * 1000;
        let mut faults = Vec::new();
        for (name, value, most) in [
            ("max_active_per_guest", self.max_active_per_guest, 100),
            ("max_per_hour", self.max_per_hour, 1000),
            ("min_gap_ms", self.min_gap_ms, day),
            ("max_length_ms", self.max_length_ms, day),
            ("replay_cooldown_ms", self.replay_cooldown_ms, day),
            ("artist_cooldown_ms", self.artist_cooldown_ms, day),
        ] {
            if value > most {
                faults.push((name, format!("Please use at most {most}.")));
            }
        }
        faults.extend(self.unlisted(before).map(|fault| ("do_not_play", fault)));
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
    }

    /// What is wrong with the do-not-play list, if anything is; an entry is told by its first words, wherever it stands.
    fn unlisted(&self, before: &Self) -> Option<String> {
        if let Some(fault) = too_many(self.do_not_play.len()) {
            return Some(fault);
        }
        if self.do_not_play.iter().any(|entry| entry.trim().is_empty()) {
            return Some("Please leave no entry empty.".into());
        }
        if let Some(long) = self.do_not_play.iter().find(|entry| is_too_long(entry)) {
            let begin = beginning(long);
            return Some(format!("The line “{begin}” is too long. Please use at most {MOST} characters for each."));
        }
        self.do_not_play
            .iter()
            .filter(|entry| !before.do_not_play.contains(entry))
            .find_map(|entry| bars_nothing(entry))
    }

    /// Whether this guest may ask again at `now`; says how long to wait where not.
    pub fn admit(&self, tally: &GuestTally, now: Timestamp) -> Result<(), Refusal> {
        if self.max_active_per_guest > 0 && tally.active >= self.max_active_per_guest {
            return Err(Refusal::TooManyWaiting(SONG_MS));
        }
        let since_last = tally.last_wish.map(|at| now.ms_since(at));
        if let Some(gone) = since_last.filter(|&gone| gone < i64::from(self.min_gap_ms)) {
            return Err(Refusal::TooSoon(i64::from(self.min_gap_ms) - gone));
        }
        if self.max_per_hour > 0 && tally.in_last_hour >= self.max_per_hour {
            let gone = tally.oldest_in_hour.map_or(0, |at| now.ms_since(at));
            return Err(Refusal::HourFull(HOUR_MS - gone));
        }
        Ok(())
    }

    /// Refuses a song that is known to be too long or too rude, and one on the do-not-play list.
    pub fn allow(&self, song: &Song) -> Result<(), Refusal> {
        self.judge().allow(song)
    }

    /// The same for many songs.
    pub fn judge(&self) -> Judge<'_> {
        Judge { rules: self, never: NeverPlay::read(&self.do_not_play) }
    }

    /// Refuses a song played at `song_at`, or an artist played at `artist_at`, too short a while ago.
    pub fn rested(
        &self,
        song_at: Option<Timestamp>,
        artist_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let left =
            |at: Option<Timestamp>, rest: u32| at.map(|at| i64::from(rest) - now.ms_since(at)).filter(|&ms| ms > 0);
        if let Some(ms) = left(song_at, self.replay_cooldown_ms) {
            return Err(Refusal::PlayedAlready(ms));
        }
        match left(artist_at, self.artist_cooldown_ms) {
            Some(ms) => Err(Refusal::ArtistRested(ms)),
            None => Ok(()),
        }
    }
}

/// The rules about songs, read once for many of them.
pub struct Judge<'a> {
    rules: &'a HouseRules,
    never: NeverPlay,
}

impl Judge<'_> {
    /// As [`HouseRules::allow`].
    pub fn allow(&self, song: &Song) -> Result<(), Refusal> {
        let most = i64::from(self.rules.max_length_ms);
        match song {
            _ if self.never.bars(song) => Err(Refusal::DoNotPlay),
            Song { explicit: Some(true), .. } if !self.rules.allow_explicit => Err(Refusal::Explicit),
            Song { duration_ms: Some(ms), .. } if most > 0 && *ms > most => Err(Refusal::TooLong(most)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
