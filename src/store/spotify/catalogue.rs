//! Every track this DJ's box has heard of, and what was found for which words.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Row, ToSql};
use serde::de::DeserializeOwned;

use super::budget::{buckets, budget};
use super::connection::SpotifyDefaults;
use super::covers::name_cover;
use crate::domain::{Budget, Hit, Song, searchable_in_ms};
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{SpotifyWorker, Tenant};
use crate::store::tenant::tx::Tx;

/// What Spotify found for some words is good for so long.
const FRESH_MS: i64 = 24 * 60 * 60 * 1000;
/// Tracks and searches kept for one DJ; those not named for longest go first, but for songs that wait.
const TRACKS: i64 = 5_000;
const SEARCHES: i64 = 1_000;
/// Songs of the catalogue that one search answers.
const FOUND: i64 = 10;

/// As many songs as one answer of Spotify's holds: one with fewer is the whole answer.
const WHOLE: i64 = 10;

const COLUMNS: &str = "uri, isrc, title, artists, album, duration_ms, explicit, art";

impl Tenant<SpotifyWorker> {
    /// Keeps tracks that Spotify named; those found for `words` also as the answer to them.
    pub async fn learn(&self, words: Option<String>, hits: Vec<Hit>) -> Result<()> {
        self.write(move |tx| learn(tx, words.as_deref(), &hits)).await
    }

    /// What there is to search with; `None` where no Spotify is connected.
    pub async fn budget(&self, defaults: SpotifyDefaults) -> Result<Option<Budget>> {
        let work = move |tx: &Tx| client(tx, &defaults)?.map(|client| budget(tx, &client, defaults.budget)).transpose();
        self.read(work).await
    }

    /// How long searches have to wait, in milliseconds, where the day's share of them is used up.
    pub async fn searchable_in_ms(&self, defaults: SpotifyDefaults) -> Result<Option<i64>> {
        let work = move |tx: &Tx| {
            let Some(client) = client(tx, &defaults)? else { return Ok(None) };
            Ok(searchable_in_ms(&buckets(tx, &client)?, defaults.budget, tx.now))
        };
        self.read(work).await
    }
}

fn client(tx: &Tx, defaults: &SpotifyDefaults) -> Result<Option<String>> {
    let sql = "SELECT coalesce(client_id, :box_app) AS client FROM spotify_links
               WHERE user_id = :tenant AND refresh_token IS NOT NULL";
    let client = tx.maybe(sql, &[(":box_app", &defaults.client_id)], |row| row.get::<_, Option<String>>("client"))?;
    Ok(client.flatten())
}

fn learn(tx: &Tx, words: Option<&str>, hits: &[Hit]) -> Result<()> {
    for hit in hits {
        learn_one(tx, hit)?;
    }
    if let Some(words) = words {
        let uris: Vec<&String> = hits.iter().filter_map(|hit| hit.uri.as_ref()).collect();
        let sql = "INSERT INTO searches (user_id, words, uris, asked_at) VALUES (:tenant, :words, :uris, :now)
                   ON CONFLICT (user_id, words) DO UPDATE SET uris = excluded.uris, asked_at = excluded.asked_at";
        tx.quiet().run(sql, &[(":words", &words), (":uris", &listed(&uris)?), (":now", &tx.now)])?;
    }
    let sql = "DELETE FROM searches WHERE user_id = :tenant AND asked_at <=
               (SELECT asked_at FROM searches WHERE user_id = :tenant ORDER BY asked_at DESC LIMIT 1 OFFSET :most)";
    tx.quiet().run(sql, &[(":most", &SEARCHES)])?;
    // Whether a song is explicit is known here alone, and may matter as long as it waits.
    let sql = "DELETE FROM tracks WHERE user_id = :tenant AND named_at <=
               (SELECT named_at FROM tracks WHERE user_id = :tenant ORDER BY named_at DESC LIMIT 1 OFFSET :most)
               AND NOT EXISTS (SELECT 1 FROM events e JOIN requests r ON r.user_id = e.user_id AND r.event_id = e.id
                   WHERE e.user_id = :tenant AND e.status <> 'ended' AND r.track_uri = tracks.uri
                   AND r.status IN ('pending', 'approved', 'handed_over', 'playing'))";
    tx.quiet().run(sql, &[(":most", &TRACKS)]).map(drop)
}

fn learn_one(tx: &Tx, hit: &Hit) -> Result<()> {
    let sql = "INSERT INTO tracks (user_id, uri, isrc, title, artists, album, duration_ms, explicit, art, words, named_at)
               VALUES (:tenant, :uri, :isrc, :title, :artists, :album, :duration, :explicit, :art, :words, :now)
               ON CONFLICT (user_id, uri) DO UPDATE SET isrc = excluded.isrc, title = excluded.title,
                   artists = excluded.artists, album = excluded.album, duration_ms = excluded.duration_ms,
                   explicit = excluded.explicit, art = excluded.art, words = excluded.words, named_at = excluded.named_at";
    let named: [(&str, &dyn ToSql); 10] = [
        (":uri", &hit.uri),
        (":isrc", &hit.isrc),
        (":title", &hit.title),
        (":artists", &listed(&hit.artists)?),
        (":album", &hit.album),
        (":duration", &hit.duration_ms),
        (":explicit", &hit.explicit),
        (":art", &hit.art),
        (":words", &hit.words()),
        (":now", &tx.now),
    ];
    tx.quiet().run(sql, &named)?;
    name_cover(tx, hit.art.as_deref())
}

/// The song as the catalogue knows it, where the request is for one of its tracks.
pub(in crate::store) fn known(tx: &Tx, song: &Song) -> Result<Option<Song>> {
    let found = song.track_uri.as_deref().map_or(Ok(None), |uri| by_uri(tx, uri))?;
    Ok(found.map(|hit| hit.song()))
}

/// A track the box has heard of.
pub(in crate::store) fn by_uri(tx: &Tx, uri: &str) -> Result<Option<Hit>> {
    let sql = format!("SELECT {COLUMNS} FROM tracks WHERE user_id = :tenant AND uri = :uri");
    tx.maybe(&sql, &[(":uri", &uri)], hit)
}

/// Tracks that hold every one of the plain `words`, those named last first; of one answer those with nothing added to
/// their titles.
pub(in crate::store) fn holding(tx: &Tx, words: &[&str]) -> Result<Vec<Hit>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tracks WHERE user_id = :tenant
         AND NOT EXISTS (SELECT 1 FROM json_each(:words) word WHERE instr(tracks.words, word.value) = 0)
         ORDER BY named_at DESC, length(title), uri LIMIT :most"
    );
    tx.all(&sql, &[(":words", &listed(&words)?), (":most", &FOUND)], hit)
}

/// What Spotify found for these plain words within a day; `None` where it was not asked.
pub(in crate::store) fn remembered(tx: &Tx, words: &str) -> Result<Option<Vec<Hit>>> {
    let sql = "SELECT uris FROM searches WHERE user_id = :tenant AND words = :words AND asked_at > :since AND asked_at <= :now";
    let since = tx.now.plus_ms(-FRESH_MS);
    let named: [(&str, &dyn ToSql); 3] = [(":words", &words), (":since", &since), (":now", &tx.now)];
    let found = tx.maybe(sql, &named, |row| row.get::<_, String>("uris"))?;
    let Some(found) = found else { return Ok(None) };
    let uris: Vec<String> = list(&found)?;
    let mut hits = Vec::new();
    for uri in uris {
        hits.extend(by_uri(tx, &uri)?);
    }
    Ok(Some(hits))
}

/// What Spotify found within a day for the beginning of these words, of that what holds them all: where it was the whole
/// answer, asking for more words brings no more songs. `None` where nothing does.
pub(in crate::store) fn narrowed(tx: &Tx, words: &str) -> Result<Option<Vec<Hit>>> {
    let sql = "SELECT words FROM searches WHERE user_id = :tenant AND asked_at > :since AND asked_at <= :now
               AND substr(:words, 1, length(words)) = words AND json_array_length(uris) BETWEEN 1 AND :most - 1
               ORDER BY length(words) DESC LIMIT 1";
    let since = tx.now.plus_ms(-FRESH_MS);
    let named: [(&str, &dyn ToSql); 4] = [(":words", &words), (":since", &since), (":now", &tx.now), (":most", &WHOLE)];
    let Some(beginning) = tx.maybe(sql, &named, |row| row.get::<_, String>("words"))? else { return Ok(None) };
    let mut hits = remembered(tx, &beginning)?.unwrap_or_default();
    hits.retain(|hit| words.split(' ').all(|word| hit.words().contains(word)));
    Ok(Some(hits).filter(|hits| !hits.is_empty()))
}

fn hit(row: &Row) -> rusqlite::Result<Hit> {
    let Artists(artists) = row.get("artists")?;
    Ok(Hit {
        uri: row.get("uri")?,
        isrc: row.get("isrc")?,
        title: row.get("title")?,
        artists,
        album: row.get("album")?,
        duration_ms: row.get("duration_ms")?,
        explicit: row.get("explicit")?,
        art: row.get("art")?,
    })
}

/// The names in a column that lists them.
struct Artists(Vec<String>);

impl FromSql for Artists {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

pub(in crate::store) fn listed(names: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(names).map_err(|error| Error::Broken(error.to_string()))
}

fn list<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Broken(error.to_string()))
}
