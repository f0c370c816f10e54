//! A row told by what it has in common with one that stands for any, which every page has.

use std::collections::HashMap;

use serde::Serialize;

use crate::ui::{ANY, Row};

/// So many letters in common are worth to be told by where they stand; and by so many they are found.
const WORTH: usize = 14;
const SOUGHT: usize = 6;

/// A row as it is told.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Text {
    Whole(String),
    Pieces(Vec<Piece>),
}

/// A piece of a row: letters of its own, or where they stand in what rows have in common and how many they are, as scripts
/// count them.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Piece {
    Own(String),
    Common(usize, usize),
}

/// What rows have in common.
pub struct Common {
    letters: Vec<u16>,
    /// Where so many letters stand.
    found: HashMap<[u16; SOUGHT], Vec<usize>>,
}

impl Common {
    pub fn of(like: &str) -> Self {
        let letters: Vec<u16> = like.encode_utf16().collect();
        let mut found: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, some) in letters.windows(SOUGHT).enumerate() {
            found.entry(key(some)).or_default().push(at);
        }
        Self { letters, found }
    }

    /// A row by what it has in common; one in whose words the sign for an id stands is told whole.
    pub fn tell(&self, row: &Row) -> Text {
        if row.bare().contains(ANY) {
            return Text::Whole(row.bare());
        }
        let letters: Vec<u16> = row.anyones().encode_utf16().collect();
        let (mut pieces, mut own, mut at) = (vec![], vec![], 0);
        while at < letters.len() {
            if let Some((from, length)) = self.longest(&letters[at..]) {
                flush(&mut own, &mut pieces);
                pieces.push(Piece::Common(from, length));
                at += length;
            } else {
                own.push(letters[at]);
                at += 1;
            }
        }
        flush(&mut own, &mut pieces);
        Text::Pieces(pieces)
    }

    /// Where most of what comes first in a text stands, and how much that is; none where it is not worth it.
    fn longest(&self, text: &[u16]) -> Option<(usize, usize)> {
        let places = self.found.get(&key(text.get(..SOUGHT)?))?.iter();
        let same = |at: usize| self.letters[at..].iter().zip(text).take_while(|(one, other)| one == other).count();
        places.map(|at| (*at, same(*at))).max_by_key(|(_, length)| *length).filter(|(_, length)| *length >= WORTH)
    }
}

fn key(letters: &[u16]) -> [u16; SOUGHT] {
    let mut key = [0; SOUGHT];
    key.copy_from_slice(&letters[..SOUGHT]);
    key
}

/// What rows have in common is in one unit a letter, so no letter of theirs is torn.
fn flush(own: &mut Vec<u16>, pieces: &mut Vec<Piece>) {
    if !own.is_empty() {
        pieces.push(Piece::Own(String::from_utf16_lossy(&std::mem::take(own))));
    }
}
