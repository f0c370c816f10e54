//! What a DJ is to be told of their Spotify while the night follows it.

use rusqlite::Row;

use super::connection::{FOLLOWS_OR_DID, shares_account};
use super::observations::kept;
use crate::domain::{Health, Notice, SpotifyLink, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::Tx;

impl Tenant<Host> {
    /// What there is to tell, if anything.
    pub async fn notice(&self) -> Result<Option<Notice>> {
        self.read(notice).await
    }
}

/// The trouble there is, else that the consent ends soon; nothing where the night is run by hand.
pub(in crate::store) fn notice(tx: &Tx) -> Result<Option<Notice>> {
    let sql = format!(
        "SELECT health, message, authorized_at FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS_OR_DID}"
    );
    let row = |row: &Row| {
        let authorized_at: Option<Timestamp> = row.get("authorized_at")?;
        Ok((row.get::<_, Health>("health")?, row.get::<_, Option<String>>("message")?, authorized_at))
    };
    let Some((health, message, authorized_at)) = tx.maybe(&sql, &[], row)? else { return Ok(None) };
    if health == Health::Ok && shares_account(tx)? {
        return Ok(Some(SpotifyLink::shared()));
    }
    if health == Health::Ok {
        return Ok(authorized_at.and_then(|at| SpotifyLink::ends_soon(at, tx.now)));
    }
    let due = kept(tx)?.and_then(|kept| kept.due);
    let until = due.filter(|due| matches!(health, Health::Quota | Health::RateLimited) && *due > tx.now);
    Ok(Some(Notice { health, sentence: message.unwrap_or_default(), until }))
}

/// Whether there is a Spotify that the night can follow.
pub(in crate::store) fn is_connected(tx: &Tx) -> Result<bool> {
    let sql = "SELECT 1 FROM spotify_links WHERE user_id = :tenant AND refresh_token IS NOT NULL";
    Ok(tx.maybe(sql, &[], |_| Ok(()))?.is_some())
}
