//! What goes wrong, decided once: handlers and guards name the problem, only the catcher writes bodies.

use std::sync::{Mutex, PoisonError};

use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{Outcome, Request};
use rocket::response::{Responder, Response, Result as Responded};
use serde_json::{Map, Value, json};

use super::cookies::SetCookies;
use super::entered::having_entered;
use super::responses;
use super::state::AppState;
use super::{accept, local, methods, spelling, typed};
use crate::domain::{Kind, Refusal, Username};
use crate::store::Error;
use crate::ui::{self, RefusedLogin};

/// What a handler comes to.
pub type Answer<T> = Result<T, Problem>;

/// Why a request was not served.
pub struct Problem {
    error: Error,
    cookies: SetCookies,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, cookies: SetCookies::default() }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal).into()
    }
}

/// Where a problem waits for the catcher.
#[derive(Default)]
struct Slot(Mutex<Option<Problem>>);

impl Problem {
    fn status(&self) -> Status {
        match &self.error {
            Error::NotFound => Status::NotFound,
            Error::Busy
            | Error::Full
            | Error::Disk
            | Error::Displaced
            | Error::Overwritten
            | Error::Damaged(_)
            | Error::Unfit(_) => Status::ServiceUnavailable,
            Error::Broken(_) => Status::InternalServerError,
            Error::Refused(refusal) => match refusal.kind() {
                Kind::Malformed => Status::BadRequest,
                Kind::NotSignedIn => Status::Unauthorized,
                Kind::Forbidden => Status::Forbidden,
                Kind::NotThere => Status::NotFound,
                Kind::Conflict => Status::Conflict,
                Kind::Over => Status::Gone,
                Kind::Invalid => Status::UnprocessableEntity,
                Kind::TooMany => Status::TooManyRequests,
                Kind::Unavailable => Status::ServiceUnavailable,
            },
        }
    }

    /// The same problem, with cookies for the one who ran into it.
    #[must_use]
    pub fn with(self, cookies: SetCookies) -> Self {
        Self { cookies, ..self }
    }

    /// Leaves the problem for the catcher, as a guard's failure.
    pub fn fail<T>(self, request: &Request<'_>) -> Outcome<T, ()> {
        Outcome::Error((self.leave(request), ()))
    }

    /// Leaves the problem for the catcher; answers the status to fail with.
    pub fn leave(self, request: &Request<'_>) -> Status {
        let status = self.status();
        let slot: &Slot = request.local_cache(Slot::default);
        *slot.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
        status
    }
}

impl<'r> Responder<'r, 'static> for Problem {
    fn respond_to(self, request: &'r Request<'_>) -> Responded<'static> {
        Err(self.leave(request))
    }
}

/// A body that is not a success.
pub struct Told {
    status: Status,
    kind: ContentType,
    body: String,
    headers: Vec<Header<'static>>,
}

impl Told {
    /// Nothing but a header.
    fn empty(status: Status, header: Header<'static>) -> Self {
        Self { status, kind: ContentType::Plain, body: String::new(), headers: vec![header] }
    }
}

impl<'r> Responder<'r, 'static> for Told {
    fn respond_to(self, _: &'r Request<'_>) -> Responded<'static> {
        let mut answer = Response::build();
        answer.status(self.status).header(self.kind).sized_body(self.body.len(), std::io::Cursor::new(self.body));
        for header in self.headers {
            answer.header_adjoin(header);
        }
        Ok(answer.finalize())
    }
}

/// Writes every body that is not a success.
#[rocket::catch(default)]
pub fn catcher(status: Status, request: &Request<'_>) -> Told {
    let slot: &Slot = request.local_cache(Slot::default);
    let problem = slot.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(address) = spelling::meant(request) {
        return Told::empty(Status::SeeOther, Header::new("Location", address));
    }
    let allowed = methods::allowed(request).filter(|_| problem.is_none() && status == Status::NotFound);
    if let Some(allowed) = allowed.clone().filter(|_| request.method() == Method::Options) {
        return Told::empty(Status::NoContent, Header::new("Allow", allowed));
    }
    let status = if allowed.is_some() { Status::MethodNotAllowed } else { status };
    let (error, cookies) = problem.map_or((None, SetCookies::default()), |p| (Some(p.error), p.cookies));
    // A path that does not parse names nothing; Rocket calls that unprocessable.
    let status = if status == Status::UnprocessableEntity && error.is_none() { Status::NotFound } else { status };
    if let Some(Error::Broken(what) | Error::Damaged(what)) = &error {
        log::error!(target: "box", "{} {}: {what}", request.method(), request.uri().path().as_str().escape_debug());
    }
    if let (Some(Error::Damaged(what)), Some(here)) = (&error, request.rocket().state::<AppState>()) {
        here.store.ran_into(what);
    }
    let told = describe(status, error.as_ref());
    let mut headers = cookies.0;
    headers.extend(allowed.map(|allowed| Header::new("Allow", allowed)));
    headers.extend(retry_after(error.as_ref(), status).map(|s| Header::new("Retry-After", s.to_string())));
    let (kind, body) = if accept::html(request) {
        let sentence = told["message"].as_str().unwrap_or_default();
        (ContentType::HTML, responses::shown(page(status, sentence, request, error.as_ref()), request))
    } else {
        (ContentType::JSON, json!({ "error": told }).to_string())
    };
    Told { status, kind, body, headers }
}

fn page(status: Status, sentence: &str, request: &Request<'_>, error: Option<&Error>) -> maud::Markup {
    let asked = request.uri();
    let is_page = !asked.path().starts_with("/api/");
    let (signs_in, address) = (asked.path().ends_with("/login"), local::asked(request));
    let refusal = if let Some(Error::Refused(refusal)) = error { Some(refusal) } else { None };
    match error {
        _ if is_page && asked.path().ends_with("/display") => ui::display::closed(sentence, refusal),
        Some(Error::Refused(Refusal::NotSignedIn)) if is_page => ui::login(Some(&address), None),
        Some(Error::Refused(Refusal::DoorFull(_) | Refusal::WrongJoinLink)) if is_page => by_pin(request, sentence),
        Some(Error::Refused(Refusal::CookiesBlocked)) => {
            ui::no_cookies(sentence, address.split('?').next().unwrap_or_default())
        }
        Some(Error::Refused(
            Refusal::BadLogin | Refusal::Suspended | Refusal::SignInWait(_) | Refusal::SignInQueue,
        )) if signs_in => {
            let path = asked.path().as_str();
            let name =
                path.strip_prefix("/api/").and_then(|rest| rest.strip_suffix("/login")).and_then(Username::parse);
            let home = name.map(|name| name.admin("overview"));
            let next = typed::field(request, "next").or(home.as_deref()).filter(|next| local::is_local(next));
            let name = typed::field(request, "username").unwrap_or_default();
            ui::login(next, Some(RefusedLogin { name, why: sentence }))
        }
        _ => refused_form(status, sentence, request, refusal),
    }
}

/// A guest's link that leads in no more.
fn by_pin(request: &Request<'_>, sentence: &str) -> maud::Markup {
    let name = request.uri().path().segments().get(0).and_then(Username::parse);
    name.map_or_else(
        || ui::problem(Status::Unauthorized.code, sentence, None),
        |name| ui::guest::by_pin(&name, sentence, &having_entered(&name.home())),
    )
}

/// The form that was refused, with all that was typed; or what went wrong, where nothing was.
fn refused_form(status: Status, sentence: &str, request: &Request<'_>, refusal: Option<&Refusal>) -> maud::Markup {
    // Who is signed in proves who they are by the old one.
    let wrong_password = [("old", "The old password is wrong.".to_owned())];
    let faults: &[_] = match refusal {
        Some(Refusal::Invalid(faults)) => faults,
        Some(Refusal::BadLogin) => &wrong_password,
        _ => &[],
    };
    let (action, back) = (local::asked(request), accept::back(request));
    let back = back.as_deref();
    let form = ui::Again { action: &action, fields: typed::fields(request), faults, back };
    if form.was_typed() { ui::again(sentence, &form) } else { ui::problem(status.code, sentence, back) }
}

fn describe(status: Status, error: Option<&Error>) -> Value {
    let Some(error) = error else {
        let (code, message) = plain(status);
        return json!({ "code": code, "message": message });
    };
    let mut body = Map::new();
    let message = match error {
        Error::Broken(_) => plain(Status::InternalServerError).1.to_owned(),
        _ => error.to_string(),
    };
    body.insert("code".into(), error.code().into());
    body.insert("message".into(), message.into());
    match error {
        Error::Refused(Refusal::Invalid(fields)) => {
            let fields: Map<_, _> =
                fields.iter().map(|(name, what)| ((*name).to_owned(), what.as_str().into())).collect();
            body.insert("fields".into(), fields.into());
        }
        Error::Refused(Refusal::WrongState(request)) => drop(body.insert("request".into(), json!(request))),
        Error::Refused(Refusal::MovedFirst(version)) => drop(body.insert("version".into(), json!(version))),
        _ => {}
    }
    body.into()
}

fn retry_after(error: Option<&Error>, status: Status) -> Option<i64> {
    match error {
        Some(Error::Refused(refusal)) => refusal.retry_after_ms().map(|ms| (ms + 999) / 1000),
        // It mends by no waiting.
        Some(Error::Overwritten | Error::Damaged(_)) => None,
        _ => (status == Status::ServiceUnavailable).then_some(2),
    }
}

/// What to say where only the status is known.
fn plain(status: Status) -> (&'static str, &'static str) {
    match status.code {
        400 => ("malformed", "This request could not be read."),
        401 => ("not_signed_in", "Please sign in first."),
        403 => ("forbidden", "This is not yours."),
        404 => ("not_found", "There is nothing here."),
        405 => ("method_not_allowed", "This address does not take that method. Its Allow header says which it takes."),
        413 => ("too_large", "This is too large to be read."),
        414 | 431 => ("too_large", "This address or its headers are too long."),
        415 => ("unsupported_media_type", "Please send JSON (application/json) or a form."),
        422 => ("invalid", "Something in the form is not right."),
        503 => ("busy", "The box is busy. Please try again in a moment."),
        _ => ("broken", "Something went wrong on the box. It is written in its log."),
    }
}
