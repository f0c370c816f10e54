//! What can be known of who calls before anybody is asked: from where, to which name, out of which page.

use std::sync::{Mutex, PoisonError};

use rocket::http::{Header, Method};
use rocket::request::{FromRequest, Outcome, Request};

use super::cookies::SetCookies;
use super::state::Here;
use super::token::{Claims, Purpose};
use crate::domain::{Authority, ClientAddress, Refusal, UserId, Username};
use crate::store::{Client, Deed, Error, Known, Result};

/// Longest name of a browser that is kept.
const DEVICE: usize = 120;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Client {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Self { known: known(request), ..client(request) })
    }
}

/// Where this browser signed in before.
fn known(request: &Request<'_>) -> Vec<Known> {
    let here = Here::of(request);
    let ours = |token| here.keyring.read(token, Purpose::Known, here.store.own_time());
    let known = here.cookies.sent_known(request).into_iter().filter_map(ours);
    known.map(|claims| Known { account: claims.of, browser: claims.id }).collect()
}

/// Where a request comes from, as far as we can know.
pub fn client(request: &Request<'_>) -> Client {
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(DEVICE).collect();
    Client {
        address: Here::of(request).proxies.asker(request).map(|ip| ip.to_string()),
        device: request.headers().get_one("User-Agent").map(plain),
        known: vec![],
    }
}

/// Where a guest comes from, as far as we can know.
pub fn address(request: &Request<'_>) -> Option<ClientAddress> {
    Here::of(request).proxies.asker(request).map(ClientAddress::new)
}

/// What a request would do, for the record.
pub fn deed(request: &Request<'_>, actor: &Username) -> Deed {
    let path = request.uri().path().to_string();
    let action = format!("{} {}", request.method(), path.escape_debug()).chars().take(200).collect();
    Deed { actor: actor.as_str().to_owned(), action, client: client(request) }
}

/// Whose pages the address names; anything that is not a username names nobody.
pub fn wanted(request: &Request<'_>) -> Result<Username> {
    let index = usize::from(request.routed_segment(0) == Some("api"));
    request.routed_segment(index).and_then(Username::parse).ok_or(Error::NotFound)
}

/// What the passes say that came along, of those that we made and that have not run out.
fn passes(request: &Request<'_>, purpose: Purpose) -> impl Iterator<Item = Claims> {
    let here = Here::of(request);
    let ours = move |token: &str| here.keyring.read(token, purpose, here.store.own_time());
    here.cookies.sent(request, purpose.cookie()).into_iter().filter_map(ours)
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

/// Refuses a request under a name that is not ours: a page elsewhere may make its own name lead to this box. Names that
/// no stranger can register are fine: addresses, single words, those of a LAN, and what the owner set.
pub fn called_by_our_name(request: &Request<'_>) -> Result<()> {
    let here = Here::of(request);
    let passed_on = here.proxies.hosts(request);
    let mut hosts = request.headers().get_one("Host").into_iter().chain(passed_on.iter().map(String::as_str));
    if hosts.all(|host| host.is_empty() || our_name(here, host)) { Ok(()) } else { Err(Refusal::UnknownHost.into()) }
}

fn our_name(here: &Here, host: &str) -> bool {
    let own = || here.network.address().authority();
    let ours = |called: Authority| called.is_of_a_lan() || own().is_some_and(|own| own.host() == called.host());
    Authority::parse(host).is_some_and(ours)
}

/// What the browser called this box: to a proxy of ours, where there is one, and here.
fn called(request: &Request<'_>) -> Vec<Authority> {
    let passed_on = Here::of(request).proxies.hosts(request);
    let hosts = passed_on.iter().map(String::as_str).chain(request.headers().get_one("Host"));
    hosts.filter_map(Authority::parse).collect()
}

/// Notes what a host calls this box: the links and codes on their pages lead there.
pub fn note_our_name(request: &Request<'_>, host: &UserId) {
    let here = Here::of(request);
    let Some(called) = called(request).into_iter().next() else { return };
    let scheme = if here.is_secure(request) { "https" } else { "http" };
    let near = here.proxies.asker(request).is_some_and(|ip| ip.is_loopback());
    if here.network.heard(host, (scheme, called), near) {
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
        Here::of(request).proxies.other_site(request, origin);
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
    let here = Here::of(request);
    called(request).into_iter().any(is_it) || here.network.address().authority().is_some_and(is_it)
}

/// What programs call themselves that look at a link for somebody who was sent it, or is sending it.
const PREVIEWS: [&str; 9] = [
    "facebookexternalhit",
    "Facebot",
    "WhatsApp/",
    "TelegramBot",
    "Twitterbot",
    "Slackbot",
    "Discordbot",
    "SkypeUriPreview",
    "LinkedInBot",
];
/// Headers by which a browser says that nobody looks at the page yet.
const AHEAD: [&str; 4] = ["Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"];

/// Whether this is a look ahead, of a link's preview or of a browser that fetches what may be tapped next.
fn looks_ahead(request: &Request<'_>) -> bool {
    let header = |name| request.headers().get_one(name).unwrap_or_default();
    let agent = header("User-Agent");
    let says = |name| ["prefetch", "preview", "prerender"].iter().any(|word| header(name).contains(word));
    PREVIEWS.iter().any(|name| agent.contains(name)) || AHEAD.into_iter().any(says)
}

/// Whether nobody looks yet, as where only headers are asked for: Rocket itself answers `HEAD` as if it were `GET`.
pub struct Glance(bool);

impl Glance {
    /// To be called before the request is routed.
    pub fn note(request: &Request<'_>) {
        request.local_cache(|| Self(request.method() == Method::Head || looks_ahead(request)));
    }
}

/// Whether nobody looks yet: then nothing may be spent or made.
pub fn glance(request: &Request<'_>) -> bool {
    request.local_cache(|| Glance(false)).0
}

/// Says in an address that its reader was given a pass a moment ago, and should be carrying it.
const ENTERED: &str = "entered";

/// The page to go to with a pass just given: if the pass is not there then, this browser keeps no cookies.
pub fn having_entered(page: &str) -> String {
    let mark = if page.contains('?') { '&' } else { '?' };
    format!("{page}{mark}{ENTERED}=1")
}

/// What a browser that is told it was let in brings along.
pub struct Entered {
    /// Whether a pass was given a moment ago.
    pub now: bool,
    /// Whether a sign-in of ours is among its cookies, over or not.
    pub signed_in: bool,
    /// The same of a helper's pass to this party.
    pub helps: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Entered {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let helps = wanted(request).is_ok_and(|name| pass(request, Purpose::Helper, &name).is_some());
        Outcome::Success(Self {
            now: entered(request),
            signed_in: passes(request, Purpose::Session).next().is_some(),
            helps,
        })
    }
}

/// Whether a pass was given a moment ago, by [`having_entered`].
pub fn entered(request: &Request<'_>) -> bool {
    request.query_fields().any(|field| field.name == ENTERED)
}

/// Cookies that a guard wants on the answer, whatever the answer is.
#[derive(Default)]
struct Later(Mutex<SetCookies>);

/// Puts cookies on the answer to this request.
pub fn set_later(request: &Request<'_>, cookies: SetCookies) {
    let later: &Later = request.local_cache(Later::default);
    *later.0.lock().unwrap_or_else(PoisonError::into_inner) = cookies;
}

/// The cookies a guard has set aside for the answer.
pub fn set_aside(request: &Request<'_>) -> Vec<Header<'static>> {
    let later: &Later = request.local_cache(Later::default);
    std::mem::take(&mut *later.0.lock().unwrap_or_else(PoisonError::into_inner)).0
}
