//! What Spotify tells of an account's player: profile, devices, playback, queue.

use serde_json::Value;

use super::track::{Kind, Track, list, whole};

/// Whose account it is. Development mode tells no country, product or address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub id: String,
    pub account_id: Option<String>,
    pub display_name: Option<String>,
}

impl Profile {
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            id: text(&json["id"])?,
            account_id: text(&json["account_id"]),
            display_name: text(&json["display_name"]),
        })
    }

    /// What tells this account from every other.
    pub fn key(&self) -> &str {
        self.account_id.as_deref().unwrap_or(&self.id)
    }
}

/// Something a DJ can play on.
// As many as Spotify tells.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Without one it cannot be chosen.
    pub id: Option<String>,
    pub name: String,
    pub kind: String,
    pub is_active: bool,
    /// Takes no commands.
    pub is_restricted: bool,
    pub is_private_session: bool,
    pub volume_percent: Option<u8>,
    pub supports_volume: bool,
}

impl Device {
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let is = |name: &str| json[name].as_bool().unwrap_or(false);
        json.is_object().then(|| Self {
            id: text(&json["id"]),
            name: text(&json["name"]).unwrap_or_default(),
            kind: text(&json["type"]).unwrap_or_default(),
            is_active: is("is_active"),
            is_restricted: is("is_restricted"),
            is_private_session: is("is_private_session"),
            volume_percent: whole(&json["volume_percent"]).and_then(|percent| u8::try_from(percent).ok()),
            supports_volume: json["supports_volume"].as_bool().unwrap_or(true),
        })
    }

    pub(super) fn read_all(json: &Value) -> Vec<Self> {
        list(json).iter().filter_map(Self::read).collect()
    }
}

/// What the player was doing when asked; stamp it on arrival, Spotify's own time stamp is not of this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playing {
    pub device: Option<Device>,
    pub is_playing: bool,
    pub kind: Kind,
    /// None during adverts, and whenever Spotify does not say.
    pub item: Option<Track>,
    pub progress_ms: Option<i64>,
    /// The playlist or album it plays from.
    pub context_uri: Option<String>,
}

impl Playing {
    pub(super) fn read(json: &Value) -> Option<Self> {
        json.is_object().then(|| Self {
            device: Device::read(&json["device"]),
            is_playing: json["is_playing"].as_bool().unwrap_or(false),
            kind: Kind::read(&json["currently_playing_type"]),
            item: Track::read(&json["item"]),
            progress_ms: whole(&json["progress_ms"]),
            context_uri: json["context"]["uri"].as_str().map(str::to_owned),
        })
    }
}

/// What comes next, up to 20: songs queued by hand and those of the context, without a mark which is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    pub playing: Option<Track>,
    pub next: Vec<Track>,
}

impl Queue {
    pub(super) fn read(json: &Value) -> Option<Self> {
        json.is_object()
            .then(|| Self { playing: Track::read(&json["currently_playing"]), next: Track::read_all(&json["queue"]) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Device, Playing, Profile};

    #[test]
    fn a_device_of_which_little_is_known_is_still_a_device() {
        let device = Device::read(&json!({ "id": null, "type": "Toaster", "volume_percent": null })).unwrap();
        assert_eq!((device.id, device.volume_percent, device.kind.as_str()), (None, None, "Toaster"));
        assert!(!device.is_active && device.supports_volume);
    }

    #[test]
    fn an_empty_object_is_a_player_doing_nothing() {
        let playing = Playing::read(&json!({})).unwrap();
        assert!(!playing.is_playing && playing.item.is_none() && playing.device.is_none());
        assert_eq!(Playing::read(&json!("oops")), None);
    }

    #[test]
    fn an_account_is_known_by_its_account_id_when_there_is_one() {
        let of = |json| Profile::read(&json).unwrap();
        assert_eq!(of(json!({ "id": "a", "account_id": "b" })).key(), "b");
        assert_eq!(of(json!({ "id": "a" })).key(), "a");
    }
}
