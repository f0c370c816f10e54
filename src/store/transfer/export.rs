//! One DJ with everything that is theirs, written to a file of its own.

use std::fs::File;
use std::path::Path;

use rusqlite::{OptionalExtension, named_params};

use super::tables::{Carried, Route, carry};
use crate::domain::{UserId, Username};
use crate::store::db::file::files;
use crate::store::db::file::inspect::inspect;
use crate::store::db::pool::{DJ_ID, connect, to_read};
use crate::store::db::schema::migrate::step;
use crate::store::db::schema::versions::LATEST;
use crate::store::error::{Error, Result};
use crate::store::party::history::COMING;

/// Writes everything of one DJ to a new file. Refuses to write over one, and a database of another version.
pub fn export(database: &Path, name: &Username, dest: &Path) -> Result<Carried> {
    is_newest(database)?;
    files::make(dest, |unfinished| fill(database, name, unfinished)).map_err(|error| files::no_room(dest, error))
}

/// The same, to be passed on at once: the file has no name.
pub fn export_passing(database: &Path, name: &Username) -> Result<File> {
    is_newest(database)?;
    files::passing(&files::passing_place(database)?, |unfinished| fill(database, name, unfinished).map(drop))
}

fn is_newest(database: &Path) -> Result<()> {
    let version = inspect(database)?;
    if version == LATEST {
        return Ok(());
    }
    refuse(format!(
        "The database is of version {version}, not {LATEST}: start the box once, or run `partyplaylist migrate up`."
    ))
}

/// Writes one DJ into an empty file.
fn fill(database: &Path, name: &Username, to: &Path) -> Result<Carried> {
    step(to, LATEST)?;
    let conn = connect(to)?;
    conn.execute("ATTACH DATABASE CAST(:file AS TEXT) AS box", named_params! { ":file": to_read(database)? })?;
    let tx = conn.unchecked_transaction()?;
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    let sql = "SELECT id FROM box.users WHERE username = :name";
    let id: Option<UserId> = tx.query_row(sql, named_params! { ":name": name }, |row| row.get("id")).optional()?;
    let Some(id) = id else {
        return refuse(format!("There is no account called {name}. See `partyplaylist user list`."));
    };
    let coming = format!("SELECT 1 FROM box.events WHERE user_id = :id AND {COMING}");
    if tx.prepare(&coming)?.exists(named_params! { ":id": id })? {
        return refuse(format!(
            "A list is coming to {name} at this moment. Try again when it is there; if its import was cut short, the next start takes it back."
        ));
    }
    let carried = carry(&tx, &Route { from: "box", to: "main", tenant: &id })?;
    tx.commit()?;
    conn.execute("DETACH DATABASE box", [])?;
    // No box starts on it and nobody restores it: it is not the whole of one.
    conn.pragma_update(None, "application_id", DJ_ID)?;
    conn.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(carried)
}

fn refuse<T>(why: String) -> Result<T> {
    Err(Error::Unfit(why))
}
