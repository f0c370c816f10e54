//! What Spotify's player was last seen to do.

use rusqlite::{Row, ToSql};

use super::covers::name_cover;
use crate::domain::{Heard, Look, SpotifyTrouble, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::tx::Tx;

/// What a look came to.
pub struct Sighting {
    /// `None` where Spotify could not be looked at: what was seen before stays.
    pub look: Option<Look>,
    /// When to look again; `None` is never.
    pub due: Option<Timestamp>,
    pub streak: u32,
    pub trouble: Option<SpotifyTrouble>,
}

/// The last look as it is kept.
pub(in crate::store) struct Kept {
    pub look: Look,
    pub due: Option<Timestamp>,
    pub streak: u32,
    pub hold_until: Timestamp,
}

/// The last look, if there was one.
pub(in crate::store) fn kept(tx: &Tx) -> Result<Option<Kept>> {
    let sql =
        "SELECT state, uri, isrc, title, artist, art, duration_ms, progress_ms, seen_at, streak, due_at, hold_until
               FROM spotify_looks WHERE user_id = :tenant";
    tx.maybe(sql, &[], |row| {
        let uri: Option<String> = row.get("uri")?;
        Ok(Kept {
            look: Look {
                state: row.get("state")?,
                item: uri.map(|uri| heard(row, uri)).transpose()?,
                progress_ms: row.get::<_, Option<i64>>("progress_ms")?.unwrap_or(0),
                seen_at: row.get("seen_at")?,
            },
            due: row.get("due_at")?,
            streak: row.get("streak")?,
            hold_until: row.get("hold_until")?,
        })
    })
}

fn heard(row: &Row, uri: String) -> rusqlite::Result<Heard> {
    Ok(Heard {
        uri,
        isrc: row.get("isrc")?,
        title: row.get("title")?,
        artist: row.get("artist")?,
        art: row.get("art")?,
        duration_ms: row.get("duration_ms")?,
    })
}

/// Keeps `look` in place of the last one, and when the player is looked at again.
pub(in crate::store) fn keep(tx: &Tx, look: &Look, seen: &Sighting) -> Result<()> {
    let item = look.item.as_ref();
    let sql = "INSERT INTO spotify_looks (user_id, state, uri, isrc, title, artist, art, duration_ms, progress_ms,
                                          seen_at, streak, due_at, hold_until)
               VALUES (:tenant, :state, :uri, :isrc, :title, :artist, :art, :duration, :progress, :seen, :streak, :due, 0)
               ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, uri = excluded.uri, isrc = excluded.isrc,
                   title = excluded.title, artist = excluded.artist, art = excluded.art, duration_ms = excluded.duration_ms,
                   progress_ms = excluded.progress_ms, seen_at = excluded.seen_at, streak = excluded.streak, due_at = excluded.due_at,
                   hold_until = iif(seen_at > :now, 0, hold_until)";
    let named: [(&str, &dyn ToSql); 12] = [
        (":now", &tx.now),
        (":state", &look.state),
        (":uri", &item.map(|item| &item.uri)),
        (":isrc", &item.and_then(|item| item.isrc.as_ref())),
        (":title", &item.map(|item| &item.title)),
        (":artist", &item.map(|item| &item.artist)),
        (":art", &item.and_then(|item| item.art.as_ref())),
        (":duration", &item.map(|item| item.duration_ms)),
        (":progress", &look.progress_ms),
        (":seen", &look.seen_at),
        (":streak", &seen.streak),
        (":due", &seen.due),
    ];
    tx.quiet().run(sql, &named)?;
    name_cover(tx, item.and_then(|item| item.art.as_deref()))
}
