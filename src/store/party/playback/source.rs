//! Who tells what plays: Spotify, or the host by hand.

use crate::domain::{Refusal, Source, SpotifyTrouble};
use crate::store::error::Result;
use crate::store::party::queue::promise_anew;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::Tx;

impl Tenant<Host> {
    /// Chooses who tells what plays; what is in the queue or handed over stays so. Refuses Spotify where none is connected.
    pub async fn set_source(&self, source: Source) -> Result<()> {
        let work = move |tx: &Tx| {
            if !follow(tx, source)? && source == Source::Spotify {
                return Err(Refusal::Spotify(SpotifyTrouble::NotConnected).into());
            }
            Ok(())
        };
        self.write(work).await
    }
}

/// Sets whether the night follows Spotify; answers whether one is connected.
pub(in crate::store) fn follow(tx: &Tx, source: Source) -> Result<bool> {
    let sql = "UPDATE spotify_links SET follow = :follow WHERE user_id = :tenant AND refresh_token IS NOT NULL";
    let connected = tx.run(sql, &[(":follow", &(source == Source::Spotify))])? > 0;
    tx.run("UPDATE spotify_looks SET due_at = :now WHERE user_id = :tenant", &[(":now", &tx.now)])?;
    promise_anew(tx)?;
    Ok(connected)
}
