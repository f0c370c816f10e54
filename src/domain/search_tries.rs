//! Searches for requests that came to nothing: whose fault it was, and when each is tried again.

use std::collections::{BTreeMap, BTreeSet};

use super::{OpenRequest, RequestId, SpotifyTrouble, Timestamp};

/// Waits after the first, second, third … search for the same request that failed; and after the second, third, fourth …
/// request whose search failed while none was answered.
const BACKOFF_MS: [i64; 4] = [30_000, 60_000, 120_000, 300_000];
/// So often the search for a request is refused before it counts as the fault of its words; and of so many requests in a row
/// before it counts as the fault of none.
const TWICE: usize = 2;

/// What the searches for one DJ's requests ran into. It need not outlive a restart: all are tried once more then.
#[derive(Clone, Debug, Default)]
pub struct Tries {
    failed: BTreeMap<RequestId, Failed>,
    /// Requests that were looked for among what the box knows.
    looked: BTreeSet<RequestId>,
    /// Searches that were answered, and the requests whose searches failed since.
    answered: u64,
    since: BTreeSet<RequestId>,
    /// Those of them that Spotify refused, and when and why it did the last.
    refused: Vec<OpenRequest>,
    refused_at: Option<Timestamp>,
    why: String,
    /// The request whose words were held to be at fault while no other was asked for.
    blamed: Option<RequestId>,
    /// Nobody asks before.
    rests_until: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Failed {
    times: usize,
    not_before: Timestamp,
    /// Searches that had been answered when it failed first.
    answered: u64,
}

/// How a search came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There was no answer.
    Silence,
    /// It was refused, in Spotify's words.
    Refused(String),
    /// It was refused as it was put.
    Question(String),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Look for this one among what the box knows.
    Here(OpenRequest),
    /// Ask Spotify for this one.
    There(OpenRequest),
    /// Nothing, or not before.
    Rest(Option<Timestamp>),
}

impl Tries {
    /// Whose turn it is of `requests`; `may_ask` says for whom Spotify may be asked at all.
    pub fn turn(&mut self, requests: &[OpenRequest], may_ask: impl Fn(&OpenRequest) -> bool, now: Timestamp) -> Turn {
        let open: BTreeSet<&RequestId> = requests.iter().map(|request| &request.id).collect();
        self.failed.retain(|id, _| open.contains(id));
        self.looked.retain(|id| open.contains(id));
        self.since.retain(|id| open.contains(id));
        if let Some(request) = requests.iter().find(|request| !self.looked.contains(&request.id)) {
            self.looked.insert(request.id.clone());
            return Turn::Here(request.clone());
        }
        let waits =
            |request: &OpenRequest| self.failed.get(&request.id).map(|failed| failed.not_before).filter(|at| *at > now);
        let searchable = || requests.iter().filter(|request| may_ask(request));
        if let Some(until) = self.rests_until.filter(|until| *until > now) {
            return Turn::Rest(searchable().next().map(|_| until));
        }
        match searchable().find(|request| waits(request).is_none()) {
            Some(request) => Turn::There(request.clone()),
            None => Turn::Rest(searchable().filter_map(waits).min()),
        }
    }

    /// Spotify answered a search.
    pub fn answered(&mut self) {
        self.answered += 1;
        self.since.clear();
        self.refused.clear();
        self.blamed = None;
    }

    /// The search for this request came to nothing; true where it is these words that Spotify cannot bear: others were
    /// answered meanwhile, or it was the question, and of no other so far.
    pub fn failed(&mut self, request: &OpenRequest, how: Failure, now: Timestamp) -> bool {
        let first = Failed { times: 0, not_before: now, answered: self.answered };
        let failed = self.failed.entry(request.id.clone()).or_insert(first);
        failed.not_before = now.plus_ms(backoff_ms(failed.times));
        failed.times += 1;
        if failed.times >= TWICE && self.answered > failed.answered {
            return true;
        }
        self.since.insert(request.id.clone());
        let is_question = matches!(how, Failure::Question(_));
        let (Failure::Refused(why) | Failure::Question(why)) = how else { return false };
        (self.why, self.refused_at) = (why, Some(now));
        if self.refused.iter().all(|other| other.id != request.id) {
            self.refused.push(request.clone());
        }
        let is_first = is_question && self.refused.len() < TWICE;
        self.blamed = self.blamed.take().or(is_first.then(|| request.id.clone()));
        is_first
    }

    /// The requests that were refused since a search was answered, and when the last was; `None` without any.
    pub fn refused(&self) -> Option<(Vec<RequestId>, Timestamp)> {
        let ids: Vec<RequestId> = self.refused.iter().map(|request| request.id.clone()).collect();
        self.refused_at.filter(|_| !ids.is_empty()).map(|at| (ids, at))
    }

    /// Only these of the refused are still to be found: one that has gone tells nothing of the others.
    pub fn keep(&mut self, open: &BTreeSet<RequestId>) {
        self.refused.retain(|request| open.contains(&request.id));
        self.blamed = self.blamed.take().filter(|id| open.contains(id));
    }

    /// That one request after the other was refused and none was answered: it is the fault of none of them.
    pub fn trouble(&self) -> Option<SpotifyTrouble> {
        let titles = self.refused.get(..TWICE)?.iter().map(|request| request.song.title.clone()).collect();
        Some(SpotifyTrouble::Searches { titles, why: self.why.clone() })
    }

    /// The request whose words were held to be at fault though it is the fault of none, once.
    pub fn acquit(&mut self) -> Option<RequestId> {
        self.blamed.take()
    }

    /// Nobody is to be asked for so long, and for longer where one request after the other fails; answers until when.
    pub fn rest(&mut self, ms: i64, now: Timestamp) -> Timestamp {
        let row_ms = self.since.len().checked_sub(TWICE).map_or(0, backoff_ms);
        let until = now.plus_ms(ms.max(row_ms));
        self.rests_until = Some(until);
        until
    }
}

fn backoff_ms(before: usize) -> i64 {
    BACKOFF_MS[before.min(BACKOFF_MS.len() - 1)]
}

#[cfg(test)]
mod tests;
