//! What plays: read by whoever is inside, and announced by hand.

use rocket::serde::json::Json;
use rocket::{Route, routes};
use serde::Deserialize;
use serde_json::Value;

use super::errors::Answer;
use super::guards::Inside;
use super::input::Input;
use super::responses::Done;
use crate::domain::{Line, Link, Playback, Refusal};
use crate::store::{Announcement, Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![playback, announce]
}

#[rocket::get("/api/<_>/playback")]
pub async fn playback(inside: Inside) -> Answer<Json<Playback>> {
    Ok(Json(match inside {
        Inside::Host(host) => host.playback().await?,
        Inside::Guest(guest) => guest.playback().await?,
        Inside::Screen(screen) => screen.playback().await?,
        Inside::Helper(helper) => helper.playback().await?,
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Said {
    title: String,
    artist: String,
}

#[rocket::put("/api/<_>/playback/manual", data = "<input>")]
pub async fn announce(input: Input<Value>, host: Tenant<Host>) -> Answer<Done<Playback>> {
    let unfit = || Refusal::field("body", "Please send title and artist as texts, or null for silence.");
    let said: Option<Said> = serde_json::from_value(input.0).map_err(|_| unfit())?;
    let Said { title, artist } = said.unwrap_or_default();
    let song = if title.is_empty() && artist.is_empty() {
        None
    } else {
        let line = |field, text: &str| named(field, text).map_err(|(field, sentence)| Refusal::field(field, sentence));
        Some(Announcement { title: line("title", &title)?, artist: line("artist", &artist)? })
    };
    let playback = host.announce(song).await?;
    Ok(Done::ok(playback, host.owner().username.admin("overview")))
}

/// A title or an artist. Refuses a link in the place of one.
pub fn named(field: &'static str, text: &str) -> Result<Line<200>, (&'static str, String)> {
    match Link::read(text) {
        Some(link) => Err((field, link.sentence())),
        None => Line::parse(text).map_err(|fault| (field, fault.sentence())),
    }
}
