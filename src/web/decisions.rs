//! The DJ's word on requests, and a helper's: approve, reject, play, take back.

use rocket::{Route, routes};
use serde_json::{Value, json};

use super::errors::Answer;
use super::guards::Decider;
use super::requests::as_version;
use super::responses::Done;
use crate::domain::{Act, HostRequest, Refusal, RequestId};
use crate::store::{Helper, Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![approve, reject, playing, played, retry, undo, play_next, delete, clear, bring_back]
}

#[rocket::post("/api/<_>/requests/<id>/approve")]
pub async fn approve(id: RequestId, decider: Decider) -> Answer<Done<Value>> {
    decide(decider, &id, Act::Approve).await
}

#[rocket::post("/api/<_>/requests/<id>/reject")]
pub async fn reject(id: RequestId, decider: Decider) -> Answer<Done<Value>> {
    decide(decider, &id, Act::Reject).await
}

#[rocket::post("/api/<_>/requests/<id>/playing")]
pub async fn playing(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Play).await
}

#[rocket::post("/api/<_>/requests/<id>/played")]
pub async fn played(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Finish).await
}

#[rocket::post("/api/<_>/requests/<id>/retry")]
pub async fn retry(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    act(&host, &id, Act::Retry).await
}

/// Takes back what was last done to a request, a helper only what they did themselves; with `of`, the version an act came
/// to, that act and no later one.
#[rocket::post("/api/<_>/requests/<id>/undo?<of>")]
pub async fn undo(id: RequestId, of: Option<&str>, decider: Decider) -> Answer<Done<Value>> {
    let of = as_version("of", of)?;
    match decider {
        Decider::Host(host) => Ok(shown(&host.undo(&id, of).await?, &host)),
        Decider::Helper(helper) => Ok(shown_to_helper(&helper.undo(&id, of).await?, &helper)),
    }
}

#[rocket::post("/api/<_>/requests/<id>/play-next")]
pub async fn play_next(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    let request = host.play_next(&id).await?;
    Ok(shown(&request, &host))
}

#[rocket::delete("/api/<_>/requests/<id>")]
pub async fn delete(id: RequestId, host: Tenant<Host>) -> Answer<Done<Value>> {
    let request = host.delete_request(&id).await?;
    Ok(shown(&request, &host))
}

/// Rejects all that waits; `version` is what to take it back by.
#[rocket::post("/api/<_>/waiting/clear")]
pub async fn clear(host: Tenant<Host>) -> Answer<Done<Value>> {
    let done = host.clear_waiting().await?;
    let page = host.owner().username.admin(format_args!("requests?cleared={}", done.version));
    Ok(Done::ok(json!({ "cleared": done.requests.len(), "version": done.version }), page))
}

/// Has all that was cleared wait again, by the version that clearing it came to.
#[rocket::post("/api/<_>/waiting/undo?<of>")]
pub async fn bring_back(of: Option<&str>, host: Tenant<Host>) -> Answer<Done<Value>> {
    let of = as_version("of", of)?.ok_or(Refusal::NothingToUndo)?;
    let done = host.bring_back(of).await?;
    let page = host.owner().username.admin("requests");
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
    let page = host.owner().username.admin(format_args!("requests?did={}", request.view.id));
    Done::ok(json!({ "request": request }), page)
}

fn shown_to_helper(request: &HostRequest, helper: &Tenant<Helper>) -> Done<Value> {
    let page = helper.owner().username.page(format_args!("helper?did={}", request.view.id));
    Done::ok(json!({ "request": request }), page)
}
