//! Who asks. A guard is the tenant handle itself: a handler that has one may use it, and there is no other way to one.

use rocket::http::Method;
use rocket::request::{FromParam, FromRequest, Outcome, Request};

use super::cookies::sent;
use super::errors::Problem;
use super::state::Here;
use super::token::Purpose;
use crate::domain::{Id, Outcome as Crossing, Refusal, Role, User, Username};
use crate::store::{Error, Guest, Host, Result, Screen, Signed, Tenant, Visitor};

/// Somebody signed in.
pub struct Me(pub Signed);

/// The super admin.
pub struct Operator(pub User);

/// Somebody inside the party, whoever it is.
pub enum Inside {
    Host(Tenant<Host>),
    Guest(Tenant<Guest>),
    Screen(Tenant<Screen>),
}

/// Passes when the request does not come from another site.
pub struct SameSite;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Me {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(me(request).await.map(Me), request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Operator {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(operator(request).await.map(Operator), request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant<Host> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(host(request).await, request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant<Guest> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(guest(request).await, request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant<Screen> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(screen(request).await, request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant<Visitor> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(visitor(request).await, request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Inside {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        outcome(inside(request).await, request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameSite {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let from_elsewhere = origin(request).is_some_and(|origin| !ours(request, origin));
        let verdict = if from_elsewhere { Err(Refusal::CrossOrigin.into()) } else { Ok(Self) };
        outcome(verdict, request)
    }
}

impl<'a, Kind> FromParam<'a> for Id<Kind> {
    type Error = ();

    fn from_param(text: &'a str) -> std::result::Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

fn outcome<T>(verdict: Result<T>, request: &Request<'_>) -> Outcome<T, ()> {
    match verdict {
        Ok(value) => Outcome::Success(value),
        Err(error) => Problem::from(error).fail(request),
    }
}

async fn me(request: &Request<'_>) -> Result<Signed> {
    let here = Here::of(request);
    let bearer = request.headers().get_one("Authorization").and_then(|value| value.strip_prefix("Bearer "));
    let cookie = sent(request.cookies(), "session");
    let token = bearer.or(cookie).ok_or(Refusal::NotSignedIn)?;
    let claims = here.keyring.read(token, Purpose::Session, here.store.now()).ok_or(Refusal::NotSignedIn)?;
    let (session, user) = Id::parse(&claims.id).zip(Id::parse(&claims.of)).ok_or(Refusal::NotSignedIn)?;
    let signed = here.store.signed(&session, &user).await?;
    if bearer.is_none() {
        carried_by_cookie(request)?;
    }
    Ok(signed)
}

async fn operator(request: &Request<'_>) -> Result<User> {
    let user = me(request).await?.user;
    if user.role == Role::Superadmin {
        return Ok(user);
    }
    let (whose, name) = (user.id, user.username);
    Here::of(request).store.log_crossing(whose, name, action(request), Crossing::Refused, from(request)).await?;
    Err(Refusal::NotSuperadmin.into())
}

async fn host(request: &Request<'_>) -> Result<Tenant<Host>> {
    let signed = me(request).await?;
    Here::of(request).store.host(&signed.user, &wanted(request)?, action(request), from(request)).await
}

async fn guest(request: &Request<'_>) -> Result<Tenant<Guest>> {
    let name = wanted(request)?;
    let id = pass(request, "guest", Purpose::Guest, &name).and_then(|id| Id::parse(&id)).ok_or(Refusal::NotJoined)?;
    let tenant = Here::of(request).store.guest(&name, &id).await?;
    carried_by_cookie(request)?;
    Ok(tenant)
}

async fn screen(request: &Request<'_>) -> Result<Tenant<Screen>> {
    let name = wanted(request)?;
    let id =
        pass(request, "screen", Purpose::Screen, &name).and_then(|id| Id::parse(&id)).ok_or(Refusal::DeadScreen)?;
    let tenant = Here::of(request).store.screen(&name, &id).await?;
    carried_by_cookie(request)?;
    Ok(tenant)
}

async fn visitor(request: &Request<'_>) -> Result<Tenant<Visitor>> {
    Here::of(request).store.visit(&wanted(request)?).await
}

/// A page made for guests says `?as=guest`, for a DJ who looks at their own party as a guest. Elsewhere a
/// sign-in to these pages comes first, then a guest's pass, then a screen's.
async fn inside(request: &Request<'_>) -> Result<Inside> {
    let name = wanted(request)?;
    let holds = |cookie, purpose| pass(request, cookie, purpose, &name).is_some();
    let as_guest = request.query_value::<&str>("as").is_some_and(|who| who == Ok("guest"));
    if as_guest || holds("guest", Purpose::Guest) && !entitled(request, &name).await {
        return guest(request).await.map(Inside::Guest);
    }
    if holds("screen", Purpose::Screen) && me(request).await.is_err() {
        return screen(request).await.map(Inside::Screen);
    }
    host(request).await.map(Inside::Host)
}

async fn entitled(request: &Request<'_>, name: &Username) -> bool {
    me(request).await.is_ok_and(|signed| signed.user.username == *name || signed.user.role == Role::Superadmin)
}

/// The id in a pass to this party, if we made it and it has not run out.
pub fn pass(request: &Request<'_>, cookie: &str, purpose: Purpose, name: &Username) -> Option<String> {
    let here = Here::of(request);
    let claims = here.keyring.read(sent(request.cookies(), cookie)?, purpose, here.store.now())?;
    (claims.of == name.as_str()).then_some(claims.id)
}

/// Whose pages the address names; anything that is not a username names nobody.
fn wanted(request: &Request<'_>) -> Result<Username> {
    let index = usize::from(request.routed_segment(0) == Some("api"));
    request.routed_segment(index).and_then(Username::parse).ok_or(Error::NotFound)
}

/// The address without its query, made printable; tokens live in the query.
fn action(request: &Request<'_>) -> String {
    let path = request.uri().path().to_string();
    format!("{} {}", request.method(), path.escape_debug()).chars().take(200).collect()
}

/// Where a request comes from, as far as we can know.
pub fn from(request: &Request<'_>) -> Option<String> {
    request.client_ip().map(|ip| ip.to_string())
}

/// An unsafe method that rides on a cookie must come from our own page.
fn carried_by_cookie(request: &Request<'_>) -> Result<()> {
    let safe = matches!(request.method(), Method::Get | Method::Head | Method::Options);
    if safe || origin(request).is_some_and(|origin| ours(request, origin)) {
        return Ok(());
    }
    Err(Refusal::CrossOrigin.into())
}

fn origin<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.headers().get_one("Origin")
}

fn ours(request: &Request<'_>, origin: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let host = request.headers().get_one("Host");
    authority.is_some_and(|authority| host == Some(authority) || authority == Here::of(request).address.authority())
}
