//! One DJ with everything that is theirs, written to a file of its own.

use std::path::Path;

use rusqlite::OptionalExtension;

use super::belongings::{Carried, carry};
use super::error::{Error, Result};
use super::files;
use super::inspect::inspect;
use super::migrate::step;
use super::pool::{DJ_ID, connect};
use super::versions::LATEST;
use crate::domain::Username;

/// Writes everything of one DJ to a new file. Refuses to write over one, and a database of another version.
pub fn export(database: &Path, name: &Username, dest: &Path) -> Result<Carried> {
    let version = inspect(database)?;
    if version != LATEST {
        return refuse(format!(
            "the database is of version {version}, not {LATEST}: start the box once, or run `partyplaylist migrate up`"
        ));
    }
    files::make(dest, |unfinished| {
        step(unfinished, LATEST)?;
        let conn = connect(unfinished)?;
        conn.execute("ATTACH DATABASE ?1 AS box", [database.to_string_lossy()])?;
        let tx = conn.unchecked_transaction()?;
        tx.pragma_update(None, "defer_foreign_keys", true)?;
        let sql = "SELECT id FROM box.users WHERE username = ?1";
        let id: Option<String> = tx.query_row(sql, [name.as_str()], |row| row.get(0)).optional()?;
        let Some(id) = id else {
            return refuse(format!("there is no account called {name}; see `partyplaylist user list`"));
        };
        let carried = carry(&tx, ("box", "main"), &id)?;
        tx.commit()?;
        conn.execute("DETACH DATABASE box", [])?;
        // No box starts on it and nobody restores it: it is not the whole of one.
        conn.pragma_update(None, "application_id", DJ_ID)?;
        conn.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(carried)
    })
}

fn refuse<T>(why: String) -> Result<T> {
    Err(Error::Unfit(why))
}
