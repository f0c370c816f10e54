//! Why nothing can be saved right now, for whoever asks.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{Error, Result};

/// What the last write or look found.
#[derive(Default)]
pub struct Unsaved {
    full: AtomicBool,
    displaced: AtomicBool,
    overwritten: AtomicBool,
}

impl Unsaved {
    /// The first of the reasons.
    pub fn why(&self) -> Option<Error> {
        let is = |what: &AtomicBool| what.load(Ordering::Relaxed);
        let full = || is(&self.full).then_some(Error::Full);
        self.is_displaced().err().or_else(full)
    }

    /// Refuses while the database is not in its place, or is not what it was.
    pub fn is_displaced(&self) -> Result<()> {
        self.is_overwritten()?;
        if self.displaced.load(Ordering::Relaxed) { Err(Error::Displaced) } else { Ok(()) }
    }

    /// Refuses where even reading would show what is not so.
    pub fn is_overwritten(&self) -> Result<()> {
        if self.overwritten.load(Ordering::Relaxed) { Err(Error::Overwritten) } else { Ok(()) }
    }

    /// Takes in what a look found.
    pub fn set_found(&self, found: &Result<()>) {
        self.displaced.store(matches!(found, Err(Error::Displaced)), Ordering::Relaxed);
        self.overwritten.store(matches!(found, Err(Error::Overwritten)), Ordering::Relaxed);
    }

    /// Whether the last write found no room; says so in the log when that begins and when it is over.
    pub fn set_full(&self, full: bool) {
        match (self.full.swap(full, Ordering::Relaxed), full) {
            (false, true) => {
                log::error!(target: "box", "The disk is full or read-only: pages are shown, nothing can be saved. Free some space; no restart is needed.");
            }
            (true, false) => log::info!(target: "box", "The disk takes writes again."),
            _ => {}
        }
    }
}
