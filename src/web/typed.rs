//! What a person typed into a form, kept while it is answered: a refusal gives it back.

use rocket::request::Request;

use super::body_limit::most;
use super::origin::from_our_page;

/// The fields of a form, in its order.
#[derive(Default)]
struct Typed(Vec<(String, String)>);

/// Keeps what was typed; to be called before the request is routed.
pub fn note(request: &Request<'_>, body: &[u8]) {
    if body.len() <= most(request.uri().path().as_str()) && request.content_type().is_some_and(|kind| kind.is_form()) {
        request.local_cache(|| Typed(serde_urlencoded::from_bytes(body).unwrap_or_default()));
    }
}

/// The fields of the form this request came from, where that was a page of ours: nobody else's words are put in front of
/// a person to send.
pub fn fields<'r>(request: &'r Request<'_>) -> &'r [(String, String)] {
    let typed: &Typed = request.local_cache(Typed::default);
    if typed.0.is_empty() || from_our_page(request).is_err() { &[] } else { &typed.0 }
}

/// What stands in one of them.
pub fn field<'r>(request: &'r Request<'_>, name: &str) -> Option<&'r str> {
    fields(request).iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str())
}
