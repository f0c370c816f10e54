//! The record of who did what on whose ground. It only grows; the database itself refuses to change a row. What somebody
//! does again and again is one row with a count, so that nobody buries what others did.

use rusqlite::{Connection, Row, ToSql, params};

use super::client::Client;
use super::handle::{Host, Tenant};
use crate::domain::{AuditEntry, AuditPage, AuditQuery, Outcome, Timestamp, UserId};
use crate::store::db::present::PRESENT;
use crate::store::db::store::Store;
use crate::store::error::Result;

/// Entries are kept this long; the schema's trigger refuses to let them go earlier.
const KEPT_MS: i64 = 90 * DAY_MS;
/// Entries let go at a time: wishes must not wait behind it.
const PIECE: i64 = 500;
/// A page's worth.
const SHOWN: usize = 100;
/// The same, and one to tell whether there are more.
const MOST: i64 = 101;
/// Within so long after it was done first, a deed done again is counted where it stands: what was let be, and what was refused.
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// So many different things that are refused to somebody on one ground within a day are written down each by itself; and the
/// same thing from so many addresses.
const KINDS: i64 = 50;
const ADDRESSES: i64 = 20;
/// How the rest of them is called, which is counted together.
const OTHERS: &str = "other attempts";
const COLUMNS: &str = "a.id, a.at, a.count, a.last_at, a.actor, a.action, a.outcome, a.address, u.username";
/// What is looked for, of the rows named before, the newest first.
const SOUGHT: &str = "AND (:name = '' OR instr(lower(a.actor), :name) OR instr(u.username, :name) OR instr(lower(u.display_name), :name)
        OR instr(coalesce(a.address, ''), :name))
    AND (:outcome IS NULL OR a.outcome = :outcome) AND (:before IS NULL OR a.id < :before) ORDER BY a.id DESC LIMIT :most";

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
    pub(in crate::store) fn note(
        &self,
        conn: &Connection,
        whose: &UserId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<()> {
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

    /// What is looked for in the record of the whole box, for its operator.
    pub async fn record_of_all(&self, sought: AuditQuery) -> Result<AuditPage> {
        let look = move |conn: &Connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM audit a JOIN users u ON u.id = a.user_id WHERE {PRESENT} {SOUGHT}");
            let mut statement = conn.prepare_cached(&sql)?;
            let found = statement.query_map(&Sought::of(&sought).named()[..], entry)?;
            Ok(AuditPage::of(found.collect::<rusqlite::Result<_>>()?, SHOWN))
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
    /// What is looked for in the record of this host's ground.
    pub async fn record(&self, sought: AuditQuery) -> Result<AuditPage> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit a JOIN users u ON u.id = a.user_id WHERE a.user_id = :tenant {SOUGHT}"
        );
        self.read(move |tx| Ok(AuditPage::of(tx.all(&sql, &Sought::of(&sought).named(), entry)?, SHOWN))).await
    }
}

/// The values in [`SOUGHT`].
struct Sought {
    name: String,
    outcome: Option<&'static str>,
    before: Option<i64>,
}

impl Sought {
    fn of(sought: &AuditQuery) -> Self {
        let (name, outcome) = (sought.name.trim().to_lowercase(), sought.outcome.map(Outcome::as_str));
        Self { name, outcome, before: sought.before }
    }

    fn named(&self) -> [(&str, &dyn ToSql); 4] {
        [(":name", &self.name), (":outcome", &self.outcome), (":before", &self.before), (":most", &MOST)]
    }
}

/// Adds an entry to the record, within a transaction under way: actor, action, address. A repeat is counted instead.
pub(in crate::store) fn note(
    conn: &Connection,
    whose: &UserId,
    (actor, action, address): (&str, &str, Option<&str>),
    outcome: Outcome,
    now: Timestamp,
) -> Result<()> {
    let lately = Lately { conn, whose, actor, outcome, now };
    if lately.counts(action, address)? {
        return Ok(());
    }
    let together = if outcome == Outcome::Refused { lately.counted_as(action)? } else { None };
    if let Some(together) = together
        && lately.counts(together, None)?
    {
        return Ok(());
    }
    let (action, address) = together.map_or((action, address), |together| (together, None));
    let sql = "INSERT INTO audit (user_id, at, actor, action, outcome, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let mut statement = conn.prepare_cached(sql)?;
    statement.execute(params![whose.as_str(), now.0, actor, action, outcome.as_str(), address])?;
    Ok(())
}

/// What somebody did on a ground lately, with one outcome.
struct Lately<'a> {
    conn: &'a Connection,
    whose: &'a UserId,
    actor: &'a str,
    outcome: Outcome,
    now: Timestamp,
}

impl Lately<'_> {
    /// Counts a deed where it was done already from this address, or where it stands without one; answers whether it was.
    fn counts(&self, action: &str, address: Option<&str>) -> Result<bool> {
        let sql = "UPDATE audit SET count = count + 1, last_at = ?5 WHERE id = (
                       SELECT id FROM audit WHERE user_id = ?1 AND actor = ?2 AND outcome = ?3 AND at > ?4 AND at <= ?5
                       AND action = ?6 AND address IS ?7 ORDER BY at DESC, id DESC LIMIT 1)";
        let (whose, outcome, since) = (self.whose.as_str(), self.outcome.as_str(), self.since().0);
        let values = params![whose, self.actor, outcome, since, self.now.0, action, address];
        Ok(self.conn.prepare_cached(sql)?.execute(values)? > 0)
    }

    fn since(&self) -> Timestamp {
        self.now.plus_ms(if self.outcome == Outcome::Refused { -DAY_MS } else { -HOUR_MS })
    }

    /// As what a deed is counted whatever address it comes from: where it has come from many, or where there were many others.
    fn counted_as<'a>(&self, action: &'a str) -> Result<Option<&'a str>> {
        let sql = "SELECT count(*) FILTER (WHERE action = ?6), count(DISTINCT action) FROM audit
                   WHERE user_id = ?1 AND actor = ?2 AND outcome = ?3 AND at > ?4 AND at <= ?5";
        let (whose, outcome, since) = (self.whose.as_str(), self.outcome.as_str(), self.since().0);
        let values = params![whose, self.actor, outcome, since, self.now.0, action];
        let row = |row: &Row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
        Ok(match self.conn.prepare_cached(sql)?.query_row(values, row)? {
            (0, kinds) if kinds >= KINDS => Some(OTHERS),
            (rows, _) if rows >= ADDRESSES => Some(action),
            _ => None,
        })
    }
}

fn entry(row: &Row) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.get::<_, i64>(0)?.to_string(),
        at: Timestamp(row.get(1)?),
        count: row.get(2)?,
        last_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        actor: row.get(4)?,
        action: row.get(5)?,
        outcome: row.get(6)?,
        address: row.get(7)?,
        whose: row.get(8)?,
    })
}
