//! A sign-in as its owner sees it.

use serde::Serialize;

use super::{SessionId, Timestamp};

/// A sign-in as its owner sees it in the list.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    pub id: SessionId,
    pub created_at: Timestamp,
    /// The last use that was written down; every few minutes one is.
    pub seen_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    /// What the browser calls itself.
    pub device: Option<String>,
}
