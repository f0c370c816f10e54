//! Requests as far as it matters for knowing their songs again.

use rusqlite::{Row, ToSql};

use crate::domain::{Asked, AskedAs, CLASH, Candidate, EventId, Id, Match, MatchState, Song, Status};
use crate::store::account::accounts::parsed;
use crate::store::error::Result;
use crate::store::tenant::tx::{Named, Tx};

pub const ASKED: &str = "id, status, title, artist, track_uri, isrc, duration_ms";

/// The ids of an event's requests that wait or play, and whose song goes by one of these names: each has an index of its own.
pub const NAMED_SO: &str = "SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND song_key = :key
        AND status IN ('pending', 'approved', 'handed_over', 'playing')
    UNION ALL SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND track_uri = :uri
        AND status IN ('pending', 'approved', 'handed_over', 'playing')
    UNION ALL SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND isrc = :isrc
        AND status IN ('pending', 'approved', 'handed_over', 'playing')";

/// Those of one event, `which` being the rest of the condition, and the order; `named` are the values in it.
pub fn asked(tx: &Tx, event: &EventId, which: &str, named: Named) -> Result<Vec<Asked>> {
    let sql = format!("SELECT {ASKED} FROM requests WHERE user_id = :tenant AND event_id = :event AND {which}");
    let event = event.as_str();
    let named: Vec<(&str, &dyn ToSql)> = [(":event", &event as &dyn ToSql)].iter().chain(named).copied().collect();
    tx.all(&sql, &named, asked_row)
}

/// A song from title, artist, address, ISRC and length, in columns from `at` on.
pub fn song(row: &Row, at: usize) -> rusqlite::Result<Song> {
    Ok(Song {
        title: row.get(at)?,
        artist: row.get(at + 1)?,
        track_uri: row.get(at + 2)?,
        isrc: row.get(at + 3)?,
        duration_ms: row.get(at + 4)?,
        ..Song::default()
    })
}

/// The name a request was asked for by, from two columns from `at` on.
pub fn asked_as(row: &Row, at: usize) -> rusqlite::Result<Option<AskedAs>> {
    let (title, artist): (Option<String>, Option<String>) = (row.get(at)?, row.get(at + 1)?);
    Ok(title.zip(artist).map(|(title, artist)| AskedAs { title, artist }))
}

/// A request from [`ASKED`].
pub fn asked_row(row: &Row) -> rusqlite::Result<Asked> {
    Ok(Asked { id: parsed(row, 0, Id::parse)?, status: parsed(row, 1, Status::parse)?, song: song(row, 2)? })
}

/// How far the search for a request has come, from five columns from `at` on.
pub fn matching(row: &Row, at: usize, (song, status): (&Song, Status)) -> rusqlite::Result<Match> {
    let (by_hand, why, follows): (bool, Option<String>, bool) = (row.get(at)?, row.get(at + 1)?, row.get(at + 3)?);
    let state = match &why {
        _ if song.track_uri.is_some() => MatchState::Matched,
        _ if by_hand || !follows => MatchState::ByHand,
        Some(_) => MatchState::Unmatched,
        None => MatchState::Searching,
    };
    // What another wish is there for already cannot be chosen.
    let is_open = state == MatchState::Unmatched && why.as_deref() != Some(CLASH);
    let candidates = row.get::<_, Option<String>>(at + 2)?.filter(|_| is_open);
    let (owner, candidates) = (row.get::<_, String>(at + 4)?, candidates.map(|list| serde_json::from_str(&list)));
    Ok(Match {
        state,
        // A list that this version cannot read offers nothing.
        candidates: candidates.and_then(Result::ok).map(|list| shown(list, &owner)).unwrap_or_default(),
        why: why.filter(|_| state == MatchState::Unmatched),
        is_ready: song.track_uri.is_some() || !follows || status == Status::HandedOver,
    })
}

fn shown(candidates: Vec<Candidate>, owner: &str) -> Vec<Candidate> {
    candidates.into_iter().map(|candidate| candidate.shown_by(owner)).collect()
}
