//! How the store fares, for the health address, the banners and the metrics.

use super::error::{Error, Result};
use super::{Store, wal_mark};

impl Store {
    /// Transactions committed since the store was opened.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.0.writer.commits()
    }

    /// Why nothing can be saved right now, as far as the last write or look knows.
    #[must_use]
    pub fn unsaved(&self) -> Option<Error> {
        self.0.writer.unsaved()
    }

    /// Whether a write reaches the disk right now.
    pub async fn probe(&self) -> Result<()> {
        self.write(wal_mark::touch, |()| {}).await
    }
}
