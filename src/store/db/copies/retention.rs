//! What a box forgets, and how it keeps its file small.

use rusqlite::{Connection, named_params};

use crate::domain::Timestamp;
use crate::store::db::store::Store;
use crate::store::error::Result;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Addresses in the record are kept this long; the schema's trigger refuses to let them go earlier.
const ADDRESSES_MS: i64 = 30 * DAY_MS;
/// Rows and pages at a time: requests must not wait behind it.
const PIECE: i64 = 500;

impl Store {
    /// Takes nicknames and notes off the requests of nights that are over, once they are `days` old, with the words of
    /// guests for songs that have another name since, and addresses out of the record. The songs stay. To be called once an
    /// hour: what a clock that was set ahead makes old goes little by little, and nothing goes while the clock cannot be
    /// right.
    pub async fn forget_people(&self, days: u32) -> Result<()> {
        let Some(now) = self.surely_past().await? else { return Ok(()) };
        self.believe_clock().await?;
        let (names, addresses) = (now.plus_ms(-i64::from(days) * DAY_MS), now.plus_ms(-ADDRESSES_MS));
        self.in_pieces(move |conn| Ok(forget_piece(conn, names, addresses)? > 0)).await.map(drop)
    }

    /// Gives pages that are no longer used back to the disk, and lets `SQLite` look whether its plans still fit.
    pub async fn tidy(&self) -> Result<()> {
        if self.in_pieces(give_back_piece).await? {
            self.write(|conn| Ok(conn.execute_batch("PRAGMA optimize")?)).await?;
        }
        Ok(())
    }
}

/// Each step of the statement gives one page back; it is done when it has gone through them all. Answers whether there may
/// be more: a file made before it could shrink stays as long as it is.
fn give_back_piece(conn: &Connection) -> Result<bool> {
    let free = || conn.pragma_query_value(None, "freelist_count", |row| row.get::<_, i64>("freelist_count"));
    let before = free()?;
    if before == 0 {
        return Ok(false);
    }
    let mut statement = conn.prepare(&format!("PRAGMA incremental_vacuum({PIECE})"))?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    let left = free()?;
    Ok(0 < left && left < before)
}

fn forget_piece(conn: &Connection, names: Timestamp, addresses: Timestamp) -> Result<usize> {
    let sql = "UPDATE requests SET nickname = NULL, note = NULL, asked_title = NULL, asked_artist = NULL WHERE rowid IN (
                   SELECT r.rowid FROM requests r JOIN events e ON e.user_id = r.user_id AND e.id = r.event_id
                   WHERE r.created_at < :before AND (r.nickname IS NOT NULL OR r.note IS NOT NULL OR r.asked_title IS NOT NULL)
                   AND e.status = 'ended' LIMIT :piece)";
    let requests = conn.execute(sql, named_params! { ":before": names, ":piece": PIECE })?;
    let sql = "UPDATE audit SET address = NULL WHERE id IN (
                   SELECT id FROM audit WHERE at < :before AND address IS NOT NULL LIMIT :piece)";
    Ok(requests + conn.execute(sql, named_params! { ":before": addresses, ":piece": PIECE })?)
}
