//! Sends one request over HTTP, with time limits and a limit of size.

use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::{Agent, Body, Timeout};

/// More than the longest queue with every market listed; what is longer is not Spotify.
const LONGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// How long a call may take until there is a connection, and in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(10) }
    }
}

/// What came back, read to its end.
pub struct Answer {
    pub status: u16,
    /// `Retry-After`, when it was given in seconds.
    pub retry_after: Option<Duration>,
    pub body: String,
}

impl Answer {
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// No answer came, and whether the other side may have heard the question.
#[derive(Debug, PartialEq, Eq)]
pub enum Silence {
    NeverSent,
    MaybeHeard,
}

/// Calls with time-outs on everything, no redirects followed and no call ever repeated.
#[derive(Clone, Debug)]
pub struct Caller(Agent);

impl Caller {
    /// `direct` goes past any proxy of the environment.
    pub fn new(timeouts: Timeouts, direct: bool) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(timeouts.connect))
            .timeout_global(Some(timeouts.call))
            .user_agent(concat!("PartyPlaylist/", env!("CARGO_PKG_VERSION")));
        if direct {
            config = config.proxy(None);
        }
        Self(config.build().into())
    }

    /// Sends once. The error's own words are not kept: they could quote the question.
    pub fn send(&self, question: Request<String>) -> Result<Answer, Silence> {
        let response = self.0.run(question).map_err(|error| silence(&error))?;
        read(response).map_err(|_| Silence::MaybeHeard)
    }

    /// A file of at most `most` bytes; anything but a plain answer with one is silence.
    pub fn file(&self, address: &str, most: u64) -> Result<Vec<u8>, Silence> {
        let answer = self.0.get(address).call().map_err(|error| silence(&error))?;
        if answer.status() != 200 {
            return Err(Silence::MaybeHeard);
        }
        answer.into_body().with_config().limit(most).read_to_vec().map_err(|_| Silence::MaybeHeard)
    }
}

fn read(response: Response<Body>) -> Result<Answer, ureq::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let bytes = response.into_body().with_config().limit(LONGEST_ANSWER).read_to_vec()?;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Answer { status, retry_after: retry_after.map(Duration::from_secs), body })
}

fn silence(error: &ureq::Error) -> Silence {
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let unsent = match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            true
        }
        ureq::Error::Timeout(at) => matches!(at, Timeout::Resolve | Timeout::Connect),
        ureq::Error::Io(io) => {
            matches!(io.kind(), AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable)
        }
        _ => false,
    };
    if unsent { Silence::NeverSent } else { Silence::MaybeHeard }
}
