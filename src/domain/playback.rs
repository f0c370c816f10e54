use serde::Serialize;

use super::{RequestId, Timestamp};

/// Who knows what plays: the DJ by hand, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Manual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackState {
    Playing,
    Idle,
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
    #[must_use]
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
    #[must_use]
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
}

/// What plays now; `progress_ms` is how long it had been playing at `as_of`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Playback {
    pub source: Source,
    pub state: PlaybackState,
    pub track: Option<Track>,
    pub progress_ms: Option<i64>,
    pub as_of: Timestamp,
    pub health: Health,
}

impl Playback {
    /// Playback by hand: `track` since `since`, looked at `now`.
    #[must_use]
    pub fn manual(track: Option<(Track, Timestamp)>, now: Timestamp) -> Self {
        let (track, since) = track.unzip();
        Self {
            source: Source::Manual,
            state: if track.is_some() { PlaybackState::Playing } else { PlaybackState::Idle },
            track,
            progress_ms: since.map(|since| now.ms_since(since).max(0)),
            as_of: now,
            health: Health::Manual,
        }
    }
}
