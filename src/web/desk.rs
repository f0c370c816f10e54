//! The host's pages under `/:username/admin/`.

use rocket::State;
use rocket::response::Redirect;

use super::answer::Page;
use super::session::Answer;
use super::state::Here;
use crate::domain::{EventId, Refusal};
use crate::store::{Host, Tenant};
use crate::ui;

#[rocket::get("/<_>/admin", rank = 30)]
pub fn admin(host: Tenant<Host>) -> Redirect {
    Redirect::to(format!("/{}/admin/overview", host.ground().username))
}

#[rocket::get("/<_>/admin/overview", rank = 30)]
pub async fn overview(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    let (board, screens) = (host.board(&here.address).await?, host.screens().await?);
    Ok(Page::plain(ui::host::overview(&host.role().me, &board, &screens)))
}

#[rocket::get("/<_>/admin/requests", rank = 30)]
pub async fn requests(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    Ok(Page::plain(ui::host::requests(&host.role().me, &host.board(&here.address).await?)))
}

#[rocket::get("/<_>/admin/queue", rank = 30)]
pub async fn queue(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    Ok(Page::plain(ui::host::queue(&host.role().me, &host.board(&here.address).await?)))
}

#[rocket::get("/<_>/admin/settings", rank = 30)]
pub async fn settings(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    let (board, rules) = (host.board(&here.address).await?, host.rules().await?);
    Ok(Page::plain(ui::host::settings(&host.role().me, &board, &rules)))
}

#[rocket::get("/<_>/admin/history", rank = 30)]
pub async fn history(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    let (board, events) = (host.board(&here.address).await?, host.events().await?);
    Ok(Page::plain(ui::host::history(&host.role().me, &board, &events)))
}

#[rocket::get("/<_>/admin/history/<id>", rank = 30)]
pub async fn report(id: EventId, host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    let (board, report) = (host.board(&here.address).await?, host.report(&id).await?);
    Ok(Page::plain(ui::host::report(&host.role().me, &board, &report)))
}

#[rocket::get("/<_>/admin/poster", rank = 30)]
pub async fn poster(host: Tenant<Host>, here: &State<Here>) -> Answer<Page> {
    let board = host.board(&here.address).await?;
    let qr = ui::qr(&board.event.as_ref().ok_or(Refusal::NoEvent)?.join_url);
    Ok(Page::plain(ui::host::poster(&board, &qr)))
}
