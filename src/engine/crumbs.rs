//! What is new since an audience was last told, for its pages to put in place: rows, pieces of a page, places. Bytes that are
//! the same for all who listen.

mod common;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use self::rows::{Rows, ToldRow, sum};
use crate::domain::{Playback, PlaybackState, RequestId};
use crate::ui::Part;

/// A song that is so many milliseconds from where a page takes it to be was moved by a hand; less is the network.
const MOVED_MS: u64 = 2000;
/// The part that shows what plays.
const NOW: &str = "now";

/// What an audience was told last, as far as it takes to know what is new.
#[derive(Default)]
pub struct Told {
    parts: HashMap<&'static str, ToldPart>,
    line: u64,
    began: Option<i64>,
    version: Option<i64>,
}

#[derive(Default)]
struct ToldPart {
    frame: u64,
    rows: Vec<ToldRow>,
}

/// What an audience is to know now.
pub struct Picture<'p> {
    pub parts: &'p [Part],
    pub playback: &'p Playback,
    /// All songs in line, in order.
    pub line: Vec<&'p RequestId>,
    pub version: Option<i64>,
    pub touched: &'p BTreeSet<RequestId>,
    /// Milliseconds since the box began, by a watch that nobody sets.
    pub at: u64,
}

/// A change as it is sent.
#[derive(Serialize)]
struct Change<'p> {
    version: Option<i64>,
    /// What stands in a part, without its rows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rows: BTreeMap<&'static str, Rows<'p>>,
    /// The requests of which something is new that no row here tells.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    touched: BTreeSet<&'p RequestId>,
    /// By which a page knows that its rows are right: it may have been loaded in the midst of what this tells at once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sums: BTreeMap<&'static str, u32>,
    /// Songs in line stand elsewhere, be it where a page shows none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    line: bool,
    /// When what plays was as far as it is told to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
}

impl Told {
    /// What is told by this picture.
    #[must_use]
    pub fn of(picture: &Picture<'_>) -> Self {
        let part =
            |part: &Part| ToldPart { frame: hash(&part.lasting()), rows: part.rows.iter().map(ToldRow::of).collect() };
        Self {
            parts: picture.parts.iter().map(|one| (one.name, part(one))).collect(),
            line: hash(&picture.line),
            began: began(picture.playback),
            version: picture.version,
        }
    }

    /// What is told by this picture to who was told `self`, and the text that says what of it is new; none where nothing is.
    #[must_use]
    pub fn then(&self, picture: &Picture<'_>) -> (Self, Option<String>) {
        let mut told = Self::of(picture);
        let moved = self.began.zip(told.began).is_some_and(|(one, other)| one.abs_diff(other) > MOVED_MS);
        let change = self.change(picture, &told, moved);
        if !change.parts.contains_key(NOW) {
            // One that creeps is told once it has come far.
            told.began = self.began;
        }
        let is_news = change.line
            || !(change.parts.is_empty() && change.rows.is_empty() && change.touched.is_empty())
            || self.version != told.version;
        // What is made of texts and numbers alone can be written.
        let text = serde_json::to_string(&change).ok().filter(|_| is_news);
        (told, text)
    }

    fn change<'p>(&self, picture: &Picture<'p>, told: &Self, moved: bool) -> Change<'p> {
        let mut change = Change {
            version: picture.version,
            parts: BTreeMap::new(),
            rows: BTreeMap::new(),
            touched: BTreeSet::new(),
            sums: BTreeMap::new(),
            line: self.line != told.line,
            at: None,
        };
        let nothing = ToldPart::default();
        for part in picture.parts {
            let (was, now) = (self.parts.get(part.name).unwrap_or(&nothing), &told.parts[part.name]);
            if was.frame != now.frame || moved && part.name == NOW {
                change.parts.insert(part.name, part.frame());
            }
            let rows = Rows::between(&was.rows, part, &now.rows);
            if !rows.is_none() {
                change.rows.insert(part.name, rows);
            }
            if !(was.rows.is_empty() && now.rows.is_empty()) {
                change.sums.insert(part.name, sum(&now.rows));
            }
        }
        let is_told = |id: &RequestId| change.rows.values().any(|rows| rows.names(id));
        change.touched = picture.touched.iter().filter(|id| !is_told(id)).collect();
        change.at = change.parts.contains_key(NOW).then_some(picture.at);
        change
    }
}

/// When what plays began, by where it is; `None` while nothing goes on.
fn began(playback: &Playback) -> Option<i64> {
    let (gone, _) = playback.progress().filter(|_| playback.state == PlaybackState::Playing)?;
    Some(playback.as_of.0 + playback.age_ms - gone)
}

fn hash(what: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
