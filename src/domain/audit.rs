//! The record of who did what, and how it is asked for.

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
    /// Both, as a page offers them to choose from.
    pub const ALL: [Self; 2] = [Self::Allowed, Self::Refused];

    /// The name it has in JSON, in addresses and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }

    /// Reads the names of [`Outcome::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// One entry of the record: who did what on whose pages, from where, and whether it was let be.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    /// What to ask `before` for earlier ones.
    pub id: String,
    pub at: Timestamp,
    /// How often it was done from `at` on, within an hour or, where it was refused, a day; and when last, where that was more
    /// than once.
    pub count: i64,
    pub last_at: Option<Timestamp>,
    /// The username of who did it, or `helper NAME`.
    pub actor: String,
    /// `GET /johnsmith/admin/queue` and the like, or words such as `sign in`; without query or secrets.
    pub action: String,
    pub outcome: String,
    pub address: Option<String>,
    /// The username of whose pages they were.
    pub whose: String,
}

/// What is looked for in the record.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// A part of the name of who did it, or of whose pages they were; empty for everybody.
    pub name: String,
    /// `None` for both.
    pub outcome: Option<Outcome>,
    /// Only what was written before this entry.
    pub before: Option<i64>,
}

/// A page of the record, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// What to ask `before` for those that come after these; `null` where none do.
    pub next: Option<String>,
}

impl AuditPage {
    /// The first `most` of what was found.
    pub fn of(mut entries: Vec<AuditEntry>, most: usize) -> Self {
        let more = entries.len() > most;
        entries.truncate(most);
        let next = entries.last().filter(|_| more).map(|last| last.id.clone());
        Self { entries, next }
    }
}
