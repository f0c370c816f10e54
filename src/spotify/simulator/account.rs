//! One account: its devices, its player, and what can be changed about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, Item};
use super::device::Device;
use super::fault::Trouble;
use super::message::Response;
use super::player::{Play, Player};
use crate::domain::Timestamp;

/// How many songs the context of a new account goes round in.
const CONTEXT: usize = 8;

/// An account to be made: it starts out playing its first song on its laptop, a phone lying by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    pub id: String,
    pub display_name: String,
    /// Where in the catalogue its context begins, from 0 to 59.
    #[serde(default)]
    pub first_song: usize,
}

/// What may happen to an account; in JSON `{"premium":false}`, `{"press":"pause"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Premium(bool),
    /// The player then answers 204.
    PrivateSession(bool),
    /// Whatever may be null is, and lists hold a null.
    NullFields(bool),
    /// A queued song is answered with 200 and a text instead of 204.
    QueueAnswersText(bool),
    /// Looking at the queue answers 204.
    QueueIsSilent(bool),
    /// The player says that it plays, and stands still.
    Frozen(bool),
    /// Tracks end this many milliseconds early.
    Automix(i64),
    /// Queueing `from` will play `to`.
    Relink {
        from: String,
        to: String,
    },
    /// Queueing this uri, or searching for exactly these words, is answered so from now on; without trouble, as ever.
    Refuse {
        what: String,
        trouble: Option<Trouble>,
    },
    /// Queueing this uri is accepted, and at its turn it is passed over: it is not to be had here.
    NotOnSale(String),
    /// An advert of so many milliseconds starts in place of what plays.
    Advert(i64),
    /// What plays when nothing is queued by hand: uris, round and round.
    Context(Vec<String>),
    /// A device appears, or is seen in another state.
    Device(Device),
    RemoveDevice(String),
    /// The device that is active from now on; none stops the player.
    Activate(Option<String>),
    /// Somebody's finger on the player itself.
    Press(Button),
    /// Access tokens given so far have expired.
    ExpireAccess,
    /// The DJ took back the consent.
    Revoke,
}

/// The buttons of Spotify's own player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    Play,
    Pause,
    Next,
    /// Everything queued by hand is taken out of the queue.
    Clear,
    /// Drags the song to so many milliseconds before its end.
    Before(i64),
    /// Starts a track, an episode (`spotify:episode:any`) or a file (`spotify:local:artist:album:title:seconds`).
    Start(String),
}

/// How an account stands, for whoever checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    pub now: Timestamp,
    pub is_playing: bool,
    /// The uri of what plays or is paused.
    pub current: Option<String>,
    pub progress_ms: i64,
    /// Uris queued by hand that have not played yet.
    pub queued: Vec<String>,
    /// Every uri ever queued by hand, in order.
    pub added: Vec<String>,
    /// Everything heard, in order.
    pub played: Vec<Play>,
    pub devices: Vec<Device>,
    /// Calls by method and path, as in `GET /me/player`, whatever their answer.
    pub calls: BTreeMap<String, u32>,
    /// What was searched for, in order.
    pub searched: Vec<String>,
}

/// One Spotify account.
// Each is a way to be awkward, and all of them go together.
#[allow(clippy::struct_excessive_bools)]
pub struct Account {
    pub id: String,
    pub display_name: String,
    pub premium: bool,
    pub private: bool,
    pub nulls: bool,
    pub queue_answers_text: bool,
    pub queue_is_silent: bool,
    /// Answers to what is never done, by the uri or the words.
    refused: BTreeMap<String, Trouble>,
    pub devices: Vec<Device>,
    pub player: Player,
    pub calls: BTreeMap<String, u32>,
    pub searched: Vec<String>,
}

impl Account {
    pub fn new(new: NewAccount, catalogue: &Catalogue, now: Timestamp) -> Self {
        let context = (new.first_song..new.first_song + CONTEXT).map(|n| catalogue.song(n).clone()).collect();
        let laptop = Device { is_active: true, ..Device::default() };
        let (name, kind) = ("Phone".into(), "Smartphone".into());
        let phone = Device { id: "phone".into(), name, kind, supports_volume: false, ..Device::default() };
        // One id in all of Spotify, as there.
        let own = |device: Device| Device { id: format!("{}-{}", new.id, device.id), ..device };
        Self {
            devices: vec![own(laptop), own(phone)],
            id: new.id,
            display_name: new.display_name,
            premium: true,
            private: false,
            nulls: false,
            queue_answers_text: false,
            queue_is_silent: false,
            refused: BTreeMap::new(),
            player: Player::new(context, now),
            calls: BTreeMap::new(),
            searched: Vec::new(),
        }
    }

    /// Lets `change` happen; refuses a uri or a device that there is not.
    pub fn change(&mut self, change: Change, catalogue: &Catalogue, now: Timestamp) -> Result<(), String> {
        let find = |uri: &str| catalogue.by_uri(uri).ok_or(format!("There is no {uri}."));
        match change {
            Change::Premium(is) => self.premium = is,
            Change::PrivateSession(is) => self.private = is,
            Change::NullFields(are) => self.nulls = are,
            Change::QueueAnswersText(does) => self.queue_answers_text = does,
            Change::QueueIsSilent(is) => self.queue_is_silent = is,
            Change::Frozen(is) => self.player.frozen = is,
            Change::Automix(ms) => self.player.automix_ms = ms,
            Change::Relink { from, to } => {
                self.player.relinks.insert(from, find(&to)?);
            }
            Change::Refuse { what, trouble: Some(trouble) } => drop(self.refused.insert(what, trouble)),
            Change::Refuse { what, trouble: None } => drop(self.refused.remove(&what)),
            Change::NotOnSale(uri) => drop(self.player.unsold.insert(find(&uri)?.uri)),
            Change::Advert(ms) => self.player.start(Item::advert(ms), now),
            Change::Context(uris) => {
                self.player.set_context(uris.iter().map(|uri| find(uri)).collect::<Result<_, _>>()?);
            }
            Change::Device(device) => self.place(device),
            Change::RemoveDevice(id) => {
                self.devices.retain(|device| device.id != id);
                self.settle(now);
            }
            Change::Activate(id) => self.activate(id.as_deref(), now)?,
            Change::Press(Button::Play) => self.player.resume(now),
            Change::Press(Button::Pause) => self.player.pause(now),
            Change::Press(Button::Next) => self.player.turn(now),
            Change::Press(Button::Clear) => self.player.clear(),
            Change::Press(Button::Before(ms)) => {
                let length = self.player.current().map_or(0, |item| item.duration_ms);
                self.player.seek(length - ms);
            }
            Change::Press(Button::Start(uri)) => self.player.start(find(&uri)?, now),
            // Tokens lie elsewhere.
            Change::ExpireAccess | Change::Revoke => {}
        }
        Ok(())
    }

    fn place(&mut self, device: Device) {
        match self.devices.iter_mut().find(|known| known.id == device.id) {
            Some(known) => *known = device,
            None => self.devices.push(device),
        }
    }

    /// Makes one device the active one, or none; refuses one that there is not.
    pub fn activate(&mut self, id: Option<&str>, now: Timestamp) -> Result<(), String> {
        if let Some(id) = id.filter(|id| self.devices.iter().all(|device| device.id != *id)) {
            return Err(format!("{} has no device {id}.", self.id));
        }
        for device in &mut self.devices {
            device.is_active = Some(device.id.as_str()) == id;
        }
        self.settle(now);
        Ok(())
    }

    /// Nothing plays on no device.
    fn settle(&mut self, now: Timestamp) {
        if self.active().is_none() && self.player.is_playing() {
            self.player.pause(now);
        }
    }

    /// Refuses a uri or words that are never done.
    pub fn allows(&self, what: &str) -> Result<(), Response> {
        let refused = self.refused.get(what).map(|trouble| trouble.answer().unwrap_or_else(Response::restricted));
        refused.map_or(Ok(()), Err)
    }

    pub fn active(&self) -> Option<&Device> {
        self.devices.iter().find(|device| device.is_active)
    }

    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        Snapshot {
            now,
            is_playing: self.player.is_playing(),
            current: self.player.current().map(|item| item.uri.clone()),
            progress_ms: self.player.progress_ms(),
            queued: self.player.queued(),
            added: self.player.added.clone(),
            played: self.player.record.clone(),
            devices: self.devices.clone(),
            calls: self.calls.clone(),
            searched: self.searched.clone(),
        }
    }
}
