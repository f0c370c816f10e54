//! Songs found without asking anybody: those of earlier nights, and those Spotify has named before.

use crate::domain::{Hit, Link, merged, plain};
use crate::store::error::Result;
use crate::store::party::rules;
use crate::store::spotify::catalogue::{by_uri, holding, narrowed, remembered};
use crate::store::tenant::handle::{Finder, Guest, Tenant};
use crate::store::tenant::tx::Tx;

/// Songs of earlier nights that one search answers.
const WISHED: usize = 10;

/// What is known here for some words.
#[derive(Debug)]
pub struct Found {
    pub here: Vec<Hit>,
    /// What Spotify found for the same words within a day, or must have had for fewer; `None` where it was not asked.
    pub remembered: Option<Vec<Hit>>,
}

impl<Role: Finder> Tenant<Role> {
    /// What the box knows for `words` without asking Spotify.
    pub async fn find(&self, words: &str) -> Result<Found> {
        let words = plain(words);
        self.read(move |tx| find(tx, &words)).await
    }

    /// A track the box has heard of.
    pub async fn track(&self, uri: String) -> Result<Option<Hit>> {
        self.read(move |tx| by_uri(tx, &uri)).await
    }
}

impl Tenant<Guest> {
    /// Leaves out what the house rules would refuse.
    pub async fn allowed(&self, hits: Vec<Hit>) -> Result<Vec<Hit>> {
        let work = move |tx: &Tx| {
            let rules = rules::load(tx)?;
            let judge = rules.judge();
            Ok(hits.into_iter().filter(|hit| judge.allow(&hit.song()).is_ok()).collect())
        };
        self.read(work).await
    }
}

fn find(tx: &Tx, words: &str) -> Result<Found> {
    let each: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    // Signs alone name nothing.
    if each.is_empty() {
        return Ok(Found { here: vec![], remembered: None });
    }
    let here = merged(wished(tx, &each)?, holding(tx, &each)?, usize::MAX);
    let known = remembered(tx, words)?;
    Ok(Found { here, remembered: if known.is_none() { narrowed(tx, words)? } else { known } })
}

/// Songs asked for before that hold every word, the most asked for first. Only what a host let in: what strangers typed is
/// shown to nobody before, and an answer here must not tell what was turned down.
fn wished(tx: &Tx, words: &[&str]) -> Result<Vec<Hit>> {
    let sql = "SELECT title, artist, track_uri, isrc, duration_ms, art, song_key FROM requests
               WHERE user_id = :tenant AND status IN ('approved', 'handed_over', 'playing', 'played') GROUP BY song_key ORDER BY count(*) DESC, max(created_at) DESC";
    let all = tx.all(sql, &[], |row| {
        let hit = Hit {
            title: row.get("title")?,
            artists: vec![row.get("artist")?],
            uri: row.get("track_uri")?,
            isrc: row.get("isrc")?,
            duration_ms: row.get("duration_ms")?,
            art: row.get("art")?,
            ..Hit::default()
        };
        Ok((hit, row.get::<_, String>("song_key")?))
    })?;
    let hits = all.into_iter().filter(|(_, key)| words.iter().all(|word| key.contains(word)));
    let known = hits.map(|(hit, _)| Ok(hit.uri.as_deref().map_or(Ok(None), |uri| by_uri(tx, uri))?.unwrap_or(hit)));
    // Before links were refused, one could be all that a request was called by.
    known.filter(|hit| hit.as_ref().map_or(true, is_named)).take(WISHED).collect()
}

fn is_named(hit: &Hit) -> bool {
    hit.artists.iter().chain([&hit.title]).all(|text| Link::read(text).is_none())
}
