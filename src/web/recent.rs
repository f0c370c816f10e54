//! What was found out a moment ago, for whoever asks the same again: asking costs something, and is done once at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rocket::tokio::sync::Mutex as Turn;

use crate::domain::{Timestamp, UserId};
use crate::store::Result;

/// One answer, good for a while.
pub struct Recent<T> {
    ms: i64,
    last: Turn<Option<Found<T>>>,
}

struct Found<T> {
    at: Timestamp,
    answer: T,
}

/// One for each DJ.
pub struct Recents<T> {
    ms: i64,
    all: Mutex<HashMap<UserId, Arc<Recent<T>>>>,
}

impl<T: Clone> Recent<T> {
    /// Good for so many milliseconds.
    pub fn good_for(ms: i64) -> Self {
        Self { ms, last: Turn::default() }
    }

    /// The last answer while it is good, else a new one; a failure is nobody's answer but the asker's. `now` is in the
    /// box's own time.
    pub async fn or_ask(&self, now: impl Fn() -> Timestamp, ask: impl Future<Output = Result<T>>) -> Result<T> {
        let mut last = self.last.lock().await;
        if let Some(known) = self.good(last.as_ref(), now()) {
            return Ok(known);
        }
        let answer = ask.await?;
        *last = Some(Found { at: now(), answer: answer.clone() });
        Ok(answer)
    }

    /// The last answer while it is good.
    pub async fn known(&self, now: Timestamp) -> Option<T> {
        self.good(self.last.lock().await.as_ref(), now)
    }

    fn good(&self, last: Option<&Found<T>>, now: Timestamp) -> Option<T> {
        last.filter(|found| (0..self.ms).contains(&now.ms_since(found.at))).map(|found| found.answer.clone())
    }
}

impl<T: Clone> Recents<T> {
    /// Each good for so many milliseconds.
    pub fn of_each(ms: i64) -> Self {
        Self { ms, all: Mutex::default() }
    }

    pub fn of(&self, user: &UserId) -> Arc<Recent<T>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(user.clone()).or_insert_with(|| Arc::new(Recent::good_for(self.ms))).clone()
    }

    /// What was known of a DJ is so no more.
    pub fn forget(&self, user: &UserId) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }
}
