//! A DJ's tokens, and what refreshing them comes to: the connection may have become another one meanwhile.

use rusqlite::Row;

use super::budget::quota_until;
use super::connection::{ACCESS, Granted, REFRESH, SpotifyDefaults, put};
use crate::domain::Timestamp;
use crate::store::error::Result;
use crate::store::tenant::handle::{SpotifyWorker, Tenant};
use crate::store::tenant::tx::Tx;

/// Tokens of one DJ, opened.
pub struct Tokens {
    pub client_id: String,
    pub access: String,
    pub access_expires_at: Timestamp,
    pub refresh: String,
    /// When the connection was made that they belong to.
    pub authorized_at: Option<Timestamp>,
    /// Until when Spotify refuses the client id.
    pub quota_until: Option<Timestamp>,
}

impl Tenant<SpotifyWorker> {
    /// This DJ's tokens; `None` without a connection.
    pub async fn tokens(&self, defaults: SpotifyDefaults) -> Result<Option<Tokens>> {
        self.read(move |tx| tokens(tx, &defaults)).await
    }

    /// Keeps what a refresh of `old` brought; false where another connection, or none, has taken their place meanwhile.
    pub async fn save_tokens(&self, old: &Tokens, granted: Granted) -> Result<bool> {
        let since = old.authorized_at;
        let work = move |tx: &Tx| {
            let still = is_still(tx, since)?;
            if still {
                put(tx, &granted)?;
            }
            Ok(still)
        };
        self.write(work).await
    }
}

/// Whether the connection is the one made then.
pub(in crate::store) fn is_still(tx: &Tx, authorized_at: Option<Timestamp>) -> Result<bool> {
    let sql = "SELECT 1 FROM spotify_links
               WHERE user_id = :tenant AND authorized_at IS :authorized AND refresh_token IS NOT NULL";
    Ok(tx.maybe(sql, &[(":authorized", &authorized_at)], |_| Ok(()))?.is_some())
}

fn tokens(tx: &Tx, defaults: &SpotifyDefaults) -> Result<Option<Tokens>> {
    let sql =
        "SELECT coalesce(client_id, :box_app) AS client, access_token, access_expires_at, refresh_token, authorized_at
               FROM spotify_links WHERE user_id = :tenant AND refresh_token IS NOT NULL";
    let sealed = |row: &Row| {
        let client: Option<String> = row.get("client")?;
        let sealed = |client_id| {
            Ok::<_, rusqlite::Error>(Tokens {
                client_id,
                access: row.get("access_token")?,
                access_expires_at: row.get("access_expires_at")?,
                refresh: row.get("refresh_token")?,
                authorized_at: row.get("authorized_at")?,
                quota_until: None,
            })
        };
        client.map(sealed).transpose()
    };
    let Some(sealed) = tx.maybe(sql, &[(":box_app", &defaults.client_id)], sealed)?.flatten() else { return Ok(None) };
    Ok(Some(Tokens {
        access: tx.open(ACCESS, "", &sealed.access)?,
        refresh: tx.open(REFRESH, "", &sealed.refresh)?,
        quota_until: quota_until(tx, &sealed.client_id)?,
        ..sealed
    }))
}
