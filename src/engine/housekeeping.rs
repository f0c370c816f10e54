use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::hub::Hub;
use super::worker::{Stop, Worker};
use crate::store::{Result, Store};

const ROUND: Duration = Duration::from_secs(5);

/// Ends events whose hours are up, and forgets lanes nobody came back to.
pub fn start(store: Store, hub: Hub, handle: Handle, stop: Arc<Stop>) -> io::Result<Worker> {
    Worker::start("housekeeping", move || {
        if let Err(error) = handle.block_on(end_overdue(&store)) {
            eprintln!("Overdue events were not ended: {error}");
        }
        hub.prune();
        stop.sleep(ROUND)
    })
}

async fn end_overdue(store: &Store) -> Result<()> {
    for host in store.overdue().await? {
        store.announcer(&host).await?.end_overdue().await?;
    }
    Ok(())
}
