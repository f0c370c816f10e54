//! What is made of texts to compare them by, in every row at once: folding is more than SQL can do.

use rusqlite::{Connection, params};

use super::versions::{KEYED, SEARCHED, rekeys};
use crate::domain::{Hit, Song};
use crate::store::db::file::progress::Progress;
use crate::store::error::Result;

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

/// Makes all of it anew where a step on the way asks for that. Who comes from the same version was left half done there.
pub fn keep_up(conn: &Connection, from: u32, target: u32, progress: &Progress) -> Result<()> {
    if target < KEYED || from != target && !rekeys(from, target) {
        return Ok(());
    }
    make_anew(conn, |done| progress.next(move || format!("{done} songs have their keys anew.")))?;
    if target < SEARCHED { Ok(()) } else { words_anew(conn) }
}

/// Gives every request the keys of its song as they are made today; `told` hears how many rows are done. Each piece is a
/// transaction of its own, and to begin anew does no harm.
fn make_anew(conn: &Connection, mut told: impl FnMut(usize)) -> Result<()> {
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

/// A track's row, and the words by which it is looked for.
struct Known {
    owner: String,
    uri: String,
    words: String,
    right: String,
}

/// Gives every track of the catalogue the words by which it is looked for today, in pieces as well.
fn words_anew(conn: &Connection) -> Result<()> {
    let (mut owner, mut uri) = (String::new(), String::new());
    loop {
        let rows = tracks_after(conn, &owner, &uri)?;
        let Some(end) = rows.last() else { return Ok(()) };
        (owner, uri) = (end.owner.clone(), end.uri.clone());
        let tx = conn.unchecked_transaction()?;
        for known in rows.iter().filter(|known| known.words != known.right) {
            let sql = "UPDATE tracks SET words = ?3 WHERE user_id = ?1 AND uri = ?2";
            tx.prepare_cached(sql)?.execute(params![known.owner, known.uri, known.right])?;
        }
        tx.commit()?;
    }
}

fn tracks_after(conn: &Connection, owner: &str, uri: &str) -> Result<Vec<Known>> {
    let sql = "SELECT user_id, uri, words, title, artists, album FROM tracks
               WHERE (user_id, uri) > (?1, ?2) ORDER BY user_id, uri LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let known = |row: &rusqlite::Row| {
        // What is no list of names any more is none.
        let artists = serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default();
        let hit = Hit { title: row.get(3)?, artists, album: row.get(5)?, ..Hit::default() };
        Ok(Known { owner: row.get(0)?, uri: row.get(1)?, words: row.get(2)?, right: hit.words() })
    };
    let rows = statement.query_map(params![owner, uri, PIECE], known)?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
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
