//! What the values in a DJ's file may be, by the domain's own measures: what no box would have written is not taken in.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, named_params};

use crate::domain::{Candidate, CoverId, Health, PictureKind, RequestId, Timestamp, fits_a_line, is_possible};
use crate::store::error::{Error, Result};
use crate::store::transfer::tables::{tables, texts};

/// Numbers of JSON are told from the next one below this.
const NUMBERS: u64 = 1 << 53;
/// Milliseconds: no song is longer.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Bytes of a picture: more than is fetched.
const PICTURE: usize = 512 * 1024;
/// Bytes of what Spotify, or the box itself, has to say in a line.
const WORDS: usize = 10_000;

/// What a column takes.
#[derive(Clone, Copy)]
enum Fit {
    Id,
    /// Characters of a line that people read.
    Line(usize),
    /// Bytes of a text from elsewhere.
    Text(usize),
    /// A JSON list of texts.
    Texts,
    /// A JSON list of what a DJ may choose from.
    Candidates,
    Moment,
    /// How long a song is, or how far it got.
    Length,
    Number,
    Cover,
    Picture,
    Health,
    /// What the table itself looks at, what has a look of its own, and what stays behind.
    Any,
}

/// The first value of a DJ's file that no box would have written, by its table and column.
pub fn misfit(conn: &Connection) -> Result<Option<(String, String)>> {
    for (table, _) in tables(conn, "main")? {
        let columns = texts(conn, "SELECT name FROM pragma_table_info(:table)", named_params! { ":table": table })?;
        let fits: Vec<Fit> = columns.iter().map(|column| fit_of(&table, column)).collect::<Result<_>>()?;
        let mut all = conn.prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            for (at, fit) in fits.iter().enumerate() {
                if !fit.takes(row.get_ref(at)?) {
                    return Ok(Some((table, columns[at].clone())));
                }
            }
        }
    }
    Ok(None)
}

fn fit_of(table: &str, column: &str) -> Result<Fit> {
    fit(table, column).ok_or_else(|| Error::Broken(format!("nobody said what {table}.{column} takes")))
}

fn fit(table: &str, column: &str) -> Option<Fit> {
    Some(match (table, column) {
        ("covers", "id") => Fit::Cover,
        ("users", "display_name") => Fit::Line(60),
        ("events", "name") => Fit::Line(80),
        ("requests" | "playback", "title" | "artist") | ("requests", "asked_title" | "asked_artist") => Fit::Line(200),
        (_, "nickname") => Fit::Line(30),
        (_, "note") => Fit::Line(140),
        ("settings", "value") => Fit::Text(3_000_000),
        ("users", "username" | "role" | "status" | "password_hash")
        | ("events", "status" | "pin" | "join_token" | "requests_open" | "line_order" | "served")
        | ("guests", "served")
        | ("requests", "status" | "votes" | "fixed" | "by_hand")
        | ("submissions", "merged")
        | ("playback", "over_spotify")
        | ("spotify_looks" | "handovers", "state")
        | ("tracks", "explicit")
        | (
            "spotify_links",
            "account_id" | "account_name" | "access_token" | "access_expires_at" | "refresh_token" | "authorized_at"
            | "follow",
        ) => Fit::Any,
        ("spotify_links", "health") => Fit::Health,
        ("tracks", "artists") | ("searches", "uris") => Fit::Texts,
        ("requests", "candidates") => Fit::Candidates,
        ("covers", "picture") => Fit::Picture,
        (_, "id" | "user_id" | "event_id" | "request_id" | "guest_id" | "submitter") => Fit::Id,
        // Most of them count changes of the event.
        ("events", "moved_at" | "arranged_at")
        | ("requests", "lined_at")
        | (_, "version" | "place" | "streak" | "ahead" | "misses") => Fit::Number,
        (_, "duration_ms" | "progress_ms") => Fit::Length,
        (_, moment) if moment == "hold_until" || moment.ends_with("_at") => Fit::Moment,
        ("submissions" | "settings", "key")
        | ("requests", "song_key" | "artist_key" | "reason" | "unmatched")
        | ("spotify_links", "client_id" | "message")
        | ("spotify_looks" | "tracks", "title" | "artist" | "album" | "words")
        | ("searches", "words")
        | ("covers", "address")
        | (_, "track_uri" | "uri" | "isrc" | "art") => Fit::Text(WORDS),
        _ => return None,
    })
}

impl Fit {
    fn takes(self, value: ValueRef) -> bool {
        match value {
            ValueRef::Null => true,
            ValueRef::Integer(number) => self.takes_number(number),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).is_ok_and(|text| self.takes_text(text)),
            ValueRef::Blob(bytes) => match self {
                Self::Picture => bytes.len() <= PICTURE && PictureKind::told_by(bytes).is_some(),
                _ => false,
            },
            ValueRef::Real(_) => false,
        }
    }

    fn takes_number(self, number: i64) -> bool {
        match self {
            Self::Moment => is_possible(Timestamp(number)),
            Self::Length => (-DAY_MS..=DAY_MS).contains(&number),
            Self::Number | Self::Any => number.unsigned_abs() < NUMBERS,
            _ => false,
        }
    }

    fn takes_text(self, text: &str) -> bool {
        match self {
            Self::Id => RequestId::parse(text).is_some(),
            Self::Line(most) => fits_a_line(text, most),
            Self::Text(most) => text.len() <= most,
            Self::Texts => text.len() <= 2 * WORDS && serde_json::from_str::<Vec<String>>(text).is_ok(),
            Self::Candidates => text.len() <= 4 * WORDS && serde_json::from_str::<Vec<Candidate>>(text).is_ok(),
            Self::Cover => CoverId::parse(text).is_some(),
            Self::Health => Health::parse(text).is_some(),
            Self::Any => text.len() <= WORDS,
            Self::Moment | Self::Length | Self::Number | Self::Picture => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FIRST;
    use super::{Connection, fit, tables, texts};
    use crate::store::db::schema::versions::{LATEST, lay};

    #[test]
    fn of_every_column_that_moves_it_is_said_what_it_takes_in_every_version() {
        for version in FIRST..=LATEST {
            let mut conn = Connection::open_in_memory().unwrap();
            lay(&mut conn, 0, version).unwrap();
            for (table, _) in tables(&conn, "main").unwrap() {
                for column in texts(&conn, "SELECT name FROM pragma_table_info(?1)", [&table]).unwrap() {
                    assert!(fit(&table, &column).is_some(), "{table}.{column} of version {version}");
                }
            }
        }
    }
}
