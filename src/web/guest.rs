//! The guest's way: the door, the party, a song request, a vote.

use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Responder;
use rocket::response::content::RawJson;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::client;
use super::cookies::SetCookies;
use super::entered::{entered, having_entered};
use super::errors::{Answer, Problem};
use super::guards::{Maybe, SameSite};
use super::input::Input;
use super::passes::pass;
use super::previews::glance;
use super::responses::{Done, Onward, Page};
use super::state::AppState;
use super::token::Purpose;
use super::written::Written;
use crate::domain::{GuestId, JoinToken, Pin, Refusal, RequestId, Username};
use crate::store::{Error, Guest, JoinCredential, PinCaller, Tenant, Visitor};
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![page, join, party, vote, unvote, withdraw]
}

/// How long a guest's pass is good for at most; the event's end closes the door anyway.
const PASS_SECONDS: i64 = 25 * 3600;

/// Who asks to join: the one a cookie tells from all others behind the same address.
pub struct Joiner {
    caller: PinCaller,
    /// A pass to this very party, if any.
    guest: Option<String>,
    /// A pass was given to this browser a moment ago.
    entered: bool,
    /// What became of the form it has just sent.
    said: Option<String>,
    /// The page is there already, and asks for what is this guest's own on it.
    own: bool,
    /// Nobody looks yet.
    glance: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Joiner {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let name = [0, 1].into_iter().filter_map(|n| request.routed_segment(n)).find_map(Username::parse);
        let held = |purpose| name.as_ref().and_then(|name| pass(request, purpose, name));
        let guest = held(Purpose::Guest);
        Outcome::Success(Self {
            caller: PinCaller {
                known: held(Purpose::Visitor).or_else(|| guest.clone()),
                source: client(request).source(),
            },
            guest,
            entered: entered(request),
            said: request.query_value("said").and_then(Result::ok),
            own: request.query_value::<&str>("part").is_some_and(|part| part == Ok("mine")),
            glance: glance(request),
        })
    }
}

#[derive(Deserialize)]
pub struct Join {
    pin: Option<String>,
    t: Option<String>,
}

/// A page, or the way to one.
#[derive(Responder)]
pub enum Door {
    Page(Box<Page>),
    Onward(Onward),
    Closed((rocket::http::Status, Box<Page>)),
}

/// A joined guest's page, the door to it, or word that it is over. `t` from the QR code is the one tap.
#[rocket::get("/<_>?<t>")]
pub async fn page(
    t: Option<&str>,
    guest: Maybe<Tenant<Guest>>,
    visitor: Tenant<Visitor>,
    joiner: Joiner,
    here: &State<AppState>,
) -> Answer<Door> {
    let own = visitor.owner().username.home();
    match (guest.0, t) {
        (Some(guest), None) if !joiner.entered => inside(&guest, &joiner, here).await,
        (Some(_), _) => Ok(Door::Onward(Onward(own, SetCookies::default()))),
        // A preview makes no guest.
        (None, Some(_)) if joiner.glance => Ok(Door::Onward(Onward(own, SetCookies::default()))),
        (None, Some(token)) => {
            let guest = visitor.join(JoinCredential::Token(JoinToken(token.trim().to_owned()))).await?;
            Ok(Door::Onward(Onward(having_entered(&own), guest_cookies(here, &guest)?)))
        }
        (None, None) if joiner.entered && joiner.guest.is_none() => Err(Refusal::CookiesBlocked.into()),
        (None, None) => outside(&visitor, &joiner, here).await,
    }
}

async fn inside(guest: &Tenant<Guest>, joiner: &Joiner, here: &AppState) -> Answer<Door> {
    let live = here.live(&guest.owner().username.api("party/live"));
    let party = guest.party().await?;
    let page = if joiner.own {
        ui::guest::personal(&party)
    } else {
        ui::guest::party(&party, RequestId::fresh().as_str(), joiner.said.as_deref(), &live)
    };
    Ok(Door::Page(Box::new(Page::plain(page))))
}

async fn outside(visitor: &Tenant<Visitor>, joiner: &Joiner, here: &AppState) -> Answer<Door> {
    let owner = visitor.owner();
    match visitor.event_name().await {
        Ok(event) => {
            let then = having_entered(&owner.username.home());
            let door = ui::guest::door(&owner.username, &owner.display_name, &event, &then);
            // Whoever is known stays known: a second look must not bring five more tries.
            let cookies = match joiner.caller.known {
                Some(_) => SetCookies::default(),
                None => visitor_cookies(here, &owner.username)?,
            };
            Ok(Door::Page(Box::new(Page(door, cookies))))
        }
        Err(Error::Refused(refusal)) => {
            let refusal = if joiner.guest.is_some() { Refusal::EventOver } else { refusal };
            let page = Page::plain(ui::guest::closed(&owner.display_name, &refusal.sentence()));
            Ok(Door::Closed((rocket::http::Status::Gone, Box::new(page))))
        }
        Err(error) => Err(error.into()),
    }
}

#[rocket::post("/api/<_>/join", data = "<input>")]
pub async fn join(
    input: Input<Join>,
    visitor: Tenant<Visitor>,
    joiner: Joiner,
    _from: SameSite,
    here: &State<AppState>,
) -> Answer<Done<Value>> {
    let event = visitor.event_name().await?;
    let name = &visitor.owner().username;
    let guest = match come_in(input.0, &visitor, &joiner, here).await {
        Ok(guest) => guest,
        // From now on this visitor is told from others behind the same address.
        Err(error) if joiner.caller.known.is_none() => {
            return Err(Problem::from(error).with(visitor_cookies(here, name)?));
        }
        Err(error) => return Err(error.into()),
    };
    let body = json!({ "event": { "name": event }, "guest": { "id": guest.guest_id() } });
    Ok(Done::ok(body, having_entered(&name.home())).with(guest_cookies(here, &guest)?))
}

async fn come_in(join: Join, door: &Tenant<Visitor>, joiner: &Joiner, here: &AppState) -> Result<Tenant<Guest>, Error> {
    if let Some(token) = join.t {
        return enter(JoinCredential::Token(JoinToken(token.trim().to_owned())), door, joiner, here).await;
    }
    let pin = door.check_pin(Pin::parse(&join.pin.unwrap_or_default()), &joiner.caller).await?;
    enter(JoinCredential::Pin(pin), door, joiner, here).await
}

/// Somebody who is inside already comes back as who they are: a second scan makes no second voice.
async fn enter(
    credential: JoinCredential,
    visitor: &Tenant<Visitor>,
    joiner: &Joiner,
    here: &AppState,
) -> Result<Tenant<Guest>, Error> {
    let Some(id) = joiner.guest.as_deref().and_then(GuestId::parse) else { return visitor.join(credential).await };
    match here.store.guest(&visitor.owner().username, &id).await {
        Ok(guest) => visitor.check(credential).await.map(|()| guest),
        Err(Error::Refused(_) | Error::NotFound) => visitor.join(credential).await,
        Err(fault) => Err(fault),
    }
}

fn guest_cookies(here: &AppState, guest: &Tenant<Guest>) -> Result<SetCookies, Error> {
    here.pass_cookies(Purpose::Guest, guest.guest_id().as_str(), &guest.owner().username, PASS_SECONDS)
}

fn visitor_cookies(here: &AppState, name: &Username) -> Result<SetCookies, Error> {
    here.pass_cookies(Purpose::Visitor, RequestId::fresh().as_str(), name, PASS_SECONDS)
}

#[rocket::get("/api/<_>/party")]
pub async fn party(guest: Tenant<Guest>) -> Answer<RawJson<String>> {
    let party = guest.party().await?;
    let shared = party.shared.forms.of(|| Written::of(&*party.shared));
    Ok(RawJson(shared.and(&party)?))
}

#[rocket::post("/api/<_>/requests/<id>/vote")]
pub async fn vote(id: RequestId, guest: Tenant<Guest>) -> Answer<Done<Value>> {
    ballot(&guest, &id, true).await
}

#[rocket::delete("/api/<_>/requests/<id>/vote")]
pub async fn unvote(id: RequestId, guest: Tenant<Guest>) -> Answer<Done<Value>> {
    ballot(&guest, &id, false).await
}

#[rocket::post("/api/<_>/requests/<id>/withdraw")]
pub async fn withdraw(id: RequestId, guest: Tenant<Guest>) -> Answer<Done<Value>> {
    let request = guest.withdraw(&id).await?;
    Ok(Done::ok(json!({ "request": request }), guest.owner().username.home()))
}

async fn ballot(guest: &Tenant<Guest>, id: &RequestId, give: bool) -> Answer<Done<Value>> {
    let request = guest.vote(id, give).await?;
    Ok(Done::ok(json!({ "request": request }), guest.owner().username.home()))
}
