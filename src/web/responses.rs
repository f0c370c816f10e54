//! What handlers answer: something done, a page, the way on.

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{Responder, Response, Result as Answer};
use serde::Serialize;

use super::accept;
use super::cookies::SetCookies;
use super::state::AppState;
use crate::ui;

/// What was done: JSON for a program; for a person's form, the page to go to.
pub struct Done<T> {
    status: Status,
    value: Option<T>,
    page: String,
    cookies: SetCookies,
}

impl<T> Done<T> {
    /// 200 with a value, or on to `page`.
    pub fn ok(value: T, page: impl Into<String>) -> Self {
        Self { status: Status::Ok, value: Some(value), page: page.into(), cookies: SetCookies::default() }
    }

    /// 201 with what was made, or on to `page`.
    pub fn created(value: T, page: impl Into<String>) -> Self {
        Self { status: Status::Created, ..Self::ok(value, page) }
    }

    #[must_use]
    pub fn with(self, cookies: SetCookies) -> Self {
        Self { cookies, ..self }
    }
}

impl Done<()> {
    /// 204, or on to `page`.
    pub fn nothing(page: impl Into<String>) -> Self {
        Self { status: Status::NoContent, value: None, page: page.into(), cookies: SetCookies::default() }
    }
}

impl<'r, T: Serialize> Responder<'r, 'static> for Done<T> {
    fn respond_to(self, request: &'r Request<'_>) -> Answer<'static> {
        let mut answer = Response::new();
        if accept::html(request) {
            answer.set_status(Status::SeeOther);
            answer.set_header(Header::new("Location", self.page));
        } else {
            answer.set_status(self.status);
            if let Some(value) = &self.value {
                let body = serde_json::to_string(value).map_err(|_| Status::InternalServerError)?;
                answer.set_header(ContentType::JSON);
                answer.set_sized_body(body.len(), std::io::Cursor::new(body));
            }
        }
        set(&mut answer, self.cookies);
        Ok(answer)
    }
}

/// A page, with cookies where it sets some.
pub struct Page(pub maud::Markup, pub SetCookies);

impl Page {
    pub fn plain(markup: maud::Markup) -> Self {
        Self(markup, SetCookies::default())
    }
}

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> Answer<'static> {
        let body = shown(self.0, request);
        let mut answer = Response::new();
        answer.set_header(ContentType::HTML);
        answer.set_sized_body(body.len(), std::io::Cursor::new(body));
        set(&mut answer, self.1);
        Ok(answer)
    }
}

/// A page as it goes out: with the word that nothing can be saved, while that is so, and by the clock at the venue.
pub fn shown(page: maud::Markup, request: &Request<'_>) -> String {
    let (here, mut body) = (AppState::of(request), page.into_string());
    if let Some(error) = here.store.unsaved() {
        body = ui::saying_unsaved(&body, error.code());
    }
    ui::in_venue_time(&body, &here.zone)
}

/// On to another page, with cookies.
pub struct Onward(pub String, pub SetCookies);

impl<'r> Responder<'r, 'static> for Onward {
    fn respond_to(self, _: &'r Request<'_>) -> Answer<'static> {
        let mut answer = Response::new();
        answer.set_status(Status::SeeOther);
        answer.set_header(Header::new("Location", self.0));
        set(&mut answer, self.1);
        Ok(answer)
    }
}

fn set(answer: &mut Response<'_>, cookies: SetCookies) {
    for cookie in cookies.0 {
        answer.adjoin_header(cookie);
    }
}
