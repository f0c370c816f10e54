//! The keys under which spellings of one song meet, in every row at once: folding is more than SQL can do.

use rusqlite::{Connection, params};

use super::error::Result;
use crate::domain::Song;

/// Rows at a time: memory stays the same however many there are.
const PIECE: i64 = 5000;

/// A request's row, and the keys it has.
struct Keyed {
    row: i64,
    song: Song,
    key: String,
    artist_key: String,
}

impl Keyed {
    fn is_right(&self) -> bool {
        self.key == self.song.key() && self.artist_key == self.song.artist_key()
    }
}

/// Gives every request the keys of its song as they are made today; `told` hears how many rows are done. Each piece is a
/// transaction of its own, and to begin anew does no harm.
pub fn make_anew(conn: &Connection, mut told: impl FnMut(usize)) -> Result<()> {
    let (mut last, mut done) = (i64::MIN, 0);
    loop {
        let rows = piece_after(conn, last)?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.row;
        done += rows.len();
        let tx = conn.unchecked_transaction()?;
        for Keyed { row, song, .. } in rows.iter().filter(|keyed| !keyed.is_right()) {
            let sql = "UPDATE requests SET song_key = ?2, artist_key = ?3 WHERE rowid = ?1";
            tx.prepare_cached(sql)?.execute(params![row, song.key(), song.artist_key()])?;
        }
        tx.commit()?;
        told(done);
    }
}

/// How many requests have keys that would not be made today: their votes and repeats do not find each other.
pub fn wrong(conn: &Connection) -> Result<usize> {
    let (mut last, mut wrong) = (i64::MIN, 0);
    loop {
        let rows = piece_after(conn, last)?;
        let Some(end) = rows.last() else { return Ok(wrong) };
        last = end.row;
        wrong += rows.iter().filter(|keyed| !keyed.is_right()).count();
    }
}

fn piece_after(conn: &Connection, last: i64) -> Result<Vec<Keyed>> {
    let sql =
        "SELECT rowid, title, artist, song_key, artist_key FROM requests WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let keyed = |row: &rusqlite::Row| {
        let song = Song::named(row.get::<_, String>(1)?, row.get::<_, String>(2)?);
        Ok(Keyed { row: row.get(0)?, song, key: row.get(3)?, artist_key: row.get(4)? })
    };
    let rows = statement.query_map(params![last, PIECE], keyed)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}
