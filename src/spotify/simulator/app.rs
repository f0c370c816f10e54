//! A client id and its limits: how many calls, how many accounts, known or not.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::message::Response;
use crate::domain::Timestamp;

/// The short limit's rolling window.
const WINDOW_MS: i64 = 30_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What Spotify thinks of a client id. Nothing is limited unless asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AppRules {
    /// Whether the developer dashboard knows it at all.
    pub known: bool,
    pub owner_has_premium: bool,
    /// Accounts it may have, first come first served; later ones are not registered.
    pub users: usize,
    /// Calls in any 30 s, beyond which 429 is answered.
    pub per_30s: Option<usize>,
    /// Calls in any 24 h, beyond which the quota is exceeded.
    pub per_day: Option<usize>,
    /// Seconds the quota stays exceeded.
    pub quota_wait_s: i64,
    /// Where a browser may be sent back to; anywhere safe while nothing is registered.
    pub redirect_uris: Option<Vec<String>>,
    /// Whether each refresh brings a new refresh token, the old one dying.
    pub rotates: bool,
}

impl Default for AppRules {
    fn default() -> Self {
        Self {
            known: true,
            owner_has_premium: true,
            users: 5,
            per_30s: None,
            per_day: None,
            quota_wait_s: 50_000,
            redirect_uris: None,
            rotates: false,
        }
    }
}

/// How much a client id has asked of Spotify.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Calls of the Web API, refused ones too.
    pub calls: u32,
    /// Of these, answered 429 because a limit was passed.
    pub limited: u32,
    /// Calls of the token endpoint.
    pub token_calls: u32,
    /// Most calls within any 30 s.
    pub busiest_30s: usize,
    /// Most calls within any 24 h.
    pub busiest_day: usize,
}

/// A client id as Spotify knows it.
#[derive(Default)]
pub struct App {
    pub rules: AppRules,
    pub usage: Usage,
    users: BTreeSet<String>,
    lately: VecDeque<Timestamp>,
    today: VecDeque<Timestamp>,
    quota_until: Option<Timestamp>,
}

impl App {
    /// Whether a browser may be sent back to `uri`; a loopback address registered without a port is that of any.
    pub fn knows_way_back(&self, uri: &str) -> bool {
        let Some(registered) = &self.rules.redirect_uris else { return true };
        let (home, rest) = uri.split_at(uri.find("://").map_or(0, |at| at + 3));
        let path = rest.find('/').map_or("", |at| &rest[at..]);
        let portless = ["127.0.0.1", "[::1]"]
            .iter()
            .find(|host| rest.starts_with(*host))
            .map(|host| format!("{home}{host}{path}"));
        registered.iter().any(|known| known == uri || Some(known) == portless.as_ref())
    }

    /// The account's place among the users; an account that finds none stays out.
    pub fn register(&mut self, account: &str) {
        if self.users.len() < self.rules.users {
            self.users.insert(account.to_owned());
        }
    }

    /// From now on for so many seconds the day's quota counts as used up.
    pub fn exhaust(&mut self, seconds: i64, now: Timestamp) {
        self.quota_until = Some(now.plus_ms(seconds.saturating_mul(1000)));
    }

    /// Counts a call of the Web API, and refuses it when a limit is passed.
    pub fn admit(&mut self, now: Timestamp) -> Result<(), Response> {
        self.usage.calls += 1;
        forget(&mut self.lately, now, WINDOW_MS);
        forget(&mut self.today, now, DAY_MS);
        if self.rules.per_day.is_some_and(|most| self.today.len() >= most) && self.quota_until.is_none() {
            self.exhaust(self.rules.quota_wait_s, now);
        }
        if let Some(until) = self.quota_until {
            if now < until {
                self.usage.limited += 1;
                return Err(Response::quota(seconds(until.ms_since(now))));
            }
            self.quota_until = None;
            self.today.clear();
        }
        if self.rules.per_30s.is_some_and(|most| self.lately.len() >= most) {
            self.usage.limited += 1;
            let first = self.lately.front().map_or(WINDOW_MS, |first| WINDOW_MS - now.ms_since(*first));
            return Err(Response::too_many(seconds(first)));
        }
        self.lately.push_back(now);
        self.today.push_back(now);
        self.usage.busiest_30s = self.usage.busiest_30s.max(self.lately.len());
        self.usage.busiest_day = self.usage.busiest_day.max(self.today.len());
        Ok(())
    }

    /// The two set-up mistakes that are answered in plain text.
    pub fn check(&self, account: &str) -> Result<(), Response> {
        if !self.rules.owner_has_premium {
            return Err(Response::owner_needs_premium());
        }
        if self.users.contains(account) { Ok(()) } else { Err(Response::not_registered()) }
    }
}

fn forget(calls: &mut VecDeque<Timestamp>, now: Timestamp, span_ms: i64) {
    while calls.front().is_some_and(|call| now.ms_since(*call) >= span_ms) {
        calls.pop_front();
    }
}

fn seconds(ms: i64) -> i64 {
    (ms.max(0) + 999) / 1000
}

#[cfg(test)]
mod tests {
    use super::{App, Timestamp};

    #[test]
    fn the_window_rolls() {
        let mut app = App::default();
        app.rules.per_30s = Some(2);
        let mut ask = |at: i64| app.admit(Timestamp(at)).err().map(|refused| (refused.status, refused.retry_after));
        assert_eq!((ask(0), ask(20_000)), (None, None));
        assert_eq!(ask(29_000), Some((429, Some(1))));
        assert_eq!(ask(30_000), None);
        assert_eq!(ask(30_001), Some((429, Some(20))));
    }

    #[test]
    fn a_day_used_up_stays_so_until_the_time_named() {
        let mut app = App::default();
        (app.rules.per_day, app.rules.quota_wait_s) = (Some(2), 100);
        let mut ask = |at: i64| app.admit(Timestamp(at)).err().map(|refused| refused.retry_after);
        assert_eq!((ask(0), ask(1)), (None, None));
        assert_eq!((ask(2), ask(50_002), ask(100_001)), (Some(Some(100)), Some(Some(50)), Some(Some(1))));
        assert_eq!(ask(100_002), None);
        assert_eq!(app.usage.limited, 3);
    }
}
