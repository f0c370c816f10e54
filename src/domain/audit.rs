use serde::Serialize;

use super::Timestamp;

/// How an attempt to cross a border ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Allowed,
    Refused,
}

impl Outcome {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

/// One entry of the record: who did what on whose ground, from where, and whether it was let be.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    pub at: Timestamp,
    /// The username of who did it, or `helper NAME`.
    pub actor: String,
    /// `GET /johnsmith/admin/queue` and the like, or words such as `sign in`; without query or secrets.
    pub action: String,
    pub outcome: String,
    pub address: Option<String>,
    /// The username of whose ground it was.
    pub whose: String,
}
