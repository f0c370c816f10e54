//! Styles, scripts and pictures, from inside the binary.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use flate2::Compression;
use rocket::http::{ContentType, Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Responder, Response, Result as Reply};
use rocket::{Route, State, routes};

use super::accept;
use super::compression::gzip;
use super::cookies::SetCookies;
use super::errors::Answer;
use super::responses::Onward;
use crate::store::Error;
use crate::ui::assets::{ALL, Asset, Edition};

pub fn routes() -> Vec<Route> {
    routes![asset]
}

/// Each of them as gzip has it, made when it is first asked for.
#[derive(Default)]
pub struct Compressed([OnceLock<Arc<[u8]>>; ALL.len()]);

impl Compressed {
    fn of(&self, at: usize) -> Arc<[u8]> {
        let text = ALL[at].text.as_bytes();
        self.0[at].get_or_init(|| gzip(text, Compression::best()).into()).clone()
    }
}

/// Whether it may come compressed, and which editions of what is asked for the browser has.
pub struct Wants<'r> {
    gzip: bool,
    has: Vec<&'r str>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Wants<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let has = request.headers().get("If-None-Match").flat_map(|line| line.split(',')).map(str::trim);
        Outcome::Success(Self { gzip: accept::gzip(request), has: has.collect() })
    }
}

/// What is asked for, or the way to what it is by now.
#[derive(Responder)]
pub enum Found {
    File(File),
    Newer(Onward),
}

/// One of them, and how long a browser keeps it.
pub struct File {
    asset: &'static Asset,
    body: Body,
    keep: &'static str,
}

enum Body {
    Known,
    Plain,
    Compressed(Arc<[u8]>),
}

/// Under a name that says what is in it a file is kept for good; under its plain name a browser asks each time whether it is
/// still the same. A page that was read before an update finds what has replaced what it names.
#[rocket::get("/assets/<path..>")]
pub fn asset(path: PathBuf, wants: Wants<'_>, compressed: &State<Compressed>) -> Answer<Found> {
    let name = path.to_str().ok_or(Error::NotFound)?;
    let named = |(at, asset): (usize, &'static Asset)| Some((at, asset, asset.named(name)?));
    let (at, asset, edition) = ALL.iter().enumerate().find_map(named).ok_or(Error::NotFound)?;
    let keep = match edition {
        Edition::Any => "no-cache",
        Edition::Of(mark) if mark == asset.mark() => "public, max-age=31536000, immutable",
        Edition::Of(_) => return Ok(Found::Newer(Onward(asset.plain(), SetCookies::default()))),
    };
    let has = |tag: &str| *tag == *"*" || tag.trim_start_matches("W/").trim_matches('"') == asset.mark();
    let body = match wants.gzip {
        _ if wants.has.into_iter().any(has) => Body::Known,
        true => Body::Compressed(compressed.of(at)),
        false => Body::Plain,
    };
    Ok(Found::File(File { asset, body, keep }))
}

impl<'r> Responder<'r, 'static> for File {
    fn respond_to(self, _: &'r Request<'_>) -> Reply<'static> {
        let Self { asset, body, keep } = self;
        let mut answer = Response::new();
        match body {
            Body::Known => answer.set_status(Status::NotModified),
            Body::Plain => answer.set_sized_body(asset.text.len(), Cursor::new(asset.text)),
            Body::Compressed(bytes) => {
                answer.set_header(Header::new("Content-Encoding", "gzip"));
                answer.set_sized_body(bytes.len(), Cursor::new(bytes));
            }
        }
        answer.set_header(ContentType::from_extension(asset.ending).unwrap_or(ContentType::Binary));
        // The same for the bytes as they are and for the compressed: they differ, and mean the same.
        answer.set_header(Header::new("ETag", format!("W/\"{}\"", asset.mark())));
        answer.set_header(Header::new("Cache-Control", keep));
        answer.set_header(Header::new("Vary", "Accept-Encoding"));
        Ok(answer)
    }
}
