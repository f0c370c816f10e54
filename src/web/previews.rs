//! Looks at a page while nobody looks: previews of links, what a browser fetches ahead, `HEAD`.

use rocket::http::Method;
use rocket::request::Request;

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
