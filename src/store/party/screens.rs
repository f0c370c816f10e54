//! Addresses for screens: made, listed, revoked, spent.

use rusqlite::Row;

use crate::domain::{Line, Refusal, Screen, ScreenId, ScreenToken};
use crate::store::account::secrets;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle;
use crate::store::tenant::handle::{Host, Tenant, Visitor};
use crate::store::tenant::tx::Tx;

const COLUMNS: &str = "id, label, created_at, expires_at, uses_left, last_seen_at";

impl Tenant<Host> {
    /// Makes an address for a screen; its secret is told once and kept only as a hash.
    pub async fn add_screen(&self, label: Line<60>) -> Result<(Screen, ScreenToken)> {
        let token = secrets::screen_token()?;
        let hash = secrets::fingerprint(&token.0);
        let work = move |tx: &Tx| {
            let sql = format!(
                "INSERT INTO display_tokens (id, user_id, label, token_hash, uses_left, created_at, expires_at)
                 VALUES (:id, :tenant, :label, :hash, :uses, :now, :end) RETURNING {COLUMNS}"
            );
            let (id, end) = (ScreenId::fresh(), tx.now.plus_ms(Screen::HOURS * 3_600_000));
            tx.quiet().one(
                &sql,
                &[
                    (":id", &id),
                    (":label", &label),
                    (":hash", &hash),
                    (":uses", &Screen::USES),
                    (":now", &tx.now),
                    (":end", &end),
                ],
                screen,
            )
        };
        Ok((self.write(work).await?, token))
    }

    /// The addresses that still work, newest first.
    pub async fn screens(&self) -> Result<Vec<Screen>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM display_tokens
             WHERE user_id = :tenant AND revoked_at IS NULL AND expires_at > :now ORDER BY created_at DESC, id DESC"
        );
        self.read(move |tx| tx.all(&sql, &[(":now", &tx.now)], screen)).await
    }

    /// Ends a screen's address and whatever was opened with it.
    pub async fn revoke_screen(&self, id: &ScreenId) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let sql = "UPDATE display_tokens SET revoked_at = :now WHERE user_id = :tenant AND id = :id AND revoked_at IS NULL";
            match tx.quiet().run(sql, &[(":now", &tx.now), (":id", &id)])? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        };
        self.write(work).await
    }
}

impl Tenant<Visitor> {
    /// Which screen an address is for, without spending a use. Refuses one that is used up, revoked, expired or another's.
    pub async fn screen_at(&self, token: &ScreenToken) -> Result<ScreenId> {
        let hash = secrets::fingerprint(&token.0);
        let work = move |tx: &Tx| {
            let sql = "SELECT id FROM display_tokens
                       WHERE user_id = :tenant AND token_hash = :hash AND uses_left > 0 AND revoked_at IS NULL AND expires_at > :now";
            let found = tx.maybe(sql, &[(":now", &tx.now), (":hash", &hash)], |row| row.get("id"))?;
            found.ok_or(Error::Refused(Refusal::DeadScreen))
        };
        self.read(work).await
    }

    /// Spends one first use of a screen's address, atomically. Refuses one that is used up, revoked, expired or another's.
    pub async fn open_screen(&self, id: &ScreenId) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let sql = "UPDATE display_tokens SET uses_left = uses_left - 1, last_seen_at = :now
                       WHERE user_id = :tenant AND id = :id AND uses_left > 0 AND revoked_at IS NULL AND expires_at > :now";
            match tx.quiet().run(sql, &[(":now", &tx.now), (":id", &id)])? {
                0 => Err(Refusal::DeadScreen.into()),
                _ => Ok(()),
            }
        };
        self.write(work).await
    }
}

impl Tenant<handle::Screen> {
    /// The id in this screen's cookie.
    pub fn screen_id(&self) -> &ScreenId {
        &self.role().id
    }
}

fn screen(row: &Row) -> rusqlite::Result<Screen> {
    Ok(Screen {
        id: row.get("id")?,
        label: row.get("label")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        uses_left: row.get("uses_left")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}
