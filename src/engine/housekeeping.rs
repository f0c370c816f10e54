use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::hub::Hub;
use super::watchers::Watchers;
use super::worker::{Stop, Worker, complain};
use crate::store::{Error, Result, Store};

const ROUND: Duration = Duration::from_secs(5);
const ROUNDS_AN_HOUR: u32 = 720;

/// Sees to it that a clock that was set is followed and that everybody is watched who is to be, ends events whose hours
/// are up, and forgets lanes nobody came back to.
pub fn start(store: Store, to: (Hub, Watchers), handle: Handle, stop: Arc<Stop>) -> io::Result<Worker> {
    let (hub, watchers) = to;
    let mut rounds = 0_u32;
    Worker::start("housekeeping", move || {
        // First of all: what runs out runs out by a clock that nobody has set since.
        match handle.block_on(store.settle_clock()) {
            Ok(jump) => jump.into_iter().for_each(|jump| log::warn!(target: "box", "{}", jump.sentence())),
            Err(error) => complain("The clock was not followed", &error),
        }
        if let Err(error) = handle.block_on(watchers.attend(&store)) {
            complain("Whose Spotify to watch is not known", &error);
        }
        if let Err(error) = handle.block_on(end_overdue(&store)) {
            complain("Overdue events were not ended", &error);
        }
        if let Err(error) = handle.block_on(store.forget_sign_ins()) {
            complain("Old sign-ins were not forgotten", &error);
        }
        if rounds.is_multiple_of(ROUNDS_AN_HOUR)
            && let Err(error) = handle.block_on(store.trim_record())
        {
            complain("The record was not trimmed", &error);
        }
        // Nobody else may write by now, and the word that nothing can be saved goes with the first write that is.
        if matches!(store.unsaved(), Some(Error::Full)) {
            drop(handle.block_on(store.probe()));
        }
        rounds += 1;
        hub.prune();
        let goes_on = stop.sleep(ROUND);
        if !goes_on && let Err(error) = handle.block_on(store.leave_mark()) {
            complain("When the box stopped was not written down", &error);
        }
        goes_on
    })
}

/// One DJ's night that cannot be ended keeps nobody else's from it.
async fn end_overdue(store: &Store) -> Result<()> {
    for host in store.overdue().await? {
        let end = async { store.announcer(&host).await?.end_overdue().await };
        if let Err(error) = end.await {
            log::error!(target: "box", "The overdue event of the DJ {} was not ended: {error}", host.as_str());
        }
    }
    Ok(())
}
