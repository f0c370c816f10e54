//! One DJ with everything that is theirs, written to a file and taken in at another box.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::audit;
use super::backup::{check, copy};
use super::belongings::{Carried, carry, named_tables, rename};
use super::error::{Error, Result};
use super::files;
use super::migrate::{LATEST, inspect, migrate, step};
use super::pool::connect;
use super::vault::Vault;
use super::ways;
use crate::domain::{Id, Outcome, RequestId, Timestamp, UserId, Username};

/// Who arrived, and with what.
pub struct Arrived {
    pub username: String,
    pub carried: Carried,
    /// Rows whose id another row of this box has already; they have new ones.
    pub renamed: usize,
}

/// Writes everything of one DJ to a new file. Refuses to write over one, and a database of another version.
pub fn export(database: &Path, name: &Username, dest: &Path, now: Timestamp) -> Result<Carried> {
    let version = inspect(database)?;
    if version != LATEST {
        return refuse(format!(
            "the database is of version {version}, not {LATEST}: start the box once, or run `partyplaylist migrate up`"
        ));
    }
    files::make(dest, |unfinished| {
        migrate(unfinished, LATEST, now)?;
        let conn = connect(unfinished)?;
        conn.execute("ATTACH DATABASE ?1 AS box", [database.to_string_lossy()])?;
        let tx = conn.unchecked_transaction()?;
        tx.pragma_update(None, "defer_foreign_keys", true)?;
        let sql = "SELECT id FROM box.users WHERE username = ?1";
        let id: Option<String> = tx.query_row(sql, [name.as_str()], |row| row.get(0)).optional()?;
        let Some(id) = id.as_deref().and_then(UserId::parse) else {
            return refuse(format!("there is no account called {name}; see `partyplaylist user list`"));
        };
        let carried = carry(&tx, ("box", "main"), &id)?;
        tx.commit()?;
        conn.execute("DETACH DATABASE box", [])?;
        conn.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(carried)
    })
}

/// Takes in a DJ from such a file, under another name if one is given, all or nothing; ids stay where they are free, and
/// a running event gets a new PIN and code. Refuses a name that is taken, and somebody who is here already.
pub fn import(database: &Path, file: &Path, name: Option<&Username>, vault: &Vault, now: Timestamp) -> Result<Arrived> {
    if let Some(fault) = check(file)?.faults.first() {
        return refuse(format!("{} is damaged ({fault}): nothing was changed", file.display()));
    }
    let arriving = database.with_extension("arriving");
    files::remove(&arriving)?;
    copy(file, &arriving)?;
    let taken = step(&arriving, LATEST).and_then(|()| take_in(database, &arriving, name, vault, now));
    files::remove(&arriving)?;
    taken
}

fn take_in(
    database: &Path,
    arriving: &Path,
    name: Option<&Username>,
    vault: &Vault,
    now: Timestamp,
) -> Result<Arrived> {
    let conn = connect(database)?;
    conn.execute("ATTACH DATABASE ?1 AS arriving", [arriving.to_string_lossy()])?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    // Dropping the connection takes back whatever is not committed.
    conn.pragma_update(None, "defer_foreign_keys", true)?;
    if let Some(name) = name {
        conn.execute("UPDATE arriving.users SET username = ?1", [name.as_str()])?;
    }
    let (id, username) = welcome(&conn)?;
    let renamed = make_room(&conn)?;
    let carried = carry(&conn, ("arriving", "main"), &id)?;
    ways::renew(&conn, &id, vault)?;
    audit::note(&conn, &id, ("command line", "move in from another box", None), Outcome::Allowed, now)?;
    conn.execute_batch("COMMIT")?;
    conn.execute("DETACH DATABASE arriving", [])?;
    Ok(Arrived { username, carried, renamed })
}

/// Who it is that arrives; refuses all but one at a time, and who cannot be told from somebody here.
fn welcome(conn: &Connection) -> Result<(UserId, String)> {
    let mut statement = conn.prepare("SELECT id, username FROM arriving.users")?;
    let people = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let people = people.collect::<rusqlite::Result<Vec<_>>>()?;
    let [(id, username)] = people.as_slice() else {
        return refuse(format!(
            "the file holds {} accounts, not one: write it with `partyplaylist tenant export NAME DEST`, or put a whole backup in place with `partyplaylist restore`",
            people.len()
        ));
    };
    let known: Option<String> = conn
        .query_row("SELECT username FROM main.users WHERE id = ?1 AND username <> ?2", params![id, username], |row| {
            row.get(0)
        })
        .optional()?;
    if let Some(known) = known {
        return refuse(format!("this DJ is here already, as {known}: nothing was changed"));
    }
    if conn.prepare("SELECT 1 FROM main.users WHERE username = ?1")?.exists([username])? {
        return refuse(format!("there is an account {username} here already: give another name with --as"));
    }
    let id = UserId::parse(id).ok_or(Error::Broken("the account's id is not an id".into()))?;
    Ok((id, username.clone()))
}

/// Gives a new id to whatever arrives with one that is taken.
fn make_room(conn: &Connection) -> Result<usize> {
    let mut renamed = 0;
    for table in named_tables(conn, "arriving")? {
        let sql = format!("SELECT id FROM arriving.{table} WHERE id IN (SELECT id FROM main.{table})");
        let mut statement = conn.prepare(&sql)?;
        let taken = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        for old in taken {
            let new: RequestId = Id::fresh();
            rename(conn, "arriving", (&table, "id"), (&old, new.as_str()))?;
            renamed += 1;
        }
    }
    Ok(renamed)
}

fn refuse<T>(why: String) -> Result<T> {
    Err(Error::Unfit(why))
}
