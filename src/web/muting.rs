//! A guest of whom the host takes no more requests.

use rocket::{Route, State, routes};
use serde_json::{Value, json};

use super::errors::Answer;
use super::responses::Done;
use super::state::AppState;
use crate::domain::GuestId;
use crate::store::{Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![mute, unmute]
}

#[rocket::post("/api/<_>/guests/<id>/mute")]
pub async fn mute(id: GuestId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    speech(&host, &id, true, here).await
}

#[rocket::post("/api/<_>/guests/<id>/unmute")]
pub async fn unmute(id: GuestId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    speech(&host, &id, false, here).await
}

async fn speech(host: &Tenant<Host>, id: &GuestId, muted: bool, here: &AppState) -> Answer<Done<Value>> {
    host.mute(id, muted).await?;
    // Their page says so, and folds its form away or out again: it is theirs alone.
    here.hub.tell(host.id(), id.as_str(), "resync");
    let page = host.owner().username.admin("requests");
    Ok(Done::ok(json!({ "guest": { "id": id, "muted": muted } }), page))
}
