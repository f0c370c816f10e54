//! One HTTP request on its way to Rocket and back.

use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::http::{HeaderName, HeaderValue, request};
use hyper::{Request, Response, StatusCode, Version};
use rocket::http::{Header, Method};
use rocket::local::asynchronous::{Client, LocalRequest};
use tokio::time::timeout;

use super::admission::Asker;
use super::body::{Answer, Endless, Said, Takeover};
use super::connections::Connection;
use super::passes::any_pass;
use super::state::AppState;
use super::{body_limit, held_turn, typed};
use crate::domain::source_of;

/// Bytes of a body that are read when nobody will look at them: the sender would see a broken connection instead of the
/// answer.
const PATIENCE: usize = 4 * 1024 * 1024;
/// How long the body of a request may take.
const SLOWEST: Duration = Duration::from_secs(40);
/// What a path and a query may be made of; all else is written as `%` and two digits.
const PLAIN: &[u8] = b"-._~!$&'()*+,;=:@/?%";

/// Has Rocket answer. The handler runs to its end also when its caller goes away.
pub async fn answer(
    rocket: &'static Client,
    connection: Arc<Connection>,
    takeover: Takeover,
    request: Request<Incoming>,
) -> io::Result<Response<Said>> {
    let (head, body) = request.into_parts();
    // Nothing that only asks has a body that anybody looks at.
    let asks = [hyper::Method::GET, hyper::Method::HEAD, hyper::Method::OPTIONS].contains(&head.method);
    let body = if asks {
        Some(vec![])
    } else {
        connection.asks();
        timeout(SLOWEST, read(body, body_limit::most(head.uri.path()))).await.ok().and_then(Result::ok)
    };
    let answering = connection.answered();
    let asked = asked(rocket, &head, body.is_some()).remote(connection.from);
    let body = body.unwrap_or_default();
    typed::note(asked.inner(), &body);
    let endless = Endless::default();
    asked.inner().local_cache(|| endless.clone());
    let asked = asked.body(body);
    let who = || asker(asked.inner(), &connection);
    let turn = AppState::of(asked.inner()).admission.take(source_of(connection.from.ip()), who).await;
    let worked = held_turn::during(turn, asked.dispatch());
    let answered = tokio::spawn(worked).await.map_err(io::Error::other)?;
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(answered.status().code).map_err(io::Error::other)?;
    for header in answered.headers().iter() {
        let name = HeaderName::try_from(header.name().as_str()).map_err(io::Error::other)?;
        response.headers_mut().append(name, HeaderValue::try_from(header.value()).map_err(io::Error::other)?);
    }
    // What is made before it is sent has its size with it. What is read meanwhile, from a file, says it in a header at most.
    let kept = answered.body().preset_size();
    response.headers_mut().extend(kept.map(|kept| (CONTENT_LENGTH, kept.into())));
    let told = response.headers().get(CONTENT_LENGTH).and_then(|told| told.to_str().ok()?.parse().ok());
    let answering = answering.with(told, kept.unwrap_or(0));
    let said = match endless.take(answering, head.version == Version::HTTP_11) {
        Ok(speech) => Said::Elsewhere(Some(speech), takeover),
        Err(answering) => Said::Here(Box::new(Answer::new(answered, kept.is_none(), answering))),
    };
    Ok(response.map(|()| said))
}

/// Who asks, as far as that is known before anybody is let in.
fn asker(request: &rocket::Request<'_>, connection: &Connection) -> Asker {
    let address = AppState::of(request).proxies.asker(request).filter(|ip| *ip != connection.from.ip().to_canonical());
    let pass = any_pass(request).map(Asker::Pass);
    pass.or(address.map(Asker::Address)).unwrap_or(Asker::Connection(connection.id))
}

/// The body, cut off behind what is looked at.
async fn read(mut body: Incoming, most: usize) -> io::Result<Vec<u8>> {
    let (mut bytes, mut all) = (Vec::new(), 0);
    while all <= PATIENCE
        && let Some(frame) = body.frame().await
    {
        let data = frame.map_err(io::Error::other)?.into_data().unwrap_or_default();
        all += data.len();
        let room = (most + 1).saturating_sub(bytes.len());
        bytes.extend_from_slice(&data[..data.len().min(room)]);
    }
    Ok(bytes)
}

/// The same request as Rocket has it. What is not UTF-8 in a header stands for nothing, and the rest for itself. One that
/// cannot be understood, for its method or for a body that broke off, goes to an address that there cannot be.
fn asked(rocket: &'static Client, head: &request::Parts, is_whole: bool) -> LocalRequest<'static> {
    let method = head.method.as_str().parse::<Method>().ok().filter(|method| method.as_str() == head.method.as_str());
    let nowhere = if method.is_some() && is_whole { "" } else { "\\" };
    let mut asked = rocket.req(method.unwrap_or(Method::Get), address(head) + nowhere);
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        asked.add_header(Header::new(name.as_str().to_owned(), value));
    }
    asked
}

fn address(head: &request::Parts) -> String {
    let asked = head.uri.path_and_query().map_or("", |asked| asked.as_str());
    let mut address = String::from(if asked.starts_with('/') { "" } else { "/" });
    for byte in asked.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            address.push(byte.into());
        } else {
            // A text takes whatever is written.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}
