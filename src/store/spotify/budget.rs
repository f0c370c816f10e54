//! Calls counted by client id, and until when Spotify refuses one.

use rusqlite::Row;

use crate::domain::{Budget, Night, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::handle::{SpotifyWorker, Tenant};
use crate::store::tenant::tx::{Named, Tx};

const HOUR_MS: i64 = 3_600_000;
/// Hours of calls that may still count: a day, and the hour that is leaving it.
const HOURS: i64 = 25;

impl Tenant<SpotifyWorker> {
    /// Counts a call against its client id's day.
    pub async fn count_call(&self, client_id: &str) -> Result<()> {
        let client = client_id.to_owned();
        let work = move |tx: &Tx| {
            let sql = "INSERT INTO spotify_calls (user_id, client_id, hour, calls) VALUES (:tenant, :client, :hour, 1)
                       ON CONFLICT (user_id, client_id, hour) DO UPDATE SET calls = calls + 1";
            tx.quiet().run(sql, &[(":client", &client), (":hour", &hour_of(tx.now))]).map(drop)
        };
        self.write(work).await
    }

    /// Keeps until when Spotify refuses a client id: it holds over a restart.
    pub async fn keep_quota(&self, client_id: &str, until: Timestamp) -> Result<()> {
        let client = client_id.to_owned();
        let work = move |tx: &Tx| {
            let sql = "INSERT INTO spotify_quotas (user_id, client_id, until) VALUES (:tenant, :client, :until)
                       ON CONFLICT (user_id, client_id) DO UPDATE SET until = excluded.until";
            tx.run(sql, &[(":client", &client), (":until", &until)]).map(drop)
        };
        self.write(work).await
    }
}

/// Until when a client id is refused. As with the count, only a time crosses over from its other DJs.
pub(in crate::store) fn quota_until(tx: &Tx, client_id: &str) -> Result<Option<Timestamp>> {
    let sql = "SELECT max(until) AS until FROM spotify_quotas WHERE client_id = :client AND until > :now";
    Ok(tx.across_tenants(sql, &[(":client", &client_id), (":now", &tx.now)], |row| row.get("until"))?.pop().flatten())
}

/// How much of its day a client id has spent, and what for it is to last. The count is the app's, not one DJ's: only numbers
/// cross over.
pub(in crate::store) fn budget(tx: &Tx, client_id: &str, limit: i64) -> Result<Budget> {
    let buckets = buckets(tx, client_id)?;
    let sql = "SELECT count(DISTINCT user_id) AS djs FROM spotify_calls WHERE client_id = :client AND hour >= :lately";
    let named: Named = &[(":client", &client_id), (":lately", &(hour_of(tx.now) - 1))];
    let djs = tx.across_tenants(sql, named, |row| row.get::<_, i64>("djs"))?.into_iter().sum();
    let began = began(tx)?.unwrap_or(tx.now);
    Ok(Budget::of(&buckets, limit, tx.now, Night::of(began, djs, tx.now)))
}

/// Since when this DJ's night goes on, if one does.
fn began(tx: &Tx) -> Result<Option<Timestamp>> {
    let sql = "SELECT started_at FROM events WHERE user_id = :tenant AND status <> 'ended' AND expires_at > :now";
    tx.maybe(sql, &[(":now", &tx.now)], |row| row.get("started_at"))
}

/// Calls of a client id that may still count, as `(start of the hour, calls)`.
pub(in crate::store) fn buckets(tx: &Tx, client_id: &str) -> Result<Vec<(Timestamp, i64)>> {
    let sql = "SELECT hour, sum(calls) AS calls FROM spotify_calls
               WHERE client_id = :client AND hour > :since GROUP BY hour";
    let bucket = |row: &Row| Ok((Timestamp(row.get::<_, i64>("hour")? * HOUR_MS), row.get("calls")?));
    tx.across_tenants(sql, &[(":client", &client_id), (":since", &(hour_of(tx.now) - HOURS - 1))], bucket)
}

/// The hour of calls that a moment is in.
fn hour_of(at: Timestamp) -> i64 {
    at.0 / HOUR_MS
}
