//! Requests as far as it matters for knowing their songs again.

use crate::domain::{AskedAs, CLASH, Candidate, EventId, Match, MatchState, OpenRequest, Song, Status, Username};

use crate::store::error::Result;
use crate::store::tenant::row::{Columns, InOrder};
use crate::store::tenant::tx::{Named, Tx};

pub const OPEN_REQUEST: &str = "id, status, title, artist, track_uri, isrc, duration_ms";

/// The ids of an event's requests that wait or play, and whose song goes by one of these names: each has an index of its own.
pub const NAMED_SO: &str = "SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND song_key = :key
        AND status IN ('pending', 'approved', 'handed_over', 'playing')
    UNION ALL SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND track_uri = :uri
        AND status IN ('pending', 'approved', 'handed_over', 'playing')
    UNION ALL SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND isrc = :isrc
        AND status IN ('pending', 'approved', 'handed_over', 'playing')";

/// Those of one event, `which` being the rest of the condition, and the order; `named` are the values in it.
pub fn open_requests(tx: &Tx, event: &EventId, which: &str, named: Named) -> Result<Vec<OpenRequest>> {
    let sql = format!("SELECT {OPEN_REQUEST} FROM requests WHERE user_id = :tenant AND event_id = :event AND {which}");
    let own: Named = &[(":event", &event)];
    let columns = Columns::default();
    tx.all(&sql, &[own, named].concat(), |row| open_request_row(&columns.of(row)))
}

/// A song from its title, artist, address, ISRC and length.
pub fn song(row: &InOrder) -> rusqlite::Result<Song> {
    Ok(Song {
        title: row.get("title")?,
        artist: row.get("artist")?,
        track_uri: row.get("track_uri")?,
        isrc: row.get("isrc")?,
        duration_ms: row.get("duration_ms")?,
        ..Song::default()
    })
}

/// The name a request was asked for by.
pub fn asked_as(row: &InOrder) -> rusqlite::Result<Option<AskedAs>> {
    let (title, artist): (Option<String>, Option<String>) = (row.get("asked_title")?, row.get("asked_artist")?);
    Ok(title.zip(artist).map(|(title, artist)| AskedAs { title, artist }))
}

/// A request from [`OPEN_REQUEST`].
pub fn open_request_row(row: &InOrder) -> rusqlite::Result<OpenRequest> {
    Ok(OpenRequest { id: row.get("id")?, status: row.get("status")?, song: song(row)? })
}

/// How far the search for a request has come, beside which whether its night `follows` Spotify, and the name of its `owner`.
pub fn matching(row: &InOrder, song: &Song, status: Status) -> rusqlite::Result<Match> {
    let (by_hand, why): (bool, Option<String>) = (row.get("by_hand")?, row.get("unmatched")?);
    let (candidates, follows): (Option<String>, bool) = (row.get("candidates")?, row.get("follows")?);
    let owner: String = row.get("owner")?;
    let state = match &why {
        _ if song.track_uri.is_some() => MatchState::Matched,
        _ if by_hand || !follows => MatchState::ByHand,
        Some(_) => MatchState::Unmatched,
        None => MatchState::Searching,
    };
    // What another request is there for already cannot be chosen.
    let is_open = state == MatchState::Unmatched && why.as_deref() != Some(CLASH);
    let candidates = candidates.filter(|_| is_open).map(|list| serde_json::from_str(&list));
    Ok(Match {
        state,
        // A list that this version cannot read offers nothing.
        candidates: candidates
            .and_then(Result::ok)
            // An account on its way out goes by what is no username: nobody is shown what its requests may be.
            .zip(Username::parse(&owner))
            .map(|(list, owner)| shown(list, &owner))
            .unwrap_or_default(),
        why: why.filter(|_| state == MatchState::Unmatched),
        is_ready: song.track_uri.is_some() || !follows || status == Status::HandedOver,
    })
}

fn shown(candidates: Vec<Candidate>, owner: &Username) -> Vec<Candidate> {
    candidates.into_iter().map(|candidate| candidate.shown_by(owner)).collect()
}
