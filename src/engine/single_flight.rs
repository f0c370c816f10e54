//! One call at a time for each question: who asks the same meanwhile shares the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;

/// Calls under way by what they ask: who asks the same meanwhile shares the answer.
#[derive(Clone)]
pub struct SingleFlight<T> {
    /// How many may be under way at once: each holds a thread.
    most: usize,
    under_way: Arc<Mutex<HashMap<String, Arc<OnceCell<T>>>>>,
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    pub fn new(most: usize) -> Self {
        Self { most, under_way: Arc::default() }
    }

    /// What `call` answers, or the same call that is under way already; it goes on when whoever asks stops waiting.
    /// `None` where too much is under way.
    pub async fn share(&self, what: String, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let call_under_way = self.join(&what)?;
        let single_flight = self.clone();
        let answered = tokio::spawn(async move {
            let answer = call_under_way.get_or_try_init(|| spawn_blocking(call)).await.cloned();
            let mut under_way = single_flight.lock();
            if under_way.get(&what).is_some_and(|other| Arc::ptr_eq(other, &call_under_way)) {
                under_way.remove(&what);
            }
            answer
        });
        match answered.await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) | Err(error) => {
                log::error!(target: "box", "A call to Spotify stumbled over a bug: {error}");
                None
            }
        }
    }

    fn join(&self, what: &str) -> Option<Arc<OnceCell<T>>> {
        let mut under_way = self.lock();
        let full = under_way.len() >= self.most && !under_way.contains_key(what);
        (!full).then(|| under_way.entry(what.to_owned()).or_default().clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<T>>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::channel;

    use super::SingleFlight;

    #[tokio::test(flavor = "multi_thread")]
    async fn who_asks_the_same_meanwhile_shares_the_answer_and_too_many_are_turned_away() {
        let (single_flight, calls) = (SingleFlight::new(1), Arc::new(AtomicU32::new(0)));
        let (go, gone) = channel::<()>();
        let gone = std::sync::Mutex::new(gone);
        let counted = calls.clone();
        let first = {
            let single_flight = single_flight.clone();
            tokio::spawn(async move {
                let wait = move || {
                    gone.lock().unwrap().recv().unwrap();
                    counted.fetch_add(1, Ordering::SeqCst)
                };
                single_flight.share("love".into(), wait).await
            })
        };
        while single_flight.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(single_flight.share("hate".into(), || 7).await, None, "one thread is enough");
        let mut second = Box::pin(single_flight.share("love".into(), || 9));
        assert!(futures_ready(&mut second).is_none());
        go.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await), (Some(0), Some(0)));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert_eq!(single_flight.share("love".into(), || 9).await, Some(9), "a new call after the old one");
    }

    /// What a future says when it is asked once.
    fn futures_ready<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }
}
