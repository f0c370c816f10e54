//! The house rules: read, and changed by a form or a script.

use std::time::{Duration, Instant};

use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Serialize;
use serde_json::{Map, Value};

use super::errors::Answer;
use super::input::Input;
use super::responses::Done;
use super::search::listed_track;
use super::state::AppState;
use crate::domain::{HouseRules, Refusal, is_too_long, line_of, lone_track, too_many};
use crate::store::{Error, Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![settings, change_settings]
}

/// How long Spotify is asked for the names of songs never played; a browser waits for twenty seconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// The rules by now, and beside them how many songs that waited or were in the queue they turned down.
#[derive(Serialize)]
pub struct Changed {
    #[serde(flatten)]
    rules: HouseRules,
    turned_down: usize,
}

#[rocket::get("/api/<_>/settings")]
pub async fn settings(host: Tenant<Host>) -> Answer<Json<HouseRules>> {
    Ok(Json(host.rules().await?))
}

/// Changes the house rules. A form sends with each field what it showed there, as `was_` and its name. What an answer says
/// beside the rules is no rule when it is sent back.
#[rocket::put("/api/<_>/settings", data = "<input>")]
pub async fn change_settings(
    input: Input<Map<String, Value>>,
    host: Tenant<Host>,
    here: &State<AppState>,
) -> Answer<Done<Changed>> {
    let sent = input.0.into_iter().filter(|(name, _)| name != "turned_down");
    let mut patch: Map<String, Value> = sent.map(|(name, value)| (name.clone(), plain(&name, value))).collect();
    if let Some(fault) = patch.get("do_not_play").and_then(Value::as_array).and_then(|lines| too_many(lines.len())) {
        return Err(Refusal::field("do_not_play", fault).into());
    }
    if patch.contains_key("do_not_play") {
        host.check_rules(patch.clone()).await?;
    }
    if let Some(Value::Array(lines)) = patch.get_mut("do_not_play") {
        name_links(lines, &host, here).await?;
    }
    let done = host.change_rules(patch).await?;
    let turned_down = done.turned_down.len();
    let told = if turned_down > 0 { format!("&turned_down={turned_down}") } else { String::new() };
    let page = host.owner().username.admin(format_args!("settings?said=saved{told}"));
    Ok(Done::ok(Changed { rules: done.rules, turned_down }, page))
}

/// Writes the name of its song to each link that is alone on its line, where the name can be known. One whose name is not
/// asked for bars its track meanwhile, and has another chance whenever the list is saved.
async fn name_links(lines: &mut [Value], host: &Tenant<Host>, here: &AppState) -> Result<(), Error> {
    let until = Instant::now() + PATIENCE;
    for line in lines {
        let Some(id) = line.as_str().filter(|line| !is_too_long(line)).and_then(lone_track) else { continue };
        let track = if Instant::now() < until {
            listed_track(host, &id, here).await?.ok()
        } else {
            host.track(format!("spotify:track:{id}")).await?
        };
        if let Some(named) = track.as_ref().and_then(line_of) {
            *line = named.into();
        }
    }
    Ok(())
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
