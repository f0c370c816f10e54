//! Says how far a long piece of work is, once it takes over a second.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Shorter files take no time worth a word.
pub const SHORT: u64 = 16_000_000;
/// Until the first line, and from one to the next.
const FIRST: Duration = Duration::from_millis(900);
const NEXT: Duration = Duration::from_secs(10);

type HowFar = Box<dyn Fn() -> String + Send>;

/// Speaks until it is dropped.
pub struct Progress {
    how_far: Arc<Mutex<HowFar>>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins work on a file, with one thing to say.
    pub fn on(file: &Path, how_far: impl Fn() -> String + Send + 'static) -> Self {
        let how_far: Arc<Mutex<HowFar>> = Arc::new(Mutex::new(Box::new(how_far)));
        let ((end, ended), asked) = (channel(), how_far.clone());
        let speak = move || {
            let mut wait = FIRST;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let line = asked.lock().unwrap_or_else(PoisonError::into_inner)();
                log::info!(target: "box", "{line}");
                wait = NEXT;
            }
        };
        let long = std::fs::metadata(file).is_ok_and(|about| about.len() >= SHORT);
        // Work goes on in silence where no thread can be had.
        let thread = if long { Builder::new().name("progress".into()).spawn(speak).ok() } else { None };
        Self { how_far, end: Some(end), thread }
    }

    /// Goes on to another thing to say.
    pub fn next(&self, how_far: impl Fn() -> String + Send + 'static) {
        *self.how_far.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(how_far);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end.take();
        // It ends without a panic: there is nothing in it that could.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
