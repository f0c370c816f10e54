//! Screens: made and revoked by the host, opened on the TV.

use rocket::response::Responder;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cookies::SetCookies;
use super::entered::having_entered;
use super::errors::Answer;
use super::guards::Maybe;
use super::input::Input;
use super::responses::{Done, Onward, Page};
use super::screen_opening::{self, Opening};
use super::state::AppState;
use crate::domain::{Line, Refusal, Screen as ScreenRow, ScreenId, ScreenToken};
use crate::store::{Error, Host, Screen, Tenant, Visitor};
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![add, made, list, alive, reload, revoke, display]
}

#[derive(Deserialize)]
pub struct New {
    label: Option<String>,
}

#[rocket::post("/api/<_>/screens", data = "<input>")]
pub async fn add(input: Input<New>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let label = input.0.label.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| "Screen".into());
    let label = Line::parse(&label).map_err(|fault| Refusal::text("label", fault))?;
    let (screen, token) = host.add_screen(label).await?;
    let ScreenRow { id, expires_at, uses_left, label, .. } = screen;
    let url = here.address(&host).screen(&host.owner().username, &token);
    here.fresh_links.keep(id.as_str(), &host.role().me.id, &url, here.store.own_time());
    let page = host.owner().username.admin(format_args!("screens/{id}"));
    let body = json!({ "id": id, "url": url, "expires_at": expires_at, "uses_left": uses_left, "label": label });
    Ok(Done::created(body, page))
}

/// A screen's address, as long as it can be read by who made it.
#[rocket::get("/<_>/admin/screens/<id>")]
pub async fn made(id: ScreenId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let screen = host.screens().await?.into_iter().find(|screen| screen.id == id).ok_or(Error::NotFound)?;
    let url = here.fresh_links.of(id.as_str(), &viewer.me.id, here.store.own_time());
    let board = host.board(&here.address(&host)).await?;
    Ok(Page::plain(ui::host::screen_made(&viewer, &board, url.as_deref(), &screen)))
}

#[rocket::get("/api/<_>/screens")]
pub async fn list(host: Tenant<Host>, here: &State<AppState>) -> Answer<Json<Value>> {
    Ok(Json(json!({ "screens": seen(host.screens().await?, here) })))
}

/// Screens with the moment each gave its last sign of life.
pub fn seen(mut screens: Vec<ScreenRow>, here: &AppState) -> Vec<ScreenRow> {
    let (now, own) = (here.store.now(), here.store.own_time());
    let screens_seen = here.screens_seen();
    for screen in &mut screens {
        let alive = screens_seen.get(&screen.id).map(|at| now.plus_ms(at.ms_since(own)));
        screen.last_seen_at = screen.last_seen_at.max(alive);
    }
    screens
}

/// A screen's sign of life.
#[rocket::get("/api/<_>/display/alive")]
pub fn alive(screen: Tenant<Screen>, here: &State<AppState>) -> rocket::http::Status {
    here.screens_seen().insert(screen.screen_id().clone(), here.store.own_time());
    rocket::http::Status::NoContent
}

/// Makes a screen fetch its page again, wherever it hangs.
#[rocket::post("/api/<_>/screens/<id>/reload")]
pub async fn reload(id: ScreenId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<()>> {
    if !host.screens().await?.iter().any(|screen| screen.id == id) {
        return Err(Error::NotFound.into());
    }
    here.hub.tell(host.id(), id.as_str(), "reload");
    Ok(Done::nothing(host.owner().username.admin("overview")))
}

#[rocket::delete("/api/<_>/screens/<id>")]
pub async fn revoke(id: ScreenId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<()>> {
    host.revoke_screen(&id).await?;
    here.hub.show_out(host.id(), id.as_str());
    here.screens_seen().remove(&id);
    Ok(Done::nothing(host.owner().username.admin("overview")))
}

#[derive(Responder)]
pub enum Shown {
    Page(Box<Page>),
    Onward(Onward),
}

/// The TV's page. A new address leaves something to come back with; who does spends one use and has a pass, which opens from
/// then on. Programs that look at a link somebody sent do not come back.
#[rocket::get("/<_>/display?<dt>")]
pub async fn display(
    dt: Option<&str>,
    screen: Maybe<Tenant<Screen>>,
    visitor: Tenant<Visitor>,
    opening: Opening,
    here: &State<AppState>,
) -> Answer<Shown> {
    let page = visitor.owner().username.page("display");
    let own = screen.0.as_ref().map(Tenant::screen_id).cloned();
    match (screen.0, dt) {
        (Some(screen), None) if !opening.entered => shown(&screen, here).await,
        (_, Some(token)) if !opening.glance => match visitor.screen_at(&ScreenToken(token.trim().to_owned())).await {
            Ok(id) if own.as_ref() != Some(&id) => {
                Ok(Shown::Onward(Onward(having_entered(&page), screen_opening::begin(&id, &visitor, here)?)))
            }
            Err(error) if own.is_none() || !matches!(error, Error::Refused(_)) => Err(error.into()),
            // Its own address once more, or one that leads nowhere: it stays what it is.
            _ => Ok(Shown::Onward(Onward(page, SetCookies::default()))),
        },
        (Some(_), _) | (None, Some(_)) => Ok(Shown::Onward(Onward(page, SetCookies::default()))),
        (None, None) if opening.entered && opening.pass.is_none() => Err(Refusal::CookiesBlocked.into()),
        (None, None) => Err(Refusal::DeadScreen.into()),
    }
}

async fn shown(screen: &Tenant<Screen>, here: &AppState) -> Answer<Shown> {
    let live = here.live(&screen.owner().username.api("display/live"));
    let stage = screen.stage(&here.network.of_room(screen.id())).await?;
    let qr = stage.event.as_ref().map(|event| ui::qr(&event.join_url));
    Ok(Shown::Page(Box::new(Page::plain(ui::display::page(&stage, qr.as_deref(), &live)))))
}
