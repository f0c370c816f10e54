//! What guests and the host ask for: asked, and listed for the host.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::content::RawJson;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::errors::Answer;
use super::guards::Inside;
use super::input::Input;
use super::playback::named;
use super::responses::Done;
use super::search::{Opened, guests_track, hosts_track};
use super::state::AppState;
use super::written::Written;
use crate::domain::{Hit, Line, Link, Refusal, Song, Status, Submission, TextFault, Unopened, has_link, names_nothing};
use crate::store::{Host, Receipt, Tenant, Whose};

pub fn routes() -> Vec<Route> {
    routes![requests, ask]
}

#[rocket::get("/api/<_>/requests?<status>&<after>")]
pub async fn requests(status: Option<&str>, after: Option<&str>, host: Tenant<Host>) -> Answer<RawJson<String>> {
    let unknown = || Refusal::Malformed(format!("status takes one of {}.", Status::ALL.map(Status::as_str).join(", ")));
    let status =
        status.filter(|text| !text.is_empty()).map(|text| Status::parse(text).ok_or_else(unknown)).transpose()?;
    let listing = host.listing(status, as_version("after", after)?).await?;
    let written = listing.forms.of(|| Written::of(&*listing));
    Ok(RawJson(written.whole()?.to_owned()))
}

/// A version in an address; nothing there is none.
pub fn as_version(name: &str, text: Option<&str>) -> Result<Option<i64>, Refusal> {
    let unfit = |_| Refusal::Malformed(format!("{name} takes a version, a whole number."));
    text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(unfit)).transpose()
}

#[derive(Deserialize)]
pub struct Ask {
    #[serde(default)]
    title: String,
    #[serde(default)]
    artist: String,
    track_uri: Option<String>,
    nickname: Option<String>,
    note: Option<String>,
    /// What a page without a script sends in place of the header.
    key: Option<String>,
}

/// The `Idempotency-Key` header.
pub struct Key(Option<String>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Key {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Self(request.headers().get_one("Idempotency-Key").map(str::to_owned)))
    }
}

#[rocket::post("/api/<_>/requests", data = "<input>")]
pub async fn ask(input: Input<Ask>, key: Key, inside: Inside, here: &State<AppState>) -> Answer<Done<Value>> {
    let ask = input.0;
    let key = usable(key.0)?.or_else(|| ask.key_of_form());
    let id = ask.meant();
    let (done, page) = match inside {
        Inside::Guest(guest) => {
            let track = match id {
                Some(id) => Some(guests_track(&guest, &id, here).await?),
                None => None,
            };
            (guest.submit(submission(ask, track)?, key).await?, guest.owner().username.home())
        }
        Inside::Host(host) => {
            let track = match id {
                Some(id) => Some(hosts_track(&host, &id, here).await?),
                None => None,
            };
            (host.submit(submission(ask, track)?, key).await?, host.owner().username.admin("requests"))
        }
        Inside::Screen(_) | Inside::Helper(_) => return Err(Refusal::NotJoined.into()),
    };
    Ok(answer(&done, page))
}

impl Ask {
    /// The track it is for: the one picked, or the one whose link was pasted in the place of a title or an artist.
    fn meant(&self) -> Option<String> {
        self.picked().map_or_else(|| Link::track(&self.title).or_else(|| Link::track(&self.artist)), Link::track)
    }

    /// A form that a browser went back to has the key of before, and may have other words: that is another request for a
    /// song.
    fn key_of_form(&self) -> Option<String> {
        let key = self.key.as_deref().filter(|key| !key.is_empty())?;
        let whole = [key, &self.title, &self.artist, self.picked().unwrap_or_default()].join("\u{1f}");
        Some(URL_SAFE_NO_PAD.encode(Sha256::digest(whole)))
    }

    fn picked(&self) -> Option<&str> {
        self.track_uri.as_deref().filter(|uri| !uri.is_empty())
    }
}

fn answer(done: &Receipt, page: String) -> Done<Value> {
    let body = json!({ "request": done.request, "merged": done.merged, "own": done.whose == Whose::Own });
    // For a page without a script, which hears nothing else.
    let said = match done {
        Receipt { merged: true, whose: Whose::Own, .. } => "own",
        Receipt { merged: true, .. } => "merged",
        _ => "sent",
    };
    let page = format!("{page}?said={said}");
    if done.merged || done.repeated { Done::ok(body, page) } else { Done::created(body, page) }
}

fn usable(key: Option<String>) -> Result<Option<String>, Refusal> {
    let key = key.filter(|key| !key.is_empty());
    let fits = |key: &String| key.len() <= 200 && key.bytes().all(|b| b.is_ascii_graphic());
    if key.as_ref().is_none_or(fits) {
        return Ok(key);
    }
    Err(Refusal::Malformed("The Idempotency-Key takes 1 to 200 visible ASCII characters.".into()))
}

/// Everything that is wrong with a song request, at once; nothing but a title and an artist is needed, or a `track` that was
/// looked up.
fn submission(ask: Ask, track: Option<Opened>) -> Result<Submission, Refusal> {
    let mut faults = Vec::new();
    let nickname = optional::<30>("nickname", ask.nickname.as_deref(), &mut faults);
    let note = optional::<140>("note", ask.note.as_deref(), &mut faults);
    for (name, text) in [("nickname", &nickname), ("note", &note)] {
        if text.as_deref().is_some_and(has_link) {
            faults.push((name, "Please leave out links.".into()));
        }
    }
    let song = match track {
        Some(Ok(track)) => looked_up(&track),
        Some(Err(why)) => typed(&ask, Some(why), &mut faults),
        None => typed(&ask, None, &mut faults),
    };
    if faults.is_empty() { Ok(Submission { song, nickname, note }) } else { Err(Refusal::Invalid(faults)) }
}

/// Longer names are for the catalogue, which knows the song by its address.
fn looked_up(track: &Hit) -> Song {
    let song = track.song();
    Song { track_uri: song.track_uri, ..Song::named(Line::<200>::cut(&song.title), Line::<200>::cut(&song.artist)) }
}

/// A song request as it was typed; `why` is said of a link to a track that was not opened.
fn typed(ask: &Ask, why: Option<Unopened>, faults: &mut Faults) -> Song {
    let mut line = |name, text: &str| {
        let line = named(name, text).map_err(|fault| {
            let unopened = why.filter(|_| Link::track(text).is_some());
            faults.push(unopened.map_or(fault, |why| (name, why.sentence())));
        });
        line.map(Line::into_string).unwrap_or_default()
    };
    let song = Song::named(line("title", &ask.title), line("artist", &ask.artist));
    if names_nothing(&song.title) && !song.title.is_empty() && ask.picked().is_none() {
        let instead = "Please write the song’s name. One that is called so is found by its link.";
        faults.push(("title", instead.into()));
    }
    let id = match ask.picked().map(Link::read) {
        None => None,
        Some(Some(Link::Track(id))) => Some(id),
        Some(other) => {
            let odd = || "Please give a track as spotify:track:ID, or leave it out.".into();
            faults.push(("track_uri", other.map_or_else(odd, |link| link.sentence())));
            None
        }
    };
    Song { track_uri: id.map(|id| format!("spotify:track:{id}")), ..song }
}

type Fault = (&'static str, String);
type Faults = Vec<Fault>;

fn optional<const MAX: usize>(name: &'static str, text: Option<&str>, faults: &mut Faults) -> Option<String> {
    let is_nobody = |line: &str| name == "nickname" && names_nothing(line);
    let line = Line::<MAX>::parse(text?);
    let line = line.and_then(|line| if is_nobody(line.as_str()) { Err(TextFault::Nameless) } else { Ok(line) });
    match line {
        Ok(line) => Some(line.into_string()),
        Err(TextFault::Empty) => None,
        Err(fault) => {
            faults.push((name, fault.sentence()));
            None
        }
    }
}
