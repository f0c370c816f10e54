//! What the asker prefers to get back: a page, or JSON.

use rocket::request::{FromRequest, Outcome, Request};

use super::local::is_local;

/// Whether a person is looking: under `/api` only when the page's own form asks for HTML, elsewhere unless JSON is asked for.
pub fn html(request: &Request<'_>) -> bool {
    let accept = request.headers().get_one("Accept").unwrap_or_default();
    let at = |kind: &str| accept.find(kind);
    let (page, data) = (at("text/html"), at("application/json"));
    let api = request.uri().path().starts_with("/api/");
    match (page, data) {
        (Some(page), Some(data)) => page < data,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => !api,
    }
}

/// Whether the answer may be compressed by gzip: it is asked for by name, or with whatever there is, and not refused.
pub fn gzip(request: &Request<'_>) -> bool {
    let codings = || request.headers().get("Accept-Encoding").flat_map(|line| line.split(','));
    let weight = |wanted: &str| {
        codings().find_map(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let is_zero = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case(wanted).then_some(!is_zero)
        })
    };
    weight("gzip").or_else(|| weight("*")).unwrap_or(false)
}

/// Whether a person's form asks.
pub struct FromForm(pub bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for FromForm {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Self(html(request)))
    }
}

/// The page the asker came from, when it is one of ours that can be opened again: its path only.
pub fn back(request: &Request<'_>) -> Option<String> {
    let came_from = request.headers().get_one("Referer")?;
    let host = request.headers().get_one("Host")?;
    let (_, rest) = came_from.split_once("://")?;
    let path = rest.strip_prefix(host)?;
    (is_local(path) && !path.starts_with("/api/")).then(|| path.to_owned())
}
