//! Links for helpers: made, listed, revoked, opened.

use rusqlite::Row;

use crate::domain::{Helper, HelperId, HelperToken, Line, Refusal};
use crate::store::account::secrets;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle;
use crate::store::tenant::handle::{Host, Tenant, Visitor};
use crate::store::tenant::tx::Tx;

const COLUMNS: &str = "id, name, created_at, expires_at, seen_at";

impl Tenant<Host> {
    /// Makes a link for somebody who may approve and reject; its secret is told once and kept only as a hash.
    pub async fn add_helper(&self, name: Line<60>) -> Result<(Helper, HelperToken)> {
        let token = HelperToken(secrets::join_token()?.0);
        let hash = secrets::fingerprint(&token.0);
        let work = move |tx: &Tx| {
            let sql = format!(
                "INSERT INTO helpers (id, user_id, name, token_hash, created_at, expires_at)
                 VALUES (:id, :tenant, :name, :hash, :now, :end) RETURNING {COLUMNS}"
            );
            let (id, end) = (HelperId::fresh(), tx.now.plus_ms(Helper::HOURS * 3_600_000));
            tx.quiet().one(
                &sql,
                &[(":id", &id), (":name", &name), (":hash", &hash), (":now", &tx.now), (":end", &end)],
                helper,
            )
        };
        Ok((self.write(work).await?, token))
    }

    /// The links that still work, newest first.
    pub async fn helpers(&self) -> Result<Vec<Helper>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM helpers
             WHERE user_id = :tenant AND revoked_at IS NULL AND expires_at > :now ORDER BY created_at DESC, id DESC"
        );
        self.read(move |tx| tx.all(&sql, &[(":now", &tx.now)], helper)).await
    }

    /// Ends a helper's link and whatever was opened with it.
    pub async fn revoke_helper(&self, id: &HelperId) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let sql =
                "UPDATE helpers SET revoked_at = :now WHERE user_id = :tenant AND id = :id AND revoked_at IS NULL";
            match tx.quiet().run(sql, &[(":now", &tx.now), (":id", &id)])? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        };
        self.write(work).await
    }
}

impl Tenant<Visitor> {
    /// Who comes with this helper's link; refuses one that is revoked, expired or another host's.
    pub async fn open_helper(&self, token: &HelperToken) -> Result<Helper> {
        let hash = secrets::fingerprint(&token.0);
        let work = move |tx: &Tx| {
            let sql = format!(
                "UPDATE helpers SET seen_at = :now
                 WHERE user_id = :tenant AND token_hash = :hash AND revoked_at IS NULL AND expires_at > :now RETURNING {COLUMNS}"
            );
            let found = tx.quiet().maybe(&sql, &[(":now", &tx.now), (":hash", &hash)], helper)?;
            found.ok_or(Error::Refused(Refusal::DeadHelper))
        };
        self.write(work).await
    }
}

impl Tenant<handle::Helper> {
    /// The id in this helper's cookie.
    pub fn helper_id(&self) -> &HelperId {
        &self.role().id
    }
}

fn helper(row: &Row) -> rusqlite::Result<Helper> {
    Ok(Helper {
        id: row.get("id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        seen_at: row.get("seen_at")?,
    })
}
