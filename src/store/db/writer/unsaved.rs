//! Why nothing can be saved right now, for whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::store::changes::Changes;
use crate::store::error::{Error, Result};

/// What the last write or look found.
pub struct Unsaved {
    /// Rung when that is news.
    changes: Arc<Changes>,
    full: AtomicBool,
    displaced: AtomicBool,
    overwritten: AtomicBool,
}

impl Unsaved {
    pub fn new(changes: Arc<Changes>) -> Self {
        let [full, displaced, overwritten] = [const { AtomicBool::new(false) }; 3];
        Self { changes, full, displaced, overwritten }
    }

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
        let set = |what: &AtomicBool, is: bool| what.swap(is, Ordering::Relaxed) != is;
        let displaced = set(&self.displaced, matches!(found, Err(Error::Displaced)));
        let overwritten = set(&self.overwritten, matches!(found, Err(Error::Overwritten)));
        if displaced || overwritten {
            self.changes.ring();
        }
    }

    /// Whether the last write found no room; says so in the log when that begins and when it is over.
    pub fn set_full(&self, full: bool) {
        match (self.full.swap(full, Ordering::Relaxed), full) {
            (false, true) => {
                log::error!(target: "box", "The disk is full or read-only: pages are shown, nothing can be saved. Free some space; no restart is needed.");
            }
            (true, false) => log::info!(target: "box", "The disk takes writes again."),
            _ => return,
        }
        self.changes.ring();
    }
}
