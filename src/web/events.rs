//! The night itself: start, pause, ways in, end, and what is left of it.

use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Answer;
use super::input::Input;
use super::qr;
use super::responses::Done;
use super::spreadsheet;
use super::state::AppState;
use crate::domain::{Event, EventCard, EventId, Line, Refusal};
use crate::store::{Error, EventPatch, Host, Tenant};
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![event, start, change, end, rotate, renew_pin, qr_svg, qr_png, events, kept]
}

#[derive(Deserialize)]
pub struct Start {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub struct Change {
    name: Option<String>,
    status: Option<String>,
    requests_open: Option<Value>,
}

#[rocket::get("/api/<_>/event")]
pub async fn event(host: Tenant<Host>, here: &State<AppState>) -> Answer<Json<Value>> {
    let event = host.event().await?.map(|event| card(&event, &host, here));
    Ok(Json(json!({ "event": event })))
}

#[rocket::post("/api/<_>/event", data = "<input>")]
pub async fn start(input: Input<Start>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let name = Line::parse(&input.0.name).map_err(|fault| Refusal::text("name", fault))?;
    let event = host.start_event(name).await?;
    Ok(Done::created(json!({ "event": card(&event, &host, here) }), overview(&host)))
}

#[rocket::patch("/api/<_>/event", data = "<input>")]
pub async fn change(input: Input<Change>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let event = host.change_event(patch(input.0)?).await?;
    Ok(Done::ok(json!({ "event": card(&event, &host, here) }), overview(&host)))
}

fn patch(change: Change) -> Result<EventPatch, Refusal> {
    let name = change.name.map(|name| Line::parse(&name).map_err(|fault| Refusal::text("name", fault))).transpose()?;
    let paused = match change.status.as_deref() {
        None => None,
        Some("live") => Some(false),
        Some("paused") => Some(true),
        Some(_) => {
            return Err(Refusal::field("status", "Please use live or paused; an event is ended by its own call."));
        }
    };
    let requests_open = match change.requests_open {
        None => None,
        Some(Value::Bool(open)) => Some(open),
        Some(Value::String(text)) if text == "true" || text == "false" => Some(text == "true"),
        Some(_) => return Err(Refusal::field("requests_open", "Please use true or false.")),
    };
    Ok(EventPatch { name, paused, requests_open })
}

#[rocket::post("/api/<_>/event/end")]
pub async fn end(host: Tenant<Host>) -> Answer<Done<Value>> {
    let id = host.end_event().await?;
    let report = host.report(&id).await?;
    Ok(Done::ok(json!({ "report": report }), host.owner().username.admin(format_args!("history/{id}"))))
}

#[rocket::post("/api/<_>/event/qr")]
pub async fn rotate(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let event = host.rotate_join_token().await?;
    Ok(Done::ok(json!({ "join_url": join_url(&event, &host, here) }), overview(&host)))
}

#[rocket::post("/api/<_>/event/pin")]
pub async fn renew_pin(host: Tenant<Host>) -> Answer<Done<Value>> {
    let event = host.renew_pin().await?;
    Ok(Done::ok(json!({ "pin": event.pin }), overview(&host)))
}

#[rocket::get("/api/<_>/event/qr.svg")]
pub async fn qr_svg(host: Tenant<Host>, here: &State<AppState>) -> Answer<(ContentType, String)> {
    Ok((ContentType::SVG, ui::qr(&running(&host, here).await?)))
}

#[rocket::get("/api/<_>/event/qr.png")]
pub async fn qr_png(host: Tenant<Host>, here: &State<AppState>) -> Answer<(ContentType, Vec<u8>)> {
    Ok((ContentType::PNG, qr::png(&running(&host, here).await?)?))
}

/// Nights in an answer to a program that asks for a part of them.
const ANSWERED: usize = 100;

/// Every night; or, asked with `after`, the next ones back from there.
#[rocket::get("/api/<_>/events?<after>")]
pub async fn events(after: Option<&str>, host: Tenant<Host>) -> Answer<Json<Value>> {
    let events = match after.filter(|after| !after.is_empty()) {
        None => host.events().await?,
        Some(id) => host.nights(Some(EventId::parse(id).ok_or(Error::NotFound)?), ANSWERED).await?,
    };
    Ok(Json(json!({ "events": events })))
}

/// A report as JSON, or as a table to open in a spreadsheet.
#[derive(Responder)]
pub enum Kept {
    Json(Json<Value>),
    Csv(Box<Table>),
}

#[derive(Responder)]
pub struct Table {
    body: (ContentType, String),
    name: Header<'static>,
}

#[rocket::get("/api/<_>/events/<name>")]
pub async fn kept(name: &str, host: Tenant<Host>, here: &State<AppState>) -> Answer<Kept> {
    let (id, as_csv) = name.strip_suffix(".csv").map_or((name, false), |id| (id, true));
    let report = host.report(&EventId::parse(id).ok_or(Error::NotFound)?).await?;
    if !as_csv {
        return Ok(Kept::Json(Json(json!({ "report": report }))));
    }
    let file = format!("attachment; filename=\"party-{}.csv\"", here.zone.day(report.event.started_at));
    let name = Header::new("Content-Disposition", file);
    Ok(Kept::Csv(Box::new(Table { body: (ContentType::CSV, spreadsheet::write(&report, &here.zone)?), name })))
}

async fn running(host: &Tenant<Host>, here: &AppState) -> Result<String, Error> {
    let event = host.event().await?.ok_or(Error::Refused(Refusal::NoEvent))?;
    Ok(join_url(&event, host, here))
}

fn join_url(event: &Event, host: &Tenant<Host>, here: &AppState) -> String {
    here.address(host).join(&host.owner().username, &event.join_token)
}

fn card(event: &Event, host: &Tenant<Host>, here: &AppState) -> EventCard {
    event.card(join_url(event, host, here))
}

fn overview(host: &Tenant<Host>) -> String {
    host.owner().username.admin("overview")
}
