//! The order of the queue, set by hand.

use rocket::{Route, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Answer;
use super::input::Input;
use super::responses::Done;
use crate::domain::{Id, Refusal};
use crate::store::{Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![reorder]
}

#[derive(Deserialize)]
pub struct Order {
    order: Vec<String>,
    version: i64,
}

#[rocket::put("/api/<_>/queue", data = "<input>")]
pub async fn reorder(input: Input<Order>, host: Tenant<Host>) -> Answer<Done<Value>> {
    let unknown = || Refusal::field("order", "Please give the ids of songs in line.");
    let ids = input.0.order.iter().map(|id| Id::parse(id).ok_or_else(unknown)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = std::collections::HashSet::new();
    if !ids.iter().all(|id| seen.insert(id.clone())) {
        return Err(Refusal::field("order", "Please name each song once.").into());
    }
    let version = host.reorder(ids, input.0.version).await?;
    let listing = host.listing(None, None).await?;
    let mut queue: Vec<_> = listing.requests.iter().filter(|r| r.view.status.is_queued()).collect();
    queue.sort_by_key(|r| r.view.place());
    let page = host.owner().username.admin("queue");
    Ok(Done::ok(json!({ "queue": queue, "version": version }), page))
}
