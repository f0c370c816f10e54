//! Whose pages an address names, and the passes that came along.

use rocket::request::Request;

use super::state::AppState;
use super::token::{Claims, Purpose};
use crate::domain::Username;
use crate::store::{Error, Result};

/// Whose pages the address names; anything that is not a username names nobody.
pub fn wanted(request: &Request<'_>) -> Result<Username> {
    let index = usize::from(request.routed_segment(0) == Some("api"));
    request.routed_segment(index).and_then(Username::parse).ok_or(Error::NotFound)
}

/// What the passes say that came along, of those that we made and that have not run out.
fn passes(request: &Request<'_>, purpose: Purpose) -> impl Iterator<Item = Claims> {
    let here = AppState::of(request);
    let ours = move |token: &str| here.keyring.read(token, purpose, here.store.own_time());
    here.cookies.sent(request, purpose.cookie()).into_iter().filter_map(ours)
}

/// Whether a pass of this kind came along, to whichever party.
pub fn holds_any(request: &Request<'_>, purpose: Purpose) -> bool {
    passes(request, purpose).next().is_some()
}

/// The id in a pass to this party.
pub fn pass(request: &Request<'_>, purpose: Purpose, name: &Username) -> Option<String> {
    passes(request, purpose).find(|claims| claims.of == name.as_str()).map(|claims| claims.id)
}

/// The id in any pass that lets somebody in; whether it still does is not asked.
pub fn any_pass(request: &Request<'_>) -> Option<String> {
    let kinds = [Purpose::Session, Purpose::Guest, Purpose::Helper, Purpose::Screen];
    kinds.into_iter().flat_map(|purpose| passes(request, purpose)).map(|claims| claims.id).next()
}
