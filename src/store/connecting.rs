//! A consent that came back becomes a DJ's connection.

use rusqlite::Row;

use super::error::Result;
use super::handover::change_account;
use super::queue::promise_anew;
use super::rows::Rows;
use super::scope::{Host, Tenant};
use super::spotify::{Granted, put};

impl Tenant<Host> {
    /// Keeps what a consent brought, as the whole connection of this host; the player is looked at at once.
    pub async fn connect(&self, granted: Granted, account: (String, Option<String>)) -> Result<()> {
        let work = move |rows: &Rows| {
            let sql = "INSERT INTO spotify_links (user_id) VALUES (:tenant) ON CONFLICT (user_id) DO NOTHING";
            rows.run(sql, &[])?;
            move_to(rows, &account.0)?;
            put(rows, &granted)?;
            let sql = "UPDATE spotify_links SET account_id = :id, account_name = :name, authorized_at = :now, health = 'ok', message = NULL
                       WHERE user_id = :tenant";
            rows.run(sql, &[(":id", &account.0), (":name", &account.1), (":now", &rows.now.0)])?;
            promise_anew(rows)
        };
        self.write(work, |()| vec![]).await
    }
}

/// What was seen of another account, and handed over to it, says nothing of this one.
fn move_to(rows: &Rows, account: &str) -> Result<()> {
    let sql = "SELECT account_id FROM spotify_links WHERE user_id = :tenant";
    let before = rows.one(sql, &[], |row: &Row| row.get::<_, Option<String>>(0))?;
    if before.as_deref() == Some(account) {
        let sql = "UPDATE spotify_looks SET due_at = :now, hold_until = 0, streak = 0 WHERE user_id = :tenant";
        return rows.run(sql, &[(":now", &rows.now.0)]).map(drop);
    }
    change_account(rows, before.is_some())?;
    rows.run("DELETE FROM spotify_looks WHERE user_id = :tenant", &[]).map(drop)
}
