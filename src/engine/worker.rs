//! A thread that goes on whatever happens to it, and ends when the box stops.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::store::Error;

/// A bell that ends every sleep at once.
#[derive(Default)]
pub struct Stop {
    rung: Mutex<bool>,
    bell: Condvar,
}

impl Stop {
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    /// Sleeps for `span` or until the bell rings; answers whether to go on.
    pub fn sleep(&self, span: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (rung, _) = self.bell.wait_timeout_while(rung, span, |rung| !*rung).unwrap_or_else(PoisonError::into_inner);
        !*rung
    }
}

/// A named thread that does a round after a round until the round says enough.
pub struct Worker(JoinHandle<()>);

impl Worker {
    /// `round` answers whether there shall be another; one that panics is reported and followed by the next.
    pub fn start(name: &str, mut round: impl FnMut() -> bool + Send + 'static) -> io::Result<Self> {
        let title = name.to_owned();
        let rounds = move || {
            loop {
                if contained(&title, &mut round) == Some(false) {
                    break;
                }
            }
        };
        Builder::new().name(name.into()).spawn(rounds).map(Self)
    }

    /// Waits for the thread's end until `deadline`; one that is not done by then is left behind.
    pub fn join_until(self, deadline: Instant) {
        while !self.0.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.0.is_finished() {
            self.join();
        }
    }

    pub fn join(self) {
        // A panic was reported when it happened.
        let _ = self.0.join();
    }
}

/// Does some work whose bugs take nothing else down; `None` where it stumbled over one, which is reported.
pub fn contained<T>(title: &str, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        log::error!(target: "box", "The {title} stumbled over a bug and goes on.");
    }
    done.ok()
}

/// Says what a round did not do. Where nothing can be saved at all, the store has said so once.
pub fn complain(what: &str, error: &Error) {
    if !matches!(error, Error::Displaced | Error::Overwritten | Error::Full) {
        log::error!(target: "box", "{what}: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::{Stop, Worker};

    #[test]
    fn a_round_that_panics_is_followed_by_the_next() {
        let (tell, told) = channel();
        let mut rounds = 0;
        let worker = Worker::start("test", move || {
            rounds += 1;
            tell.send(rounds).unwrap();
            assert!(rounds != 1, "first round");
            rounds < 3
        });
        worker.unwrap().join();
        assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_rung_bell_ends_the_longest_sleep() {
        let stop = Stop::default();
        stop.ring();
        assert!(!stop.sleep(Duration::from_secs(3600)));
    }
}
