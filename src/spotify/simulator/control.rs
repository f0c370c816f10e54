//! `/_sim/…`: changes the simulated world from outside the process.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::message::{Request, Response};
use super::world::World;

/// Where the simulated time is to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(default)]
    advance_ms: i64,
    #[serde(default)]
    speed: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exhaust {
    seconds: i64,
}

/// What the handle does in the same process, from outside: everything under `/_sim/`.
pub fn answer(world: &mut World, request: &Request) -> Response {
    let path: Vec<&str> = request.path.split('/').skip(2).collect();
    if request.method == "GET" {
        return state(world, &path).unwrap_or_else(|| Response::text(404, "There is nothing of that name."));
    }
    match tell(world, request, &path) {
        Ok(()) => Response::empty(204),
        Err(sentence) => Response::text(400, sentence),
    }
}

fn state(world: &mut World, path: &[&str]) -> Option<Response> {
    let now = world.now();
    match path {
        ["clock"] => Some(Response::json(&json!({ "now": now, "now_ms": now.0, "speed": world.clock.speed() }))),
        ["accounts"] => Some(shown(&world.accounts.keys().collect::<Vec<_>>())),
        ["accounts", id] => world.account(id).map(|account| shown(&account.snapshot(now))),
        ["apps", id] => Some(shown(&world.app(id).usage)),
        _ => None,
    }
}

fn shown(value: &impl Serialize) -> Response {
    // What is shown is made of texts and numbers, which always encode.
    Response::json(&serde_json::to_value(value).unwrap_or_default())
}

fn tell(world: &mut World, request: &Request, path: &[&str]) -> Result<(), String> {
    let now = world.now();
    match (request.method.as_str(), path) {
        ("POST", ["clock"]) => {
            let time: Time = read(request)?;
            world.clock.set_speed(time.speed.unwrap_or(world.clock.speed()));
            world.clock.advance(time.advance_ms);
        }
        ("POST", ["accounts"]) => world.add(read(request)?),
        ("POST", ["accounts", id]) => world.change(id, read(request)?)?,
        ("POST", ["apps", id]) => world.app(id).rules = read(request)?,
        ("POST", ["apps", id, "exhaust"]) => world.app(id).exhaust(read::<Exhaust>(request)?.seconds, now),
        ("POST", ["faults"]) => world.faults.push(read(request)?),
        ("DELETE", ["faults"]) => world.faults.clear(),
        _ => return Err(format!("There is no {} {}.", request.method, request.path)),
    }
    Ok(())
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    serde_json::from_str(&request.body).map_err(|error| format!("The body is not right: {error}."))
}
