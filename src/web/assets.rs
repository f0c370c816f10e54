//! Style, script and pictures, from inside the binary.

use std::borrow::Cow;
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
use rust_embed::Embed;
use sha2::{Digest, Sha256};

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
#[exclude = "*/*"]
struct Files;

/// What every page has, one request for all of it. A file may use at once what those above it put into `party`.
const APP: &str = concat!(
    include_str!("../../assets/app/elements.js"),
    include_str!("../../assets/app/said.js"),
    include_str!("../../assets/app/times.js"),
    include_str!("../../assets/app/wishes.js"),
    include_str!("../../assets/app/search.js"),
    include_str!("../../assets/app/answers.js"),
    include_str!("../../assets/app/forms.js"),
    include_str!("../../assets/app/sign_in.js"),
);

/// What brings news to a page.
const LIVE: &str = concat!(include_str!("../../assets/live/parts.js"), include_str!("../../assets/live/stream.js"));

/// A file a browser keeps, asking each time whether it is still the same: an update shows at once.
pub struct Asset {
    data: Cow<'static, [u8]>,
    kind: ContentType,
}

#[rocket::get("/assets/<path..>")]
pub fn asset(path: PathBuf) -> Answer<Asset> {
    let data = match path.to_str().ok_or(Error::NotFound)? {
        "app.js" => APP.as_bytes().into(),
        "live.js" => LIVE.as_bytes().into(),
        name => Files::get(name).ok_or(Error::NotFound)?.data,
    };
    let kind = path.extension().and_then(|end| end.to_str()).and_then(ContentType::from_extension);
    Ok(Asset { data, kind: kind.unwrap_or(ContentType::Binary) })
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r Request<'_>) -> Reply<'static> {
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&self.data)[..12]));
        let mut answer = Response::new();
        if request.headers().get_one("If-None-Match") == Some(&tag) {
            answer.set_status(Status::NotModified);
        } else {
            answer.set_header(self.kind);
            fill(&mut answer, &self.data, takes_gzip(request)).map_err(|_| Status::InternalServerError)?;
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{APP, Files, LIVE};

    #[test]
    fn every_script_of_a_folder_is_in_what_is_joined_of_it() {
        for (folder, joined) in [("app", APP), ("live", LIVE)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(folder);
            let mut left = joined.to_owned();
            for file in std::fs::read_dir(folder).unwrap() {
                let path = file.unwrap().path();
                let script = std::fs::read_to_string(&path).unwrap();
                assert_eq!(joined.matches(&script).count(), 1, "{} is not joined", path.display());
                assert!(script.lines().count() <= 200, "{} is long", path.display());
                left = left.replace(&script, "");
            }
            assert_eq!(left, "");
        }
        assert!(
            Files::get("app/forms.js").is_none() && Files::get("admin.js").is_some(),
            "a part has an address of its own"
        );
    }
}
