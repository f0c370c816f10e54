//! Where QR codes and links lead: looked at and chosen by the super admin.

use std::net::IpAddr;

use rocket::serde::json::Json;
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Answer;
use super::guards::Operator;
use super::input::Input;
use super::responses::Done;
use super::state::AppState;
use crate::domain::{DeadEnd, Outlook, Refusal};
use crate::store::Error;

pub fn routes() -> Vec<Route> {
    routes![show, choose]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Nothing or an empty text leaves it to the box.
    ip: Option<String>,
}

#[rocket::get("/api/superadmin/address")]
pub fn show(_operator: Operator, here: &State<AppState>) -> Json<Value> {
    Json(told(&here.network.outlook()))
}

#[rocket::put("/api/superadmin/address", data = "<input>")]
pub async fn choose(input: Input<Chosen>, _operator: Operator, here: &State<AppState>) -> Answer<Done<Value>> {
    let outlook = here.network.outlook();
    if outlook.fixed {
        let set =
            "The configuration says where QR codes lead (server.public_url or server.address): take that out first.";
        return Err(Refusal::field("ip", set).into());
    }
    let choices: Vec<String> = outlook.choices.iter().map(|choice| choice.ip.to_string()).collect();
    let unknown = || Refusal::field("ip", format!("Please use one of {}, or nothing.", choices.join(", ")));
    let text = input.0.ip.filter(|text| !text.trim().is_empty());
    let ip: Option<IpAddr> = text.map(|text| text.trim().parse().map_err(|_| unknown())).transpose()?;
    let network = here.network.clone();
    let broken = |error| Error::Broken(format!("the address was not kept: {error}"));
    if !spawn_blocking(move || network.choose(ip)).await.map_err(broken)?? {
        return Err(unknown().into());
    }
    Ok(Done::ok(told(&here.network.outlook()), "/superadmin/dashboard#address"))
}

fn told(outlook: &Outlook) -> Value {
    json!({
        "address": outlook.address.as_str(),
        "warning": outlook.address.dead_end().map(DeadEnd::sentence),
        "fixed": outlook.fixed,
        "chosen": outlook.chosen.as_ref().map(|chosen| chosen.ip),
        "choices": outlook.choices,
    })
}
