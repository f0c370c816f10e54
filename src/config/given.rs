//! What was set, where, and what is said of it when it cannot be.

use serde_json::Value;

use super::error::{Error, Result};
use super::keys::{KEYS, Key};
use super::place::Place;

/// A key that was set.
pub struct Given {
    pub key: &'static Key,
    pub value: Value,
    /// As it was written.
    pub shown: String,
    pub place: Place,
}

impl Given {
    /// Takes what a reader made of the value, or says what would have been allowed.
    pub fn new(key: &'static Key, value: Option<Value>, written: &str, place: Place) -> Result<Self> {
        let shown = key.shown(written);
        match value {
            Some(value) => Ok(Self { key, value, shown, place }),
            None => Err(Error::At(place, refused(key, &shown))),
        }
    }
}

/// Why a value cannot be.
pub fn refused(key: &Key, shown: &str) -> String {
    format!("{} cannot be {shown}. Allowed: {}.", key.name, key.allowed())
}

/// Why a key cannot be, and which one may have been meant.
pub fn unknown(name: &str, shown: &str, place: Place) -> Error {
    let (section, last) = name.split_once('.').unwrap_or(("", name));
    let known = |key: &&Key| key.section() == section;
    let meant = match nearest(name, KEYS.iter().map(|key| key.name)) {
        Some(near) => Some(near),
        None => KEYS.iter().find(|key| key.last() == last.to_ascii_lowercase()).map(|key| key.name),
    };
    let meant = meant.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
    let allowed = if KEYS.iter().any(|key| known(&key)) {
        let keys: Vec<&str> = KEYS.iter().filter(known).map(Key::last).collect();
        format!("Allowed in [{section}]: {}.", keys.join(", "))
    } else {
        let mut sections: Vec<&str> = KEYS.iter().map(Key::section).collect();
        sections.dedup();
        format!("Allowed are keys in the sections {}: see config.example.toml.", sections.join(", "))
    };
    Error::At(place, format!("there is no key {name}, given as {shown}.{meant} {allowed}"))
}

/// The word that was probably meant, where one is near enough.
pub fn nearest<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_ascii_lowercase();
    let far = known.map(|known| (strsim::damerau_levenshtein(&word, &known.to_ascii_lowercase()), known));
    far.min_by_key(|(far, _)| *far).filter(|(far, known)| *far <= 1 + known.len() / 8).map(|(_, known)| known)
}
