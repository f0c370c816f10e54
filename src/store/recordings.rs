//! Which recording a request is, as its row has it: read, set, and put back.

use rusqlite::{Row, ToSql};

use super::asked::song;
use super::covers::name_cover;
use super::error::Result;
use super::rows::Rows;
use crate::domain::{RequestId, Song};

/// What a request is a wish for, and how far it was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub song: Song,
    pub by_hand: bool,
    /// Why no recording was chosen, and what there is to choose from.
    pub unmatched: Option<String>,
    pub candidates: Option<String>,
}

impl Recording {
    /// One that was found or chosen.
    pub fn of(song: Song) -> Self {
        Self { song, by_hand: false, unmatched: None, candidates: None }
    }

    /// As it is.
    pub fn read(rows: &Rows, id: &RequestId) -> Result<Self> {
        let sql = "SELECT title, artist, track_uri, isrc, duration_ms, art, by_hand, unmatched, candidates
                   FROM requests WHERE user_id = :tenant AND id = :id";
        rows.one(sql, &[(":id", &id.as_str())], |row: &Row| {
            Ok(Self {
                song: Song { art: row.get(5)?, ..song(row, 0)? },
                by_hand: row.get(6)?,
                unmatched: row.get(7)?,
                candidates: row.get(8)?,
            })
        })
    }

    /// Makes a request a wish for it.
    pub fn put(&self, rows: &Rows, id: &RequestId) -> Result<()> {
        let song = &self.song;
        let sql =
            "UPDATE requests SET track_uri = :uri, isrc = :isrc, duration_ms = :duration, art = :art, title = :title,
                          artist = :artist, song_key = :song, artist_key = :artist_key, by_hand = :by_hand,
                          unmatched = :why, candidates = :from
                   WHERE user_id = :tenant AND id = :id";
        let named: [(&str, &dyn ToSql); 12] = [
            (":uri", &song.track_uri),
            (":isrc", &song.isrc),
            (":duration", &song.duration_ms),
            (":art", &song.art),
            (":title", &song.title),
            (":artist", &song.artist),
            (":song", &song.key()),
            (":artist_key", &song.artist_key()),
            (":by_hand", &self.by_hand),
            (":why", &self.unmatched),
            (":from", &self.candidates),
            (":id", &id.as_str()),
        ];
        rows.run(sql, &named)?;
        name_cover(rows, song.art.as_deref())
    }
}
