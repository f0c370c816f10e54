//! The DJ's word on which recording a request typed by hand is.

use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::decisions::shown;
use super::errors::Answer;
use super::input::Input;
use super::responses::Done;
use super::search::{hosts_songs, hosts_track};
use super::state::AppState;
use crate::domain::{Link, Refusal, RequestId, Unopened, span};
use crate::store::{Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![choose]
}

#[derive(Deserialize)]
pub struct Choice {
    uri: Option<String>,
    /// A switch, or the text of one where a form sends it.
    by_hand: Option<Value>,
    /// Other words to look for it by.
    words: Option<String>,
}

impl Choice {
    /// The id of the track that was chosen; `None` where the DJ plays it without Spotify.
    fn track(&self) -> Result<Option<String>, Refusal> {
        if self.by_hand.as_ref().is_some_and(|said| *said == true || *said == "true") {
            return Ok(None);
        }
        match self.uri.as_deref().and_then(Link::read) {
            Some(Link::Track(id)) => Ok(Some(id)),
            Some(link) => Err(Refusal::field("uri", link.sentence())),
            None => Err(Refusal::field("uri", "Please choose a track, or say that you play it by hand.")),
        }
    }
}

#[rocket::post("/api/<_>/requests/<id>/match", data = "<input>")]
pub async fn choose(
    id: RequestId,
    input: Input<Choice>,
    host: Tenant<Host>,
    here: &State<AppState>,
) -> Answer<Done<Value>> {
    host.choosable(&id).await?;
    if let Some(words) = input.0.words.as_deref() {
        let found = hosts_songs(&host, words, here).await?;
        let offered = host.offer(&id, words.trim().to_owned(), found).await?;
        let page = host.owner().username.admin("requests");
        return Ok(Done::ok(json!({ "request": offered }), page));
    }
    let recording = match input.0.track()? {
        None => None,
        Some(track) => {
            let unknown = |why| {
                let when = if let Unopened::Within(ms) = why { format!(" in {}", span(ms)) } else { String::new() };
                Refusal::field("uri", format!("Spotify does not name this track right now. Please try again{when}."))
            };
            Some(hosts_track(&host, &track, here).await?.map_err(unknown)?)
        }
    };
    Ok(shown(&host.choose(&id, recording).await?, &host))
}
