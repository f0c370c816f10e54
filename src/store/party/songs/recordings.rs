//! Which recording a request is, as its row has it: read, set, and put back.

use rusqlite::Row;

use super::candidates::{asked_as, song};
use crate::domain::{AskedAs, Hit, RequestId, Song};

use crate::store::error::Result;
use crate::store::spotify::covers::name_cover;
use crate::store::tenant::row::Columns;
use crate::store::tenant::tx::{Named, Tx};

/// What a request asks for, and how far it was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub song: Song,
    /// The words it was asked for with, where a recording was named over them.
    asked_as: Option<AskedAs>,
    pub by_hand: bool,
    /// Why no recording was chosen, and what there is to choose from.
    unmatched: Option<String>,
    candidates: Option<String>,
}

impl Recording {
    /// As it is.
    pub fn read(tx: &Tx, id: &RequestId) -> Result<Self> {
        let sql =
            "SELECT title, artist, track_uri, isrc, duration_ms, art, asked_title, asked_artist, by_hand, unmatched,
                          candidates
                   FROM requests WHERE user_id = :tenant AND id = :id";
        tx.one(sql, &[(":id", &id)], |row: &Row| {
            let columns = Columns::default();
            let row = &columns.of(row);
            Ok(Self {
                song: Song { art: row.get("art")?, ..song(row)? },
                asked_as: asked_as(row)?,
                by_hand: row.get("by_hand")?,
                unmatched: row.get("unmatched")?,
                candidates: row.get("candidates")?,
            })
        })
    }

    /// A recording that was found or chosen for it. What Spotify names wins, on every page and where songs are compared.
    pub fn found(self, hit: &Hit) -> Self {
        let short = |text: &str| text.chars().take(200).collect::<String>();
        let song = hit.song();
        let song = Song { title: short(&song.title), artist: short(&song.artist), ..song };
        Self { song, asked_as: Some(self.into_asked_as()), by_hand: false, unmatched: None, candidates: None }
    }

    /// No recording: the DJ plays what was asked for, in the words it was asked with.
    pub fn by_hand(self) -> Self {
        let AskedAs { title, artist } = self.into_asked_as();
        Self { song: Song::named(title, artist), asked_as: None, by_hand: true, unmatched: None, candidates: None }
    }

    /// The words it was asked for with.
    fn into_asked_as(self) -> AskedAs {
        self.asked_as.unwrap_or(AskedAs { title: self.song.title, artist: self.song.artist })
    }

    /// Nobody has looked for it under the rules of now.
    pub fn look_anew(&mut self) {
        (self.unmatched, self.candidates) = (None, None);
    }

    /// Makes a request one for it.
    pub fn put(&self, tx: &Tx, id: &RequestId) -> Result<()> {
        let song = &self.song;
        let sql =
            "UPDATE requests SET track_uri = :uri, isrc = :isrc, duration_ms = :duration, art = :art, title = :title,
                          artist = :artist, song_key = :song, artist_key = :artist_key, asked_title = :asked_title,
                          asked_artist = :asked_artist, by_hand = :by_hand, unmatched = :why, candidates = :from
                   WHERE user_id = :tenant AND id = :id";
        let named: Named = &[
            (":uri", &song.track_uri),
            (":isrc", &song.isrc),
            (":duration", &song.duration_ms),
            (":art", &song.art),
            (":title", &song.title),
            (":artist", &song.artist),
            (":song", &song.key()),
            (":artist_key", &song.artist_key()),
            (":asked_title", &self.asked_as.as_ref().map(|into_asked_as| &into_asked_as.title)),
            (":asked_artist", &self.asked_as.as_ref().map(|into_asked_as| &into_asked_as.artist)),
            (":by_hand", &self.by_hand),
            (":why", &self.unmatched),
            (":from", &self.candidates),
            (":id", &id),
        ];
        tx.run(sql, named)?;
        name_cover(tx, song.art.as_deref())
    }
}
