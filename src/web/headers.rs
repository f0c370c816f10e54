//! Headers that every answer carries.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::{Data, Request, Response};

use super::cookies::set_aside;
use super::previews::Glance;
use super::state::AppState;

/// Headers every answer carries. Nothing inline, nothing from elsewhere, nobody's frame.
const ALWAYS: [(&str, &str); 5] = [
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
];

/// Headers of an answer that says nothing else. It is somebody's own, and is made for who asks and for what they take.
const UNLESS_SAID: [(&str, &str); 2] =
    [("Cache-Control", "private, no-store"), ("Vary", "Accept, Accept-Encoding, Authorization, Cookie")];

/// Puts the same protective headers on every answer.
pub struct Headers;

#[rocket::async_trait]
impl Fairing for Headers {
    fn info(&self) -> Info {
        Info { name: "protective headers", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        Glance::note(request);
        AppState::of(request).proxies.note(request);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // An answer that sets the sign-in itself, as signing out does, has the last word.
        if !response.headers().contains("Set-Cookie") {
            for cookie in set_aside(request) {
                response.adjoin_header(cookie);
            }
        }
        if AppState::of(request).is_secure(request) {
            response.set_header(Header::new("Strict-Transport-Security", "max-age=31536000"));
            let cookies: Vec<String> =
                response.headers().get("Set-Cookie").map(|cookie| format!("{cookie}; Secure")).collect();
            response.remove_header("Set-Cookie");
            for cookie in cookies {
                response.adjoin_header(Header::new("Set-Cookie", cookie));
            }
        }
        for (name, value) in ALWAYS {
            response.set_header(Header::new(name, value));
        }
        if response.content_type().is_some_and(|kind| kind.is_event_stream()) {
            // A proxy that gathers what it passes on, as nginx does unless told so, would keep a stream's words to itself.
            response.set_header(Header::new("X-Accel-Buffering", "no"));
            response.set_header(Header::new("Cache-Control", "private, no-store, no-transform"));
        }
        for (name, value) in UNLESS_SAID {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        }
    }
}
