//! A night in numbers.

use serde::Serialize;

use super::{EventId, EventStatus, HostRequest, Timestamp};

/// One line of the history.
#[derive(Clone, Debug, Serialize)]
pub struct EventSummary {
    pub id: EventId,
    pub name: String,
    pub status: EventStatus,
    pub started_at: Timestamp,
    /// `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// All there were, whatever became of them.
    pub requests: i64,
    pub played: i64,
}

/// A night in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All there were, whatever became of them.
    pub requests: i64,
    pub played: i64,
    pub rejected: i64,
    pub withdrawn: i64,
    /// Neither played, rejected nor withdrawn.
    pub open: i64,
    pub guests: i64,
    pub votes: i64,
}

/// What is left of a night: its numbers and every request, oldest first.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub event: EventSummary,
    pub totals: Totals,
    pub requests: Vec<HostRequest>,
}
