//! What a guest has asked for and what was heard lately, as far as the rules have to know it.

use rusqlite::{Row, ToSql};

use crate::domain::{EventId, GuestId, GuestTally, HouseRules, Song, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::tx::Tx;

/// What the rules ask of a guest, and no more: each count ends at its limit, and reads that guest's rows alone.
pub fn tally(tx: &Tx, event: &EventId, guest: &GuestId, rules: &HouseRules) -> Result<GuestTally> {
    // All four states are named for the partial index of open wishes; the playing one is taken back then.
    let sql = "SELECT (SELECT count(*) FROM (SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND status IN ('pending', 'approved', 'handed_over', 'playing')
                       AND status <> 'playing' LIMIT :active)),
                      (SELECT count(*) FROM (SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at > :hour AND created_at <= :now LIMIT :hourly)),
                      (SELECT max(created_at) FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at <= :now),
                      (SELECT min(created_at) FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at > :hour AND created_at <= :now)";
    let hour = tx.now.plus_ms(-3_600_000).0;
    // Wishes from before the clock was set back make nobody wait for that time to come again.
    let named: [(&str, &dyn ToSql); 6] = [
        (":event", &event.as_str()),
        (":guest", &guest.as_str()),
        (":hour", &hour),
        (":now", &tx.now.0),
        (":active", &rules.max_active_per_guest),
        (":hourly", &rules.max_per_hour),
    ];
    tx.one(sql, &named, |row| {
        Ok(GuestTally {
            active: row.get(0)?,
            in_last_hour: row.get(1)?,
            last_wish: moment(row, 2)?,
            oldest_in_hour: moment(row, 3)?,
        })
    })
}

/// Looks only at what was heard so lately that it still rests.
pub fn rested(tx: &Tx, event: &EventId, song: &Song, rules: &HouseRules) -> Result<()> {
    let longest = rules.replay_cooldown_ms.max(rules.artist_cooldown_ms);
    let sql = "SELECT max(coalesce(played_at, started_at)) FILTER (WHERE song_key = :song OR track_uri = :uri OR isrc = :isrc),
                      max(coalesce(played_at, started_at)) FILTER (WHERE artist_key = :artist)
               FROM requests WHERE user_id = :tenant AND event_id = :event AND status IN ('playing', 'played')
               AND coalesce(played_at, started_at) > :since AND coalesce(played_at, started_at) <= :now";
    // As with a guest's tally: what was played before the clock was set back holds nobody up.
    let named: [(&str, &dyn ToSql); 7] = [
        (":since", &tx.now.plus_ms(-i64::from(longest)).0),
        (":now", &tx.now.0),
        (":event", &event.as_str()),
        (":song", &song.key()),
        (":uri", &song.track_uri),
        (":isrc", &song.isrc),
        (":artist", &song.artist_key()),
    ];
    let (played, artist) = tx.one(sql, &named, |row| Ok((moment(row, 0)?, moment(row, 1)?)))?;
    Ok(rules.rested(played, artist, tx.now)?)
}

fn moment(row: &Row, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}
