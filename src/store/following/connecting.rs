//! A DJ's connection begins and ends, and with it what has to be found before it may go over.

use rusqlite::Row;

use super::handover::change_account;
use crate::domain::{ClientId, Health};
use crate::store::error::Result;
use crate::store::party::queue::promise_anew;
use crate::store::spotify::connection::{Granted, SpotifyAccount, put};
use crate::store::spotify::tokens::{Tokens, is_still};
use crate::store::tenant::handle::{Host, SpotifyWorker, Tenant};
use crate::store::tenant::tx::Tx;

impl Tenant<Host> {
    /// The app this host comes with; a connection made with another one is over.
    pub async fn set_client_id(&self, client_id: ClientId) -> Result<()> {
        let work = move |tx: &Tx| {
            let sql = "INSERT INTO spotify_links (user_id, client_id) VALUES (:tenant, :client)
                       ON CONFLICT (user_id) DO UPDATE SET client_id = excluded.client_id, account_name = NULL,
                           access_token = NULL, access_expires_at = NULL, refresh_token = NULL, authorized_at = NULL,
                           health = 'ok', message = NULL
                       WHERE client_id IS NOT excluded.client_id";
            if tx.run(sql, &[(":client", &client_id)])? > 0 {
                promise_anew(tx)?;
            }
            // What comes back of a consent to another app would be taken for one to this.
            let sql = "DELETE FROM spotify_consents WHERE user_id = :tenant AND client_id <> :client";
            tx.run(sql, &[(":client", &client_id)]).map(drop)
        };
        self.write(work).await
    }

    /// Keeps what a consent brought, as the whole connection of this host; the player is polled at once.
    pub async fn connect(&self, granted: Granted, account: SpotifyAccount) -> Result<()> {
        let work = move |tx: &Tx| {
            let sql = "INSERT INTO spotify_links (user_id) VALUES (:tenant) ON CONFLICT (user_id) DO NOTHING";
            tx.run(sql, &[])?;
            move_to(tx, &account.id)?;
            put(tx, &granted)?;
            let sql = "UPDATE spotify_links SET account_id = :id, account_name = :name, authorized_at = :now, health = 'ok', message = NULL
                       WHERE user_id = :tenant";
            tx.run(sql, &[(":id", &account.id), (":name", &account.name), (":now", &tx.now)])?;
            promise_anew(tx)
        };
        self.write(work).await
    }

    /// Forgets the connection; the client id stays.
    pub async fn disconnect(&self) -> Result<()> {
        self.write(|tx: &Tx| forget(tx, Health::Ok, None)).await
    }
}

impl Tenant<SpotifyWorker> {
    /// Forgets `old`, which Spotify takes no more, and has the DJ told to connect again; false as with saving.
    pub async fn revoke(&self, old: &Tokens, message: String) -> Result<bool> {
        let since = old.authorized_at;
        let work = move |tx: &Tx| {
            let still = is_still(tx, since)?;
            if still {
                forget(tx, Health::Reconnect, Some(&message))?;
            }
            Ok(still)
        };
        self.write(work).await
    }
}

/// What was seen of another account, and handed over to it, says nothing of this one.
fn move_to(tx: &Tx, account: &str) -> Result<()> {
    let sql = "SELECT account_id FROM spotify_links WHERE user_id = :tenant";
    let before = tx.one(sql, &[], |row: &Row| row.get::<_, Option<String>>("account_id"))?;
    if before.as_deref() == Some(account) {
        let sql = "UPDATE spotify_looks SET due_at = :now, hold_until = 0, streak = 0 WHERE user_id = :tenant";
        return tx.run(sql, &[(":now", &tx.now)]).map(drop);
    }
    change_account(tx, before.is_some())?;
    tx.run("DELETE FROM spotify_looks WHERE user_id = :tenant", &[]).map(drop)
}

/// Whose account it was stays known where Spotify ended it: what is on its way may still be there.
fn forget(tx: &Tx, health: Health, message: Option<&str>) -> Result<()> {
    let sql = "UPDATE spotify_links SET account_id = iif(:health = 'reconnect', account_id, NULL), account_name = NULL, access_token = NULL, access_expires_at = NULL,
                      refresh_token = NULL, authorized_at = NULL, health = :health, message = :message WHERE user_id = :tenant";
    tx.run(sql, &[(":health", &health), (":message", &message)])?;
    promise_anew(tx)
}
