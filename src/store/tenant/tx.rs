//! One tenant's transaction: its statements, and what they come to for the party.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, Row, ToSql};

use super::audit;
use super::audit::Entry;
use crate::domain::{Outcome, RequestId, Timestamp, UserId};
use crate::store::error::{Error, Result};
use crate::store::vault::{Place, Vault};

/// Values by name, as in `&[(":id", &id)]`.
pub type Named<'a> = &'a [(&'a str, &'a dyn ToSql)];

/// Requests that are named where very many change at once.
const NAMED: usize = 100;

/// One tenant's rows in one transaction: every statement must name `:tenant`, which is bound here and nowhere else. It
/// knows what it has changed, and the store announces that once it is committed.
pub struct Tx<'c> {
    conn: &'c Connection,
    tenant: &'c UserId,
    vault: &'c Vault,
    /// The one moment this transaction happens at.
    pub now: Timestamp,
    /// The requests that are not what they were; `None` while the party need not hear of anything.
    news: RefCell<Option<BTreeSet<RequestId>>>,
    /// Whether that may wait for more.
    may_wait: Cell<bool>,
}

impl<'c> Tx<'c> {
    pub fn of(conn: &'c Connection, tenant: &'c UserId, vault: &'c Vault, now: Timestamp) -> Self {
        Self { conn, tenant, vault, now, news: RefCell::default(), may_wait: Cell::default() }
    }

    /// What the party is to hear; `None` where it is nothing.
    pub fn news(self) -> Option<BTreeSet<RequestId>> {
        self.news.into_inner()
    }

    /// Has the party hear of all this with what follows it: guests do it, who are many.
    pub fn wait_for_more(&self) {
        self.may_wait.set(true);
    }

    /// Whether what the party is to hear may wait.
    pub fn may_wait(&self) -> bool {
        self.may_wait.get()
    }

    /// Has the party hear that something is new that no row of its own tells.
    pub fn announce(&self) {
        self.news.borrow_mut().get_or_insert_default();
    }

    /// The same transaction where the party need not hear of what it writes.
    pub fn quiet(&self) -> Self {
        Self::of(self.conn, self.tenant, self.vault, self.now)
    }

    /// Every row the statement finds, or answers of what it writes.
    pub fn all<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let mut statement = self.told(sql, named)?;
        let rows = statement.raw_query().mapped(map);
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// The first row; refuses with `NotFound` where there is none.
    pub fn one<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<T> {
        self.maybe(sql, named, map)?.ok_or(Error::NotFound)
    }

    /// The first row, if any.
    pub fn maybe<T>(&self, sql: &str, named: Named, map: impl FnMut(&Row) -> rusqlite::Result<T>) -> Result<Option<T>> {
        let mut statement = self.told(sql, named)?;
        Ok(statement.raw_query().mapped(map).next().transpose()?)
    }

    /// Every row a statement finds among those of all tenants, `:tenant` being this one where it is named. What may cross
    /// over from the others is numbers and times alone, or whether there is one: never who they are, or what is theirs.
    /// Refuses to write.
    pub fn across_tenants<T>(
        &self,
        sql: &str,
        named: Named,
        map: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        if !statement.readonly() {
            return Err(Error::Broken(format!("a statement that writes across tenants was stopped: {sql}")));
        }
        if let Some(tenant) = statement.parameter_index(":tenant")? {
            statement.raw_bind_parameter(tenant, self.tenant)?;
        }
        bind(&mut statement, sql, named)?;
        let rows = statement.raw_query().mapped(map);
        Ok(rows.collect::<rusqlite::Result<Vec<T>>>()?)
    }

    /// Writes, and has the party hear of it where rows were touched; answers how many.
    pub fn run(&self, sql: &str, named: Named) -> Result<usize> {
        says_which(sql)?;
        let rows = self.bound(sql, named)?.raw_execute()?;
        if rows > 0 {
            self.announce();
        }
        Ok(rows)
    }

    /// Writes requests, of which the party hears; answers which.
    pub fn touching(&self, sql: &str, named: Named) -> Result<Vec<RequestId>> {
        let mut statement = self.bound(&format!("{sql} RETURNING id"), named)?;
        let ids = statement.raw_query().mapped(|row| row.get("id"));
        let touched = ids.collect::<rusqlite::Result<Vec<RequestId>>>()?;
        if !touched.is_empty() {
            self.news.borrow_mut().get_or_insert_default().extend(touched.iter().cloned());
        }
        Ok(touched)
    }

    /// Writes requests that may be very many; the party hears of the first of those that are not over by name: as many as a
    /// page shows. Guests of others see it when they look.
    pub fn renewing(&self, sql: &str, named: Named) -> Result<()> {
        let sql = format!("{sql} RETURNING id, status IN ('pending', 'approved') AS is_open");
        let mut statement = self.bound(&sql, named)?;
        let rows = statement.raw_query().mapped(|row| Ok((row.get("id")?, row.get("is_open")?)));
        let rows = rows.collect::<rusqlite::Result<Vec<(RequestId, bool)>>>()?;
        if !rows.is_empty() {
            let named = rows.into_iter().filter(|(_, is_open)| *is_open).map(|(id, _)| id).take(NAMED);
            self.news.borrow_mut().get_or_insert_default().extend(named);
        }
        Ok(())
    }

    /// Writes down what somebody did on this tenant's pages.
    pub fn record(&self, actor: &str, action: &str) -> Result<()> {
        let entry = Entry { actor, action, address: None, outcome: Outcome::Allowed };
        audit::note(self.conn, self.tenant, entry, self.now)
    }

    /// Seals a value for one column of one row of this tenant.
    pub fn seal(&self, column: &'static str, row: &str, plain: &str) -> Result<String> {
        self.vault.seal(Place { tenant: self.tenant.as_str(), column, row }, plain)
    }

    /// Opens what was sealed for this place; refuses anything else.
    pub fn open(&self, column: &'static str, row: &str, sealed: &str) -> Result<String> {
        self.vault.open(Place { tenant: self.tenant.as_str(), column, row }, sealed)
    }

    /// A statement of which the party hears where it writes.
    fn told(&self, sql: &str, named: Named) -> Result<CachedStatement<'c>> {
        let statement = self.bound(sql, named)?;
        if !statement.readonly() {
            says_which(sql)?;
            self.announce();
        }
        Ok(statement)
    }

    fn bound(&self, sql: &str, named: Named) -> Result<CachedStatement<'c>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let Some(tenant) = statement.parameter_index(":tenant")? else {
            return Err(Error::Broken(format!("a statement without :tenant was stopped: {sql}")));
        };
        statement.raw_bind_parameter(tenant, self.tenant)?;
        bind(&mut statement, sql, named)?;
        Ok(statement)
    }
}

fn bind(statement: &mut CachedStatement, sql: &str, named: Named) -> Result<()> {
    for (name, value) in named {
        let Some(index) = statement.parameter_index(name)? else {
            return Err(Error::Broken(format!("{name} is bound but not in: {sql}")));
        };
        statement.raw_bind_parameter(index, value)?;
    }
    Ok(())
}

/// Stops what changes requests as people see them and does not say which: [`Tx::touching`] does.
fn says_which(sql: &str) -> Result<()> {
    let there = |verb: &str| sql.starts_with(verb);
    let shows = there("INSERT INTO requests ") || there("DELETE FROM requests ");
    if shows || there("UPDATE requests ") && sql.contains("version = ") {
        return Err(Error::Broken(format!(
            "a statement that does not say which requests it changes was stopped: {sql}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{RequestId, Tx, Vault};
    use crate::domain::{Timestamp, UserId};

    fn on<T>(sql: &str, then: impl FnOnce(Tx) -> T) -> T {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch(sql).unwrap();
        let (tenant, vault) = (UserId::parse("a").unwrap(), Vault::new(&[0; 32]));
        then(Tx::of(&conn, &tenant, &vault, Timestamp(0)))
    }

    #[test]
    fn a_statement_that_forgets_the_tenant_does_not_run() {
        let sql = "CREATE TABLE t (user_id TEXT, v TEXT); INSERT INTO t VALUES ('a', '1'), ('b', '2')";
        on(sql, |tx| {
            assert!(tx.all("SELECT v FROM t", &[], |row| row.get::<_, String>("v")).is_err());
            assert!(tx.run("DELETE FROM t", &[]).is_err());
            let mine = "SELECT v FROM t WHERE user_id = :tenant";
            assert_eq!(tx.all(mine, &[], |row| row.get::<_, String>("v")).unwrap(), ["1"]);
        });
    }

    #[test]
    fn what_crosses_tenants_reads_the_rows_of_all_and_writes_none() {
        let sql = "CREATE TABLE t (user_id TEXT, v INTEGER); INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 4)";
        on(sql, |tx| {
            let sum = |which: &str| {
                let sql = format!("SELECT sum(v) AS sum FROM t {which}");
                tx.across_tenants(&sql, &[], |row| row.get::<_, i64>("sum")).unwrap()
            };
            assert_eq!((sum(""), sum("WHERE user_id <> :tenant")), (vec![7], vec![6]));
            assert!(tx.across_tenants("DELETE FROM t RETURNING v", &[], |row| row.get::<_, i64>("v")).is_err());
            assert_eq!(sum(""), [7]);
            assert!(tx.across_tenants("SELECT v FROM t", &[(":v", &1)], |row| row.get::<_, i64>("v")).is_err());
        });
    }

    const REQUESTS: &str =
        "CREATE TABLE requests (user_id TEXT, id TEXT, version INTEGER, status TEXT DEFAULT 'pending');
        INSERT INTO requests (user_id, id, version) VALUES ('a', 'one', 1), ('a', 'two', 1)";

    #[test]
    fn a_new_version_of_a_request_is_stopped_unless_it_is_said_of_which() {
        on(REQUESTS, |tx| {
            let change = "UPDATE requests SET version = 2 WHERE user_id = :tenant AND id = 'one'";
            let delete = "DELETE FROM requests WHERE user_id = :tenant AND id = 'two'";
            assert!(tx.run(change, &[]).is_err() && tx.run(delete, &[]).is_err());
            assert!(tx.all(&format!("{change} RETURNING id"), &[], |_| Ok(())).is_err());
            let touched = [change, delete].map(|sql| tx.touching(sql, &[]).unwrap());
            let ids = touched.concat().into_iter().collect();
            assert_eq!(tx.news(), Some(ids));
        });
    }

    #[test]
    fn the_party_hears_of_what_is_written_and_of_nothing_else() {
        let set = "UPDATE requests SET user_id = 'a' WHERE user_id = :tenant";
        let read = "SELECT id FROM requests WHERE user_id = :tenant";
        let none = format!("{set} AND id = 'three'");
        assert!(on(REQUESTS, |tx| tx.run(set, &[]).map(|_| tx.news())).unwrap().is_some());
        assert!(
            on(REQUESTS, |tx| tx.one(&format!("{set} RETURNING id"), &[], |_| Ok(())).map(|()| tx.news()))
                .unwrap()
                .is_some()
        );
        assert!(on(REQUESTS, |tx| tx.run(&none, &[]).map(|_| tx.news())).unwrap().is_none());
        assert!(on(REQUESTS, |tx| tx.all(read, &[], |_| Ok(())).map(|_| tx.news())).unwrap().is_none());
        assert!(on(REQUESTS, |tx| tx.quiet().run(set, &[]).map(|_| tx.news())).unwrap().is_none());
    }

    #[test]
    fn of_very_many_requests_that_change_at_once_only_the_first_that_are_not_over_are_named() {
        let many = "CREATE TABLE requests (user_id TEXT, id TEXT, version INTEGER, status TEXT);
            WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
            INSERT INTO requests SELECT 'a', printf('%04d', n), 1, iif(n % 2, 'played', 'pending') FROM n";
        on(many, |tx| {
            tx.renewing("UPDATE requests SET version = 2 WHERE user_id = :tenant", &[]).unwrap();
            let ids: Vec<RequestId> = tx.news().unwrap().into_iter().collect();
            assert_eq!(ids.len(), 100);
            assert_eq!((ids[0].as_str(), ids[99].as_str()), ("0002", "0200"));
        });
    }
}
