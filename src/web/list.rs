//! The DJ's list: deciding, ordering, announcing.

use rocket::serde::json::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Done;
use super::guards::Decider;
use super::input::Input;
use super::session::Answer;
use super::wishes::named;
use crate::domain::{Act, HostRequest, Id, Playback, Refusal, RequestId, Status};
use crate::store::{Helper, Host, Tenant};

#[rocket::get("/api/<_>/requests?<status>&<after>", rank = 20)]
pub async fn requests(status: Option<&str>, after: Option<&str>, host: Tenant<Host>) -> Answer<Json<Value>> {
    let unknown = || Refusal::Malformed(format!("status takes one of {}.", Status::ALL.map(Status::as_str).join(", ")));
    let status =
        status.filter(|text| !text.is_empty()).map(|text| Status::parse(text).ok_or_else(unknown)).transpose()?;
    let (requests, version) = host.requests(status, as_version("after", after)?).await?;
    Ok(Json(json!({ "requests": requests, "version": version })))
}

/// A version in an address; nothing there is none.
fn as_version(name: &str, text: Option<&str>) -> Result<Option<i64>, Refusal> {
    let unfit = |_| Refusal::Malformed(format!("{name} takes a version, a whole number."));
    text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(unfit)).transpose()
}

#[rocket::post("/api/<_>/requests/<id>/approve", rank = 20)]
pub async fn approve(id: RequestId, decider: Decider) -> Answer<Done<Value>> {
    decide(decider, &id, Act::Approve).await
}

#[rocket::post("/api/<_>/requests/<id>/reject", rank = 20)]
pub async fn reject(id: RequestId, decider: Decider) -> Answer<Done<Value>> {
    decide(decider, &id, Act::Reject).await
}

#[rocket::post("/api/<_>/requests/<id>/playing", rank = 20)]
pub async fn playing(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Play).await
}

#[rocket::post("/api/<_>/requests/<id>/played", rank = 20)]
pub async fn played(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Finish).await
}

#[rocket::post("/api/<_>/requests/<id>/retry", rank = 20)]
pub async fn retry(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Retry).await
}

/// Takes back what was last done to a request, a helper only what they did themselves; with `of`, the version an act came
/// to, that act and no later one.
#[rocket::post("/api/<_>/requests/<id>/undo?<of>", rank = 20)]
pub async fn undo(id: RequestId, of: Option<&str>, decider: Decider) -> Answer<Done<Value>> {
    let of = as_version("of", of)?;
    match decider {
        Decider::Host(host) => Ok(shown(&host.undo(&id, of).await?, &host)),
        Decider::Helper(helper) => Ok(shown_to_helper(&helper.undo(&id, of).await?, &helper)),
    }
}

#[rocket::post("/api/<_>/requests/<id>/play-next", rank = 20)]
pub async fn play_next(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    let request = host.play_next(&id).await?;
    Ok(shown(&request, &host))
}

#[rocket::delete("/api/<_>/requests/<id>", rank = 20)]
pub async fn delete(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    let request = host.delete_request(&id).await?;
    Ok(shown(&request, &host))
}

/// Rejects all that waits; `version` is what to take it back by.
#[rocket::post("/api/<_>/waiting/clear", rank = 20)]
pub async fn clear(host: Tenant<Host>) -> Answer<Done<Value>> {
    let done = host.clear_waiting().await?;
    let page = format!("/{}/admin/requests?cleared={}", host.ground().username, done.version);
    Ok(Done::ok(json!({ "cleared": done.requests.len(), "version": done.version }), page))
}

/// Has all that was cleared wait again, by the version that clearing it came to.
#[rocket::post("/api/<_>/waiting/undo?<of>", rank = 20)]
pub async fn bring_back(of: Option<&str>, host: Tenant<Host>) -> Answer<Done<Value>> {
    let of = as_version("of", of)?.ok_or(Refusal::NothingToUndo)?;
    let done = host.bring_back(of).await?;
    let page = format!("/{}/admin/requests", host.ground().username);
    Ok(Done::ok(json!({ "back": done.requests.len(), "version": done.version }), page))
}

async fn decide(decider: Decider, id: &RequestId, act: Act) -> Answer<Done<Value>> {
    match decider {
        Decider::Host(host) => self::act(&host, id, act).await,
        Decider::Helper(helper) => Ok(shown_to_helper(&helper.decide(id, act == Act::Approve).await?, &helper)),
    }
}

async fn act(host: &Tenant<Host>, id: &RequestId, act: Act) -> Answer<Done<Value>> {
    let request = host.act(id, act).await?;
    Ok(shown(&request, host))
}

/// A request that something was done to; on a page without a script, with what was done.
pub fn shown(request: &HostRequest, host: &Tenant<Host>) -> Done<Value> {
    let page = format!("/{}/admin/requests?did={}", host.ground().username, request.view.id);
    Done::ok(json!({ "request": request }), page)
}

fn shown_to_helper(request: &HostRequest, helper: &Tenant<Helper>) -> Done<Value> {
    let page = format!("/{}/helper?did={}", helper.ground().username, request.view.id);
    Done::ok(json!({ "request": request }), page)
}

#[derive(Deserialize)]
pub struct Order {
    order: Vec<String>,
    version: i64,
}

#[rocket::put("/api/<_>/queue", data = "<input>", rank = 20)]
pub async fn reorder(input: Input<Order>, host: Tenant<Host>) -> Answer<Done<Value>> {
    let unknown = || Refusal::field("order", "Please give the ids of songs in line.");
    let ids = input.0.order.iter().map(|id| Id::parse(id).ok_or_else(unknown)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = std::collections::HashSet::new();
    if !ids.iter().all(|id| seen.insert(id.clone())) {
        return Err(Refusal::field("order", "Please name each song once.").into());
    }
    host.reorder(ids, input.0.version).await?;
    let (queue, version) = host.requests(None, None).await?;
    let mut queue: Vec<_> = queue.into_iter().filter(|r| r.view.status.is_queued()).collect();
    queue.sort_by_key(|r| r.view.place());
    let page = format!("/{}/admin/queue", host.ground().username);
    Ok(Done::ok(json!({ "queue": queue, "version": version }), page))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Announcement {
    title: String,
    artist: String,
}

#[rocket::put("/api/<_>/playback/manual", data = "<input>", rank = 20)]
pub async fn announce(input: Input<Value>, host: Tenant<Host>) -> Answer<Done<Playback>> {
    let unfit = || Refusal::field("body", "Please send title and artist as texts, or null for silence.");
    let said: Option<Announcement> = serde_json::from_value(input.0).map_err(|_| unfit())?;
    let Announcement { title, artist } = said.unwrap_or_default();
    let song = if title.is_empty() && artist.is_empty() {
        None
    } else {
        let line = |field, text: &str| named(field, text).map_err(|(field, sentence)| Refusal::field(field, sentence));
        Some((line("title", &title)?, line("artist", &artist)?))
    };
    let playback = host.announce(song).await?;
    Ok(Done::ok(playback, format!("/{}/admin/overview", host.ground().username)))
}
