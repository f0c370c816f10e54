//! The calls that only read: profile, player, devices, queue, search.

use serde_json::{Value, json};

use super::account::Account;
use super::catalogue::Catalogue;
use super::json;
use super::message::{Request, Response};
use crate::domain::Timestamp;

/// Songs the queue shows at most.
const SHOWN: usize = 20;
/// Search results in development mode: at most, and when not asked for a number.
const MOST_RESULTS: usize = 10;
const RESULTS: usize = 5;

pub fn me(account: &Account) -> Response {
    Response::json(&json!({
        "id": account.id, "account_id": format!("acc-{}", account.id), "display_name": account.display_name,
        "type": "user", "uri": format!("spotify:user:{}", account.id),
    }))
}

/// What plays; `whole` with the device, as `GET /me/player` has it.
pub fn player(account: &Account, request: &Request, now: Timestamp, whole: bool) -> Response {
    let player = &account.player;
    let Some(current) = player.current().filter(|_| !account.private && !player.is_forgotten(now)) else {
        return Response::empty(204);
    };
    let episodes = request.query("additional_types").is_some_and(|types| types.contains("episode"));
    let shown = current.kind != "episode" || episodes;
    let context = json!({ "type": "playlist", "uri": "spotify:playlist:37i9dQZF1DX0000000000" });
    let mut json = json!({
        // When what plays began, not when this was asked.
        "timestamp": player.began().0,
        "progress_ms": (!account.nulls).then(|| player.progress_ms()),
        "is_playing": player.is_playing(),
        "currently_playing_type": current.kind,
        "item": if shown { json::item(current, &request.base()) } else { Value::Null },
        "context": if account.nulls { Value::Null } else { context },
    });
    if whole {
        json["device"] = account.active().map_or(Value::Null, |device| json::device(device, account));
        json["shuffle_state"] = json!(false);
        json["repeat_state"] = json!("off");
    }
    Response::json(&json)
}

pub fn queue(account: &Account, base: &str) -> Response {
    if account.queue_is_silent {
        return Response::empty(204);
    }
    let current = account.player.current().map_or(Value::Null, |current| json::item(current, base));
    let next = json::list(account.player.upcoming(SHOWN), account, base);
    Response::json(&json!({ "currently_playing": current, "queue": next }))
}

pub fn devices(account: &Account) -> Response {
    let devices: Vec<Value> = account.devices.iter().map(|device| json::device(device, account)).collect();
    Response::json(&json!({ "devices": devices }))
}

pub fn search(catalogue: &Catalogue, account: &mut Account, request: &Request) -> Response {
    let Some(words) = request.query("q").filter(|words| !words.trim().is_empty()) else {
        return Response::error(400, "No search query");
    };
    if let Err(refused) = account.allows(words) {
        return refused;
    }
    let number = |name, otherwise| request.query(name).map_or(Some(otherwise), |text| text.parse::<usize>().ok());
    let Some(limit) = number("limit", RESULTS).filter(|limit| (1..=MOST_RESULTS).contains(limit)) else {
        return Response::error(400, "Invalid limit");
    };
    let Some(offset) = number("offset", 0).filter(|offset| *offset <= 1000) else {
        return Response::error(400, "Invalid offset");
    };
    account.searched.push(words.to_owned());
    let found = catalogue.search(words);
    let total = found.len();
    let items = json::list(found.into_iter().skip(offset).take(limit), account, &request.base());
    Response::json(&json!({ "tracks": { "items": items, "limit": limit, "offset": offset, "total": total } }))
}

pub fn track(catalogue: &Catalogue, id: &str, base: &str) -> Response {
    let found = catalogue.by_id(id);
    found.map_or_else(|| Response::error(404, "Resource not found"), |item| Response::json(&json::track(item, base)))
}
