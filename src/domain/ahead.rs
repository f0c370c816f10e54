use super::Timestamp;

/// How long a song is taken to last when nobody knows, in milliseconds.
pub(super) const SONG_MS: i64 = 210_000;

/// What is to be heard before a song in line.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// Of the song that plays.
    left_ms: i64,
    /// Place and length of the songs in line.
    line: Vec<(i64, i64)>,
}

impl Ahead {
    /// `playing` is the length of the request that plays and when it began; `line` the place and length of each song in
    /// line. Lengths may be unknown.
    #[must_use]
    pub fn of(playing: Option<(Option<i64>, Timestamp)>, line: Vec<(i64, Option<i64>)>, now: Timestamp) -> Self {
        // Without a request that plays the DJ plays something all the same.
        let left_ms = match playing {
            Some((Some(length), began)) => (length - now.ms_since(began).max(0)).max(0),
            _ => SONG_MS,
        };
        let line = line.into_iter().map(|(place, length)| (place, length.unwrap_or(SONG_MS))).collect();
        Self { left_ms, line }
    }

    /// Milliseconds until the song at `place` begins.
    #[must_use]
    pub fn wait_ms(&self, place: i64) -> i64 {
        self.left_ms + self.line.iter().filter(|(other, _)| *other < place).map(|(_, length)| length).sum::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, SONG_MS, Timestamp};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn a_song_waits_for_what_plays_and_for_those_before_it() {
        let line = vec![(1, Some(100_000)), (2, None), (3, Some(50_000))];
        let playing = Some((Some(180_000), NOW.plus_ms(-60_000)));
        let ahead = Ahead::of(playing, line.clone(), NOW);
        assert_eq!([1, 2, 3].map(|place| ahead.wait_ms(place)), [120_000, 220_000, 220_000 + SONG_MS]);
        let overdue = Ahead::of(playing, line.clone(), NOW.plus_ms(300_000));
        assert_eq!(overdue.wait_ms(1), 0);
        for unknown in [None, Some((None, NOW))] {
            assert_eq!(Ahead::of(unknown, line.clone(), NOW).wait_ms(1), SONG_MS);
        }
    }
}
