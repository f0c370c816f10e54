//! Links that were just made. The store keeps their hashes alone; whoever made one reads it here, for ten minutes and as long
//! as the box runs, so that a page that is loaded again makes no second one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Timestamp, UserId};

/// How long a link can be read by whoever made it.
const MINUTES: i64 = 10;

#[derive(Default)]
pub struct Slips(Mutex<HashMap<String, Slip>>);

struct Slip {
    /// Who made it.
    by: UserId,
    url: String,
    at: Timestamp,
}

impl Slips {
    /// Keeps the link to a screen or a helper of this id.
    pub fn keep(&self, id: &str, by: &UserId, url: &str, now: Timestamp) {
        let mut slips = self.lock();
        slips.retain(|_, slip| slip.is_fresh(now));
        slips.insert(id.to_owned(), Slip { by: by.clone(), url: url.to_owned(), at: now });
    }

    /// The link, for whoever made it.
    pub fn of(&self, id: &str, by: &UserId, now: Timestamp) -> Option<String> {
        self.lock().get(id).filter(|slip| slip.by == *by && slip.is_fresh(now)).map(|slip| slip.url.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slip>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slip {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.ms_since(self.at).abs() <= MINUTES * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::{Slips, Timestamp, UserId};

    #[test]
    fn a_link_is_read_by_whoever_made_it_and_for_ten_minutes() {
        let (slips, me) = (Slips::default(), UserId::fresh());
        slips.keep("one", &me, "http://box/a?ht=x", Timestamp(0));
        let read = |id, by: &UserId, minutes: i64| slips.of(id, by, Timestamp(minutes * 60_000));
        assert_eq!(read("one", &me, 10).as_deref(), Some("http://box/a?ht=x"));
        assert_eq!(read("one", &UserId::fresh(), 1), None);
        assert_eq!(read("two", &me, 1), None);
        assert_eq!(read("one", &me, 11), None);
        slips.keep("two", &me, "http://box/a?ht=y", Timestamp(11 * 60_000));
        assert_eq!(slips.lock().len(), 1, "what nobody may read any more is kept");
    }
}
