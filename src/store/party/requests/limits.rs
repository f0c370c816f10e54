//! What a guest has asked for and what was heard lately, as far as the rules have to know it.

use crate::domain::{EventId, GuestId, GuestTally, HouseRules, Song};
use crate::store::error::Result;
use crate::store::tenant::tx::{Named, Tx};

/// What the rules ask of a guest, and no more: each count ends at its limit, and reads that guest's rows alone.
pub fn tally(tx: &Tx, event: &EventId, guest: &GuestId, rules: &HouseRules) -> Result<GuestTally> {
    // All four states are named for the partial index of open requests; the playing one is taken back then.
    let sql = "SELECT (SELECT count(*) FROM (SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND status IN ('pending', 'approved', 'handed_over', 'playing')
                       AND status <> 'playing' LIMIT :active)) AS active,
                      (SELECT count(*) FROM (SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at > :hour AND created_at <= :now LIMIT :hourly)) AS in_last_hour,
                      (SELECT max(created_at) FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at <= :now) AS last_wish,
                      (SELECT min(created_at) FROM requests WHERE user_id = :tenant AND event_id = :event
                       AND guest_id = :guest AND created_at > :hour AND created_at <= :now) AS oldest_in_hour";
    let hour = tx.now.plus_ms(-3_600_000);
    // Requests from before the clock was set back make nobody wait for that time to come again.
    let named: Named = &[
        (":event", &event),
        (":guest", &guest),
        (":hour", &hour),
        (":now", &tx.now),
        (":active", &rules.max_active_per_guest),
        (":hourly", &rules.max_per_hour),
    ];
    tx.one(sql, named, |row| {
        Ok(GuestTally {
            active: row.get("active")?,
            in_last_hour: row.get("in_last_hour")?,
            last_wish: row.get("last_wish")?,
            oldest_in_hour: row.get("oldest_in_hour")?,
        })
    })
}

/// Looks only at what was heard so lately that it still rests.
pub fn rested(tx: &Tx, event: &EventId, song: &Song, rules: &HouseRules) -> Result<()> {
    let longest = rules.replay_cooldown_ms.max(rules.artist_cooldown_ms);
    let sql = "SELECT max(coalesce(played_at, started_at)) FILTER (WHERE song_key = :song OR track_uri = :uri OR isrc = :isrc) AS played,
                      max(coalesce(played_at, started_at)) FILTER (WHERE artist_key = :artist) AS artist
               FROM requests WHERE user_id = :tenant AND event_id = :event AND status IN ('playing', 'played')
               AND coalesce(played_at, started_at) > :since AND coalesce(played_at, started_at) <= :now";
    // As with a guest's tally: what was played before the clock was set back holds nobody up.
    let named: Named = &[
        (":since", &tx.now.plus_ms(-i64::from(longest))),
        (":now", &tx.now),
        (":event", &event),
        (":song", &song.key()),
        (":uri", &song.track_uri),
        (":isrc", &song.isrc),
        (":artist", &song.artist_key()),
    ];
    let (played, artist) = tx.one(sql, named, |row| Ok((row.get("played")?, row.get("artist")?)))?;
    Ok(rules.rested(played, artist, tx.now)?)
}
