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

/// A song from title, artist, address, ISRC and length, in columns from `at` on.
pub fn song(row: &Row, at: usize) -> rusqlite::Result<Song> {
    Ok(Song {
        title: row.get(at)?,
        artist: row.get(at + 1)?,
        track_uri: row.get(at + 2)?,
        isrc: row.get(at + 3)?,
        duration_ms: row.get(at + 4)?,
        ..Song::default()
    })
}

/// A request from [`ASKED`].
pub fn asked_row(row: &Row) -> rusqlite::Result<Asked> {
    Ok(Asked { id: parsed(row, 0, Id::parse)?, status: parsed(row, 1, Status::parse)?, song: song(row, 2)? })
}
