//! The ways into running events are kept sealed: a copied file lets nobody in.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::domain::UserId;
use crate::store::account::secrets;
use crate::store::db::file::inspect::inspect;
use crate::store::db::pool::connect;
use crate::store::db::schema::versions::LATEST;
use crate::store::db::wal::mark;
use crate::store::error::Result;
use crate::store::spotify::link;
use crate::store::vault::{Place, Vault};

/// Where a PIN is sealed for.
pub const PIN: &str = "events.pin";
/// Where a QR code's secret is sealed for.
pub const TOKEN: &str = "events.join_token";

/// A running event's id and owner, and its two ways in as they are stored.
type Row = (String, String, [String; 2]);

/// Seals what is in the clear. What another key has sealed is replaced by a new PIN and a new code: the night goes on.
pub fn seal(conn: &Connection, vault: &Vault) -> Result<()> {
    for (id, tenant, ways) in running(conn)? {
        if opened(&id, &tenant, &ways, vault).is_some() {
            continue;
        }
        let ways = if ways.iter().any(|way| Vault::is_sealed(way)) {
            log::warn!(target: "box", "A running event was sealed with another key: it has a new PIN and a new QR code now.");
            [secrets::pin()?.as_str().to_owned(), secrets::join_token()?.0]
        } else {
            ways
        };
        put(conn, (&id, &tenant), &ways, vault)?;
    }
    link::forget_what_does_not_open(conn, vault)
}

/// Gives one DJ's running events ways in of their own, sealed for this box.
pub fn renew(conn: &Connection, tenant: &UserId, vault: &Vault) -> Result<()> {
    for (id, owner, _) in running(conn)?.iter().filter(|(_, owner, _)| owner == tenant.as_str()) {
        put(conn, (id, owner), &[secrets::pin()?.as_str().to_owned(), secrets::join_token()?.0], vault)?;
    }
    Ok(())
}

/// Whether a database holds something sealed with this key.
pub fn opens_with(path: &Path, vault: &Vault) -> Result<bool> {
    if inspect(path)? < LATEST {
        return Ok(false);
    }
    let conn = connect(path)?;
    let lets_in = running(&conn)?.iter().any(|(id, tenant, ways)| opened(id, tenant, ways, vault).is_some());
    Ok(lets_in || link::any_opens(&conn, vault)?)
}

/// Seals everything anew with another key, all of it or nothing.
pub fn reseal(path: &Path, old: &Vault, new: &Vault) -> Result<()> {
    if inspect(path)? < LATEST {
        return Ok(());
    }
    let conn = connect(path)?;
    // Dropping the connection takes back whatever is not committed.
    let begun = mark::begin(&conn)?;
    for (id, tenant, ways) in running(&conn)? {
        if let Some(ways) = opened(&id, &tenant, &ways, old) {
            put(&conn, (&id, &tenant), &ways, new)?;
        }
    }
    link::reseal(&conn, old, new)?;
    begun.mark(&conn)?;
    conn.execute_batch("COMMIT")?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn running(conn: &Connection) -> Result<Vec<Row>> {
    let mut statement = conn.prepare("SELECT id, user_id, pin, join_token FROM events WHERE status <> 'ended'")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?])))?;
    Ok(rows.collect::<rusqlite::Result<Vec<Row>>>()?)
}

fn opened(id: &str, tenant: &str, [pin, token]: &[String; 2], vault: &Vault) -> Option<[String; 2]> {
    let at = |column| Place { tenant, column, row: id };
    Some([vault.open(at(PIN), pin).ok()?, vault.open(at(TOKEN), token).ok()?])
}

fn put(conn: &Connection, (id, tenant): (&str, &str), [pin, token]: &[String; 2], vault: &Vault) -> Result<()> {
    let at = |column| Place { tenant, column, row: id };
    let sql = "UPDATE events SET pin = ?1, join_token = ?2, version = version + 1 WHERE id = ?3 AND user_id = ?4";
    conn.execute(sql, params![vault.seal(at(PIN), pin)?, vault.seal(at(TOKEN), token)?, id, tenant])?;
    Ok(())
}
