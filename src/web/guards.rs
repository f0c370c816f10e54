//! Who asks. A guard is the tenant handle itself: a handler that has one may use it, and there is no other way to one.

use rocket::request::{FromParam, FromRequest, Outcome, Request};

use super::client::{address, deed};
use super::cookies::set_later;
use super::errors::Problem;
use super::origin::{called_by_our_name, from_our_page, not_from_elsewhere, note_our_name};
use super::passes::{pass, wanted};
use super::screen_opening::come_back;
use super::state::AppState;
use super::token::Purpose;
use crate::domain::{self, Id, Refusal, Role, User, Username};
use crate::store::{Error, Guest, Helper, Host, Result, Screen, Signed, Tenant, Visitor};

/// Somebody signed in.
pub struct Me(pub Signed);

/// The super admin.
pub struct Operator(pub User);

/// Somebody inside the party, whoever it is.
pub enum Inside {
    Host(Tenant<Host>),
    Guest(Tenant<Guest>),
    Screen(Tenant<Screen>),
    Helper(Tenant<Helper>),
}

/// Somebody who may approve and reject.
pub enum Decider {
    Host(Tenant<Host>),
    Helper(Tenant<Helper>),
}

/// Somebody a page is for, or a stranger; for pages that are something to both. A fault of the box makes nobody a
/// stranger: it fails.
pub struct Maybe<T>(pub Option<T>);

/// Passes when the request does not come from another site.
pub struct SameSite;

/// A role that somebody may turn out to have at the party an address names.
pub trait Entitled: Sized + Send {
    /// Their handle to it; refuses whoever has not this role there.
    fn tenant(request: &Request<'_>) -> impl Future<Output = Result<Tenant<Self>>> + Send;
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Me {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, me(request)).await.map(Me)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Operator {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, operator(request)).await.map(Operator)
    }
}

#[rocket::async_trait]
impl<'r, R: Entitled> FromRequest<'r> for Tenant<R> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, R::tenant(request)).await
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Inside {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, inside(request)).await
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Decider {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, decider(request)).await
    }
}

#[rocket::async_trait]
impl<'r, T: FromRequest<'r, Error = ()>> FromRequest<'r> for Maybe<T> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match T::from_request(request).await {
            Outcome::Success(known) => Outcome::Success(Self(Some(known))),
            Outcome::Error((status, ())) if status.class().is_server_error() => Outcome::Error((status, ())),
            _ => Outcome::Success(Self(None)),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameSite {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        admit(request, async { not_from_elsewhere(request).map(|()| Self) }).await
    }
}

impl<'a, Kind> FromParam<'a> for Id<Kind> {
    type Error = ();

    fn from_param(text: &'a str) -> std::result::Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

/// Every guard's first question is whether we were meant at all.
async fn admit<T>(request: &Request<'_>, verdict: impl Future<Output = Result<T>>) -> Outcome<T, ()> {
    let verdict = match called_by_our_name(request) {
        Ok(()) => verdict.await,
        Err(error) => Err(error),
    };
    match verdict {
        Ok(value) => Outcome::Success(value),
        Err(error) => Problem::from(error).fail(request),
    }
}

async fn me(request: &Request<'_>) -> Result<Signed> {
    if let Some(token) = request.headers().get_one("Authorization").and_then(bearer) {
        return signed(request, token).await;
    }
    // Another program on this machine may have a cookie of the same name: the one that is good counts.
    let here = AppState::of(request);
    for token in here.cookies.sent(request, Purpose::Session.cookie()) {
        let mut signed = match signed(request, token).await {
            Err(Error::Refused(Refusal::NotSignedIn)) => continue,
            other => other?,
        };
        from_our_page(request)?;
        if here.store.keep_alive(&mut signed, here.session_hours).await? {
            set_later(request, here.session_cookies(&signed)?.1);
        }
        return Ok(signed);
    }
    Err(Refusal::NotSignedIn.into())
}

/// Who is behind a token of ours.
async fn signed(request: &Request<'_>, token: &str) -> Result<Signed> {
    let here = AppState::of(request);
    let now = here.store.own_time();
    let good = here.keyring.read(token, Purpose::Session, now);
    let claims = good.clone().or_else(|| here.keyring.read_expired(token, Purpose::Session, now));
    let claims = claims.ok_or(Refusal::NotSignedIn)?;
    let (session, user) = Id::parse(&claims.id).zip(Id::parse(&claims.of)).ok_or(Refusal::NotSignedIn)?;
    if good.is_none() {
        here.store.run_out(&session, &user).await?;
        return Err(Refusal::NotSignedIn.into());
    }
    here.store.signed(&session, &user).await
}

/// The token of a header that carries one; the scheme's name has no case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

async fn operator(request: &Request<'_>) -> Result<User> {
    let user = me(request).await?.user;
    if user.role == Role::Superadmin {
        return Ok(user);
    }
    let deed = deed(request, &user.username);
    AppState::of(request).store.record(&user.id, deed, domain::Outcome::Refused).await?;
    Err(Refusal::NotSuperadmin.into())
}

impl Entitled for Host {
    async fn tenant(request: &Request<'_>) -> Result<Tenant<Self>> {
        let signed = me(request).await?;
        let deed = deed(request, &signed.user.username);
        let host = AppState::of(request).store.host(&signed.user, &wanted(request)?, deed).await?;
        if *host.id() == signed.user.id {
            note_our_name(request, host.id());
        }
        Ok(host)
    }
}

impl Entitled for Guest {
    async fn tenant(request: &Request<'_>) -> Result<Tenant<Self>> {
        let name = wanted(request)?;
        let id = held(request, Purpose::Guest, &name).ok_or(Refusal::NotJoined)?;
        let tenant = AppState::of(request).store.guest(&name, &id).await?;
        from_our_page(request)?;
        Ok(tenant.coming_from(address(request)))
    }
}

impl Entitled for Screen {
    async fn tenant(request: &Request<'_>) -> Result<Tenant<Self>> {
        let name = wanted(request)?;
        // A device that has just opened another address is that screen from now on, whatever it was.
        let id = match (come_back(request, &name).await, held(request, Purpose::Screen, &name)) {
            (Err(Error::Refused(_)), Some(id)) => id,
            (opened, _) => opened?,
        };
        let tenant = AppState::of(request).store.screen(&name, &id).await?;
        from_our_page(request)?;
        Ok(tenant)
    }
}

impl Entitled for Helper {
    async fn tenant(request: &Request<'_>) -> Result<Tenant<Self>> {
        let name = wanted(request)?;
        let id = held(request, Purpose::Helper, &name).ok_or(Refusal::DeadHelper)?;
        let tenant = AppState::of(request).store.helper(&name, &id).await?;
        from_our_page(request)?;
        Ok(tenant)
    }
}

impl Entitled for Visitor {
    async fn tenant(request: &Request<'_>) -> Result<Tenant<Self>> {
        Ok(AppState::of(request).store.visit(&wanted(request)?).await?.coming_from(address(request)))
    }
}

/// A page made for guests says `?as=guest`, for a DJ who looks at their own party as a guest. Elsewhere a
/// sign-in to these pages comes first, then a guest's pass, then a screen's, then a helper's.
async fn inside(request: &Request<'_>) -> Result<Inside> {
    let name = wanted(request)?;
    let holds = |purpose| pass(request, purpose, &name).is_some();
    let as_guest = request.query_value::<&str>("as").is_some_and(|who| who == Ok("guest"));
    if as_guest || holds(Purpose::Guest) && !entitled(request, &name).await? {
        return Guest::tenant(request).await.map(Inside::Guest);
    }
    if (holds(Purpose::Screen) || holds(Purpose::Opening)) && !entitled(request, &name).await? {
        return Screen::tenant(request).await.map(Inside::Screen);
    }
    if holds(Purpose::Helper) && !entitled(request, &name).await? {
        return Helper::tenant(request).await.map(Inside::Helper);
    }
    Host::tenant(request).await.map(Inside::Host)
}

async fn decider(request: &Request<'_>) -> Result<Decider> {
    let name = wanted(request)?;
    let holds = pass(request, Purpose::Helper, &name).is_some();
    if holds && !entitled(request, &name).await? {
        return Helper::tenant(request).await.map(Decider::Helper);
    }
    Host::tenant(request).await.map(Decider::Host)
}

async fn entitled(request: &Request<'_>, name: &Username) -> Result<bool> {
    match me(request).await {
        Ok(signed) => Ok(signed.user.username == *name || signed.user.role == Role::Superadmin),
        Err(Error::Refused(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

fn held<Kind>(request: &Request<'_>, purpose: Purpose, name: &Username) -> Option<Id<Kind>> {
    pass(request, purpose, name).and_then(|id| Id::parse(&id))
}
