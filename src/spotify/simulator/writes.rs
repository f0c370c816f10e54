//! The calls that steer a player: play, pause, skip, queue, seek, volume, transfer.

use serde_json::Value;

use super::account::Account;
use super::catalogue::Catalogue;
use super::device::Device;
use super::message::{Request, Response};
use crate::domain::Timestamp;

/// A command to the player of `account`, `name` being what follows `/me/player`.
pub fn run(account: &mut Account, catalogue: &Catalogue, request: &Request, name: &str, now: Timestamp) -> Response {
    let done = allowed(account, request).and_then(|()| match (request.method.as_str(), name) {
        ("PUT", "") => transfer(account, request, now),
        ("PUT", "/play") => play(account, catalogue, request, now),
        ("PUT", "/pause") => pause(account, request, now),
        ("POST", "/next" | "/previous") => skip(account, request, now),
        ("POST", "/queue") => enqueue(account, catalogue, request),
        ("PUT", "/seek") => seek(account, request),
        ("PUT", "/volume") => volume(account, request),
        _ => Err(Response::error(404, "Service not found")),
    });
    match done {
        Ok(()) if name == "/queue" && account.queue_answers_text => Response::text(200, "FGkhMzpAqVg9z0aaUw"),
        Ok(()) => Response::empty(204),
        Err(refused) => refused,
    }
}

type Done = Result<(), Response>;

fn allowed(account: &Account, request: &Request) -> Done {
    if request.header("content-length").is_none() {
        return Err(Response::text(411, "Length Required"));
    }
    if account.premium { Ok(()) } else { Err(Response::premium_required()) }
}

/// The device meant: the one named, or the active one. Refuses one that will not obey.
fn device<'a>(account: &'a mut Account, named: Option<&str>) -> Result<&'a mut Device, Response> {
    let meant = |device: &&mut Device| named.map_or(device.is_active, |id| device.id == id);
    let found = account.devices.iter_mut().find(meant);
    let missing = named.map_or_else(Response::no_active_device, |_| Response::error(404, "Device not found"));
    let device = found.ok_or(missing)?;
    if device.is_asleep {
        return Err(Response::error(500, "Server error."));
    }
    if device.is_restricted {
        return Err(Response::restricted());
    }
    Ok(device)
}

fn transfer(account: &mut Account, request: &Request, now: Timestamp) -> Done {
    let json: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let Some([Value::String(id)]) = json["device_ids"].as_array().map(Vec::as_slice) else {
        return Err(Response::error(400, "Exactly one device_id must be given"));
    };
    device(account, Some(id))?;
    activate(account, id, now)?;
    if json["play"] == true {
        account.player.resume(now);
    }
    Ok(())
}

fn activate(account: &mut Account, id: &str, now: Timestamp) -> Done {
    account.activate(Some(id), now).map_err(|_| Response::error(404, "Device not found"))
}

/// Goes on, or starts what the body names; a body that names nothing is a mistake.
fn play(account: &mut Account, catalogue: &Catalogue, request: &Request, now: Timestamp) -> Done {
    let id = device(account, request.query("device_id"))?.id.clone();
    if request.body.is_empty() {
        if account.player.is_playing() && account.active().is_some_and(|active| active.id == id) {
            return Err(Response::restricted());
        }
        activate(account, &id, now)?;
        account.player.resume(now);
        return Ok(());
    }
    let json: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let uri = |uri: &Value| uri.as_str().and_then(|uri| catalogue.by_uri(uri));
    let items = json["uris"].as_array().and_then(|uris| uris.iter().map(uri).collect::<Option<Vec<_>>>());
    let mut items = items.filter(|items| !items.is_empty()).ok_or(Response::error(400, "Invalid track uri"))?;
    activate(account, &id, now)?;
    account.player.start(items.remove(0), now);
    account.player.set_context(items);
    Ok(())
}

fn pause(account: &mut Account, request: &Request, now: Timestamp) -> Done {
    device(account, request.query("device_id"))?;
    if !account.player.is_playing() {
        return Err(Response::restricted());
    }
    account.player.pause(now);
    Ok(())
}

/// There is no way back in this player: `previous` starts the song again.
fn skip(account: &mut Account, request: &Request, now: Timestamp) -> Done {
    device(account, request.query("device_id"))?;
    if request.path.ends_with("/next") {
        account.player.turn(now);
    } else {
        account.player.seek(0);
    }
    Ok(())
}

fn enqueue(account: &mut Account, catalogue: &Catalogue, request: &Request) -> Done {
    device(account, None)?;
    device(account, request.query("device_id"))?;
    let uri = request.query("uri").ok_or(Response::error(400, "Required parameter uri missing"))?;
    account.allows(uri)?;
    let item = catalogue.by_uri(uri).ok_or_else(|| Response::error(400, &format!("Invalid track uri: {uri}")))?;
    account.player.enqueue(item);
    Ok(())
}

fn seek(account: &mut Account, request: &Request) -> Done {
    device(account, request.query("device_id"))?;
    let to = request.query("position_ms").and_then(|ms| ms.parse().ok());
    account.player.seek(to.ok_or(Response::error(400, "Invalid position_ms"))?);
    Ok(())
}

fn volume(account: &mut Account, request: &Request) -> Done {
    let device = device(account, request.query("device_id"))?;
    if !device.supports_volume {
        let said = "Player command failed: Cannot control device volume";
        return Err(Response::reason(403, said, "VOLUME_CONTROL_DISALLOW"));
    }
    let percent = request.query("volume_percent").and_then(|text| text.parse().ok()).filter(|percent| *percent <= 100);
    device.volume_percent = percent.ok_or(Response::error(400, "Invalid volume_percent"))?;
    Ok(())
}
