//! Covers that Spotify has named to this DJ's box, and those of them that were fetched.

use rusqlite::Row;

use crate::domain::{Cover, CoverId, Picture, PictureKind};
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Insider, SpotifyWorker, Tenant};
use crate::store::tenant::tx::Tx;

/// Addresses and pictures kept for one DJ; those not named for longest go first.
const NAMED: i64 = 5_000;
const PICTURES: i64 = 300;
/// A fetch that failed is tried again after so long.
const AGAIN_MS: i64 = 10 * 60 * 1000;

impl<Role: Insider> Tenant<Role> {
    /// A cover, or where to fetch it. Refuses what Spotify never named to this host.
    pub async fn cover(&self, id: CoverId) -> Result<Cover> {
        self.read(move |tx| cover(tx, &id)).await
    }
}

impl Tenant<SpotifyWorker> {
    /// Keeps what a fetch brought; one that brought nothing is not tried again for some minutes.
    pub async fn keep_cover(&self, id: CoverId, picture: Option<Picture>) -> Result<()> {
        let work = move |tx: &Tx| {
            let sql = "UPDATE covers SET picture = :picture, retry_at = :again WHERE user_id = :tenant AND id = :id";
            let again = tx.now.plus_ms(AGAIN_MS);
            let bytes = picture.as_ref().map(|picture| &picture.bytes);
            tx.quiet().run(sql, &[(":picture", &bytes), (":again", &again), (":id", &id)])?;
            let sql = "UPDATE covers SET picture = NULL WHERE user_id = :tenant AND picture IS NOT NULL AND id NOT IN
                       (SELECT id FROM covers WHERE user_id = :tenant AND picture IS NOT NULL
                        ORDER BY named_at DESC, id LIMIT :most)";
            tx.quiet().run(sql, &[(":most", &PICTURES)]).map(drop)
        };
        self.write(work).await
    }
}

/// Notes that Spotify has named this cover.
pub(in crate::store) fn name_cover(tx: &Tx, address: Option<&str>) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    let sql = "INSERT INTO covers (user_id, id, address, named_at) VALUES (:tenant, :id, :address, :now)
               ON CONFLICT (user_id, id) DO UPDATE SET named_at = excluded.named_at";
    tx.quiet().run(sql, &[(":id", &CoverId::of(address)), (":address", &address), (":now", &tx.now)])?;
    let sql = "DELETE FROM covers WHERE user_id = :tenant AND named_at <=
               (SELECT named_at FROM covers WHERE user_id = :tenant ORDER BY named_at DESC LIMIT 1 OFFSET :most)";
    tx.quiet().run(sql, &[(":most", &NAMED)]).map(drop)
}

fn cover(tx: &Tx, id: &CoverId) -> Result<Cover> {
    let sql = "SELECT address, picture, retry_at > :now AS waits FROM covers WHERE user_id = :tenant AND id = :id";
    let row = |row: &Row| Ok((row.get("address")?, row.get::<_, Option<Vec<u8>>>("picture")?, row.get("waits")?));
    let (address, bytes, waits) = tx.one(sql, &[(":now", &tx.now), (":id", &id)], row)?;
    match bytes {
        Some(bytes) => {
            let kind =
                PictureKind::told_by(&bytes).ok_or_else(|| Error::Broken("a kept cover is no picture".into()))?;
            Ok(Cover::Here(Picture { kind, bytes }))
        }
        None if waits => Err(Error::NotFound),
        None => Ok(Cover::At(address)),
    }
}
