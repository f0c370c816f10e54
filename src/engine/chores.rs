use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::worker::{Stop, Worker, complain};
use crate::store::{Error, Store};

/// Quiet time after the start: a party that comes back from a pulled plug goes first.
const FIRST: Duration = Duration::from_secs(10 * 60);
const ROUND: Duration = Duration::from_secs(60 * 60);

/// Makes the night's backup, forgets who asked for what once it is `names_days` old, and keeps the file small.
pub fn start(store: Store, names_days: u32, handle: Handle, stop: Arc<Stop>) -> io::Result<Worker> {
    let mut first = true;
    Worker::start("chores", move || {
        if std::mem::take(&mut first) {
            handle.block_on(clear_up(&store));
            if store.was_cut_off() {
                handle.block_on(look_through(&store));
            }
            return stop.sleep(FIRST);
        }
        handle.block_on(round(&store, names_days));
        stop.sleep(ROUND)
    })
}

async fn round(store: &Store, names_days: u32) {
    clear_up(store).await;
    match store.back_up_nightly().await {
        Ok(Some(file)) => log::info!(target: "box", "Tonight's backup is {}.", file.display()),
        Ok(None) => {}
        // Also where there is room for all but a copy: the store does not say that.
        Err(error) => log::error!(target: "box", "Tonight's backup was not made: {error}"),
    }
    if let Err(error) = store.forget_people(names_days).await {
        complain("Old nicknames were not forgotten", &error);
    }
    if let Err(error) = store.tidy().await {
        complain("The database was not tidied up", &error);
    }
}

async fn clear_up(store: &Store) {
    if let Err(error) = store.clear_up().await {
        complain("What was left of a deleted account, or of an import, was not cleared away", &error);
    }
}

async fn look_through(store: &Store) {
    match store.look_through().await {
        Ok(()) => {}
        // The box stops.
        Err(Error::Busy) => {
            log::info!(target: "box", "The database was not looked through to its end after the box was cut off: `partyplaylist check` does it.");
        }
        Err(error) => complain("The database was not looked through after the box was cut off", &error),
    }
}
