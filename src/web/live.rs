//! Live streams. Everything a stream carries was rendered once, by the hub, for all who listen.

use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::stream::{Event, EventStream};
use rocket::tokio::select;
use rocket::{Shutdown, State};

use super::guards::Me;
use super::session::Answer;
use super::state::Here;
use crate::engine::{Lane, Listener};
use crate::store::{Error, Guest, Host, Screen, Tenant};

/// The id a reconnecting page heard last; one that is not a number is one we never gave.
pub struct LastHeard(Option<u64>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastHeard {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let header = request.headers().get_one("Last-Event-ID").filter(|id| !id.is_empty());
        Outcome::Success(Self(header.map(|id| id.parse().unwrap_or(0))))
    }
}

#[rocket::get("/api/<_>/live", rank = 20)]
pub fn host(host: Tenant<Host>, me: Me, last: LastHeard, here: &State<Here>, end: Shutdown) -> Answer<EventStream![]> {
    let key = me.0.session.as_str();
    Ok(stream(here.hub.listen(host.id(), Lane::Host, key, last.0).ok_or(Error::Busy)?, end))
}

#[rocket::get("/api/<_>/party/live", rank = 20)]
pub fn guest(guest: Tenant<Guest>, last: LastHeard, here: &State<Here>, end: Shutdown) -> Answer<EventStream![]> {
    let (lane, key) = (Lane::Guest(guest.event_id().clone()), guest.guest_id().as_str());
    Ok(stream(here.hub.listen(guest.id(), lane, key, last.0).ok_or(Error::Busy)?, end))
}

#[rocket::get("/api/<_>/display/live", rank = 20)]
pub fn screen(screen: Tenant<Screen>, last: LastHeard, here: &State<Here>, end: Shutdown) -> Answer<EventStream![]> {
    let key = screen.screen_id().as_str();
    Ok(stream(here.hub.listen(screen.id(), Lane::Screen, key, last.0).ok_or(Error::Busy)?, end))
}

fn stream(mut listener: Listener, mut end: Shutdown) -> EventStream![] {
    let events = EventStream! {
        loop {
            let message = select! {
                message = listener.next() => message,
                () = &mut end => None,
            };
            let Some(message) = message else { break };
            yield Event::data(message.data.to_string()).event(message.event).id(message.id.to_string());
        }
    };
    // The hub beats for everyone; a second heartbeat for each would be one too many.
    events.heartbeat(None)
}
