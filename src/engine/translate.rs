//! Spotify's tracks in the words of the domain.

use crate::domain::{Hit, ObservedTrack, OpenRequest, Position};
use crate::spotify::{Queue, Track};

/// A track in the words of the domain.
pub fn observed_track(track: Track) -> ObservedTrack {
    ObservedTrack {
        uri: track.uri,
        isrc: track.isrc,
        title: track.title,
        artist: track.artists.join(", "),
        art: track.art,
        duration_ms: track.duration_ms,
    }
}

/// A track among others that were found.
pub fn hit(track: Track) -> Hit {
    Hit {
        uri: Some(track.uri),
        isrc: track.isrc,
        title: track.title,
        artists: track.artists,
        album: track.album,
        duration_ms: Some(track.duration_ms).filter(|ms| *ms > 0),
        explicit: Some(track.explicit),
        art: track.art,
    }
}

/// Where a song stands in what Spotify says of its queue.
pub fn position(queue: Option<&Queue>, request: &OpenRequest) -> Position {
    let Some(queue) = queue else { return Position::Hidden };
    let is = |track: &Track| observed_track(track.clone()).answers(request);
    if queue.playing.as_ref().is_some_and(is) {
        return Position::Behind(0);
    }
    let at = queue.next.iter().position(is).map(|at| i64::try_from(at).unwrap_or(i64::MAX));
    at.map_or(Position::Absent, Position::Behind)
}
