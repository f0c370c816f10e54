//! What is looked for in the record of who did what.

use rusqlite::{Connection, Row, ToSql};

use super::handle::{Host, Tenant};
use crate::domain::{AuditEntry, AuditPage, AuditQuery, Outcome};
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::store::Store;
use crate::store::error::Result;

/// A page's worth.
const SHOWN: usize = 100;
/// The same, and one to tell whether there are more.
const MOST: i64 = 101;
const COLUMNS: &str = "a.id, a.at, a.count, a.last_at, a.actor, a.action, a.outcome, a.address, u.username";
/// What is looked for, of the rows named before, the newest first.
const SOUGHT: &str = "AND (:name = '' OR instr(lower(a.actor), :name) OR instr(u.username, :name) OR instr(lower(u.display_name), :name)
        OR instr(coalesce(a.address, ''), :name))
    AND (:outcome IS NULL OR a.outcome = :outcome) AND (:before IS NULL OR a.id < :before) ORDER BY a.id DESC LIMIT :most";

impl Store {
    /// What is looked for in the record of the whole box, for its operator.
    pub async fn record_of_all(&self, sought: AuditQuery) -> Result<AuditPage> {
        let query = move |conn: &Connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM audit a JOIN users u ON u.id = a.user_id WHERE {PRESENT} {SOUGHT}");
            let mut statement = conn.prepare_cached(&sql)?;
            let found = statement.query_map(&Sought::of(&sought).named()[..], entry)?;
            Ok(AuditPage::of(found.collect::<rusqlite::Result<_>>()?, SHOWN))
        };
        self.read(query).await
    }
}

impl Tenant<Host> {
    /// What is looked for in the record of this host's pages.
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
    outcome: Option<Outcome>,
    before: Option<i64>,
}

impl Sought {
    fn of(sought: &AuditQuery) -> Self {
        Self { name: sought.name.trim().to_lowercase(), outcome: sought.outcome, before: sought.before }
    }

    fn named(&self) -> [(&str, &dyn ToSql); 4] {
        [(":name", &self.name), (":outcome", &self.outcome), (":before", &self.before), (":most", &MOST)]
    }
}

fn entry(row: &Row) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.get::<_, i64>("id")?.to_string(),
        at: row.get("at")?,
        count: row.get("count")?,
        last_at: row.get("last_at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        outcome: row.get("outcome")?,
        address: row.get("address")?,
        whose: row.get("username")?,
    })
}
