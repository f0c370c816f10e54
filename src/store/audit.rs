//! The record of who did what on whose ground. It only grows; the database itself refuses to change a row.

use rusqlite::{Connection, Row, params};

use super::Store;
use super::accounts::PRESENT;
use super::client::Client;
use super::error::Result;
use super::scope::{Host, Tenant};
use crate::domain::{AuditEntry, Outcome, Timestamp, UserId};

/// Entries are kept this long; the schema's trigger refuses to let them go earlier.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1000;
/// Entries let go at a time: wishes must not wait behind it.
const PIECE: i64 = 500;
/// A page's worth.
const SHOWN: i64 = 200;
const COLUMNS: &str = "a.at, a.actor, a.action, a.outcome, a.address, u.username";

/// Something worth writing down: who did what, and from where.
pub struct Deed {
    /// A username, or `helper NAME`.
    pub actor: String,
    /// Method and path without the query, since secrets travel there; or words.
    pub action: String,
    pub client: Client,
}

impl Deed {
    /// Adds it to the record, within a transaction under way.
    pub(super) fn note(&self, conn: &Connection, whose: &UserId, outcome: Outcome, now: Timestamp) -> Result<()> {
        let what = (self.actor.as_str(), self.action.as_str(), self.client.address.as_deref());
        note(conn, whose, what, outcome, now)
    }
}

impl Store {
    /// Writes down what somebody did, or tried to do, on `whose` ground.
    pub async fn record(&self, whose: &UserId, deed: Deed, outcome: Outcome) -> Result<()> {
        let (whose, clock) = (whose.clone(), self.clock());
        let work = move |conn: &Connection| deed.note(conn, &whose, outcome, clock.now_written());
        self.write(work, |()| {}).await
    }

    /// The newest entries of the whole box, for its operator.
    pub async fn record_of_all(&self) -> Result<Vec<AuditEntry>> {
        let look = |conn: &Connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM audit a JOIN users u ON u.id = a.user_id WHERE {PRESENT} ORDER BY a.id DESC LIMIT {SHOWN}"
            );
            let mut statement = conn.prepare_cached(&sql)?;
            Ok(statement.query_map([], entry)?.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.read(look).await
    }

    /// Lets go of entries past keeping.
    pub async fn trim_record(&self) -> Result<()> {
        let Some(now) = self.surely_past().await? else { return Ok(()) };
        let oldest = now.plus_ms(-KEPT_MS);
        let sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 LIMIT ?2)";
        self.in_pieces(move |conn| Ok(conn.execute(sql, [oldest.0, PIECE])? > 0)).await.map(drop)
    }
}

impl Tenant<Host> {
    /// The newest entries about this host's ground.
    pub async fn record(&self) -> Result<Vec<AuditEntry>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit a JOIN users u ON u.id = a.user_id WHERE a.user_id = :tenant ORDER BY a.id DESC LIMIT {SHOWN}"
        );
        self.read(move |rows| rows.all(&sql, &[], entry)).await
    }
}

/// Adds an entry to the record, within a transaction under way: actor, action, address.
pub(super) fn note(
    conn: &Connection,
    whose: &UserId,
    (actor, action, address): (&str, &str, Option<&str>),
    outcome: Outcome,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO audit (user_id, at, actor, action, outcome, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = conn.prepare_cached(sql)?;
    statement.execute(params![whose.as_str(), now.0, actor, action, outcome.as_str(), address])?;
    Ok(())
}

fn entry(row: &Row) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        at: Timestamp(row.get(0)?),
        actor: row.get(1)?,
        action: row.get(2)?,
        outcome: row.get(3)?,
        address: row.get(4)?,
        whose: row.get(5)?,
    })
}
