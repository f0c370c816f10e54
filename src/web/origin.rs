//! Under which name a request calls this box, and out of which page.

use rocket::http::Method;
use rocket::request::Request;

use super::state::AppState;
use crate::domain::{Authority, Refusal, UserId};
use crate::engine::Called;
use crate::store::{Error, Result};

/// Refuses a request under a name that is not ours: a page elsewhere may make its own name lead to this box. Names that
/// no stranger can register are fine: addresses, single words, those of a LAN, and what the owner set.
pub fn called_by_our_name(request: &Request<'_>) -> Result<()> {
    let here = AppState::of(request);
    let passed_on = here.proxies.hosts(request);
    let mut hosts = request.headers().get_one("Host").into_iter().chain(passed_on.iter().map(String::as_str));
    if hosts.all(|host| host.is_empty() || our_name(here, host)) { Ok(()) } else { Err(Refusal::UnknownHost.into()) }
}

fn our_name(here: &AppState, host: &str) -> bool {
    let own = || here.network.address().authority();
    let ours = |called: Authority| called.is_of_a_lan() || own().is_some_and(|own| own.host() == called.host());
    Authority::parse(host).is_some_and(ours)
}

/// What the browser called this box: to a proxy of ours, where there is one, and here.
fn called(request: &Request<'_>) -> Vec<Authority> {
    let passed_on = AppState::of(request).proxies.hosts(request);
    let hosts = passed_on.iter().map(String::as_str).chain(request.headers().get_one("Host"));
    hosts.filter_map(Authority::parse).collect()
}

/// Notes what a host calls this box: the links and codes on their pages lead there.
pub fn note_our_name(request: &Request<'_>, host: &UserId) {
    let here = AppState::of(request);
    let Some(authority) = called(request).into_iter().next() else { return };
    let scheme = if here.is_secure(request) { "https" } else { "http" };
    let near = here.proxies.asker(request).is_some_and(|ip| ip.is_loopback());
    if here.network.note_called(host, Called { scheme, authority }, near) {
        here.store.changes().note(host, []);
    }
}

/// An unsafe method that rides on a cookie must come from our own page.
pub fn from_our_page(request: &Request<'_>) -> Result<()> {
    let safe = matches!(request.method(), Method::Get | Method::Head | Method::Options);
    if safe || origin(request).is_some_and(|origin| ours(request, origin)) {
        return Ok(());
    }
    Err(from_elsewhere(request))
}

/// Refuses a request that says it comes from another site; one that says nothing may be a program.
pub fn not_from_elsewhere(request: &Request<'_>) -> Result<()> {
    if origin(request).is_some_and(|origin| !ours(request, origin)) {
        return Err(from_elsewhere(request));
    }
    Ok(())
}

fn from_elsewhere(request: &Request<'_>) -> Error {
    if let Some(origin) = origin(request) {
        AppState::of(request).proxies.other_site(request, origin);
    }
    Refusal::CrossOrigin.into()
}

fn origin<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    request.headers().get_one("Origin")
}

fn ours(request: &Request<'_>, origin: &str) -> bool {
    let Some((scheme @ ("http" | "https"), from)) = origin.split_once("://") else { return false };
    let Some(from) = Authority::parse(from).map(|from| from.written(scheme)) else { return false };
    let is_it = |to: Authority| to.written(scheme) == from;
    let here = AppState::of(request);
    called(request).into_iter().any(is_it) || here.network.address().authority().is_some_and(is_it)
}
