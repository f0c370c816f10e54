//! What is kept of one guest: what they voted for and asked for too, and whether they are muted.

use crate::domain::{EventId, GuestId, RequestId};
use crate::store::error::Result;
use crate::store::tenant::tx::Tx;

/// One guest as of one commit.
pub struct Own {
    /// The commit it is as new as.
    pub seen: u64,
    /// The event they joined.
    pub event: EventId,
    /// The DJ takes no wishes and no votes of them any more.
    pub is_muted: bool,
    pub voted: Vec<RequestId>,
    /// Others' wishes they sent as well, and still vote for.
    pub joined: Vec<RequestId>,
}

impl Own {
    /// `None` where nobody of this tenant's guests has the id.
    pub fn read(tx: &Tx, guest: &GuestId, seen: u64) -> Result<Option<Self>> {
        let sql =
            "SELECT event_id, muted_at IS NOT NULL AS is_muted FROM guests WHERE user_id = :tenant AND id = :guest";
        let found = tx.maybe(sql, &[(":guest", guest)], |row| Ok((row.get("event_id")?, row.get("is_muted")?)))?;
        let Some((event, is_muted)) = found else { return Ok(None) };
        let (voted, joined) = (voted(tx, &event, guest)?, joined(tx, &event, guest)?);
        Ok(Some(Self { seen, event, is_muted, voted, joined }))
    }
}

fn voted(tx: &Tx, event: &EventId, guest: &GuestId) -> Result<Vec<RequestId>> {
    let sql = "SELECT request_id FROM votes WHERE user_id = :tenant AND event_id = :event AND guest_id = :guest";
    tx.all(sql, &[(":event", event), (":guest", guest)], |row| row.get("request_id"))
}

fn joined(tx: &Tx, event: &EventId, guest: &GuestId) -> Result<Vec<RequestId>> {
    let sql = "SELECT DISTINCT s.request_id FROM submissions s
                 JOIN votes v ON v.user_id = s.user_id AND v.request_id = s.request_id AND v.guest_id = s.submitter
               WHERE s.user_id = :tenant AND s.event_id = :event AND s.submitter = :guest AND s.merged";
    tx.all(sql, &[(":event", event), (":guest", guest)], |row| row.get("request_id"))
}
