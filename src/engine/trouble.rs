//! Why a call to Spotify came to nothing, in words for a DJ.

use std::time::Duration;

use crate::domain::{Refusal, SetUp, SpotifyTrouble};
use crate::spotify::{self, Why};
use crate::store::Error;

/// Waited where Spotify names no time.
const A_MOMENT_MS: i64 = 5_000;

/// Why a call came to nothing.
pub enum Stumble {
    Spotify(spotify::Error),
    /// Spotify was not asked, or what it said could not be kept.
    Store(Error),
}

impl From<spotify::Error> for Stumble {
    fn from(error: spotify::Error) -> Self {
        Self::Spotify(error)
    }
}

impl From<Error> for Stumble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

pub fn told(stumble: Stumble) -> Error {
    match stumble {
        Stumble::Spotify(error) => refusal(error),
        Stumble::Store(error) => error,
    }
}

pub fn refusal(error: spotify::Error) -> Error {
    Refusal::Spotify(trouble(&error)).into()
}

/// What Spotify's answer means to a DJ.
pub fn trouble(error: &spotify::Error) -> SpotifyTrouble {
    match error {
        spotify::Error::Later { retry_after } => SpotifyTrouble::Later(retry_after.map_or(A_MOMENT_MS, ms)),
        spotify::Error::TooMany { retry_after } => SpotifyTrouble::TooMany(ms(*retry_after)),
        spotify::Error::Unknown | spotify::Error::Broke => SpotifyTrouble::Lost,
        spotify::Error::Expired | spotify::Error::Reconnect { .. } => SpotifyTrouble::Reconnect,
        spotify::Error::QuotaUntil { retry_after } => SpotifyTrouble::Quota(ms(*retry_after)),
        spotify::Error::NotPremium => SpotifyTrouble::NotPremium,
        spotify::Error::NoDevice => SpotifyTrouble::NoDevice,
        spotify::Error::Refused { why, message } => match why {
            Why::NotRegistered => SpotifyTrouble::SetUp(SetUp::NotRegistered),
            Why::OwnerNeedsPremium => SpotifyTrouble::SetUp(SetUp::OwnerNeedsPremium),
            Why::UnknownClient => SpotifyTrouble::SetUp(SetUp::UnknownClient),
            Why::NoSuchSong | Why::NotFound | Why::Question | Why::Other => SpotifyTrouble::Refused(message.clone()),
        },
    }
}

pub fn ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub fn span(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}
