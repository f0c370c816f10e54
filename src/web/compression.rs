//! Pages and data go out compressed to whoever takes them so.
//!
//! Whoever watches the line and may put words into an answer can guess what else is in it by how well it compresses, so that
//! what lets somebody in is never compressed: see [`SECRET`].

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{ContentType, Header, Method};
use rocket::{Request, Response};

use super::accept;

/// Bytes up to which it saves no packet.
const SMALL: usize = 1024;

/// How hard it is tried. The page of 400 wishes takes 0.15 ms so and half as long at 1, where it is a quarter larger; at 6
/// it takes twice as long and is a thirtieth smaller.
const LEVEL: u32 = 3;

/// What shows a PIN, or a link or code that lets somebody in. Tokens are given only to who sends something.
const SECRET: [&str; 7] = [
    "/<_>/admin/helpers/<id>",
    "/<_>/admin/overview",
    "/<_>/admin/poster",
    "/<_>/admin/screens/<id>",
    "/<_>/display",
    "/api/<_>/event",
    "/setup",
];

/// Compresses what is worth it.
pub struct Compress;

#[rocket::async_trait]
impl Fairing for Compress {
    fn info(&self) -> Info {
        Info { name: "compression", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if !is_worth_it(request, response) {
            return;
        }
        // What is made before it is sent is in memory, where nothing breaks off.
        let plain = response.body_mut().to_bytes().await.unwrap_or_default();
        let compressed = gzip(&plain, Compression::new(LEVEL));
        response.set_header(Header::new("Content-Encoding", "gzip"));
        response.set_sized_body(compressed.len(), Cursor::new(compressed));
    }
}

/// Whether it is a page or data that was asked for, larger than a packet, not compressed yet, and with nothing secret in it.
fn is_worth_it(request: &Request<'_>, response: &Response<'_>) -> bool {
    let asks = matches!(request.method(), Method::Get | Method::Head);
    // A stream has no size, and neither has a file that is read as it is sent.
    let large = response.body().preset_size().is_some_and(|size| size > SMALL);
    let kinds = [ContentType::HTML, ContentType::JSON];
    let is_text = || response.content_type().is_some_and(|kind| kinds.contains(&kind));
    let is_secret = || request.route().is_some_and(|route| SECRET.contains(&route.uri.path()));
    asks && large
        && is_text()
        && !response.headers().contains("Content-Encoding")
        && !is_secret()
        && accept::gzip(request)
}

/// What is given as gzip has it.
pub fn gzip(plain: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), level);
    // A vector takes whatever is written.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}
