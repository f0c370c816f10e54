//! Text as somebody reads it: a Cyrillic о among Latin letters is an o. For asking whether one text holds another, and nothing else.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use super::disguise::{lettered, spells, upright};
use super::fold::{joined, small_capital, words, words_by};

/// Texts that are looked for in others: any number of them at once. A text they are looked for in is read once, and each row
/// of its words held against those of the same length alone.
#[derive(Default)]
pub struct Wanted {
    all: Vec<One>,
    /// Their numbers by how long they are, in words, with an n for an "and", and as they look.
    spelled: HashMap<usize, Vec<usize>>,
    joined: HashMap<usize, Vec<usize>>,
    seen: HashMap<usize, Vec<usize>>,
    signs: HashMap<String, Vec<usize>>,
    /// How long the longest of them is.
    most: usize,
}

/// A text that is looked for.
struct One {
    words: String,
    joined: String,
    looks: Vec<Vec<char>>,
}

impl Wanted {
    /// Looks for one more; answers its number.
    pub fn add(&mut self, text: &str) -> usize {
        let (number, read) = (self.all.len(), Read::of(text));
        let one = One { words: read.words.concat(), joined: read.joined.concat(), looks: read.looks };
        if one.words.is_empty() {
            // Signs alone, as in the band !!!, have no words: they match as they are.
            self.signs.entry(text.trim().to_owned()).or_default().push(number);
        } else {
            self.most = self.most.max(one.words.len()).max(one.joined.len());
            self.spelled.entry(one.words.len()).or_default().push(number);
            self.joined.entry(one.joined.len()).or_default().push(number);
            self.seen.entry(one.looks.iter().map(Vec::len).sum()).or_default().push(number);
        }
        self.all.push(one);
        number
    }

    /// The numbers of those that a text holds: some words of it in a row are all theirs, or look like them, however both are
    /// spaced.
    pub fn held_by(&self, text: &str) -> HashSet<usize> {
        let mut held = HashSet::new();
        if self.all.is_empty() {
            return held;
        }
        held.extend(self.signs.get(text.trim()).into_iter().flatten());
        let read = Read::of(text);
        let mut note = |of_length: Option<&Vec<usize>>, is_it: &dyn Fn(&One) -> bool| {
            held.extend(of_length.into_iter().flatten().filter(|number| is_it(&self.all[**number])));
        };
        for words in [&read.words, &read.bare, &read.lettered, &read.upright] {
            runs(words, String::len, self.most, |run, long| {
                note(self.spelled.get(&long), &|one| spells(run, &one.words));
            });
        }
        runs(&read.joined, String::len, self.most, |run, long| {
            note(self.joined.get(&long), &|one| run.concat() == one.joined);
        });
        runs(&read.looks, Vec::len, self.most, |run, long| {
            note(self.seen.get(&long), &|one| seems(&run.concat(), &one.looks));
        });
        held
    }
}

/// Every row of words that is at most so long, and how long it is.
fn runs<T>(words: &[T], long: impl Fn(&T) -> usize, most: usize, mut each: impl FnMut(&[T], usize)) {
    for from in 0..words.len() {
        let mut length = 0;
        for to in from..words.len() {
            length += long(&words[to]);
            if length > most {
                break;
            }
            each(&words[from..=to], length);
        }
    }
}

/// The words of a text, and how else they can be read: with its n for an "and", without what only stands around letters,
/// with signs and flags for letters, upside down, and with each letter that only looks Latin in bold.
struct Read {
    words: Vec<String>,
    joined: Vec<String>,
    bare: Vec<String>,
    lettered: Vec<String>,
    upright: Vec<String>,
    looks: Vec<Vec<char>>,
}

impl Read {
    fn of(text: &str) -> Self {
        let looks = words_by(text, bold).into_iter();
        let letters = |word: String| word.chars().filter(|c| !is_combining_mark(*c)).collect();
        let other = |text: Option<String>| text.map_or(Vec::new(), |text| words(&text));
        let words = words(text);
        Self {
            joined: joined(&words),
            words,
            bare: other(Some(bare(text))),
            lettered: other(lettered(text)),
            upright: other(upright(text)),
            looks: looks.map(letters).collect(),
        }
    }
}

/// A text without the signs between and on its letters, and without marks that no script has there: Nickelback+ and $Nickelback.
fn bare(text: &str) -> String {
    let is_sign = |c: char| !c.is_alphabetic() && !is_combining_mark(c) && (!c.is_numeric() || !c.nfkc().eq([c]));
    text.nfc().filter(|c| !is_stray(*c)).map(|c| if is_sign(c) { ' ' } else { c }).collect()
}

/// A mark that makes no other letter: what does is one letter with it by now.
fn is_stray(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{302A}'..='\u{302F}' | '\u{3099}' | '\u{309A}')
}

/// Whether letters look like some words, of which each has a Latin letter on either side: a Russian word is no English one.
fn seems(letters: &[char], words: &[Vec<char>]) -> bool {
    let has_latin = |piece: &[char]| piece.iter().any(char::is_ascii);
    let mut rest = letters;
    for word in words {
        let Some((piece, behind)) = rest.split_at_checked(word.len()) else { return false };
        let alike = piece.iter().zip(word).all(|(one, other)| shape(*one) == shape(*other));
        // One or two letters are no word to be sure of: the ZZ of ZZ Top.
        let is_short = word.len() < 3;
        if !alike || piece != word && !is_short && !(has_latin(piece) && has_latin(word)) {
            return false;
        }
        rest = behind;
    }
    let all = words.concat();
    has_latin(letters) && has_latin(&all) && letters.iter().chain(&all).any(|c| is_bold(*c))
}

/// A letter as it is seen: small, and an i like an l.
fn shape(c: char) -> char {
    let plain = if is_bold(c) { char::from_u32(u32::from(c) - BOLD + u32::from('a')).unwrap_or(c) } else { c };
    if plain == 'i' { 'l' } else { plain }
}

/// The first of the bold small letters of mathematics, which no folded text has.
const BOLD: u32 = 0x1d41a;

fn is_bold(c: char) -> bool {
    (BOLD..BOLD + 26).contains(&u32::from(c))
}

/// The Latin letter that another letter looks like, small and in bold.
fn bold(c: char) -> char {
    if c.is_ascii() || !c.is_alphabetic() {
        return c;
    }
    let mut shapes = skeleton(c.encode_utf8(&mut [0; 4])).collect::<Vec<_>>().into_iter();
    let (first, is_one) = (shapes.next().map_or(c, capital), shapes.all(is_combining_mark));
    let letter = Some(first.to_ascii_lowercase()).filter(|first| is_one && first.is_ascii_lowercase());
    letter.and_then(|letter| char::from_u32(u32::from(letter) - u32::from('a') + BOLD)).unwrap_or(c)
}

/// Small letters in the shape of capitals, as Cyrillic writes many of its own.
fn capital(c: char) -> char {
    match c {
        'ꞓ' => 'e',
        'ĸ' => 'k',
        'ʍ' => 'm',
        _ => small_capital(c).unwrap_or(c),
    }
}

#[cfg(test)]
mod tests;
