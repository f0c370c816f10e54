//! The host's pages under `/:username/admin/`.

use rocket::form::FromForm;
use rocket::response::Redirect;
use rocket::{Route, State, routes};

use super::errors::Answer;
use super::responses::Page;
use super::screens::seen;
use super::state::AppState;
use crate::domain::{EventId, Refusal, RequestId};
use crate::store::{Error, Host, Tenant};
use crate::ui;
use crate::ui::host::JustDone;

pub fn routes() -> Vec<Route> {
    routes![admin, overview, requests, queue, settings, history, report, poster]
}

#[rocket::get("/<_>/admin")]
pub fn admin(host: Tenant<Host>) -> Redirect {
    Redirect::to(host.owner().username.admin("overview"))
}

#[rocket::get("/<_>/admin/overview")]
pub async fn overview(host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let (board, screens) = (host.board(&here.address(&host)).await?, seen(host.screens().await?, here));
    Ok(Page::plain(ui::host::overview(&viewer, &board, &screens, here.store.now())))
}

/// What a page without a script has just come to.
#[derive(FromForm)]
pub struct Done<'r> {
    said: Option<&'r str>,
    /// The request that something was done to.
    did: Option<&'r str>,
    /// The version by which what was cleared is taken back.
    cleared: Option<i64>,
}

#[rocket::get("/<_>/admin/requests?<done..>")]
pub async fn requests(done: Done<'_>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let (viewer, board) = (here.viewer(&host), host.board(&here.address(&host)).await?);
    let done_to = match done.did.and_then(RequestId::parse) {
        Some(id) => host.did(&id).await?,
        None => None,
    };
    let just = JustDone { said: done.said, done_to: done_to.as_ref(), cleared: done.cleared };
    Ok(Page::plain(ui::host::requests(&viewer, &board, &just)))
}

#[rocket::get("/<_>/admin/queue")]
pub async fn queue(host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    Ok(Page::plain(ui::host::queue(&viewer, &host.board(&here.address(&host)).await?)))
}

/// The house rules; `turned_down` is how many songs were, when they were saved just now.
#[rocket::get("/<_>/admin/settings?<said>&<turned_down>")]
pub async fn settings(
    said: Option<&str>,
    turned_down: Option<usize>,
    host: Tenant<Host>,
    here: &State<AppState>,
) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let (board, rules) = (host.board(&here.address(&host)).await?, host.rules().await?);
    let saved = (said == Some("saved")).then(|| turned_down.unwrap_or_default());
    Ok(Page::plain(ui::host::settings(&viewer, &board, &rules, &host.helpers().await?, saved)))
}

/// Nights on a page.
const NIGHTS: usize = 30;

#[rocket::get("/<_>/admin/history?<after>")]
pub async fn history(after: Option<&str>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let after = after.map(|id| EventId::parse(id).ok_or(Error::NotFound)).transpose()?;
    let (board, mut events) = (host.board(&here.address(&host)).await?, host.nights(after, NIGHTS + 1).await?);
    let more = events.len() > NIGHTS;
    events.truncate(NIGHTS);
    Ok(Page::plain(ui::host::history(&viewer, &board, &events, more)))
}

#[rocket::get("/<_>/admin/history/<id>?<from>")]
pub async fn report(id: EventId, from: Option<usize>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let (board, report) = (host.board(&here.address(&host)).await?, host.report(&id).await?);
    Ok(Page::plain(ui::host::report(&viewer, &board, &report, from.unwrap_or_default())))
}

#[rocket::get("/<_>/admin/poster")]
pub async fn poster(host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let board = host.board(&here.address(&host)).await?;
    let qr = ui::qr(&board.event.as_ref().ok_or(Refusal::NoEvent)?.join_url);
    Ok(Page::plain(ui::host::poster(&board, &qr)))
}
