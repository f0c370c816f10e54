//! Connecting a DJ's Spotify: the app, the consent, the address that comes back, and a doctor who looks at it all.

use rocket::http::Status;
use rocket::response::Responder;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::accept::FromForm;
use super::cookies::SetCookies;
use super::errors::Answer;
use super::guards::Me;
use super::held_turn::waiting;
use super::input::Input;
use super::responses::{Done, Onward, Page};
use super::state::AppState;
use crate::domain::{CameBack, ClientId, Refusal, SpotifyLink, SpotifyTrouble};
use crate::store::{Error, Host, Tenant};
use crate::ui::{
    self,
    host::{Details, Light, Speaker},
};

pub fn routes() -> Vec<Route> {
    routes![page, show, app, connect, finish, disconnect, callback, doctor, look, devices]
}

/// How it stands, with what the doctor saw and what there is to play on where that was asked a moment ago: whoever leads a
/// DJ's browser here has Spotify asked nothing.
#[rocket::get("/<_>/admin/spotify")]
pub async fn page(host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let (viewer, own) = (here.viewer(&host), here.store.own_time());
    let lights = here.lights.of(host.id()).known(own).await.unwrap_or_default();
    let speakers = here.speakers.of(host.id()).known(own).await;
    let details = Details { redirect: here.redirect_uri(), lights, speakers };
    let (board, link) = (host.board(&here.address(&host)).await?, link(&host, here).await?);
    Ok(Page::plain(ui::host::spotify(&viewer, &board, &link, &details)))
}

/// What there is to play on, be it that it takes commands or not.
async fn speakers(host: &Tenant<Host>, here: &AppState) -> Result<Vec<Speaker>, Error> {
    let found = waiting(here.spotify.call(host.id(), |account| account.devices())).await?.into_iter();
    let speakers = found.map(|device| Speaker {
        id: device.id.filter(|_| !device.is_restricted),
        name: device.name,
        is_active: device.is_active,
    });
    Ok(speakers.collect())
}

#[rocket::get("/api/<_>/spotify")]
pub async fn show(host: Tenant<Host>, here: &State<AppState>) -> Answer<Json<SpotifyLink>> {
    Ok(Json(link(&host, here).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    #[serde(default)]
    client_id: String,
}

#[rocket::put("/api/<_>/spotify/app", data = "<input>")]
pub async fn app(input: Input<App>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<SpotifyLink>> {
    here.forget_spotify(host.id());
    host.set_client_id(ClientId::meant(&input.0.client_id)?).await?;
    Ok(Done::ok(link(&host, here).await?, own_page(&host)))
}

/// Where to consent: as JSON, or on a page with the way back.
#[derive(Responder)]
pub enum ConnectAnswer {
    Json(Done<Value>),
    Page((Status, Box<Page>)),
}

#[rocket::post("/api/<_>/spotify/connect")]
pub async fn connect(host: Tenant<Host>, form: FromForm, here: &State<AppState>) -> Answer<ConnectAnswer> {
    let client_id = link(&host, here).await?.client_id.ok_or(Refusal::Spotify(SpotifyTrouble::NoApp))?;
    let state = host.consent_state()?;
    let (page, kept) = here.spotify.consent(&client_id, &here.redirect_uri(), &state)?;
    host.begin_consent(&state, kept).await?;
    if form.0 {
        let viewer = here.viewer(&host);
        let board = host.board(&here.address(&host)).await?;
        let page = Page::plain(ui::host::consent(&viewer, &board, &page, &here.redirect_uri()));
        return Ok(ConnectAnswer::Page((Status::Ok, Box::new(page))));
    }
    Ok(ConnectAnswer::Json(Done::ok(json!({ "authorize_url": page }), "")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Back {
    #[serde(default)]
    url: String,
}

/// Takes the address the browser ended at, pasted by the DJ.
#[rocket::post("/api/<_>/spotify/finish", data = "<input>")]
pub async fn finish(input: Input<Back>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<SpotifyLink>> {
    let back = CameBack::read(&input.0.url)?;
    finished(&host, back, here).await?;
    Ok(Done::ok(link(&host, here).await?, own_page(&host)))
}

#[rocket::delete("/api/<_>/spotify")]
pub async fn disconnect(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<()>> {
    here.forget_spotify(host.id());
    host.disconnect().await?;
    Ok(Done::nothing(own_page(&host)))
}

/// Where Spotify sends a browser that can reach this box: finishes by itself for the DJ who is signed in there.
#[rocket::get("/spotify/callback?<code>&<state>&<error>")]
pub async fn callback(
    code: Option<&str>,
    state: Option<&str>,
    error: Option<&str>,
    me: Me,
    here: &State<AppState>,
) -> Answer<Onward> {
    let back = CameBack::of(code, state, error)?;
    let host = here.store.as_host(&me.0.user.id).await?;
    finished(&host, back, here).await?;
    Ok(Onward(own_page(&host), SetCookies::default()))
}

/// Has the doctor look, once a minute: it costs a handful of calls.
#[rocket::post("/api/<_>/spotify/doctor")]
pub async fn doctor(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let lights = here.lights.of(host.id());
    let seen = lights.or_ask(|| here.store.own_time(), examine(&host, here)).await?;
    Ok(Done::ok(json!({ "checks": seen }), own_page(&host)))
}

/// Looks for what there is to play on, for a page without a script.
#[rocket::post("/api/<_>/devices")]
pub async fn look(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<()>> {
    let speakers_of_host = here.speakers.of(host.id());
    speakers_of_host.or_ask(|| here.store.own_time(), speakers(&host, here)).await?;
    Ok(Done::nothing(own_page(&host)))
}

/// What there is to play on, for a script or a program: a browser that is led here goes on to the page.
#[rocket::get("/api/<_>/devices")]
pub async fn devices(host: Tenant<Host>, led: FromForm, here: &State<AppState>) -> Answer<Done<Value>> {
    if led.0 {
        return Ok(Done::ok(Value::Null, own_page(&host)));
    }
    let found = waiting(here.spotify.call(host.id(), |account| account.devices())).await?;
    let devices: Vec<Value> = found
        .iter()
        .map(|device| {
            json!({
                "id": device.id, "name": device.name, "type": device.kind, "is_active": device.is_active,
                "is_restricted": device.is_restricted, "volume_percent": device.volume_percent,
            })
        })
        .collect();
    Ok(Done::ok(json!({ "devices": devices }), ""))
}

async fn finished(host: &Tenant<Host>, back: CameBack, here: &AppState) -> Result<(), Error> {
    here.forget_spotify(host.id());
    let consent = host.take_consent(&back.state).await?;
    let (granted, account) = waiting(here.spotify.exchange(consent, back.code)).await?;
    host.connect(granted, account).await
}

async fn link(host: &Tenant<Host>, here: &AppState) -> Result<SpotifyLink, Error> {
    host.spotify(here.spotify.defaults()).await
}

fn own_page(host: &Tenant<Host>) -> String {
    host.owner().username.admin("spotify")
}

/// Looks at everything a night needs, each with a real call; what the DJ has mended is then noticed at once.
async fn examine(host: &Tenant<Host>, here: &AppState) -> Result<Vec<Light>, Error> {
    let link = link(host, here).await?;
    let mut lights = waiting(here.spotify.examine(host.id(), link.shared_account)).await?;
    if let Some(by) = link.reconnect_by {
        let month = by.ms_since(here.store.now()) > 30 * 86_400_000;
        lights.push(Light::new(
            "Consent",
            month,
            &format!("Lasts until {}. Connect again before that.", here.zone.day(by)),
        ));
    }
    let spent = link.used_today * 10 > link.budget * 7;
    lights.push(Light::new(
        "Budget",
        !spent,
        &format!("{} of {} calls in the last 24 hours.", link.used_today, link.budget),
    ));
    host.poll_soon().await?;
    Ok(lights)
}
