//! Clearing all that waits for a decision, and taking that back: what one act has cleared has its version in common.

use super::barring::turn_down;
use crate::domain::{ClearedRequests, Refusal, RequestId};
use crate::store::error::{Error, Result};
use crate::store::party::events::{bump, required};
use crate::store::party::guests::PENDING;
use crate::store::party::guests::crowd::AN_HOUR_MS;
use crate::store::party::rules;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::{Named, Tx};

/// Requests for the same song that wait or play meanwhile: a cleared one does not come back beside another. Each name has an
/// index of its own.
const ASKED_AGAIN: &str =
    "(EXISTS (SELECT 1 FROM requests o WHERE o.user_id = requests.user_id AND o.event_id = requests.event_id
        AND o.song_key = requests.song_key AND o.status IN ('pending', 'approved', 'handed_over', 'playing'))
    OR EXISTS (SELECT 1 FROM requests o WHERE o.user_id = requests.user_id AND o.event_id = requests.event_id
        AND o.track_uri = requests.track_uri AND o.status IN ('pending', 'approved', 'handed_over', 'playing'))
    OR EXISTS (SELECT 1 FROM requests o WHERE o.user_id = requests.user_id AND o.event_id = requests.event_id
        AND o.isrc = requests.isrc AND o.status IN ('pending', 'approved', 'handed_over', 'playing')))";

/// What was cleared, or brought back.
pub struct Cleared {
    pub requests: Vec<RequestId>,
    /// The version of the event that came of it, by which it is taken back.
    pub version: i64,
}

impl Tenant<Host> {
    /// Rejects every request that waits for a decision.
    pub async fn clear_waiting(&self) -> Result<Cleared> {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            let version = bump(tx, &event.id)?;
            crowd.calm(&event.id);
            let sql = "UPDATE requests SET status = 'rejected', version = :version, reason = NULL, played_at = :now
                       WHERE user_id = :tenant AND event_id = :event AND status = 'pending'";
            let named: Named = &[(":version", &version), (":now", &tx.now), (":event", &event.id)];
            let requests = tx.touching(sql, named)?;
            let cleared = ClearedRequests { count: requests.len(), version };
            crowd.clear(&event.id, Some(cleared).filter(|cleared| cleared.count > 0), now);
            Ok(Cleared { requests, version })
        };
        self.write(work).await
    }

    /// Has those wait again that were cleared by the act that came to version `of`, the oldest first, but for songs that
    /// somebody has asked for again, those that the rules refuse by now, and what there is no room for any more. Refuses where
    /// nothing is left of it.
    pub async fn bring_back(&self, of: i64) -> Result<Cleared> {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            let version = bump(tx, &event.id)?;
            let sql = format!(
                "UPDATE requests SET status = 'pending', version = :version, played_at = NULL
                 WHERE +user_id = :tenant AND id IN (
                     SELECT id FROM requests
                     WHERE user_id = :tenant AND event_id = :event AND status = 'rejected' AND version = :of
                     AND played_at > :since AND NOT {ASKED_AGAIN} ORDER BY created_at, id LIMIT :room)"
            );
            let waiting = "SELECT count(*) AS waiting FROM requests
                           WHERE user_id = :tenant AND event_id = :event AND status = 'pending'";
            let waiting: i64 = tx.one(waiting, &[(":event", &event.id)], |row| row.get("waiting"))?;
            let named: Named = &[
                (":version", &version),
                (":room", &(PENDING - waiting).max(0)),
                (":event", &event.id),
                (":of", &of),
                (":since", &tx.now.plus_ms(-AN_HOUR_MS)),
            ];
            let mut requests = tx.touching(&sql, named)?;
            let barred = turn_down(tx, &event.id, &rules::load(tx)?, version, "r.status = 'pending'")?;
            requests.retain(|id| !barred.contains(id));
            if requests.is_empty() {
                Err(Error::Refused(Refusal::NothingToUndo))
            } else {
                crowd.clear(&event.id, None, now);
                Ok(Cleared { requests, version })
            }
        };
        self.write(work).await
    }
}
