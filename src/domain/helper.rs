//! Helpers and the secret in their link.

use serde::Serialize;

use super::{HelperId, Timestamp};

/// The secret in a helper's link; the store keeps only its hash.
pub struct HelperToken(pub String);

/// A helper as their host sees them in the list.
#[derive(Clone, Debug, Serialize)]
pub struct Helper {
    pub id: HelperId,
    pub name: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub seen_at: Option<Timestamp>,
}

impl Helper {
    /// Hours a helper's link lives: a night with its set-up.
    pub const HOURS: i64 = 24;
}
