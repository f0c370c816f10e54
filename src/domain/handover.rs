//! Which song goes over to Spotify next, and what becomes of the one that did.

use super::schedule::LEAST_MS;
use super::{Began, Budget, Observation, OpenRequest, PlaybackState, RequestId, Timestamp};

/// How long before the end of what plays the next song is handed over.
const AHEAD_MS: i64 = 20_000;
/// After so long a call whose answer was lost has had its effect, or never will: a call may take ten seconds.
const SETTLED_MS: i64 = 15_000;
/// What is waited past the end of a song to find the next one playing.
const BEGINS_MS: i64 = 1_000;
/// While the whole budget is spent only our own count is read again.
const SPENT_MS: i64 = 10 * 60 * 1000;
/// A song of unknown length is not over sooner than this.
const SHORTEST_MS: i64 = 90_000;
/// So much of a song players may leave out, mixing it into the next.
const MIXED_MS: i64 = 20_000;
/// A song that stands so far behind as another begins was never seen before that: it is a copy of the DJ's own.
const FAR_BEHIND: i64 = 3;
/// Songs that may begin without the one handed over while the queue does not show itself.
const MISSES: i64 = 2;

/// What is known of the song handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    pub request: OpenRequest,
    /// False until Spotify is known to have it.
    pub is_queued: bool,
    /// When the ledger was written, before Spotify was called.
    pub begun_at: Timestamp,
    /// Songs before it in Spotify's queue when last seen there.
    pub ahead: Option<i64>,
    /// Songs that began since without it, while the queue did not show itself.
    pub misses: i64,
}

/// Where a song stands in Spotify's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Behind so many others; it plays already where there are none and it is not in the queue any more.
    Behind(i64),
    Absent,
    /// The queue does not show itself.
    Hidden,
}

/// What became of the song handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Spotify has it, behind so many others where that is known.
    Queued(Option<i64>),
    /// It has been played, or may have been while nobody looked.
    Gone,
    /// It is not in the queue any more, and whoever looked saw other songs.
    Left,
    /// Spotify never got it: it goes back into the queue.
    Back,
    /// Neither did it get this one, which was tried out of its turn: it goes back to the place it had.
    BackTo(Option<i64>),
    /// Spotify may have played it while nobody looked, or never got it: nobody can tell.
    Unsure,
    /// Nothing can be said yet.
    Missed,
    Wait,
}

impl Handed {
    /// Judges by what Spotify's queue shows; `unseen_ms` when something else has just begun to play: for so long before
    /// nobody saw what played.
    pub fn fate(&self, position: Position, unseen_ms: Option<i64>, now: Timestamp) -> Fate {
        let (gone_ms, changed) = (now.ms_since(self.begun_at), unseen_ms.is_some());
        let over = || {
            // One that Spotify plays in another recording is known there by more than its address, or not at all.
            let is_known = self.ahead.is_some() || self.request.song.isrc.is_some();
            let unseen = unseen_ms.is_none_or(|unseen_ms| self.fits(unseen_ms));
            let may_have_played = self.misses > 0 || !is_known || unseen;
            if may_have_played { Fate::Gone } else { Fate::Left }
        };
        match position {
            // The queue shows the DJ's own playlist too: a song that fell back is another copy of it.
            Position::Behind(ahead) if self.is_queued && self.ahead.is_some_and(|before| ahead > before) => over(),
            Position::Behind(ahead) if self.is_queued && self.ahead.is_none() && changed && ahead >= FAR_BEHIND => {
                over()
            }
            Position::Behind(ahead) => Fate::Queued(Some(ahead)),
            Position::Absent if self.is_queued => over(),
            Position::Hidden if self.is_queued && self.misses + 1 >= MISSES => Fate::Gone,
            Position::Hidden if self.is_queued => Fate::Missed,
            // Handed over in the future: the clock was put back, and the wait begins anew.
            _ if gone_ms < SETTLED_MS => Fate::Wait,
            Position::Absent if gone_ms > self.request.song.duration_ms.unwrap_or(SHORTEST_MS).min(SHORTEST_MS) => {
                Fate::Unsure
            }
            Position::Absent => Fate::Back,
            Position::Hidden if changed && self.misses > 0 => Fate::Back,
            Position::Hidden => Fate::Missed,
        }
    }

    /// Whether the song may have been heard to its end in so many milliseconds.
    pub fn fits(&self, unseen_ms: i64) -> bool {
        let length = self.request.song.duration_ms.unwrap_or(SHORTEST_MS);
        unseen_ms >= (length - MIXED_MS).max(length / 2)
    }
}

/// How late at most it is seen that a player is back for which songs wait.
const AWAY_MS: i64 = 30_000;
/// A player is left alone so long after a poll, though another song comes next by then.
const MOVED_MS: i64 = 5_000;
/// Whoever ends a song earlier than this skips it.
const EARLIEST_MS: i64 = 45_000;

/// What the polls since the box started have taught of a DJ's player.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// When it was last found away: asleep, paused, or out of reach.
    pub away_at: Option<Timestamp>,
    /// How much earlier than its end a song gives way to the next.
    pub early_ms: i64,
    /// The head of the queue at the last poll.
    pub next: Option<RequestId>,
}

impl Learned {
    /// Takes in that another song plays than `before`. One that is skipped near its end passes for one that gave way, and
    /// counts for less with each that does not.
    pub fn learn(&mut self, before: &Observation, now: &Observation) {
        let early = before.ends().filter(|_| now.began_since(Some(before)) == Began::Another);
        if let Some(early) = early.map(|end| end.ms_since(now.began())).filter(|early| *early <= EARLIEST_MS) {
            self.early_ms = early.max(i64::midpoint(self.early_ms, early)).max(0);
        }
    }
}

/// What a DJ's watcher has to go by.
#[derive(Clone, Debug)]
pub struct Orders {
    pub client_id: String,
    pub budget: Budget,
    /// Until when Spotify refuses the client id.
    pub quota_until: Option<Timestamp>,
    /// The last one, if there was any.
    pub observation: Option<Observation>,
    /// When to poll again; `None` where nothing was polled yet.
    pub due: Option<Timestamp>,
    /// Polls in a row that found nothing or failed.
    pub streak: u32,
    /// Nothing is handed over before, nor looked for in the queue.
    pub hold_until: Timestamp,
    /// The one song that is on its way.
    pub handed: Option<Handed>,
    /// The head of the queue.
    pub next: Option<OpenRequest>,
    pub learned: Learned,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Poll,
    HandOver,
    /// Find out what became of a hand-over whose answer was lost.
    Settle,
    /// Note that Spotify refuses the client id for so long.
    NoteQuota(Timestamp),
    /// Note that our own budget is spent; it is counted again then.
    NoteSpent(Timestamp),
    RestUntil(Timestamp),
}

impl Orders {
    /// The next thing to do at `now`.
    pub fn step(&self, now: Timestamp) -> Step {
        if let Some(until) = self.quota_until.filter(|until| *until > now) {
            return if self.due == Some(until) { Step::RestUntil(until) } else { Step::NoteQuota(until) };
        }
        if self.budget.is_spent() {
            let until = now.plus_ms(SPENT_MS);
            return match self.due.filter(|due| *due > now) {
                Some(due) => Step::RestUntil(due.min(until)),
                None => Step::NoteSpent(until),
            };
        }
        // However little of the budget is left: the song handed over is seen to begin.
        let due = self.due.into_iter().chain(self.begins()).chain(self.back_by()).chain(self.moved_by()).min();
        // Times planned before the clock was put back lie too far ahead.
        let planned = self.observation.as_ref().is_none_or(|observation| observation.seen_at <= now);
        let Some(due) = due.filter(|due| planned && *due > now) else { return Step::Poll };
        if self.streak > 0 {
            // What plays is not known: only a poll that succeeds changes that, however many ask meanwhile.
            return Step::RestUntil(due);
        }
        let settles = self.settles(now);
        if settles.is_some_and(|at| at <= now) {
            return Step::Settle;
        }
        let hand_over = self.hand_over_at();
        match (hand_over, &self.observation) {
            // What plays may have changed since: only a fresh poll tells. From the reserve a song gets no poll of its own
            // while what was seen to begin may still play.
            (Some(at), Some(observation)) if at <= now && observation.seen_at < at && !self.goes_unseen(now) => {
                Step::Poll
            }
            (Some(at), _) if at <= now => Step::HandOver,
            _ => Step::RestUntil([hand_over, settles].into_iter().flatten().fold(due, Timestamp::min)),
        }
    }

    /// When a player that was away is looked for again, where songs wait for it.
    fn back_by(&self) -> Option<Timestamp> {
        let waits = self.next.is_some() || self.handed.is_some();
        self.learned.away_at.filter(|_| waits && !self.budget.is_stretched()).map(|at| at.plus_ms(AWAY_MS))
    }

    /// When the player is polled because another song has come to stand first: whoever moves songs may have moved the
    /// player, too, and there may be no time left until the next poll.
    fn moved_by(&self) -> Option<Timestamp> {
        let (before, next) = (self.learned.next.as_ref()?, self.next.as_ref()?);
        let moved = self.handed.is_none() && self.streak == 0 && *before != next.id && self.budget.spare() > 0;
        self.observation.as_ref().filter(|_| moved).map(|observation| observation.seen_at.plus_ms(MOVED_MS))
    }

    /// Whether a song is handed over by what was seen before.
    fn goes_unseen(&self, now: Timestamp) -> bool {
        self.budget.is_reserved() && self.observation.as_ref().and_then(Observation::ends).is_some_and(|end| end > now)
    }

    /// When the song handed over is to begin, as far as anybody knows.
    fn begins(&self) -> Option<Timestamp> {
        self.handed.as_ref().filter(|_| self.streak == 0)?;
        let observation = self.observation.as_ref()?;
        let begins = observation.ends()?.plus_ms(BEGINS_MS - self.learned.early_ms);
        (begins > observation.seen_at).then(|| begins.max(observation.seen_at.plus_ms(LEAST_MS)))
    }

    /// For how long before `observation` nobody has seen what plays: since the poll before, or the hand-over where that one showed
    /// nothing. After a start of the box nobody knows.
    pub fn unseen_ms(&self, observation: &Observation) -> i64 {
        let handed = self.handed.as_ref().map(|handed| handed.begun_at);
        let since =
            self.observation.as_ref().and_then(|before| before.item.as_ref().map(|_| before.seen_at).or(handed));
        // What gave way early was heard to its end.
        since.map_or(i64::MAX, |since| observation.seen_at.ms_since(since) + self.learned.early_ms)
    }

    fn settles(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.handed.as_ref().filter(|handed| !handed.is_queued && handed.misses == 0)?;
        let at = if open.begun_at > now { now } else { open.begun_at.plus_ms(SETTLED_MS) };
        Some(at.max(self.hold_until))
    }

    /// When the head of the queue is to be handed over; `None` where nothing plays, or one is on its way already.
    fn hand_over_at(&self) -> Option<Timestamp> {
        if self.handed.is_some() || self.next.is_none() {
            return None;
        }
        let observation =
            self.observation.as_ref().filter(|observation| observation.state == PlaybackState::Playing)?;
        Some(observation.ends()?.plus_ms(-AHEAD_MS - self.learned.early_ms).max(self.hold_until))
    }
}

#[cfg(test)]
mod tests;
