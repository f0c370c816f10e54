//! Live streams. Everything a stream carries was rendered once, by the hub, for all who listen.

use std::time::Duration;

use rocket::http::ContentType;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::stream::stream;
use rocket::response::{Responder, Response, Result as Reply};
use rocket::tokio::io::empty;
use rocket::tokio::select;
use rocket::tokio::time::{sleep, timeout};
use rocket::{Route, Shutdown, State, routes};

use super::body::{Endless, Pieces};
use super::errors::Answer;
use super::guards::Me;
use super::held_turn::waiting;
use super::state::AppState;
use crate::domain::{Refusal, UserId};
use crate::engine::{Audience, Listener, complain};
use crate::store::{Error, Guest, Helper, Host, Screen, Signed, Tenant};

pub fn routes() -> Vec<Route> {
    routes![host, guest, screen, helper]
}

/// How often a free place is looked for, and how long it takes a page that is gone to be noticed.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// How long a stream waits for somebody to look what there is.
const UNTIL_KNOWN: Duration = Duration::from_secs(1);

/// Server-sent events, written out already, that go on beside the answer.
pub struct Live(Pieces);

impl<'r> Responder<'r, 'static> for Live {
    fn respond_to(self, request: &'r Request<'_>) -> Reply<'static> {
        request.local_cache(Endless::default).put(self.0);
        Response::build().header(ContentType::EventStream).streamed_body(empty()).ok()
    }
}

/// The id a reconnecting page heard last; one that is not a number is one we never gave.
pub struct LastEventId(Option<u64>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastEventId {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let header = request.headers().get_one("Last-Event-ID").filter(|id| !id.is_empty());
        // A page's first stream cannot send the header; it says in its address what the page knows.
        let id = header.or_else(|| request.query_value::<&str>("heard")?.ok());
        Outcome::Success(Self(id.map(|id| id.parse().unwrap_or(0))))
    }
}

#[rocket::get("/api/<_>/live")]
pub async fn host(
    host: Tenant<Host>,
    me: Me,
    last: LastEventId,
    here: &State<AppState>,
    end: Shutdown,
) -> Answer<Live> {
    let Signed { session, user, .. } = me.0;
    let taken = here.stream_places.of_dj(host.id())?;
    let listener = place(here, host.id(), Audience::Host, &format!("{}/{session}", user.id), &last).await?;
    // Whoever opens the page sees soon that the player is back.
    let looked = host.poll_if_away(here.spotify.defaults()).await;
    looked.unwrap_or_else(|error| complain("A player that was away was not looked for", &error));
    let store = here.store.clone();
    let still = move || {
        let (store, session, user) = (store.clone(), session.clone(), user.id.clone());
        async move { store.signed(&session, &user).await.map(drop) }
    };
    Ok(live(listener, taken, still, end))
}

#[rocket::get("/api/<_>/party/live")]
pub async fn guest(guest: Tenant<Guest>, last: LastEventId, here: &State<AppState>, end: Shutdown) -> Answer<Live> {
    let audience = Audience::Guest(guest.event_id().clone());
    let taken = here.stream_places.of_guest(guest.address())?;
    let listener = place(here, guest.id(), audience, guest.guest_id().as_str(), &last).await?;
    let store = here.store.clone();
    let still = move || {
        let (store, guest) = (store.clone(), guest.clone());
        async move { store.guest(&guest.owner().username, guest.guest_id()).await.map(drop) }
    };
    Ok(live(listener, taken, still, end))
}

#[rocket::get("/api/<_>/display/live")]
pub async fn screen(screen: Tenant<Screen>, last: LastEventId, here: &State<AppState>, end: Shutdown) -> Answer<Live> {
    let taken = here.stream_places.of_dj(screen.id())?;
    let listener = place(here, screen.id(), Audience::Screen, screen.screen_id().as_str(), &last).await?;
    let store = here.store.clone();
    let still = move || {
        let (store, screen) = (store.clone(), screen.clone());
        async move { store.screen(&screen.owner().username, screen.screen_id()).await.map(drop) }
    };
    Ok(live(listener, taken, still, end))
}

#[rocket::get("/api/<_>/helper/live")]
pub async fn helper(helper: Tenant<Helper>, last: LastEventId, here: &State<AppState>, end: Shutdown) -> Answer<Live> {
    let taken = here.stream_places.of_dj(helper.id())?;
    let listener = place(here, helper.id(), Audience::Helper, helper.helper_id().as_str(), &last).await?;
    let store = here.store.clone();
    let still = move || {
        let (store, helper) = (store.clone(), helper.clone());
        async move { store.helper(&helper.owner().username, helper.helper_id()).await.map(drop) }
    };
    Ok(live(listener, taken, still, end))
}

/// A place in a channel for who was let in by a key. Where the key has all it may have, most of them may be pages left a
/// moment ago: that one is gone is noticed only when something is said to it, so something is.
async fn place(
    here: &AppState,
    whose: &UserId,
    audience: Audience,
    key: &str,
    last: &LastEventId,
) -> Result<Listener, Refusal> {
    for _ in 0..LOOKS {
        if let Some(listener) = here.hub.listen(whose, audience.clone(), key, last.0) {
            known(here, whose, &audience).await;
            return Ok(listener);
        }
        here.hub.tell(whose, key, "beat");
        waiting(sleep(BETWEEN_LOOKS)).await;
    }
    Err(Refusal::TooManyStreams)
}

/// Waits until it is known what is told in this channel: of what comes then only what is new has to be said.
async fn known(here: &AppState, whose: &UserId, audience: &Audience) {
    let Some(mut told) = here.hub.untold(whose, audience) else { return };
    here.store.changes().call(whose);
    // Without it the first change comes whole.
    let _ = waiting(timeout(UNTIL_KNOWN, told.wait_for(|is_known| *is_known))).await;
}

/// Says what the listener hears, who has `taken` something for as long, until the box ends or the right to hear it does. `still` is asked at every beat: an
/// account may be suspended, or a pass run out, without anybody saying so here.
fn live<F>(
    mut listener: Listener,
    taken: impl Send + 'static,
    still: impl Fn() -> F + Send + 'static,
    mut end: Shutdown,
) -> Live
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    Live(Box::pin(stream! {
        let _taken = taken;
        'said: loop {
            let message = select! {
                message = listener.next() => message,
                () = &mut end => None,
            };
            let Some(message) = message else { break };
            if message.event == "beat" && matches!(still().await, Err(Error::Refused(_) | Error::NotFound)) {
                break;
            }
            let mut sent = 0;
            loop {
                // Whoever is too slow for it comes back through the door.
                let Some(piece) = message.piece(sent) else { break 'said };
                if piece.is_empty() {
                    break;
                }
                sent += piece.len();
                yield piece;
            }
        }
    }))
}
