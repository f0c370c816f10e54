//! What the house rules say by now to songs that guests asked for earlier: to one that is to come back, and to all that wait.
//! What a DJ put in by hand they answer for.

use crate::domain::{EventId, HouseRules, Request, RequestId, Song};

use crate::store::error::Result;
use crate::store::party::rules;
use crate::store::party::songs::candidates::song;
use crate::store::spotify::catalogue::{known, listed};
use crate::store::tenant::row::Columns;
use crate::store::tenant::tx::{Named, Tx};

/// Refuses a guest's song that the rules refuse.
pub fn may_come(tx: &Tx, request: &Request) -> Result<()> {
    if request.guest.is_none() {
        return Ok(());
    }
    let explicit = known(tx, &request.song)?.and_then(|known| known.explicit);
    Ok(rules::load(tx)?.allow(&Song { explicit, ..request.song.clone() })?)
}

/// Rejects all songs of guests in these states, `which` being the condition, that these rules refuse; answers which.
pub fn turn_down(tx: &Tx, event: &EventId, rules: &HouseRules, version: i64, which: &str) -> Result<Vec<RequestId>> {
    let sql = format!(
        "SELECT r.id, r.title, r.artist, r.track_uri, r.isrc, r.duration_ms, t.explicit FROM requests r
         LEFT JOIN tracks t ON t.user_id = r.user_id AND t.uri = r.track_uri
         WHERE r.user_id = :tenant AND r.event_id = :event AND {which} AND r.guest_id IS NOT NULL"
    );
    let columns = Columns::default();
    let asked = tx.all(&sql, &[(":event", &event)], |row| {
        let row = &columns.of(row);
        let (id, song) = (row.get("id")?, song(row)?);
        Ok((id, Song { explicit: row.get("explicit")?, ..song }))
    })?;
    let judge = rules.judge();
    let barred: Vec<RequestId> =
        asked.into_iter().filter(|(_, song)| judge.allow(song).is_err()).map(|(id, _)| id).collect();
    if barred.is_empty() {
        return Ok(barred);
    }
    // Each is looked for by its id, not the ids for each request: the signs keep the other ways shut.
    let sql = "UPDATE requests SET status = 'rejected', version = :version, reason = NULL, place = NULL, fixed = 0, played_at = :now
               FROM json_each(:ids) wanted
               WHERE +user_id = :tenant AND +event_id = :event AND requests.id = wanted.value";
    let named: Named = &[(":version", &version), (":now", &tx.now), (":event", &event), (":ids", &listed(&barred)?)];
    tx.touching(sql, named)?;
    Ok(barred)
}
