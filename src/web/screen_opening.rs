//! The first look with a screen's address: what a device is given to come back with, and the use it spends when it does.

use rocket::request::{FromRequest, Outcome, Request};

use super::cookies::{SetCookies, set_later};
use super::entered::entered;
use super::passes::{pass, wanted};
use super::previews::glance;
use super::state::AppState;
use super::token::Purpose;
use crate::domain::{Refusal, RequestId, Screen, ScreenId, Username};
use crate::store::{Result, Tenant, Visitor};

/// How long a device may take to come back.
const SECONDS: i64 = 15 * 60;

/// What is known of a device that opens a screen's page.
pub struct Opening {
    /// What it was given to come back with.
    pub pass: Option<String>,
    pub entered: bool,
    pub glance: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Opening {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let pass = wanted(request).ok().and_then(|name| pass(request, Purpose::Opening, &name));
        Outcome::Success(Self { pass, entered: entered(request), glance: glance(request) })
    }
}

/// What a device is to come back with for a screen whose address it opened.
pub fn begin(id: &ScreenId, visitor: &Tenant<Visitor>, here: &AppState) -> Result<SetCookies> {
    // The word of its own tells this device from the others that open the same address.
    let pass = format!("{id} {}", RequestId::fresh());
    here.pass_cookies(Purpose::Opening, &pass, &visitor.owner().username, SECONDS)
}

/// The screen of a device that has come back: a use is spent, once, also where the answer is lost and it comes again; and
/// it has a pass of its own from now on. Refuses who does not come back, or only asks for headers.
pub async fn come_back(request: &Request<'_>, name: &Username) -> Result<ScreenId> {
    let (here, pass) = (AppState::of(request), pass(request, Purpose::Opening, name).filter(|_| !glance(request)));
    let pass = pass.ok_or(Refusal::DeadScreen)?;
    let id = pass.split(' ').next().and_then(ScreenId::parse).ok_or(Refusal::DeadScreen)?;
    let now = here.store.own_time();
    let mut opened = here.opened.lock().await;
    if !opened.contains_key(&pass) {
        here.store.visit(name).await?.open_screen(&id).await?;
        opened.retain(|_, at| now.ms_since(*at).abs() < SECONDS * 1000);
        opened.insert(pass, now);
    }
    let mut cookies = here.pass_cookies(Purpose::Screen, id.as_str(), name, Screen::HOURS * 3600)?;
    cookies.0.extend(here.cookies.of_party(Purpose::Opening.cookie(), "", name, 0).0);
    set_later(request, cookies);
    Ok(id)
}
