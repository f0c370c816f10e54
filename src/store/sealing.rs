//! What is sealed in a database, as a whole: a copied file lets nobody in.

use std::path::Path;

use rusqlite::Connection;

use crate::store::db::file::inspect::inspect;
use crate::store::db::pool::connect;
use crate::store::db::schema::versions::LATEST;
use crate::store::db::wal::mark;
use crate::store::error::Result;
use crate::store::party::events::sealed::{Sealed, Ways};
use crate::store::spotify::connection;
use crate::store::vault::Vault;

/// Seals what is in the clear. What another key has sealed is replaced by a new PIN and a new code: the night goes on.
pub fn seal(conn: &Connection, vault: &Vault) -> Result<()> {
    for event in Sealed::all(conn)? {
        if event.open(vault).is_some() {
            continue;
        }
        if event.is_sealed() {
            log::warn!(target: "box", "A running event was sealed with another key: it has a new PIN and a new QR code now.");
            event.put(conn, &Ways::fresh()?, vault)?;
        } else {
            event.close(conn, vault)?;
        }
    }
    connection::forget_what_does_not_open(conn, vault)
}

/// Whether a database holds something sealed with this key.
pub fn opens_with(path: &Path, vault: &Vault) -> Result<bool> {
    if inspect(path)? < LATEST {
        return Ok(false);
    }
    let conn = connect(path)?;
    let lets_in = Sealed::all(&conn)?.iter().any(|event| event.open(vault).is_some());
    Ok(lets_in || connection::any_opens(&conn, vault)?)
}

/// Seals everything anew with another key, all of it or nothing.
pub fn reseal(path: &Path, old: &Vault, new: &Vault) -> Result<()> {
    if inspect(path)? < LATEST {
        return Ok(());
    }
    let conn = connect(path)?;
    // Dropping the connection takes back whatever is not committed.
    let begun = mark::begin(&conn)?;
    for event in Sealed::all(&conn)? {
        if let Some(ways) = event.open(old) {
            event.put(&conn, &ways, new)?;
        }
    }
    connection::reseal(&conn, old, new)?;
    begun.mark(&conn)?;
    conn.execute_batch("COMMIT")?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
