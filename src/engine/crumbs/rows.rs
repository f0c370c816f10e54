//! What is new of the rows of a list: which are new or different, which are gone, which have moved.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use super::common::{Common, Text};
use crate::domain::{RequestId, rising};
use crate::ui::{Part, Row};

/// A row that was told.
pub struct ToldRow {
    id: RequestId,
    /// All of it but its facts.
    lasting: u64,
    facts: String,
}

/// What is new of the rows of a part.
#[derive(Default, Serialize)]
pub struct Rows<'p> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<RequestId>,
    /// Those that stand where they stood and are different.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    html: BTreeMap<&'p RequestId, Text>,
    /// Those that are new or have moved, from the first on, each with the one it comes after, and whole where it is different.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    put: Vec<(&'p RequestId, Option<&'p RequestId>, Option<Text>)>,
    /// What is counted from those that are otherwise the same.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<&'p RequestId, &'p str>,
}

impl ToldRow {
    pub fn of(row: &Row) -> Self {
        let mut hasher = DefaultHasher::new();
        row.lasting().hash(&mut hasher);
        Self { id: row.id.clone(), lasting: hasher.finish(), facts: row.facts().to_owned() }
    }
}

impl<'p> Rows<'p> {
    /// What the rows of `part` have, told as `now`, that was not told by `was`.
    pub fn between(was: &[ToldRow], part: &'p Part, now: &[ToldRow]) -> Self {
        let rows = &part.rows;
        let old: HashMap<&RequestId, usize> = was.iter().enumerate().map(|(at, row)| (&row.id, at)).collect();
        let here: HashSet<&RequestId> = rows.iter().map(|row| &row.id).collect();
        let from: Vec<Option<usize>> = rows.iter().map(|row| old.get(&row.id).copied()).collect();
        let (stays, common) = (staying(&from), LazyCell::new(|| Common::of(part.like.as_deref().unwrap_or_default())));
        let gone = was.iter().map(|row| &row.id).filter(|id| !here.contains(id)).cloned().collect();
        let mut news = Self { gone, ..Self::default() };
        for (at, row) in rows.iter().enumerate() {
            let same = from[at].map(|from| &was[from]).filter(|was| was.lasting == now[at].lasting);
            let text = same.is_none().then(|| common.tell(row));
            if !stays.contains(&at) {
                news.put.push((&row.id, at.checked_sub(1).map(|before| &rows[before].id), text));
            } else if let Some(text) = text {
                news.html.insert(&row.id, text);
            }
            if same.is_some_and(|was| was.facts != now[at].facts) {
                news.facts.insert(&row.id, row.facts());
            }
        }
        news
    }

    /// Whether it says anything of a request.
    pub fn names(&self, id: &RequestId) -> bool {
        let put = || self.put.iter().any(|(one, ..)| *one == id);
        self.facts.contains_key(id) || self.html.contains_key(id) || self.gone.contains(id) || put()
    }

    pub fn is_none(&self) -> bool {
        self.gone.is_empty() && self.html.is_empty() && self.put.is_empty() && self.facts.is_empty()
    }
}

/// Where those stand that need not move, so that the fewest do: the longest row of them that is in order as it was.
fn staying(from: &[Option<usize>]) -> HashSet<usize> {
    let (at, was): (Vec<usize>, Vec<usize>) =
        from.iter().enumerate().filter_map(|(at, was)| Some((at, (*was)?))).unzip();
    at.into_iter().zip(rising(&was)).filter(|(_, stays)| *stays).map(|(at, _)| at).collect()
}

/// A number that other rows, or these in another order, do not have; a page counts it the same way.
pub fn sum(rows: &[ToldRow]) -> u32 {
    let letters = rows.iter().flat_map(|row| [row.id.as_str(), " ", &row.facts, "\n"]).flat_map(str::bytes);
    letters.fold(2_166_136_261, |sum, letter| (sum ^ u32::from(letter)).wrapping_mul(16_777_619))
}

#[cfg(test)]
mod tests {
    use super::staying;

    #[test]
    fn a_song_that_moves_far_moves_alone() {
        let moved = |order: &[usize]| {
            let stays = staying(&order.iter().copied().map(Some).collect::<Vec<_>>());
            (0..order.len()).filter(|at| !stays.contains(at)).map(|at| order[at]).collect::<Vec<_>>()
        };
        assert!(moved(&[0, 1, 2, 3]).is_empty());
        assert_eq!(moved(&[0, 1, 9, 2, 3, 4, 5, 6, 7, 8]), [9]);
        assert_eq!(moved(&[1, 2, 3, 4, 0]), [0]);
        assert_eq!(moved(&[4, 0, 1, 3, 2]).len(), 2);
        assert_eq!(staying(&[Some(3), None, Some(4), None]), [0, 2].into(), "what is new never stays");
        assert!(staying(&[]).is_empty());
    }
}
