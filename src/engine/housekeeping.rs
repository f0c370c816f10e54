//! What must not wait: clocks that are set, nights that end, who is to be watched, and what is forgotten as it runs out.

use super::hub::Hub;
use super::watch_list::WatchList;
use super::worker::complain;
use crate::store::{Error, Result, Store, Wait};

/// The box's own small duties; each is a row of the timetable.
pub struct Housekeeping {
    pub store: Store,
    pub hub: Hub,
    pub watch_list: WatchList,
}

impl Housekeeping {
    pub fn follow_clock(&mut self) {
        match self.store.settle_clock().wait() {
            Ok(jump) => jump.into_iter().for_each(|jump| log::warn!(target: "box", "{}", jump.sentence())),
            Err(error) => complain("The clock was not followed", &error),
        }
    }

    pub fn watch_followers(&mut self) {
        if let Err(error) = self.watch_list.attend(&self.store) {
            complain("Whose Spotify to watch is not known", &error);
        }
    }

    pub fn end_overdue(&mut self) {
        if let Err(error) = end_overdue(&self.store) {
            complain("Overdue events were not ended", &error);
        }
    }

    pub fn forget_sign_ins(&mut self) {
        if let Err(error) = self.store.forget_sign_ins().wait() {
            complain("Old sign-ins were not forgotten", &error);
        }
    }

    pub fn trim_record(&mut self) {
        if let Err(error) = self.store.trim_record().wait() {
            complain("The record was not trimmed", &error);
        }
    }

    /// On a full disk nobody else may write by now, and the word that nothing can be saved goes with the first write that is.
    pub fn probe_for_room(&mut self) {
        if matches!(self.store.unsaved(), Some(Error::Full)) {
            drop(self.store.probe().wait());
        }
    }

    /// Lets go of parties nobody looks at any more.
    pub fn forget_pictures(&mut self) {
        if let Err(error) = self.store.prune_pictures().wait() {
            complain("Parties nobody looks at were not let go of", &error);
        }
    }

    /// Forgets channels nobody came back to.
    pub fn forget_channels(&mut self) {
        self.hub.prune();
    }
}

/// One DJ's night that cannot be ended keeps nobody else's from it.
fn end_overdue(store: &Store) -> Result<()> {
    for host in store.overdue().wait()? {
        let end = || store.announcer(&host).wait()?.end_overdue().wait();
        if let Err(error) = end() {
            log::error!(target: "box", "The overdue event of the DJ {} was not ended: {error}", host.as_str());
        }
    }
    Ok(())
}
