//! Style, script and pictures, from inside the binary.

use std::path::PathBuf;

use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rust_embed::Embed;

use super::session::Answer;
use crate::store::Error;

#[derive(Embed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
#[include = "*.png"]
#[exclude = "screenshots/*"]
struct Files;

/// A file that may be kept for an hour: its address does not change with its content.
#[derive(Responder)]
pub struct Asset {
    body: (ContentType, Vec<u8>),
    keep: Header<'static>,
}

#[rocket::get("/assets/<path..>")]
pub fn asset(path: PathBuf) -> Answer<Asset> {
    let name = path.to_str().ok_or(Error::NotFound)?;
    let file = Files::get(name).ok_or(Error::NotFound)?;
    let kind = path.extension().and_then(|end| end.to_str()).and_then(ContentType::from_extension);
    let body = (kind.unwrap_or(ContentType::Binary), file.data.into_owned());
    Ok(Asset { body, keep: Header::new("Cache-Control", "public, max-age=3600") })
}
