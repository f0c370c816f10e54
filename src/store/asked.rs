//! Requests as far as it matters for knowing their songs again.

use rusqlite::Row;

use super::accounts::parsed;
use super::error::Result;
use super::rows::Rows;
use crate::domain::{Asked, EventId, Id, Song, Status};

pub const ASKED: &str = "id, status, title, artist, track_uri, isrc, duration_ms";

/// Those of one event, `which` being the rest of the condition, and the order.
pub fn asked(rows: &Rows, event: &EventId, which: &str) -> Result<Vec<Asked>> {
    let sql = format!("SELECT {ASKED} FROM requests WHERE user_id = :tenant AND event_id = :event AND {which}");
    rows.all(&sql, &[(":event", &event.as_str())], asked_row)
}

/// A request from [`ASKED`].
pub fn asked_row(row: &Row) -> rusqlite::Result<Asked> {
    Ok(Asked {
        id: parsed(row, 0, Id::parse)?,
        status: parsed(row, 1, Status::parse)?,
        song: Song {
            title: row.get(2)?,
            artist: row.get(3)?,
            track_uri: row.get(4)?,
            isrc: row.get(5)?,
            duration_ms: row.get(6)?,
            ..Song::default()
        },
    })
}
