//! Reads: each in one consistent look, beside the one thread that writes.

pub mod blocking;

use std::sync::{Arc, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use self::blocking::blocking;
use super::store::Store;
use super::writer::freshness::Freshness;
use crate::store::error::{Error, Result};

impl Store {
    /// Reads in one consistent look. Refuses a file that another program has written over: what it shows is a mixture.
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.0.width == 0 {
            return self.0.writer.run(None, query, |_| {}).await;
        }
        self.0.writer.is_readable()?;
        let seen = self.read_in_pool(query).await;
        if let Err(Error::Damaged(_)) = seen {
            // Before that is believed, the writer looks at the file.
            drop(self.probe().await);
            self.0.writer.is_readable()?;
        }
        seen
    }

    /// What was committed, up to now. Refuses as a read does.
    pub(in crate::store) async fn freshness(&self) -> Result<Arc<Freshness>> {
        self.0.writer.is_readable()?;
        if !self.0.lookout.is_known() {
            self.0.writer.look_for_others().await?;
        }
        Ok(self.0.writer.freshness())
    }

    /// Permit first, then thread, then connection, so that waiting costs no thread.
    async fn read_in_pool<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self.0.permits.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let pool = self.0.readers.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Error::Busy)?;
        let job = move || {
            let seen = pool.get().map_err(Error::from).and_then(|mut conn| snapshot(&mut conn, query));
            drop(pool);
            drop(permit);
            seen
        };
        blocking("a read", job).await
    }
}

/// A consistent look at the database: everything read inside sees the same moment.
fn snapshot<T>(conn: &mut Connection, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let seen = query(&tx)?;
    tx.finish()?;
    Ok(seen)
}
