use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::audit;
use crate::domain::{Outcome, Timestamp, UserId};
use crate::store::error::{Error, Result};
use crate::store::vault::{Place, Vault};

/// Values by name, as in `&[(":id", &id)]`.
pub type Named<'a> = &'a [(&'a str, &'a dyn ToSql)];

/// One tenant's rows in one transaction: every statement must name `:tenant`, which is bound here and nowhere else.
pub struct Rows<'c> {
    conn: &'c Connection,
    tenant: &'c UserId,
    vault: &'c Vault,
    /// The one moment this transaction happens at.
    pub now: Timestamp,
}

impl<'c> Rows<'c> {
    pub fn of(conn: &'c Connection, tenant: &'c UserId, vault: &'c Vault, now: Timestamp) -> Self {
        Self { conn, tenant, vault, now }
    }

    /// Every row the statement finds.
    pub fn all<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let mut statement = self.bound(sql, named)?;
        let rows = statement.raw_query().mapped(map);
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// The first row; refuses with `NotFound` where there is none.
    pub fn one<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<T> {
        self.maybe(sql, named, map)?.ok_or(Error::NotFound)
    }

    /// The first row, if any.
    pub fn maybe<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<Option<T>> {
        let mut statement = self.bound(sql, named)?;
        Ok(statement.raw_query().mapped(map).next().transpose()?)
    }

    /// Writes; answers how many rows it touched.
    pub fn run(&self, sql: &str, named: Named) -> Result<usize> {
        Ok(self.bound(sql, named)?.raw_execute()?)
    }

    /// Writes down what somebody did on this tenant's ground.
    pub fn record(&self, actor: &str, action: &str) -> Result<()> {
        audit::note(self.conn, self.tenant, (actor, action, None), Outcome::Allowed, self.now)
    }

    /// Seals a value for one column of one row of this tenant.
    pub fn seal(&self, column: &'static str, row: &str, plain: &str) -> Result<String> {
        self.vault.seal(Place { tenant: self.tenant.as_str(), column, row }, plain)
    }

    /// Opens what was sealed for this place; refuses anything else.
    pub fn open(&self, column: &'static str, row: &str, sealed: &str) -> Result<String> {
        self.vault.open(Place { tenant: self.tenant.as_str(), column, row }, sealed)
    }

    fn bound(&self, sql: &str, named: Named) -> Result<CachedStatement<'c>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let Some(tenant) = statement.parameter_index(":tenant")? else {
            return Err(Error::Broken(format!("a statement without :tenant was stopped: {sql}")));
        };
        statement.raw_bind_parameter(tenant, self.tenant.as_str())?;
        for (name, value) in named {
            let Some(index) = statement.parameter_index(name)? else {
                return Err(Error::Broken(format!("{name} is bound but not in: {sql}")));
            };
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, Vault};
    use crate::domain::{Timestamp, UserId};

    #[test]
    fn a_statement_that_forgets_the_tenant_does_not_run() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (user_id TEXT, v TEXT); INSERT INTO t VALUES ('a', '1'), ('b', '2')")
            .unwrap();
        let tenant = UserId::parse("a").unwrap();
        let vault = Vault::new(&[0; 32]);
        let rows = Rows::of(&conn, &tenant, &vault, Timestamp(0));
        assert!(rows.all("SELECT v FROM t", &[], |row| row.get::<_, String>(0)).is_err());
        assert!(rows.run("DELETE FROM t", &[]).is_err());
        let mine = rows.all("SELECT v FROM t WHERE user_id = :tenant", &[], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(mine, ["1"]);
    }
}
