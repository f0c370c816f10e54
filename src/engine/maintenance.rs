//! What has time: the night's backup, names that are forgotten when they are old, and a file that is kept small and sound.

use super::worker::complain;
use crate::store::{Error, Store, Wait};

/// The box's long duties; each is a row of the timetable.
pub struct Maintenance {
    pub store: Store,
    /// Days after which it is forgotten who asked for what.
    pub names_days: u32,
}

impl Maintenance {
    pub fn clear_up(&mut self) {
        if let Err(error) = self.store.clear_up().wait() {
            complain("What was left of a deleted account, or of an import, was not cleared away", &error);
        }
    }

    /// Only where the box before this one came to no clean stop.
    pub fn scan_for_damage(&mut self) {
        if !self.store.was_cut_off() {
            return;
        }
        match self.store.scan_for_damage().wait() {
            Ok(()) => {}
            // The box stops.
            Err(Error::Busy) => {
                log::info!(target: "box", "The database was not looked through to its end after the box was cut off: `partyplaylist check` does it.");
            }
            Err(error) => complain("The database was not looked through after the box was cut off", &error),
        }
    }

    pub fn back_up(&mut self) {
        match self.store.back_up_nightly().wait() {
            Ok(Some(file)) => log::info!(target: "box", "Tonight's backup is {}.", file.display()),
            Ok(None) => {}
            // Also where there is room for all but a copy: the store does not say that.
            Err(error) => log::error!(target: "box", "Tonight's backup was not made: {error}"),
        }
    }

    pub fn forget_people(&mut self) {
        if let Err(error) = self.store.forget_people(self.names_days).wait() {
            complain("Old nicknames were not forgotten", &error);
        }
    }

    pub fn tidy(&mut self) {
        if let Err(error) = self.store.tidy().wait() {
            complain("The database was not tidied up", &error);
        }
    }
}
