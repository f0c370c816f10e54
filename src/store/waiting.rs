//! How long songs in line have to wait.

use super::error::Result;
use super::rows::Rows;
use crate::domain::{Ahead, Request, Timestamp};

/// Tells requests in line how long each has to wait.
pub fn timed(rows: &Rows, mut requests: Vec<Request>) -> Result<Vec<Request>> {
    if requests.iter().all(|request| request.place.is_none()) {
        return Ok(requests);
    }
    let ahead = ahead(rows)?;
    for request in &mut requests {
        request.wait_ms = request.place.filter(|_| request.status.is_queued()).map(|place| ahead.wait_ms(place));
    }
    Ok(requests)
}

fn ahead(rows: &Rows) -> Result<Ahead> {
    let sql = "SELECT duration_ms, started_at FROM requests WHERE user_id = :tenant AND status = 'playing'";
    let playing = rows.maybe(sql, &[], |row| Ok((row.get::<_, Option<i64>>(0)?, Timestamp(row.get(1)?))))?;
    let sql = "SELECT place, duration_ms FROM requests
               WHERE user_id = :tenant AND status IN ('approved', 'handed_over') AND place IS NOT NULL
               AND event_id = (SELECT id FROM events WHERE user_id = :tenant AND status <> 'ended')";
    let line = rows.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Ahead::of(playing, line, rows.now))
}
