//! Things that play, as the JSON that Spotify would answer.

use serde_json::{Value, json};

use super::account::Account;
use super::catalogue::Item;
use super::device::Device;

/// Widths covers come in, in pixels.
pub const WIDTHS: [u32; 3] = [640, 300, 64];

/// A track, an episode, or nothing for an advert; `base` is where covers are to be had.
pub fn item(item: &Item, base: &str) -> Value {
    match item.kind {
        "track" => track(item, base),
        "episode" => json!({
            "id": item.id, "uri": item.uri, "type": "episode", "name": item.title, "duration_ms": item.duration_ms,
            "explicit": item.explicit, "images": images(item, base), "show": { "name": item.album },
        }),
        _ => Value::Null,
    }
}

pub fn track(item: &Item, base: &str) -> Value {
    let artist = |name: &String| json!({ "name": name, "type": "artist" });
    json!({
        "id": item.id,
        "uri": item.uri,
        "type": "track",
        "name": item.title,
        "artists": item.artists.iter().map(artist).collect::<Vec<_>>(),
        "album": { "name": item.album, "type": "album", "images": images(item, base) },
        "duration_ms": item.duration_ms,
        "explicit": item.explicit,
        "external_ids": item.isrc.as_ref().map_or(json!({}), |isrc| json!({ "isrc": isrc })),
        "is_local": item.id.is_none(),
        "is_playable": true,
    })
}

fn images(item: &Item, base: &str) -> Value {
    let Some(id) = &item.id else { return json!([]) };
    let image = |width| json!({ "url": format!("{base}/image/{width}/{id}.png"), "width": width, "height": width });
    WIDTHS.map(image).into()
}

pub fn device(device: &Device, account: &Account) -> Value {
    let known = !account.nulls;
    json!({
        "id": known.then_some(&device.id),
        "is_active": device.is_active,
        "is_restricted": device.is_restricted,
        "is_private_session": account.private,
        "name": device.name,
        "type": device.kind,
        "volume_percent": known.then_some(device.volume_percent),
        "supports_volume": device.supports_volume,
    })
}

/// Items of a list; one of them null where fields may be null.
pub fn list<'i>(items: impl IntoIterator<Item = &'i Item>, account: &Account, base: &str) -> Value {
    let mut list: Vec<Value> = items.into_iter().map(|one| item(one, base)).collect();
    if account.nulls {
        list.insert(list.len() / 2, Value::Null);
    }
    list.into()
}
