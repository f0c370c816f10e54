//! Looking for a song, and its cover: what the box knows first, then Spotify, never an error page for trouble there.

use rocket::http::{ContentType, Header};
use rocket::request::Request;
use rocket::response::{Responder, Response, Result as Reply};
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde_json::{Value, json};

use super::accept::FromForm;
use super::errors::Answer;
use super::guards::Inside;
use super::held_turn::waiting;
use super::search_limits::SearchLimits;
use super::state::AppState;
use crate::domain::{
    Cover, CoverId, Hit, Line, Link, Picture, PictureKind, Refusal, Timestamp, Unopened, UserId, Username,
    is_worth_a_call, merged,
};
use crate::engine::Searcher;
use crate::store::{Error, Found, Guest, Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![search, art]
}

/// Songs the box knows that come before what Spotify finds, and songs in all.
const HERE_FIRST: usize = 5;
const MOST: usize = 15;

/// How far somebody is with the words they look for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// In the middle of a word: nothing of it goes out.
    Half,
    Whole,
    /// Nobody says: they may be typing on.
    Unsaid,
}

impl Typed {
    fn of(typing: Option<&str>) -> Self {
        match typing {
            Some("1" | "true") => Self::Half,
            Some(_) => Self::Whole,
            None => Self::Unsaid,
        }
    }

    /// Whether Spotify is asked, where the box knows so many songs for these words.
    fn goes_on(self, found: &Found, line: &str) -> bool {
        let known = self == Self::Half || self == Self::Unsaid && !found.here.is_empty();
        !known && found.remembered.is_none() && is_worth_a_call(line)
    }
}

/// Songs for the words `q`; `typing` is 1 in the middle of a word, and 0 at its end. A browser that is led here, from
/// wherever, is told what the box knows.
#[rocket::get("/api/<_>/search?<q>&<typing>")]
pub async fn search(
    q: Option<&str>,
    typing: Option<&str>,
    led: FromForm,
    inside: Inside,
    here: &State<AppState>,
) -> Answer<Json<Value>> {
    let sought = Sought::read(q.unwrap_or_default(), Typed::of(typing))?.known_only_if(led.0);
    let (hits, name) = match &inside {
        Inside::Guest(guest) => {
            here.search_limits.search(guest.guest_id(), here.store.own_time())?;
            (guest.allowed(for_guest(guest, sought, here).await?).await?, &guest.owner().username)
        }
        Inside::Host(host) => (for_host(host, sought, here).await?, &host.owner().username),
        Inside::Screen(_) | Inside::Helper(_) => return Err(Refusal::NotJoined.into()),
    };
    let tracks: Vec<Value> = hits.iter().map(|hit| shown(hit, name)).collect();
    Ok(Json(json!({ "tracks": tracks })))
}

/// What somebody looks for: songs by some words, or the one a link leads to.
enum Sought {
    Words(String, Typed),
    Track(String),
    /// The same, where the box knows it.
    KnownTrack(String),
}

impl Sought {
    fn known_only_if(self, known_only: bool) -> Self {
        match self {
            Self::Track(id) if known_only => Self::KnownTrack(id),
            Self::Words(line, _) if known_only => Self::Words(line, Typed::Half),
            sought => sought,
        }
    }

    /// Refuses a link to anything else, with what to do instead.
    fn read(q: &str, typed: Typed) -> Result<Self, Refusal> {
        match Link::read(q) {
            Some(Link::Track(id)) => Ok(Self::Track(id)),
            Some(other) => Err(Refusal::field("q", other.sentence())),
            None => {
                let line = Line::<300>::parse(q).map_err(|fault| Refusal::text("q", fault))?;
                Ok(Self::Words(line.into_string(), typed))
            }
        }
    }
}

async fn for_guest(guest: &Tenant<Guest>, sought: Sought, here: &AppState) -> Result<Vec<Hit>, Error> {
    let (line, typed) = match sought {
        Sought::Track(id) => return Ok(opened(guests_track(guest, &id, here).await?)?),
        Sought::KnownTrack(id) => return Ok(opened(guest.track(uri(&id)).await?.ok_or(Unopened::Now))?),
        Sought::Words(line, typed) => (line, typed),
    };
    let found = guest.find(&line).await?;
    let outside =
        if typed.goes_on(&found, &line) && here.search_limits.ask(guest.guest_id(), here.store.own_time()).is_ok() {
            waiting(here.search.find(guest.id(), &line, Searcher::Guest)).await
        } else {
            vec![]
        };
    Ok(together(found, outside))
}

async fn for_host(host: &Tenant<Host>, sought: Sought, here: &AppState) -> Result<Vec<Hit>, Error> {
    let (line, typed) = match sought {
        Sought::Track(id) => return Ok(opened(hosts_track(host, &id, here).await?)?),
        Sought::KnownTrack(id) => return Ok(opened(host.track(uri(&id)).await?.ok_or(Unopened::Now))?),
        // What a DJ looks for is theirs to look for, unless they are in the middle of a word.
        Sought::Words(line, Typed::Unsaid) => (line, Typed::Whole),
        Sought::Words(line, typed) => (line, typed),
    };
    let found = host.find(&line).await?;
    let outside =
        if typed.goes_on(&found, &line) && here.search_limits.ask_for_host(host.id(), here.store.own_time()).is_ok() {
            waiting(here.search.find(host.id(), &line, Searcher::Host)).await
        } else {
            vec![]
        };
    Ok(together(found, outside))
}

/// Songs for words that a host has done with typing, or the one that a link among them leads to.
pub async fn hosts_songs(host: &Tenant<Host>, words: &str, here: &AppState) -> Answer<Vec<Hit>> {
    Ok(for_host(host, Sought::read(words, Typed::Whole)?, here).await?)
}

/// The track of a link alone. Refuses one that nobody can name right now.
fn opened(track: Opened) -> Result<Vec<Hit>, Refusal> {
    track.map(|track| vec![track]).map_err(|why| Refusal::field("q", why.sentence()))
}

/// The track behind a link, or why it is not opened.
pub type Opened = Result<Hit, Unopened>;

/// The track a guest's link leads to, where it can be known.
pub async fn guests_track(guest: &Tenant<Guest>, id: &str, here: &AppState) -> Result<Opened, Error> {
    if let Some(known) = guest.track(uri(id)).await? {
        return Ok(Ok(known));
    }
    if here.search.is_by_hand(guest.id()).await? {
        return Ok(Err(Unopened::ByHand));
    }
    match here.search_limits.ask(guest.guest_id(), here.store.own_time()) {
        Ok(()) => Ok(waiting(here.search.track(guest.id(), id, Searcher::Guest)).await),
        Err(wait_ms) => Ok(Err(Unopened::Within(wait_ms))),
    }
}

/// The track a host's link leads to, where it can be known.
pub async fn hosts_track(host: &Tenant<Host>, id: &str, here: &AppState) -> Result<Opened, Error> {
    opened_for_host(host, id, here, SearchLimits::ask_for_host).await
}

/// The same for a link on the list of what is never played, which takes nothing from what the host may look for.
pub async fn listed_track(host: &Tenant<Host>, id: &str, here: &AppState) -> Result<Opened, Error> {
    opened_for_host(host, id, here, SearchLimits::ask_for_list).await
}

async fn opened_for_host(
    host: &Tenant<Host>,
    id: &str,
    here: &AppState,
    ask: fn(&SearchLimits, &UserId, Timestamp) -> Result<(), i64>,
) -> Result<Opened, Error> {
    if let Some(known) = host.track(uri(id)).await? {
        return Ok(Ok(known));
    }
    if here.search.is_by_hand(host.id()).await? {
        return Ok(Err(Unopened::ByHand));
    }
    match ask(&here.search_limits, host.id(), here.store.own_time()) {
        Ok(()) => Ok(waiting(here.search.track(host.id(), id, Searcher::Host)).await),
        Err(wait_ms) => Ok(Err(Unopened::Within(wait_ms))),
    }
}

fn uri(id: &str) -> String {
    format!("spotify:track:{id}")
}

fn together(found: Found, outside: Vec<Hit>) -> Vec<Hit> {
    let outside = found.remembered.unwrap_or(outside);
    let most = if outside.is_empty() { MOST } else { HERE_FIRST };
    merged(found.here.into_iter().take(most).collect(), outside, MOST)
}

fn shown(hit: &Hit, name: &Username) -> Value {
    let art = hit.art.as_deref().map(|art| CoverId::of(art).address(name));
    json!({
        "uri": hit.uri, "isrc": hit.isrc, "title": hit.title, "artists": hit.artists, "album": hit.album,
        "duration_ms": hit.duration_ms, "explicit": hit.explicit, "art": art,
    })
}

/// A cover; its name is made of its address, so that it never changes.
pub struct Art(Picture);

#[rocket::get("/api/<_>/art/<id>")]
pub async fn art(id: &str, inside: Inside, here: &State<AppState>) -> Answer<Art> {
    let id = CoverId::parse(id).ok_or(Error::NotFound)?;
    let (cover, user) = match &inside {
        Inside::Host(host) => (host.cover(id.clone()).await?, host.id()),
        Inside::Guest(guest) => (guest.cover(id.clone()).await?, guest.id()),
        Inside::Screen(screen) => (screen.cover(id.clone()).await?, screen.id()),
        Inside::Helper(helper) => (helper.cover(id.clone()).await?, helper.id()),
    };
    Ok(Art(match cover {
        Cover::Here(picture) => picture,
        Cover::At(address) => here.covers.fetch(user, id, address).await?,
    }))
}

impl<'r> Responder<'r, 'static> for Art {
    fn respond_to(self, _: &'r Request<'_>) -> Reply<'static> {
        let Picture { kind, bytes } = self.0;
        let mut answer = Response::new();
        answer.set_header(match kind {
            PictureKind::Jpeg => ContentType::JPEG,
            PictureKind::Png => ContentType::PNG,
            PictureKind::Webp => ContentType::WEBP,
        });
        answer.set_header(Header::new("Cache-Control", "private, max-age=604800, immutable"));
        answer.set_header(Header::new("Vary", "Authorization, Cookie"));
        answer.set_sized_body(bytes.len(), std::io::Cursor::new(bytes));
        Ok(answer)
    }
}
