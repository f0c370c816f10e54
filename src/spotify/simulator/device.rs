//! A device to play on, and what it can and cannot do.

use serde::{Deserialize, Serialize};

/// Something an account can play on.
// As many as Spotify tells.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Device {
    pub id: String,
    pub name: String,
    /// `Computer`, `Smartphone`, `Speaker`, or whatever Spotify thinks of next.
    pub kind: String,
    pub is_active: bool,
    /// Takes no commands.
    pub is_restricted: bool,
    pub volume_percent: u8,
    pub supports_volume: bool,
    /// Listed, but answers every command with 500.
    pub is_asleep: bool,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            id: "laptop".into(),
            name: "Laptop".into(),
            kind: "Computer".into(),
            is_active: false,
            is_restricted: false,
            volume_percent: 70,
            supports_volume: true,
            is_asleep: false,
        }
    }
}
