//! Why a call did not do what was asked, sorted by what the caller has to do about it.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::http::Answer;

/// Longer messages are cut: they go onto pages.
const LONGEST_MESSAGE: usize = 200;
/// Waited when a 429 names no time.
const TOO_MANY_WITHOUT_A_TIME: Duration = Duration::from_secs(30);
/// The short limit looks back half a minute: who is to wait for longer has used up the day, whatever the answer calls it.
const LONGEST_SHORT_WAIT: Duration = Duration::from_secs(120);
/// Waited when the quota's answer names no time.
const QUOTA_WITHOUT_A_TIME: Duration = Duration::from_secs(3600);

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not do what was asked, by what the caller has to do about it. Carries no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing was done; worth asking again, after the time Spotify named.
    Later { retry_after: Option<Duration> },
    /// Nothing was done: the client id asks too often, and must not for so long.
    TooMany { retry_after: Duration },
    /// The answer to a command that must not be repeated was lost: read what is there before anything else.
    Unknown,
    /// Spotify broke down over a command that must not be repeated: as [`Error::Unknown`], and it may be the song's fault.
    Broke,
    /// The access token is no longer good: refresh once.
    Expired,
    /// The consent is gone; only the DJ can give it again.
    Reconnect { message: String },
    /// The client id has used up its day: no call until then.
    QuotaUntil { retry_after: Duration },
    /// The DJ's account cannot be steered.
    NotPremium,
    /// Nothing of the DJ's is ready to play.
    NoDevice,
    /// Asking again would be refused again.
    Refused { why: Why, message: String },
}

/// What kind of refusal, where more can be said than Spotify's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The DJ is not on the list of users in the developer dashboard.
    NotRegistered,
    /// The app's owner has no Premium at the moment.
    OwnerNeedsPremium,
    /// Spotify does not know the client id.
    UnknownClient,
    /// There is no such song.
    NoSuchSong,
    /// A 404 that speaks of no song: what is missing may be there later.
    NotFound,
    /// The question cannot be answered as it was put.
    Question,
    Other,
}

impl Error {
    /// What an answer of the Web API other than a good one means; `once` for a command that must not be repeated.
    pub(super) fn of_api(answer: &Answer, once: bool) -> Self {
        let error = Envelope::read(&answer.body);
        let later = Self::Later { retry_after: answer.retry_after };
        match (answer.status, error.reason.as_str()) {
            (401, _) => Self::Expired,
            (403, "PREMIUM_REQUIRED") => Self::NotPremium,
            (404, "NO_ACTIVE_DEVICE") => Self::NoDevice,
            (404, _) if error.says("device") => Self::NoDevice,
            (429, "QUOTA_EXCEEDED") => {
                Self::QuotaUntil { retry_after: answer.retry_after.unwrap_or(QUOTA_WITHOUT_A_TIME) }
            }
            (429, _) => match answer.retry_after.unwrap_or(TOO_MANY_WITHOUT_A_TIME) {
                retry_after if retry_after > LONGEST_SHORT_WAIT => Self::QuotaUntil { retry_after },
                retry_after => Self::TooMany { retry_after },
            },
            (400..500, _) => Self::Refused { why: error.why(answer.status), message: error.sentence(answer.status) },
            (500, _) if once => Self::Broke,
            // A good status with a body that is not Spotify's, a redirect of a captive portal, 5xx.
            _ if once => Self::Unknown,
            _ => later,
        }
    }

    /// What an answer of the token endpoint other than a good one means.
    pub(super) fn of_token(answer: &Answer) -> Self {
        let flat: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let message = flat["error_description"].as_str().map_or_else(|| said(answer.status), shortened);
        match (answer.status, flat["error"].as_str()) {
            (400, Some("invalid_grant")) => Self::Reconnect { message },
            (400 | 401, Some("invalid_client")) => Self::Refused { why: Why::UnknownClient, message },
            (429, _) => Self::of_api(answer, false),
            (400..500, Some(_)) => Self::Refused { why: Why::Other, message },
            _ => Self::Later { retry_after: answer.retry_after },
        }
    }
}

/// `{"error":{"message","reason"?}}`, or the plain text that stood in its place.
struct Envelope {
    message: String,
    reason: String,
}

impl Envelope {
    fn read(body: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match serde_json::from_str::<Value>(body) {
            Ok(json) => Self { message: text(&json["error"]["message"]), reason: text(&json["error"]["reason"]) },
            Err(_) => Self { message: body.trim().to_owned(), reason: String::new() },
        }
    }

    fn why(&self, status: u16) -> Why {
        match status {
            403 if self.says("not registered in the developer dashboard") => Why::NotRegistered,
            403 if self.says("premium subscription required for the owner") => Why::OwnerNeedsPremium,
            404 if self.speaks_of_a_song() => Why::NoSuchSong,
            404 => Why::NotFound,
            400 if self.says("invalid track") || self.says("invalid base62 id") => Why::NoSuchSong,
            400 | 413 | 414 | 422 => Why::Question,
            _ => Why::Other,
        }
    }

    fn says(&self, part: &str) -> bool {
        self.message.to_lowercase().contains(part)
    }

    fn speaks_of_a_song(&self) -> bool {
        let message = self.message.to_lowercase();
        message.split(|c: char| !c.is_alphanumeric()).any(|word| ["track", "uri", "id"].contains(&word))
    }

    fn sentence(&self, status: u16) -> String {
        // A page of some box in between says nothing to a DJ.
        if self.message.is_empty() || self.message.starts_with('<') { said(status) } else { shortened(&self.message) }
    }
}

fn said(status: u16) -> String {
    format!("Spotify answered {status}.")
}

fn shortened(message: &str) -> String {
    message.chars().filter(|c| !c.is_control()).take(LONGEST_MESSAGE).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later { retry_after: Some(wait) } | Self::TooMany { retry_after: wait } => {
                write!(f, "Spotify asks to wait {} s.", wait.as_secs())
            }
            Self::Later { retry_after: None } => f.write_str("Spotify cannot be reached right now."),
            Self::Unknown => f.write_str("Spotify's answer was lost; what became of the command is not known."),
            Self::Broke => f.write_str("Spotify broke down over the command; what became of it is not known."),
            Self::Expired => f.write_str("The access token has expired."),
            Self::Reconnect { message } => write!(f, "Spotify has to be connected again: {message}"),
            Self::QuotaUntil { retry_after } => {
                write!(f, "Spotify's daily quota is used up for {} min.", retry_after.as_secs().div_ceil(60))
            }
            Self::NotPremium => f.write_str("Spotify lets only Premium accounts be steered."),
            Self::NoDevice => f.write_str("No device is playing; press play in Spotify."),
            Self::Refused { message, .. } => write!(f, "Spotify refuses: {message}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Answer, Duration, Error, Why};

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: Some(Duration::from_secs(7)), body: body.into() }
    }

    #[test]
    fn a_status_nobody_foresaw_has_a_kind() {
        let later = Error::Later { retry_after: Some(Duration::from_secs(7)) };
        for (status, body) in [(302, ""), (200, "<html>Welcome to our Wi-Fi"), (599, "\u{0}"), (100, "")] {
            assert_eq!(Error::of_api(&answer(status, body), false), later, "{status}");
            assert_eq!(Error::of_api(&answer(status, body), true), Error::Unknown, "{status}");
        }
        assert_eq!(Error::of_token(&answer(503, "busy")), later);
        assert_eq!(Error::of_token(&answer(400, "not from Spotify")), later);
    }

    #[test]
    fn a_404_is_about_a_song_only_where_it_speaks_of_one() {
        let of = |message: &str| {
            let body = format!(r#"{{"error":{{"status":404,"message":"{message}"}}}}"#);
            Error::of_api(&answer(404, &body), true)
        };
        for (message, why) in [
            ("Non existing id: 'spotify:track:x'", Why::NoSuchSong),
            ("Track not found", Why::NoSuchSong),
            ("Unknown URI", Why::NoSuchSong),
            ("Not found.", Why::NotFound),
            ("Service provided no answer", Why::NotFound),
        ] {
            assert_eq!(of(message), Error::Refused { why, message: message.into() });
        }
        assert_eq!((of("Device not found"), of("Invalid device id")), (Error::NoDevice, Error::NoDevice));
        assert!(matches!(of(""), Error::Refused { why: Why::NotFound, .. }));
    }

    #[test]
    fn a_page_in_between_is_not_quoted_and_a_long_message_is_cut() {
        let refused = |why, message: String| Error::Refused { why, message };
        let page = Error::of_api(&answer(403, "<html>no"), true);
        assert_eq!(page, refused(Why::Other, "Spotify answered 403.".into()));
        let long = format!(r#"{{"error":{{"status":400,"message":"{}"}}}}"#, "x".repeat(1000));
        assert_eq!(Error::of_api(&answer(400, &long), true), refused(Why::Question, "x".repeat(200)));
    }

    #[test]
    fn whoever_is_to_wait_for_hours_has_used_up_the_day_whatever_it_is_called() {
        let of = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            Error::of_api(&Answer { retry_after, ..answer(429, "Too many requests") }, true)
        };
        assert_eq!(of(31), Error::TooMany { retry_after: Duration::from_secs(31) });
        assert_eq!(of(49_000), Error::QuotaUntil { retry_after: Duration::from_secs(49_000) });
    }

    #[test]
    fn a_quota_without_a_time_waits_an_hour() {
        let mut quota = answer(429, r#"{"error":{"status":429,"message":"m","reason":"QUOTA_EXCEEDED"}}"#);
        quota.retry_after = None;
        assert_eq!(Error::of_api(&quota, true), Error::QuotaUntil { retry_after: Duration::from_secs(3600) });
    }
}
