//! What was last observed of Spotify's player.

use rusqlite::{Row, ToSql};

use super::covers::name_cover;
use crate::domain::{Observation, ObservedTrack, SpotifyTrouble, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::tx::Tx;

/// What a poll came to.
pub struct Poll {
    /// `None` where Spotify could not be polled: what was observed before stays.
    pub observation: Option<Observation>,
    /// When to poll again; `None` is never.
    pub due: Option<Timestamp>,
    pub streak: u32,
    pub trouble: Option<SpotifyTrouble>,
}

/// The last observation as it is kept.
pub(in crate::store) struct Kept {
    pub observation: Observation,
    pub due: Option<Timestamp>,
    pub streak: u32,
    pub hold_until: Timestamp,
}

/// The last observation, if there was one.
pub(in crate::store) fn kept(tx: &Tx) -> Result<Option<Kept>> {
    let sql =
        "SELECT state, uri, isrc, title, artist, art, duration_ms, progress_ms, seen_at, streak, due_at, hold_until
               FROM spotify_looks WHERE user_id = :tenant";
    tx.maybe(sql, &[], |row| {
        let uri: Option<String> = row.get("uri")?;
        Ok(Kept {
            observation: Observation {
                state: row.get("state")?,
                item: uri.map(|uri| observed_track(row, uri)).transpose()?,
                progress_ms: row.get::<_, Option<i64>>("progress_ms")?.unwrap_or(0),
                seen_at: row.get("seen_at")?,
            },
            due: row.get("due_at")?,
            streak: row.get("streak")?,
            hold_until: row.get("hold_until")?,
        })
    })
}

fn observed_track(row: &Row, uri: String) -> rusqlite::Result<ObservedTrack> {
    Ok(ObservedTrack {
        uri,
        isrc: row.get("isrc")?,
        title: row.get("title")?,
        artist: row.get("artist")?,
        art: row.get("art")?,
        duration_ms: row.get("duration_ms")?,
    })
}

/// Keeps `observation` in place of the last one, and when the player is polled again.
pub(in crate::store) fn keep(tx: &Tx, observation: &Observation, poll: &Poll) -> Result<()> {
    let item = observation.item.as_ref();
    let sql = "INSERT INTO spotify_looks (user_id, state, uri, isrc, title, artist, art, duration_ms, progress_ms,
                                          seen_at, streak, due_at, hold_until)
               VALUES (:tenant, :state, :uri, :isrc, :title, :artist, :art, :duration, :progress, :seen, :streak, :due, 0)
               ON CONFLICT (user_id) DO UPDATE SET state = excluded.state, uri = excluded.uri, isrc = excluded.isrc,
                   title = excluded.title, artist = excluded.artist, art = excluded.art, duration_ms = excluded.duration_ms,
                   progress_ms = excluded.progress_ms, seen_at = excluded.seen_at, streak = excluded.streak, due_at = excluded.due_at,
                   hold_until = iif(seen_at > :now, 0, hold_until)";
    let named: [(&str, &dyn ToSql); 12] = [
        (":now", &tx.now),
        (":state", &observation.state),
        (":uri", &item.map(|item| &item.uri)),
        (":isrc", &item.and_then(|item| item.isrc.as_ref())),
        (":title", &item.map(|item| &item.title)),
        (":artist", &item.map(|item| &item.artist)),
        (":art", &item.and_then(|item| item.art.as_ref())),
        (":duration", &item.map(|item| item.duration_ms)),
        (":progress", &observation.progress_ms),
        (":seen", &observation.seen_at),
        (":streak", &poll.streak),
        (":due", &poll.due),
    ];
    tx.quiet().run(sql, &named)?;
    name_cover(tx, item.and_then(|item| item.art.as_deref()))
}
