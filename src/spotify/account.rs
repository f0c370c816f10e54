//! The calls made with a DJ's token: reading and steering their player, searching.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Request;

use super::error::{Error, Result, Why};
use super::http::{Answer, Caller, Silence};
use super::player::{Device, Playing, Profile, Queue};
use super::secret::Secret;
use super::track::Track;

/// Search results in one answer; Spotify refuses to be asked for more.
pub const MOST_RESULTS: u8 = 10;
/// What a busy device (202) is given.
const BUSY: Duration = Duration::from_secs(5);
const NOT_NOW: Error = Error::Later { retry_after: None };

/// One DJ's Spotify. Reading answers `None` where there is nothing to tell (204).
#[derive(Clone, Copy)]
pub struct Account<'a> {
    caller: &'a Caller,
    api: &'a str,
    token: &'a Secret,
}

type Query<'q> = &'q [(&'q str, &'q str)];

impl<'a> Account<'a> {
    pub(super) fn new(caller: &'a Caller, api: &'a str, token: &'a Secret) -> Self {
        Self { caller, api, token }
    }

    pub fn me(&self) -> Result<Profile> {
        self.read("/me", &[])?.as_ref().and_then(Profile::read).ok_or(NOT_NOW)
    }

    /// What plays, and where. None also in a private session and some minutes after a pause, and where there is no player
    /// to be found.
    pub fn player(&self) -> Result<Option<Playing>> {
        let answer = match self.read("/me/player", &[("additional_types", "track,episode")]) {
            Err(Error::NoDevice | Error::Refused { why: Why::NotFound | Why::NoSuchSong, .. }) => None,
            other => other?,
        };
        answer.map(|json| Playing::read(&json).ok_or(NOT_NOW)).transpose()
    }

    pub fn queue(&self) -> Result<Option<Queue>> {
        self.read("/me/player/queue", &[])?.map(|json| Queue::read(&json).ok_or(NOT_NOW)).transpose()
    }

    /// Appends for good: there is no taking back. A lost answer, or a busy device, is [`Error::Unknown`], and a
    /// breakdown [`Error::Broke`].
    pub fn add_to_queue(&self, uri: &str, device_id: Option<&str>) -> Result<()> {
        let answer = self.once("/me/player/queue", &[&[("uri", uri)], on(device_id).as_slice()].concat())?;
        // 204, or 200 with a text nobody can read anything from.
        done_once(&answer)
    }

    pub fn devices(&self) -> Result<Vec<Device>> {
        Ok(self.read("/me/player/devices", &[])?.map(|json| Device::read_all(&json["devices"])).unwrap_or_default())
    }

    /// Moves playback to a device; `play` starts it there, otherwise it goes on as it was.
    pub fn transfer(&self, device_id: &str, play: bool) -> Result<()> {
        self.put("/me/player", &[], &json!({ "device_ids": [device_id], "play": play }).to_string())
    }

    /// Goes on where it was paused.
    pub fn play(&self, device_id: Option<&str>) -> Result<()> {
        self.put("/me/player/play", &on(device_id), "")
    }

    pub fn pause(&self) -> Result<()> {
        self.put("/me/player/pause", &[], "")
    }

    /// Skips. A lost answer, or a busy device, is [`Error::Unknown`]: two skips are one song too many.
    pub fn next(&self) -> Result<()> {
        done_once(&self.once("/me/player/next", &[])?)
    }

    /// `percent` above 100 is 100.
    pub fn volume(&self, percent: u8) -> Result<()> {
        self.put("/me/player/volume", &[("volume_percent", &percent.min(100).to_string())], "")
    }

    /// Up to `limit` tracks from the `offset`th on; at most [`MOST_RESULTS`], whatever is asked.
    pub fn search(&self, words: &str, limit: u8, offset: u16) -> Result<Vec<Track>> {
        let (limit, offset) = (limit.clamp(1, MOST_RESULTS).to_string(), offset.to_string());
        let query = [("q", words), ("type", "track"), ("limit", &limit), ("offset", &offset)];
        let answer = self.read("/search", &query)?.ok_or(NOT_NOW)?;
        Ok(Track::read_all(&answer["tracks"]["items"]))
    }

    /// The track behind an id, as a shared link carries it.
    pub fn track(&self, id: &str) -> Result<Track> {
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Error::Refused { why: Why::NoSuchSong, message: "Not a track's id.".into() });
        }
        let answer = self.read(&format!("/tracks/{id}"), &[]).map_err(|error| match error {
            // Whatever its words: that was the question.
            Error::Refused { why: Why::NotFound, message } => Error::Refused { why: Why::NoSuchSong, message },
            other => other,
        });
        answer?.as_ref().and_then(Track::read).ok_or(NOT_NOW)
    }

    fn read(&self, path: &str, query: Query) -> Result<Option<Value>> {
        let answer = self.send("GET", path, query, "").map_err(|_| NOT_NOW)?;
        match answer.status {
            204 => Ok(None),
            200 if answer.body.trim().is_empty() => Ok(None),
            200 => serde_json::from_str(&answer.body).map(Some).map_err(|_| Error::of_api(&answer, false)),
            _ => Err(Error::of_api(&answer, false)),
        }
    }

    /// A command that may be repeated without harm.
    fn put(&self, path: &str, query: Query, body: &str) -> Result<()> {
        let answer = self.send("PUT", path, query, body).map_err(|_| NOT_NOW)?;
        match answer.status {
            202 => Err(Error::Later { retry_after: Some(answer.retry_after.unwrap_or(BUSY)) }),
            _ if answer.is_good() => Ok(()),
            _ => Err(Error::of_api(&answer, false)),
        }
    }

    /// A command that must not be repeated unless it surely did not arrive.
    fn once(&self, path: &str, query: Query) -> Result<Answer> {
        self.send("POST", path, query, "").map_err(|silence| match silence {
            Silence::NeverSent => NOT_NOW,
            Silence::MaybeHeard => Error::Unknown,
        })
    }

    fn send(&self, method: &str, path: &str, query: Query, body: &str) -> Result<Answer, Silence> {
        // Pairs of text always encode.
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut question = Request::builder()
            .method(method)
            .uri(format!("{}{path}{mark}{query}", self.api))
            .header("Authorization", format!("Bearer {}", self.token.reveal()));
        if !body.is_empty() {
            question = question.header("Content-Type", "application/json");
        }
        let question = question.body(body.to_owned()).map_err(|_| Silence::NeverSent)?;
        self.caller.send(question)
    }
}

/// What the answer to a command says that must not be repeated; 202 leaves open what comes of it.
fn done_once(answer: &Answer) -> Result<()> {
    if answer.is_good() && answer.status != 202 { Ok(()) } else { Err(Error::of_api(answer, true)) }
}

fn on(device_id: Option<&str>) -> Vec<(&'static str, &str)> {
    device_id.map(|id| ("device_id", id)).into_iter().collect()
}
