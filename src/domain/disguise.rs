//! Text that is written with something else than its letters: digits, signs, flags, or letters upside down. For
//! [`super::lookalike`] alone.

use unicode_normalization::UnicodeNormalization;

/// Whether words in a row spell a text, be it with digits for letters within a word, as in N1ckelb4ck. A word of digits
/// alone is a number, and a text of three letters is soon spelled by chance.
pub fn spells(words: &[String], sought: &str) -> bool {
    let mut letters = sought.chars();
    let is_long = sought.len() > 3;
    words.iter().all(|word| {
        let is_word = is_long && word.contains(char::is_alphabetic);
        word.chars().all(|c| letters.next().is_some_and(|letter| c == letter || is_word && stands_for(c, letter)))
    })
}

/// Whether a digit is written for a letter.
fn stands_for(digit: char, letter: char) -> bool {
    match digit {
        '0' => letter == 'o',
        '1' => matches!(letter, 'i' | 'l'),
        '2' => letter == 'z',
        '3' => letter == 'e',
        '4' => letter == 'a',
        '5' => letter == 's',
        '6' => matches!(letter, 'b' | 'g'),
        '7' => letter == 't',
        '8' => letter == 'b',
        '9' => letter == 'g',
        _ => false,
    }
}

/// A text with the letters that flags are made of, and those that its signs stand for; none where it has neither.
pub fn lettered(text: &str) -> Option<String> {
    let all: Vec<char> = text.chars().collect();
    let is_letter = |c: char| c.is_alphanumeric() || flag(c).is_some() || c != '!' && sign(c).is_some();
    let is_beside = |at: Option<usize>| at.and_then(|at| all.get(at)).is_some_and(|c| is_letter(*c));
    let drawn = |(at, c): (usize, &char)| {
        let is_within = is_beside(Some(at + 1)) || *c != '!' && is_beside(at.checked_sub(1));
        flag(*c).or_else(|| sign(*c).filter(|_| is_within)).unwrap_or(*c)
    };
    let drawn: String = all.iter().enumerate().map(drawn).collect();
    (drawn != text).then_some(drawn)
}

fn flag(c: char) -> Option<char> {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}').then(|| char::from_u32(u32::from(c) - 0x1F1E6 + u32::from('a')))?
}

fn sign(c: char) -> Option<char> {
    Some(match c {
        '@' => 'a',
        '!' => 'i',
        '|' | '£' => 'l',
        '$' | '§' => 's',
        '€' => 'e',
        '¢' => 'c',
        '¥' => 'y',
        _ => return None,
    })
}

/// A text that stands upside down, turned the right way round; none where no letter of it does.
pub fn upright(text: &str) -> Option<String> {
    let small = |c: char| c.to_lowercase().next().unwrap_or(c);
    let is_turned = text.nfc().any(|c| !c.is_ascii() && turned(small(c)) != small(c));
    // The capitals that look the same upside down are the ones in use there.
    let right = |c: &char| if c.is_ascii_uppercase() { small(*c) } else { turned(small(*c)) };
    is_turned.then(|| text.nfc().collect::<Vec<_>>().iter().rev().map(right).collect())
}

/// The letter that another one is when it is turned around.
fn turned(c: char) -> char {
    TURNED.iter().find(|(upside_down, _)| *upside_down == c).map_or(c, |(_, upright)| *upright)
}

const TURNED: [(char, char); 34] = [
    ('ɐ', 'a'),
    ('q', 'b'),
    ('ɔ', 'c'),
    ('p', 'd'),
    ('ǝ', 'e'),
    ('ɟ', 'f'),
    ('ƃ', 'g'),
    ('ᵷ', 'g'),
    ('ɥ', 'h'),
    ('ᴉ', 'i'),
    ('ı', 'i'),
    ('ɾ', 'j'),
    ('ʞ', 'k'),
    ('ן', 'l'),
    ('ꞁ', 'l'),
    ('ɯ', 'm'),
    ('u', 'n'),
    ('d', 'p'),
    ('b', 'q'),
    ('ɹ', 'r'),
    ('ʇ', 't'),
    ('n', 'u'),
    ('ʌ', 'v'),
    ('ʍ', 'w'),
    ('ʎ', 'y'),
    ('∀', 'a'),
    ('ⅎ', 'f'),
    ('⅁', 'g'),
    ('⅂', 'l'),
    ('∩', 'u'),
    ('┴', 't'),
    ('⅄', 'y'),
    ('6', '9'),
    ('9', '6'),
];
