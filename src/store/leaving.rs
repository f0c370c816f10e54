//! An account goes, with everything that is its own.

use rusqlite::{Connection, params};

use super::accounts::{Accounts, found, spare_last_superadmin};
use super::error::{Error, Result};
use crate::domain::{AccountStatus, UserId};

/// What nights fill, with the columns that tell rows apart. The rest is little, and goes with the account itself.
const MANY: [(&str, &str); 5] = [
    ("votes", "event_id, request_id, guest_id"),
    ("submissions", "event_id, submitter, key"),
    ("requests", "id"),
    ("guests", "id"),
    ("tracks", "uri"),
];
/// Rows at a time: nobody else's write waits for more.
const PIECE: i64 = 40;

impl Accounts {
    /// Deletes an account and everything that is its own, a few rows at a time; from the first moment nobody enters it
    /// any more. It goes on when whoever asked stops waiting. Cut short, it leaves a suspended account to be deleted
    /// again. Refuses the last super admin.
    pub async fn delete(&self, id: &UserId) -> Result<()> {
        let (accounts, id) = (self.clone(), id.clone());
        let panicked = |_| Err(Error::Broken("deleting an account panicked".into()));
        tokio::spawn(async move { accounts.empty(id).await }).await.unwrap_or_else(panicked)
    }

    async fn empty(&self, id: UserId) -> Result<()> {
        self.set_status(&id, AccountStatus::Suspended).await?;
        for (table, key) in MANY {
            let sql = format!(
                "DELETE FROM {table} WHERE user_id = ?1 AND ({key}) IN (SELECT {key} FROM {table} WHERE user_id = ?1 LIMIT ?2)"
            );
            loop {
                let (sql, id) = (sql.clone(), id.clone());
                let piece = move |conn: &Connection| Ok(conn.execute(&sql, params![id.as_str(), PIECE])?);
                if self.0.write(piece, |_| {}).await? == 0 {
                    break;
                }
            }
        }
        let last = move |conn: &Connection| {
            spare_last_superadmin(conn, &id)?;
            found(conn.execute("DELETE FROM users WHERE id = ?1", [id.as_str()])?)
        };
        self.0.write(last, |()| {}).await
    }
}
