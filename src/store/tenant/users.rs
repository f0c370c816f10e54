//! The row of an account: who a tenant is.

use rusqlite::Row;

use crate::domain::User;

/// What [`user`] reads.
pub(in crate::store) const COLUMNS: &str = "id, username, display_name, role, status, created_at";

/// An account from [`COLUMNS`].
pub(in crate::store) fn user(row: &Row) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get("id")?,
        username: row.get("username")?,
        display_name: row.get("display_name")?,
        role: row.get("role")?,
        status: row.get("status")?,
        created_at: row.get("created_at")?,
    })
}
