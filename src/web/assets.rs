//! Style, script and pictures, from inside the binary.

use std::io::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{Responder, Response, Result as Reply};
use rocket::{Route, routes};
use rust_embed::{Embed, EmbeddedFile};

use super::errors::Answer;
use crate::store::Error;

pub fn routes() -> Vec<Route> {
    routes![asset]
}

#[derive(Embed)]
#[folder = "assets/"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
struct Files;

/// A file a browser keeps, asking each time whether it is still the same: an update shows at once.
pub struct Asset {
    file: EmbeddedFile,
    kind: ContentType,
}

#[rocket::get("/assets/<path..>")]
pub fn asset(path: PathBuf) -> Answer<Asset> {
    let file = path.to_str().and_then(Files::get).ok_or(Error::NotFound)?;
    let kind = path.extension().and_then(|end| end.to_str()).and_then(ContentType::from_extension);
    Ok(Asset { file, kind: kind.unwrap_or(ContentType::Binary) })
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r Request<'_>) -> Reply<'static> {
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&self.file.metadata.sha256_hash()[..12]));
        let mut answer = Response::new();
        if request.headers().get_one("If-None-Match") == Some(&tag) {
            answer.set_status(Status::NotModified);
        } else {
            answer.set_header(self.kind);
            fill(&mut answer, &self.file.data, takes_gzip(request)).map_err(|_| Status::InternalServerError)?;
        }
        answer.set_header(Header::new("ETag", tag));
        answer.set_header(Header::new("Cache-Control", "no-cache"));
        answer.set_header(Header::new("Vary", "Accept-Encoding"));
        Ok(answer)
    }
}

fn takes_gzip(request: &Request<'_>) -> bool {
    request.headers().get_one("Accept-Encoding").is_some_and(|takes| takes.contains("gzip"))
}

fn fill(answer: &mut Response<'_>, data: &[u8], squeeze: bool) -> std::io::Result<()> {
    let body = if squeeze {
        answer.set_header(Header::new("Content-Encoding", "gzip"));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(data)?;
        encoder.finish()?
    } else {
        data.to_vec()
    };
    answer.set_sized_body(body.len(), std::io::Cursor::new(body));
    Ok(())
}
