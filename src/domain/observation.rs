//! What Spotify's player did at a moment, and what that says of requests.

use super::{PlaybackState, RequestId, Song, Status, Timestamp};

/// A recording as Spotify names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedTrack {
    pub uri: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artist: String,
    /// Address of its cover at Spotify.
    pub art: Option<String>,
    pub duration_ms: i64,
}

/// What a DJ's player was doing at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub state: PlaybackState,
    /// None in silence, during adverts, and whenever Spotify does not say.
    pub item: Option<ObservedTrack>,
    /// How far into the item at `seen_at`.
    pub progress_ms: i64,
    /// When Spotify's answer came.
    pub seen_at: Timestamp,
}

/// Observations so much apart say the same of how far a song is only where it stands.
const STANDS_MS: i64 = 2_500;

/// A request as far as it matters for knowing its song again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    pub id: RequestId,
    pub status: Status,
    pub song: Song,
}

/// How much earlier than its end a song may give way to the next: players mix them into each other.
const AUTOMIX_MS: i64 = 15_000;

impl ObservedTrack {
    /// Whether this recording is the song asked for: the same address, else the same ISRC, else the same title and
    /// first artist. What plays need not be what was queued: Spotify puts other editions in its place.
    pub fn answers(&self, request: &OpenRequest) -> bool {
        request.song.track_uri.as_deref() == Some(self.uri.as_str())
            || self.isrc.is_some() && self.isrc == request.song.isrc
            || self.song().key() == request.song.key()
    }

    /// The song by its name alone.
    pub fn song(&self) -> Song {
        Song::named(self.title.clone(), self.artist.clone())
    }
}

impl Observation {
    /// When what plays began, had nobody paused it or dragged it along.
    pub fn began(&self) -> Timestamp {
        self.seen_at.plus_ms(-self.progress_ms)
    }

    /// When what plays will be over; `None` where nothing plays or its length is not known.
    pub fn ends(&self) -> Option<Timestamp> {
        let item = self.item.as_ref().filter(|item| self.state == PlaybackState::Playing && item.duration_ms > 0)?;
        Some(self.began().plus_ms(item.duration_ms))
    }

    /// How far into the item it is by `now`, had nobody touched it.
    pub fn progress_at(&self, now: Timestamp) -> i64 {
        let length = self.item.as_ref().map_or(0, |item| item.duration_ms);
        let gone_ms = if self.state == PlaybackState::Playing { now.ms_since(self.seen_at).max(0) } else { 0 };
        (self.progress_ms + gone_ms).min(length)
    }

    /// Whether what played `before` has come to its end, and nothing after it.
    pub fn is_silence_after(&self, before: &Self) -> bool {
        self.state == PlaybackState::Idle && before.ends().is_some_and(|end| end <= self.seen_at)
    }

    /// Whether what is said to play has not moved since `before`, or should have been over and has not begun again.
    pub fn is_stuck_since(&self, before: &Self) -> bool {
        let (Some(_), Some(end)) = (self.ends(), before.ends()) else { return false };
        if self.item != before.item || self.began_since(Some(before)) == Began::Again {
            return false;
        }
        let stands = self.progress_ms == before.progress_ms && self.seen_at.ms_since(before.seen_at) > STANDS_MS;
        stands || end < self.seen_at
    }

    /// What began since `before`.
    pub fn began_since(&self, before: Option<&Self>) -> Began {
        let (Some(item), Some(last)) = (&self.item, before.and_then(|before| before.item.as_ref())) else {
            return if self.item.is_some() { Began::Another } else { Began::Nothing };
        };
        if last.uri != item.uri {
            return Began::Another;
        }
        let over = |observation: &Self| observation.ends().is_some_and(|end| self.seen_at > end.plus_ms(-AUTOMIX_MS));
        let restarted = |observation: &Self| self.began() > observation.began().plus_ms(item.duration_ms - AUTOMIX_MS);
        let moved = |observation: &Self| self.progress_ms != observation.progress_ms;
        let again = before.is_some_and(|before| over(before) && restarted(before) && moved(before));
        if again { Began::Again } else { Began::Nothing }
    }

    /// Which request's song is playing; `open` in the order in which they are to be thought of, the one that plays
    /// already among them. That one is over where its song has begun again.
    pub fn answered<'a>(&self, open: &'a [OpenRequest], began: Began) -> Option<&'a OpenRequest> {
        let item = self.item.as_ref()?;
        let is_over = |request: &OpenRequest| request.status == Status::Playing && began == Began::Again;
        open.iter().find(|request| !is_over(request) && item.answers(request))
    }
}

/// What an observation finds to have begun since the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    Nothing,
    Another,
    /// The same item once more after its end.
    Again,
}

#[cfg(test)]
mod tests {
    use super::{Began, Observation, ObservedTrack, OpenRequest, PlaybackState, Song, Status, Timestamp};
    use crate::domain::RequestId;

    fn track(uri: &str, isrc: Option<&str>, title: &str) -> ObservedTrack {
        let (uri, isrc, title) = (uri.to_owned(), isrc.map(str::to_owned), title.to_owned());
        ObservedTrack { uri, isrc, title, artist: "Mara Lind".into(), art: None, duration_ms: 200_000 }
    }

    fn observation(item: &ObservedTrack, progress_ms: i64, seconds: i64) -> Observation {
        let (state, item) = (PlaybackState::Playing, Some(item.clone()));
        Observation { state, item, progress_ms, seen_at: Timestamp(1_000_000 + seconds * 1000) }
    }

    fn request(status: Status, uri: Option<&str>, isrc: Option<&str>, title: &str) -> OpenRequest {
        let (track_uri, isrc) = (uri.map(str::to_owned), isrc.map(str::to_owned));
        let song = Song { track_uri, isrc, ..Song::named(title, "Mara Lind") };
        OpenRequest { id: RequestId::fresh(), status, song }
    }

    #[test]
    fn a_song_is_known_by_address_then_isrc_then_name() {
        let relinked = track("spotify:track:twin", Some("I1"), "Harbour Lights");
        let remaster = track("spotify:track:old", Some("I2"), "Harbour Lights - Remastered 2011");
        let sought = request(Status::HandedOver, Some("spotify:track:a"), Some("I1"), "Harbour Lights");
        assert!(relinked.answers(&sought) && remaster.answers(&sought));
        assert!(!track("spotify:track:b", None, "Harbour Lights (Live)").answers(&sought));
        assert!(!track("spotify:track:b", None, "Other").answers(&request(Status::Approved, None, None, "Lights")));
        assert!(track("spotify:track:a", None, "Renamed").answers(&sought));
    }

    #[test]
    fn a_song_dragged_back_goes_on_and_one_that_ended_begins_again() {
        let song = track("a", None, "A");
        let first = observation(&song, 100_000, 0);
        assert_eq!(first.began_since(None), Began::Another);
        assert_eq!(observation(&song, 130_000, 30).began_since(Some(&first)), Began::Nothing);
        assert_eq!(observation(&song, 0, 30).began_since(Some(&first)), Began::Nothing, "dragged back");
        assert_eq!(observation(&song, 2_000, 102).began_since(Some(&first)), Began::Again);
        assert_eq!(observation(&song, 100_000, 300).began_since(Some(&first)), Began::Nothing, "frozen");
        assert_eq!(observation(&track("b", None, "B"), 0, 30).began_since(Some(&first)), Began::Another);
        let silence = Observation { item: None, ..first.clone() };
        assert_eq!(silence.began_since(Some(&first)), Began::Nothing);
        assert_eq!(first.began_since(Some(&silence)), Began::Another);
    }

    #[test]
    fn a_song_goes_on_to_its_end_and_no_further_and_stands_while_paused() {
        let playing = observation(&track("a", None, "A"), 100_000, 0);
        let paused = Observation { state: PlaybackState::Paused, ..playing.clone() };
        let after = |observation: &Observation, seconds: i64| {
            observation.progress_at(observation.seen_at.plus_ms(seconds * 1000))
        };
        assert_eq!([after(&playing, 30), after(&playing, 500), after(&playing, -30)], [130_000, 200_000, 100_000]);
        assert_eq!(after(&paused, 30), 100_000);
    }

    #[test]
    fn a_player_that_stands_or_is_past_the_end_is_stuck_and_one_that_repeats_is_not() {
        let song = track("a", None, "A");
        let stuck = |before: i64, progress: i64, seconds: i64| {
            observation(&song, progress, seconds).is_stuck_since(&observation(&song, before, 0))
        };
        assert!(!stuck(100_000, 130_000, 30) && !stuck(100_000, 90_000, 30), "it goes on, or is dragged back");
        assert!(stuck(100_000, 100_000, 30) && stuck(199_900, 199_900, 3), "it stands");
        assert!(!stuck(100_000, 100_000, 2), "asked too soon to tell");
        assert!(stuck(199_000, 199_700, 3) && stuck(150_000, 199_999, 52), "past the end");
        assert!(!stuck(190_000, 4_000, 15), "it has begun again");
        let endless = ObservedTrack { duration_ms: 0, ..song.clone() };
        assert!(
            !observation(&endless, 0, 30).is_stuck_since(&observation(&endless, 0, 0)),
            "nothing is known of its end"
        );
        let paused = Observation { state: PlaybackState::Paused, ..observation(&song, 100_000, 0) };
        assert!(!observation(&song, 100_000, 30).is_stuck_since(&paused), "it has just gone on");
    }

    #[test]
    fn silence_ends_a_song_only_once_its_time_is_up() {
        let playing = observation(&track("a", None, "A"), 100_000, 0);
        let silence = |seconds| Observation {
            state: PlaybackState::Idle,
            item: None,
            ..observation(&track("a", None, "A"), 0, seconds)
        };
        assert!(silence(100).is_silence_after(&playing) && !silence(99).is_silence_after(&playing));
        let paused = Observation { state: PlaybackState::Paused, ..playing.clone() };
        assert!(!silence(500).is_silence_after(&paused));
        assert!(
            !Observation { item: None, ..observation(&track("a", None, "A"), 0, 500) }.is_silence_after(&playing),
            "an advert"
        );
    }

    #[test]
    fn the_song_that_plays_goes_on_until_it_begins_again() {
        let song = track("a", None, "A");
        let open = [request(Status::Playing, Some("a"), None, "A"), request(Status::HandedOver, Some("a"), None, "A")];
        let now = observation(&song, 1000, 0);
        assert_eq!(now.answered(&open, Began::Another), Some(&open[0]));
        assert_eq!(now.answered(&open, Began::Again), Some(&open[1]));
        assert_eq!(observation(&track("z", None, "Z"), 0, 0).answered(&open, Began::Another), None);
    }
}
