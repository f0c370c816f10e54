//! The house rules: read, and changed by a form or a script.

use rocket::serde::json::Json;
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::Done;
use super::input::Input;
use super::session::Answer;
use crate::domain::HouseRules;
use crate::store::{Host, Tenant};

/// The rules by now, and beside them how many songs that waited or were in line they turned down.
#[derive(Serialize)]
pub struct Changed {
    #[serde(flatten)]
    rules: HouseRules,
    turned_down: usize,
}

#[rocket::get("/api/<_>/settings", rank = 20)]
pub async fn settings(host: Tenant<Host>) -> Answer<Json<HouseRules>> {
    Ok(Json(host.rules().await?))
}

/// Changes the house rules. A form sends with each field what it showed there, as `was_` and its name. What an answer says
/// beside the rules is no rule when it is sent back.
#[rocket::put("/api/<_>/settings", data = "<input>", rank = 20)]
pub async fn change_settings(input: Input<Map<String, Value>>, host: Tenant<Host>) -> Answer<Done<Changed>> {
    let sent = input.0.into_iter().filter(|(name, _)| name != "turned_down");
    let patch = sent.map(|(name, value)| (name.clone(), plain(&name, value))).collect();
    let done = host.change_rules(patch).await?;
    let turned_down = done.turned_down.len();
    let told = if turned_down > 0 { format!("&turned_down={turned_down}") } else { String::new() };
    let page = format!("/{}/admin/settings?said=saved{told}", host.ground().username);
    Ok(Done::ok(Changed { rules: done.rules, turned_down }, page))
}

/// A form has nothing but texts: one that reads as a number or a switch is one, and a list comes line by line.
fn plain(name: &str, value: Value) -> Value {
    let Value::String(text) = &value else { return value };
    if name.trim_start_matches("was_") == "do_not_play" {
        return text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    }
    match text.parse::<bool>() {
        Ok(switch) => switch.into(),
        Err(_) => text.parse::<u32>().map_or(value, Into::into),
    }
}
