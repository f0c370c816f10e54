//! Asking for a song, and what plays: for whoever is inside.

use rocket::State;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::serde::json::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Done;
use super::guards::Inside;
use super::input::Input;
use super::search::{guests_track, hosts_track};
use super::session::Answer;
use super::state::Here;
use crate::domain::{Hit, Line, Playback, Refusal, Song, TextFault, Wish, has_link, linked_track};
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
pub async fn ask(input: Input<Ask>, key: Key, inside: Inside, here: &State<Here>) -> Answer<Done<Value>> {
    let key = usable(key.0.or_else(|| input.0.key.clone()))?;
    let mut asked = input.0;
    let (done, page) = match inside {
        Inside::Guest(guest) => {
            if let Some(id) = meant(&asked) {
                asked.become_track(guests_track(&guest, &id, here).await?)?;
            }
            (guest.submit(wish(asked)?, key).await?, format!("/{}", guest.ground().username))
        }
        Inside::Host(host) => {
            if let Some(id) = meant(&asked) {
                asked.become_track(hosts_track(&host, &id, here).await?)?;
            }
            (host.submit(wish(asked)?, key).await?, format!("/{}/admin/requests", host.ground().username))
        }
        Inside::Screen(_) | Inside::Helper(_) => return Err(Refusal::NotJoined.into()),
    };
    Ok(answer(&done, page))
}

/// The track a wish is for: the one picked, or the one whose link was pasted in the place of a title.
fn meant(ask: &Ask) -> Option<String> {
    let picked = ask.track_uri.as_deref().filter(|uri| !uri.is_empty());
    linked_track(picked.unwrap_or(&ask.title)).map(str::to_owned)
}

impl Ask {
    /// Takes the name of a track that was looked up. Refuses a link whose track nobody can name right now.
    fn become_track(&mut self, track: Option<Hit>) -> Result<(), Refusal> {
        if let Some(hit) = track {
            let song = hit.song();
            // Longer ones are for the catalogue, which knows the song by its address.
            let short = |text: String| text.chars().take(200).collect();
            (self.title, self.artist, self.track_uri) = (short(song.title), short(song.artist), song.track_uri);
        } else if linked_track(&self.title).is_some() {
            let sentence = "This link cannot be opened right now. Please type the song and its artist.";
            return Err(Refusal::field("title", sentence));
        }
        Ok(())
    }
}

fn answer(done: &Submitted, page: String) -> Done<Value> {
    let body = json!({ "request": done.request, "merged": done.merged });
    // For a page without a script, which hears nothing else.
    let page = format!("{page}?said={}", if done.merged { "merged" } else { "sent" });
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

#[rocket::get("/api/<_>/playback", rank = 20)]
pub async fn playback(inside: Inside) -> Answer<Json<Playback>> {
    Ok(Json(match inside {
        Inside::Host(host) => host.playback().await?,
        Inside::Guest(guest) => guest.playback().await?,
        Inside::Screen(screen) => screen.playback().await?,
        Inside::Helper(helper) => helper.playback().await?,
    }))
}
