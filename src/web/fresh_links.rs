//! Links that were just made. The store keeps their hashes alone; whoever made one reads it here, for ten minutes and as long
//! as the box runs, so that a page that is loaded again makes no second one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{Timestamp, UserId};

/// How long a link can be read by whoever made it.
const MINUTES: i64 = 10;

#[derive(Default)]
pub struct FreshLinks(Mutex<HashMap<String, FreshLink>>);

struct FreshLink {
    /// Who made it.
    by: UserId,
    url: String,
    at: Timestamp,
}

impl FreshLinks {
    /// Keeps the link to a screen or a helper of this id.
    pub fn keep(&self, id: &str, by: &UserId, url: &str, now: Timestamp) {
        let mut links = self.lock();
        links.retain(|_, link| link.is_fresh(now));
        links.insert(id.to_owned(), FreshLink { by: by.clone(), url: url.to_owned(), at: now });
    }

    /// The link, for whoever made it.
    pub fn of(&self, id: &str, by: &UserId, now: Timestamp) -> Option<String> {
        self.lock().get(id).filter(|link| link.by == *by && link.is_fresh(now)).map(|link| link.url.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, FreshLink>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FreshLink {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now.ms_since(self.at).abs() <= MINUTES * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::{FreshLinks, Timestamp, UserId};

    #[test]
    fn a_link_is_read_by_whoever_made_it_and_for_ten_minutes() {
        let (links, me) = (FreshLinks::default(), UserId::fresh());
        links.keep("one", &me, "http://box/a?ht=x", Timestamp(0));
        let read = |id, by: &UserId, minutes: i64| links.of(id, by, Timestamp(minutes * 60_000));
        assert_eq!(read("one", &me, 10).as_deref(), Some("http://box/a?ht=x"));
        assert_eq!(read("one", &UserId::fresh(), 1), None);
        assert_eq!(read("two", &me, 1), None);
        assert_eq!(read("one", &me, 11), None);
        links.keep("two", &me, "http://box/a?ht=y", Timestamp(11 * 60_000));
        assert_eq!(links.lock().len(), 1, "what nobody may read any more is kept");
    }
}
