use super::schedule::LEAST_MS;
use super::{Asked, Budget, Look, PlaybackState, Timestamp};

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
/// A song that stands so far behind as another begins was never seen before that: it is a copy of the DJ's own.
const FAR_BEHIND: i64 = 3;
/// Songs that may begin without the one handed over while the queue does not show itself.
const MISSES: i64 = 2;

/// What is known of the song handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    pub asked: Asked,
    /// False until Spotify is known to have it.
    pub is_queued: bool,
    pub begun_at: Timestamp,
    /// Songs before it in Spotify's queue when last seen there.
    pub ahead: Option<i64>,
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
    /// It has been played or skipped.
    Gone,
    /// Spotify never got it: it goes back in line.
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
    /// Judges by a look into the queue; `changed` when something else has just begun to play.
    #[must_use]
    pub fn fate(&self, position: Position, changed: bool, now: Timestamp) -> Fate {
        let gone_ms = now.ms_since(self.begun_at);
        match position {
            // The queue shows the DJ's own playlist too: a song that fell back is another copy of it.
            Position::Behind(ahead) if self.is_queued && self.ahead.is_some_and(|before| ahead > before) => Fate::Gone,
            Position::Behind(ahead) if self.is_queued && self.ahead.is_none() && changed && ahead >= FAR_BEHIND => {
                Fate::Gone
            }
            Position::Behind(ahead) => Fate::Queued(Some(ahead)),
            Position::Absent if self.is_queued => Fate::Gone,
            Position::Hidden if self.is_queued && self.misses + 1 >= MISSES => Fate::Gone,
            Position::Hidden if self.is_queued => Fate::Missed,
            // Handed over in the future: the clock was put back, and the wait begins anew.
            _ if gone_ms < SETTLED_MS => Fate::Wait,
            Position::Absent if gone_ms > self.asked.song.duration_ms.unwrap_or(SHORTEST_MS).min(SHORTEST_MS) => {
                Fate::Unsure
            }
            Position::Absent => Fate::Back,
            Position::Hidden if changed && self.misses > 0 => Fate::Back,
            Position::Hidden => Fate::Missed,
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
    pub look: Option<Look>,
    /// When to look again; `None` where there was no look yet.
    pub due: Option<Timestamp>,
    /// Looks in a row that found nothing or failed.
    pub streak: u32,
    /// Nothing is handed over before, nor looked for in the queue.
    pub hold_until: Timestamp,
    pub handed: Option<Handed>,
    /// The head of the line.
    pub next: Option<Asked>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Look,
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
    #[must_use]
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
        let due = self.due.into_iter().chain(self.begins()).min();
        // Times planned before the clock was put back lie too far ahead.
        let planned = self.look.as_ref().is_none_or(|look| look.seen_at <= now);
        let Some(due) = due.filter(|due| planned && *due > now) else { return Step::Look };
        if self.streak > 0 {
            // What plays is not known: only a look that succeeds changes that, however many ask meanwhile.
            return Step::RestUntil(due);
        }
        let settles = self.settles(now);
        if settles.is_some_and(|at| at <= now) {
            return Step::Settle;
        }
        let hand_over = self.hand_over_at();
        match (hand_over, &self.look) {
            // What plays may have changed since: only a fresh look tells.
            (Some(at), Some(look)) if at <= now && look.seen_at < at => Step::Look,
            (Some(at), _) if at <= now => Step::HandOver,
            _ => Step::RestUntil([hand_over, settles].into_iter().flatten().fold(due, Timestamp::min)),
        }
    }

    /// When the song handed over is to begin, as far as anybody knows.
    fn begins(&self) -> Option<Timestamp> {
        self.handed.as_ref().filter(|_| self.streak == 0)?;
        let look = self.look.as_ref()?;
        let begins = look.ends()?.plus_ms(BEGINS_MS);
        (begins > look.seen_at).then(|| begins.max(look.seen_at.plus_ms(LEAST_MS)))
    }

    fn settles(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.handed.as_ref().filter(|handed| !handed.is_queued && handed.misses == 0)?;
        let at = if open.begun_at > now { now } else { open.begun_at.plus_ms(SETTLED_MS) };
        Some(at.max(self.hold_until))
    }

    /// When the head of the line is to be handed over; `None` where nothing plays, or one is on its way already.
    fn hand_over_at(&self) -> Option<Timestamp> {
        if self.handed.is_some() || self.next.is_none() {
            return None;
        }
        let look = self.look.as_ref().filter(|look| look.state == PlaybackState::Playing)?;
        Some(look.ends()?.plus_ms(-AHEAD_MS).max(self.hold_until))
    }
}

#[cfg(test)]
mod tests {
    use super::Position::{Absent, Behind, Hidden};
    use super::{Asked, Budget, Fate, Handed, Look, Orders, PlaybackState, Position, Step, Timestamp};
    use crate::domain::{Heard, RequestId, Song, Status};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn asked() -> Asked {
        Asked { id: RequestId::fresh(), status: Status::HandedOver, song: Song::named("A", "B") }
    }

    fn handed(is_queued: bool, ahead: Option<i64>, misses: i64) -> Handed {
        Handed { asked: asked(), is_queued, begun_at: NOW, ahead, misses }
    }

    #[test]
    fn a_song_spotify_has_is_gone_when_it_leaves_the_queue() {
        let fate =
            |ahead, misses, position: Position| handed(true, ahead, misses).fate(position, true, NOW.plus_ms(60_000));
        for (ahead, misses, position, expected) in [
            (None, 0, Behind(2), Fate::Queued(Some(2))),
            (None, 0, Behind(3), Fate::Gone),
            (Some(3), 0, Behind(2), Fate::Queued(Some(2))),
            (Some(3), 0, Behind(3), Fate::Queued(Some(3))),
            (Some(0), 0, Behind(5), Fate::Gone),
            (None, 0, Absent, Fate::Gone),
            (None, 0, Hidden, Fate::Missed),
            (None, 1, Hidden, Fate::Gone),
        ] {
            assert_eq!(fate(ahead, misses, position), expected, "{ahead:?} {misses} {position:?}");
        }
    }

    #[test]
    fn a_song_whose_answer_was_lost_comes_back_only_when_that_is_sure() {
        let fate = |misses, changed, seconds: i64, position: Position| {
            handed(false, None, misses).fate(position, changed, NOW.plus_ms(seconds * 1000))
        };
        for (misses, changed, seconds, position, expected) in [
            (0, false, 1, Behind(0), Fate::Queued(Some(0))),
            (0, false, 14, Absent, Fate::Wait),
            (0, true, 14, Hidden, Fate::Wait),
            (0, false, 16, Absent, Fate::Back),
            (0, false, 90, Absent, Fate::Back),
            (0, false, 91, Absent, Fate::Unsure),
            (0, false, 16, Hidden, Fate::Missed),
            (1, false, 16, Hidden, Fate::Missed),
            (1, true, 30, Hidden, Fate::Back),
            (0, false, 9999, Behind(1), Fate::Queued(Some(1))),
        ] {
            assert_eq!(fate(misses, changed, seconds, position), expected, "{misses} {changed} {seconds} {position:?}");
        }
    }

    /// A song of 200 s, looked at ten seconds ago after `progress` seconds, and the next look in 20 s.
    fn orders(progress: i64) -> Orders {
        let (uri, title, artist) = ("a".into(), "A".into(), "B".into());
        let item = Heard { uri, isrc: None, title, artist, art: None, duration_ms: 200_000 };
        let seen_at = NOW.plus_ms(-10_000);
        let look = Look { state: PlaybackState::Playing, item: Some(item), progress_ms: progress * 1000, seen_at };
        Orders {
            client_id: String::new(),
            budget: Budget { used: 0, limit: 1000 },
            quota_until: None,
            look: Some(look),
            due: Some(NOW.plus_ms(20_000)),
            streak: 0,
            hold_until: Timestamp(0),
            handed: None,
            next: Some(asked()),
        }
    }

    #[test]
    fn the_next_song_goes_over_twenty_seconds_before_the_end_after_a_fresh_look() {
        let rest = |seconds: i64| Step::RestUntil(NOW.plus_ms(seconds * 1000));
        assert_eq!(orders(100).step(NOW), rest(20), "the look comes first");
        assert_eq!(orders(165).step(NOW), rest(5));
        assert_eq!(orders(175).step(NOW), Step::Look, "what was seen before the time may have changed");
        assert_eq!(orders(185).step(NOW), Step::HandOver, "it was seen after the time");
        let without = Orders { next: None, ..orders(185) };
        assert_eq!(without.step(NOW), rest(20));
        let held = Orders { hold_until: NOW.plus_ms(7000), ..orders(185) };
        assert_eq!(held.step(NOW), rest(7));
        let ahead = Orders { handed: Some(handed(true, None, 0)), ..orders(185) };
        assert_eq!(ahead.step(NOW), rest(6), "one ahead and no more: its beginning is looked for");
        let mut paused = orders(185);
        paused.look.as_mut().unwrap().state = PlaybackState::Paused;
        assert_eq!(paused.step(NOW), rest(20), "nothing is handed to a player that stands");
    }

    #[test]
    fn deadlines_come_before_everything() {
        let until = NOW.plus_ms(3_600_000);
        let quota = Orders { quota_until: Some(until), ..orders(185) };
        assert_eq!(quota.step(NOW), Step::NoteQuota(until));
        assert_eq!(Orders { due: Some(until), ..quota }.step(NOW), Step::RestUntil(until));
        let over = Orders { quota_until: Some(NOW), ..orders(185) };
        assert_eq!(over.step(NOW), Step::HandOver);
        let spent = Orders { budget: Budget { used: 1000, limit: 1000 }, ..orders(185) };
        assert_eq!(spent.step(NOW), Step::RestUntil(NOW.plus_ms(20_000)), "what was planned is waited for");
        assert_eq!(Orders { due: Some(NOW), ..spent }.step(NOW), Step::NoteSpent(NOW.plus_ms(600_000)));
        let lost =
            Orders { handed: Some(Handed { begun_at: NOW.plus_ms(-15_000), ..handed(false, None, 0) }), ..orders(100) };
        assert_eq!(lost.step(NOW), Step::Settle);
        assert_eq!(Orders { due: None, ..orders(100) }.step(NOW), Step::Look);
        let failing = Orders { streak: 1, ..orders(185) };
        assert_eq!(
            failing.step(NOW),
            Step::RestUntil(NOW.plus_ms(20_000)),
            "nothing is tried on what was seen long ago"
        );
        let future = Look { seen_at: NOW.plus_ms(1), ..orders(100).look.unwrap() };
        assert_eq!(Orders { look: Some(future), ..orders(100) }.step(NOW), Step::Look, "the clock was put back");
    }
}
