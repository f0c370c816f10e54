//! How long it takes until a song in the queue plays.

use super::{Playback, PlaybackState};

/// How long a song is taken to last when nobody knows, in milliseconds.
pub const SONG_MS: i64 = 210_000;

/// What is to be heard before each song in the queue, where anybody can know: not while nothing plays.
#[derive(Clone, Debug)]
pub struct Ahead(Vec<Option<i64>>);

impl Ahead {
    /// `queue` is the length of each song in the queue, from its head. Lengths may be unknown.
    pub fn of(playback: &Playback, queue: impl IntoIterator<Item = Option<i64>>) -> Self {
        let plays = playback.state == PlaybackState::Playing && playback.track.is_some();
        let mut left_ms = plays.then(|| playback.progress().map_or(SONG_MS, |(gone, length)| length - gone));
        let before = |length: Option<i64>| {
            let wait_ms = left_ms;
            left_ms = left_ms.map(|ms| ms + length.unwrap_or(SONG_MS));
            wait_ms
        };
        Self(queue.into_iter().map(before).collect())
    }

    /// Milliseconds until the song that has so many before it begins; `None` where nobody knows.
    pub fn wait_ms(&self, before: usize) -> Option<i64> {
        self.0.get(before).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Playing, Timestamp, Track};
    use super::{Ahead, Playback, PlaybackState, SONG_MS};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn playing(length: Option<i64>, gone: i64) -> Playback {
        let track = Track { duration_ms: length, ..Track::bare("Fog".into(), "X".into()) };
        Playback::manual(Some(Playing { track, since: NOW.plus_ms(-gone) }), NOW)
    }

    #[test]
    fn a_song_waits_for_what_plays_and_for_those_before_it() {
        let queue = [Some(100_000), None, Some(50_000)];
        let waits = |playback: &Playback| {
            let ahead = Ahead::of(playback, queue);
            [0, 1, 2, 3].map(|before| ahead.wait_ms(before))
        };
        let known = [Some(120_000), Some(220_000), Some(220_000 + SONG_MS), None];
        assert_eq!(waits(&playing(Some(180_000), 60_000)), known);
        assert_eq!(waits(&playing(Some(180_000), 300_000))[0], Some(0), "overdue");
        assert_eq!(waits(&playing(None, 60_000))[0], Some(SONG_MS), "nobody knows how long it is");
    }

    #[test]
    fn nobody_is_told_minutes_while_nothing_plays() {
        let paused = Playback { state: PlaybackState::Paused, ..playing(Some(180_000), 60_000) };
        for silence in [paused, Playback::manual(None, NOW)] {
            assert_eq!(Ahead::of(&silence, [None, None]).wait_ms(1), None, "{silence:?}");
        }
    }
}
