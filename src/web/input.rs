//! What a request brings in its body: a form or JSON, bounded.

use rocket::data::{Data, FromData, Outcome, ToByteUnit};
use rocket::http::{RawStr, Status};
use rocket::request::Request;
use serde::de::DeserializeOwned;

use super::body_limit::most;
use super::errors::Problem;
use crate::domain::Refusal;

/// A body as JSON or as a form, whichever its content type says.
pub struct Input<T>(pub T);

#[rocket::async_trait]
impl<'r, T: DeserializeOwned> FromData<'r> for Input<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        let kind = request.content_type();
        let (json, form) = (kind.is_some_and(|k| k.is_json()), kind.is_some_and(|k| k.is_form()));
        let Some(body) = read(data, most(request.uri().path().as_str())).await else {
            return Outcome::Error((Status::PayloadTooLarge, ()));
        };
        let parsed = match (json, form) {
            (true, _) => from_json(&body),
            (_, true) => from_form(&body),
            _ => return Outcome::Error((Status::UnsupportedMediaType, ())),
        };
        match parsed {
            Ok(value) => Outcome::Success(Self(value)),
            Err(refusal) => Outcome::Error((Problem::from(refusal).leave(request), ())),
        }
    }
}

/// The whole body; `None` when it is too large: then it comes cut off.
async fn read(data: Data<'_>, most: usize) -> Option<Vec<u8>> {
    let body = data.open((most + 1).bytes()).into_bytes().await.ok()?.into_inner();
    (body.len() <= most).then_some(body)
}

fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let what = error.to_string();
        if error.is_data() {
            let place = format!(" at line {} column {}", error.line(), error.column());
            Refusal::field("body", what.trim_end_matches(&place))
        } else {
            Refusal::Malformed(format!("This is not JSON: {what}."))
        }
    })
}

fn from_form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let is_text = std::str::from_utf8(body).is_ok_and(|body| RawStr::new(body).percent_decode().is_ok());
    if !is_text {
        return Err(Refusal::Malformed("This form has bytes in it that are no text in UTF-8.".into()));
    }
    let unread = |error: serde_urlencoded::de::Error| Refusal::field("body", error.to_string());
    // Rocket has read `_method` already; it is not the handler's.
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(unread)?;
    pairs.retain(|(name, _)| name != "_method");
    let rest = serde_urlencoded::to_string(&pairs).map_err(|error| Refusal::field("body", error.to_string()))?;
    serde_urlencoded::from_str(&rest).map_err(unread)
}
