use super::Timestamp;

/// How long a song is taken to last when nobody knows, in milliseconds.
pub(super) const SONG_MS: i64 = 210_000;

/// What is to be heard before each song in line.
#[derive(Clone, Debug)]
pub struct Ahead(Vec<i64>);

impl Ahead {
    /// `playing` is the length of the request that plays and when it began; `line` the length of each song in line, from
    /// its head. Lengths may be unknown.
    #[must_use]
    pub fn of(
        playing: Option<(Option<i64>, Timestamp)>,
        line: impl IntoIterator<Item = Option<i64>>,
        now: Timestamp,
    ) -> Self {
        // Without a request that plays the DJ plays something all the same.
        let mut left_ms = match playing {
            Some((Some(length), began)) => (length - now.ms_since(began).max(0)).max(0),
            _ => SONG_MS,
        };
        let before = |length: Option<i64>| {
            let wait_ms = left_ms;
            left_ms += length.unwrap_or(SONG_MS);
            wait_ms
        };
        Self(line.into_iter().map(before).collect())
    }

    /// Milliseconds until the song that has so many before it begins; `None` behind the end of the line.
    #[must_use]
    pub fn wait_ms(&self, before: usize) -> Option<i64> {
        self.0.get(before).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, SONG_MS, Timestamp};

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn a_song_waits_for_what_plays_and_for_those_before_it() {
        let line = [Some(100_000), None, Some(50_000)];
        let playing = Some((Some(180_000), NOW.plus_ms(-60_000)));
        let ahead = Ahead::of(playing, line, NOW);
        let waits = [120_000, 220_000, 220_000 + SONG_MS].map(Some);
        assert_eq!([0, 1, 2].map(|before| ahead.wait_ms(before)), waits);
        assert_eq!(ahead.wait_ms(3), None);
        let overdue = Ahead::of(playing, line, NOW.plus_ms(300_000));
        assert_eq!(overdue.wait_ms(0), Some(0));
        for unknown in [None, Some((None, NOW))] {
            assert_eq!(Ahead::of(unknown, line, NOW).wait_ms(0), Some(SONG_MS));
        }
    }
}
