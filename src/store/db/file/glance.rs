//! What a database shows at once, however long it is.

use std::path::Path;

use rusqlite::OptionalExtension;

use super::damage;
use super::inspect::{inspect, is_settled};
use crate::domain::Timestamp;
use crate::store::db::pool::open_read_only;
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::error::Result;

/// What was seen.
pub struct Glance {
    pub version: u32,
    pub accounts: i64,
    /// The request that came last; `None` when nobody has ever asked.
    pub newest: Option<Timestamp>,
    /// Nothing of an upgrade was left undone.
    pub settled: bool,
    /// Damage the box has found, in plain words.
    pub damage: Option<String>,
}

/// Looks at a database without going through it. Refuses what is none of ours, and one that is damaged where it begins.
pub fn glance(path: &Path) -> Result<Glance> {
    let version = inspect(path)?;
    let conn = open_read_only(path)?;
    let accounts = format!("SELECT count(*) AS accounts FROM users WHERE {PRESENT}");
    let accounts = if version >= 2 { conn.query_row(&accounts, [], |row| row.get("accounts"))? } else { 0 };
    let newest = "SELECT created_at FROM requests ORDER BY rowid DESC LIMIT 1";
    let newest = if version >= 1 { conn.query_row(newest, [], |row| row.get("created_at")).optional()? } else { None };
    Ok(Glance { version, accounts, newest, settled: is_settled(path, version)?, damage: damage::known(path) })
}
