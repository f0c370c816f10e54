//! What plays, how far it is, and who tells.

use serde::{Deserialize, Serialize};

use super::{RequestId, Timestamp};

/// Who knows what plays: the DJ by hand, or Spotify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Manual,
    Spotify,
}

/// What a player does; idle is silence with nothing to go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackState {
    Playing,
    Paused,
    Idle,
}

impl PlaybackState {
    /// The name it has in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Idle => "idle",
        }
    }

    /// Reads the names of [`PlaybackState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Playing, Self::Paused, Self::Idle].into_iter().find(|state| state.as_str() == text)
    }
}

/// How far what we say about playback can be trusted, and why not further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Ok,
    Stale,
    Reconnect,
    RateLimited,
    Quota,
    NoDevice,
    NotPremium,
    Unavailable,
    Manual,
}

impl Health {
    const ALL: [Self; 9] = [
        Self::Ok,
        Self::Stale,
        Self::Reconnect,
        Self::RateLimited,
        Self::Quota,
        Self::NoDevice,
        Self::NotPremium,
        Self::Unavailable,
        Self::Manual,
    ];

    /// The name it has in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stale => "stale",
            Self::Reconnect => "reconnect",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::NoDevice => "no_device",
            Self::NotPremium => "not_premium",
            Self::Unavailable => "unavailable",
            Self::Manual => "manual",
        }
    }

    /// Reads the names of [`Health::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == text)
    }
}

/// The song that plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Track {
    pub title: String,
    pub artist: String,
    /// The request it answers, where there was one.
    pub request_id: Option<RequestId>,
    /// Who asked for it, by the name they gave.
    pub nickname: Option<String>,
    /// The recording that plays, where Spotify told.
    pub track_uri: Option<String>,
    pub duration_ms: Option<i64>,
    /// Address of its cover at Spotify.
    pub art: Option<String>,
}

impl Track {
    /// A song of which nothing more is known.
    pub fn bare(title: String, artist: String) -> Self {
        Self { title, artist, request_id: None, nickname: None, track_uri: None, duration_ms: None, art: None }
    }
}

/// What plays now; `progress_ms` is how long it had been playing at `as_of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Playback {
    pub source: Source,
    pub state: PlaybackState,
    /// `None` in silence, and while nobody knows.
    pub track: Option<Track>,
    pub progress_ms: Option<i64>,
    /// When that was true.
    pub as_of: Timestamp,
    /// How long ago that was when this was put together: pages go on from there by their own watch.
    #[serde(skip)]
    pub age_ms: i64,
    /// How far what Spotify says is to be believed.
    pub health: Health,
}

/// What plays by hand, from when on.
#[derive(Clone)]
pub struct Playing {
    pub track: Track,
    pub since: Timestamp,
}

impl Playback {
    /// How far into how long a song, in milliseconds; `None` where either is not known.
    pub fn progress(&self) -> Option<(i64, i64)> {
        let length = self.track.as_ref()?.duration_ms.filter(|length| *length > 0)?;
        let since = if self.state == PlaybackState::Playing { self.age_ms } else { 0 };
        Some((self.progress_ms?.saturating_add(since).clamp(0, length), length))
    }

    /// Playback by hand, as it stands at `now`.
    pub fn manual(playing: Option<Playing>, now: Timestamp) -> Self {
        let (track, since) = playing.map(|playing| (playing.track, playing.since)).unzip();
        Self {
            source: Source::Manual,
            state: if track.is_some() { PlaybackState::Playing } else { PlaybackState::Idle },
            track,
            progress_ms: since.map(|since| now.ms_since(since).max(0)),
            as_of: now,
            age_ms: 0,
            health: Health::Manual,
        }
    }
}
