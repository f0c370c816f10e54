//! Work that is too much for one commit: it goes piece by piece, others write in between, and the stop of the box ends it.

use rusqlite::Connection;

use super::store::Store;
use crate::store::error::Result;

impl Store {
    /// Writes a piece after a piece until one answers that nothing is left. Answers whether it came to that: once the box
    /// stops, the rest is for the next time.
    pub(in crate::store) async fn in_pieces(
        &self,
        piece: impl Fn(&Connection) -> Result<bool> + Clone + Send + 'static,
    ) -> Result<bool> {
        while !self.is_stopping() {
            if !self.write(piece.clone()).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
