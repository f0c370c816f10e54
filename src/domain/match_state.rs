//! Which recording a request typed by hand is: found, still looked for, not to be had, or left to the DJ's own hands.

use serde::{Deserialize, Serialize};

use super::{CoverId, Hit, Song, Username};

/// How far the search for a request's recording has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchState {
    Matched,
    /// Nobody has asked Spotify yet.
    Searching,
    /// Spotify was asked, and the DJ is to choose.
    Unmatched,
    /// The DJ plays it without Spotify, as they play everything in a night run by hand.
    ByHand,
}

/// The recording of a request, as far as anybody knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    pub state: MatchState,
    /// What the DJ may choose from where it is not matched.
    pub candidates: Vec<Candidate>,
    /// Why it is not matched, for the DJ.
    #[serde(skip)]
    pub why: Option<String>,
    /// Whether it may be promised a place: nobody else's song goes over in its stead.
    #[serde(skip)]
    pub is_ready: bool,
}

/// What the DJ is told of a request that was found to be on the list by another: it waits for what becomes of that one.
pub const CLASH: &str = "Another wish for this song is on the list already.";
/// The same, where the song was heard since it was asked for.
pub const HEARD: &str = "This song was played since, for another wish. Choose it to play it once more.";

/// A recording that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub uri: String,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: Vec<String>,
    pub album: Option<String>,
    pub duration_ms: Option<i64>,
    pub explicit: Option<bool>,
    pub cover: Option<CoverId>,
    /// The address of that on this box, as searches have it.
    #[serde(skip_deserializing)]
    pub art: Option<String>,
}

impl Candidate {
    /// `None` for what has no address.
    pub fn of(hit: &Hit) -> Option<Self> {
        Some(Self {
            uri: hit.uri.clone()?,
            isrc: hit.isrc.clone(),
            title: hit.title.clone(),
            artists: hit.artists.clone(),
            album: hit.album.clone(),
            duration_ms: hit.duration_ms,
            explicit: hit.explicit,
            cover: hit.art.as_deref().map(CoverId::of),
            art: None,
        })
    }

    /// The song one asks for by it.
    pub fn song(&self) -> Song {
        Song {
            track_uri: Some(self.uri.clone()),
            isrc: self.isrc.clone(),
            ..Song::named(&self.title, self.artists.join(", "))
        }
    }

    /// The same as it is shown on the pages of `username`.
    #[must_use]
    pub fn shown_by(self, username: &Username) -> Self {
        Self { art: self.cover.as_ref().map(|cover| cover.address(username)), ..self }
    }
}
