//! Which recording is chosen for a request typed by hand, and when it may be looked for.

use std::collections::BTreeSet;

use super::{Budget, Candidate, Hit, HouseRules, LOCKED, OpenRequest, Refusal, Song, Status};

/// Recordings offered where none was chosen.
const OFFERED: usize = 3;
/// What the DJ is told where there is no such song.
pub const UNKNOWN: &str = "Not found on Spotify as it was typed.";
/// What the DJ is told where there is one, and it may not be played.
const BARRED: &str = "Your rules refuse what Spotify has of this song: {}.";

/// Requests that nobody has searched for, those in the queue first, and what there is to look for them with.
#[derive(Clone, Debug)]
pub struct Unsearched {
    pub requests: Vec<OpenRequest>,
    /// Songs in the queue that could go over, counted up to the next two.
    pub ready: usize,
    pub budget: Budget,
}

impl Unsearched {
    /// Whether Spotify may be asked for this one now: for a request in the queue as for a hand-over where few others could
    /// go over in its stead, for one that waits for the DJ only from what is left over.
    pub fn may_ask(&self, request: &OpenRequest) -> bool {
        match request.status {
            _ if self.budget.is_spent() => false,
            Status::Approved => self.ready < LOCKED || !self.budget.is_reserved(),
            _ => self.budget.spare() > 0,
        }
    }
}

/// What a search for a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Searched {
    Recording(Hit),
    /// None that may be played: why, and what comes near.
    Nothing(String, Vec<Candidate>),
}

/// Chooses among what was found for the words of a request; of what comes near, songs of the same title are offered first.
/// What the house rules refuse is neither chosen nor offered.
pub fn chosen(typed: &Song, rules: &HouseRules, found: Vec<Hit>) -> Searched {
    let key = typed.key();
    let (mut refused, judge) = (None, rules.judge());
    let mut near = Vec::new();
    for hit in found.into_iter().filter(|hit| hit.uri.is_some()) {
        let (song, is_meant) = (hit.song(), hit.song().key() == key);
        match judge.allow(&song) {
            Ok(()) if is_meant => return Searched::Recording(hit),
            Ok(()) => near.extend(Candidate::of(&hit)),
            Err(refusal) if is_meant => refused = refused.or(Some(refusal)),
            Err(_) => {}
        }
    }
    let title = |title: &str| Song::named(title, "").key();
    near.sort_by_key(|near: &Candidate| title(&near.title) != title(&typed.title));
    Searched::Nothing(refused.map_or_else(|| UNKNOWN.into(), |refusal| barred(&refusal)), choice(near))
}

/// What was found for other words, for the DJ to choose from, and what they are told of it.
pub fn offered(words: &str, rules: &HouseRules, found: &[Hit]) -> (String, Vec<Candidate>) {
    let allowed = found.iter().filter(|hit| rules.allow(&hit.song()).is_ok());
    let near = choice(allowed.filter_map(Candidate::of).collect());
    let told = if near.is_empty() {
        format!("Nothing found for “{words}” either.")
    } else {
        format!("Found for “{words}”:")
    };
    (told, near)
}

/// The first few. The same recording under another address is no other choice.
fn choice(mut near: Vec<Candidate>) -> Vec<Candidate> {
    let mut offered = BTreeSet::new();
    near.retain(|near| near.isrc.as_ref().is_none_or(|isrc| offered.insert(isrc.clone())));
    near.truncate(OFFERED);
    near
}

fn barred(refusal: &Refusal) -> String {
    BARRED.replace(
        "{}",
        match refusal {
            Refusal::Explicit => "it is explicit",
            Refusal::TooLong(_) => "it is too long",
            _ => "it is on the do-not-play list",
        },
    )
}

#[cfg(test)]
mod tests;
