//! The door for threads that may block: they wait for the store on the spot, and need no runtime for it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::store::error::{Error, Result};

thread_local! {
    /// Whether this thread waits: then it may as well do itself what blocks.
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// How a thread of the box's own takes what handlers await.
pub trait Wait: Future + Sized {
    /// Blocks until the store has answered. Reads are done on this thread, with a permit and a connection as for everybody; a
    /// write wakes it once it is safe on disk. Not for handlers: they share their threads; nor for what
    /// sleeps or times out by the runtime, which such a thread has not.
    fn wait(self) -> Self::Output {
        let before = WAITS.replace(true);
        let _after = Restored(before);
        let mut work = pin!(tokio::task::unconstrained(self));
        let waker = Waker::from(Arc::new(Sleeper(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match work.as_mut().poll(&mut context) {
                Poll::Ready(done) => return done,
                Poll::Pending => thread::park(),
            }
        }
    }
}

impl<F: Future> Wait for F {}

/// Does what blocks: here where this thread waits anyway, beside the handlers where it must not.
pub async fn blocking<T: Send + 'static>(what: &str, job: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let panicked = || Err(Error::Broken(format!("{what} panicked")));
    if WAITS.get() {
        return catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| panicked());
    }
    tokio::task::spawn_blocking(job).await.unwrap_or_else(|_| panicked())
}

struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What this thread was before it waited, also where that ended with a panic.
struct Restored(bool);

impl Drop for Restored {
    fn drop(&mut self) {
        WAITS.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::thread::current;

    use super::{Error, WAITS, Wait, blocking};

    #[test]
    fn a_thread_that_waits_does_itself_what_blocks_and_survives_a_panic() {
        let here = current().id();
        assert_eq!(blocking("a test", move || Ok(current().id() == here)).wait().ok(), Some(true));
        let panics = || blocking::<()>("a test", || panic!("as the test wants it")).wait();
        assert!(matches!(panics(), Err(Error::Broken(why)) if why == "a test panicked"));
        assert!(!WAITS.get(), "it is a handler's thread again");
    }

    #[test]
    fn a_thread_sleeps_until_another_has_answered() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let other = std::thread::spawn(move || tell.send(7));
        assert_eq!(told.wait().ok(), Some(7));
        other.join().unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_handler_blocks_no_thread_of_its_own() {
        let here = current().id();
        assert!(blocking("a test", move || Ok(current().id() != here)).await.unwrap());
    }
}
