//! Screens and the secret in their address.

use serde::Serialize;

use super::{ScreenId, Timestamp};

/// The secret in a screen's address; the store keeps only its hash.
pub struct ScreenToken(pub String);

/// A screen as its host sees it in the list.
#[derive(Clone, Debug, Serialize)]
pub struct Screen {
    pub id: ScreenId,
    pub label: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// How many more devices may open the address for the first time.
    pub uses_left: i64,
    pub last_seen_at: Option<Timestamp>,
}

impl Screen {
    /// Hours a screen's address lives.
    pub const HOURS: i64 = 24;
    /// Devices that may open one address.
    pub const USES: i64 = 3;
}
