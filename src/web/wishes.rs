//! Asking for a song, looking for one, and what plays: for whoever is inside.

use rocket::request::{FromRequest, Outcome, Request};
use rocket::serde::json::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Done;
use super::guards::Inside;
use super::input::Input;
use super::session::Answer;
use crate::domain::{Line, Playback, Refusal, RequestView, Song, TextFault, Wish, has_link};
use crate::store::Submitted;

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

#[rocket::post("/api/<_>/requests", data = "<input>", rank = 20)]
pub async fn ask(input: Input<Ask>, key: Key, inside: Inside) -> Answer<Done<Value>> {
    let key = usable(key.0.or_else(|| input.0.key.clone()))?;
    let wish = wish(input.0)?;
    let (done, page) = match inside {
        Inside::Guest(guest) => (guest.submit(wish, key).await?, format!("/{}", guest.ground().username)),
        Inside::Host(host) => (host.submit(wish, key).await?, format!("/{}/admin/requests", host.ground().username)),
        Inside::Screen(_) => return Err(Refusal::NotJoined.into()),
    };
    Ok(answer(&done, page))
}

fn answer(done: &Submitted, page: String) -> Done<Value> {
    let request: RequestView = done.request.view(done.rules.order);
    let body = json!({ "request": request, "merged": done.merged });
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

/// Everything that is wrong with a wish, at once; nothing but a title and an artist is needed.
fn wish(ask: Ask) -> Result<Wish, Refusal> {
    let mut faults = Vec::new();
    let title = required::<200>("title", &ask.title, &mut faults);
    let artist = required::<200>("artist", &ask.artist, &mut faults);
    let nickname = optional::<30>("nickname", ask.nickname.as_deref(), &mut faults);
    let note = optional::<140>("note", ask.note.as_deref(), &mut faults);
    for (name, text) in [("nickname", &nickname), ("note", &note)] {
        if text.as_deref().is_some_and(has_link) {
            faults.push((name, "Please leave out links.".into()));
        }
    }
    let track_uri = ask.track_uri.filter(|uri| !uri.is_empty());
    if track_uri.as_ref().is_some_and(|uri| !is_track(uri)) {
        faults.push(("track_uri", "Please give a track as spotify:track:ID, or leave it out.".into()));
    }
    if faults.is_empty() {
        return Ok(Wish { song: Song { track_uri, ..Song::named(title, artist) }, nickname, note });
    }
    Err(Refusal::Invalid(faults))
}

fn is_track(uri: &str) -> bool {
    uri.strip_prefix("spotify:track:")
        .is_some_and(|id| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric()))
}

type Faults = Vec<(&'static str, String)>;

fn required<const MAX: usize>(name: &'static str, text: &str, faults: &mut Faults) -> String {
    let line = Line::<MAX>::parse(text).map_err(|fault| faults.push((name, fault.sentence())));
    line.map(Line::into_string).unwrap_or_default()
}

fn optional<const MAX: usize>(name: &'static str, text: Option<&str>, faults: &mut Faults) -> Option<String> {
    match Line::<MAX>::parse(text?) {
        Ok(line) => Some(line.into_string()),
        Err(TextFault::Empty) => None,
        Err(fault) => {
            faults.push((name, fault.sentence()));
            None
        }
    }
}

#[rocket::get("/api/<_>/search?<q>", rank = 20)]
pub async fn search(q: Option<&str>, inside: Inside) -> Answer<Json<Value>> {
    let words = Line::<100>::parse(q.unwrap_or_default()).map_err(|fault| Refusal::text("q", fault))?;
    let found = match inside {
        Inside::Guest(guest) => guest.search(words.as_str()).await?,
        Inside::Host(host) => host.search(words.as_str()).await?,
        Inside::Screen(_) => return Err(Refusal::NotJoined.into()),
    };
    let tracks: Vec<Value> = found.iter().map(track).collect();
    Ok(Json(json!({ "tracks": tracks })))
}

/// A song of earlier nights in the shape of a search result; what nobody knows is `null`.
fn track(song: &Song) -> Value {
    json!({
        "uri": song.track_uri, "isrc": null, "title": song.title, "artists": [song.artist],
        "album": null, "duration_ms": null, "explicit": null, "art": null,
    })
}

#[rocket::get("/api/<_>/playback", rank = 20)]
pub async fn playback(inside: Inside) -> Answer<Json<Playback>> {
    Ok(Json(match inside {
        Inside::Host(host) => host.playback().await?,
        Inside::Guest(guest) => guest.playback().await?,
        Inside::Screen(screen) => screen.playback().await?,
    }))
}
