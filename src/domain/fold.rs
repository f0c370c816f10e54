//! Text as it is compared: two spellings of one name meet, two names do not. It is shown to nobody and sent nowhere.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

use super::digits;
use super::line::takes_no_room;

/// The words of a text: lower case, and without what the same name is also written without.
pub fn words(text: &str) -> Vec<String> {
    words_by(text, |c| c)
}

/// The words of a text, each of its letters taken for the one that `look` makes of it: a letter as well.
pub fn words_by(text: &str, look: fn(char) -> char) -> Vec<String> {
    let folded = closed(unaccented_by(text, look).nfc());
    let mut plain = String::with_capacity(folded.len());
    for (at, c) in folded.iter().enumerate() {
        let beside = |is: fn(char) -> bool| {
            [at.checked_sub(1), Some(at + 1)].map(|at| at.and_then(|at| folded.get(at)).is_some_and(|c| is(*c)))
        };
        let [before, after] = beside(char::is_alphabetic);
        match c {
            '&' => plain.push_str(" + "),
            // As in C+C Music Factory; behind the last letter it is a part of it.
            '+' if beside(char::is_alphanumeric) == [true; 2] => plain.push_str(" + "),
            '×' => plain.push_str(" x "),
            // Signs that stand for a letter, as in P!nk and Ke$ha.
            '!' if before && after => plain.push('i'),
            '$' if before || after => plain.push('s'),
            c if c.is_alphanumeric() || is_combining_mark(*c) || *c == '+' => plain.push(*c),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(|word| if word == "+" { "and".into() } else { word.to_owned() }).collect()
}

/// Words with the n of Rock 'n' Roll written out: the same however it was left out.
pub fn joined(words: &[String]) -> Vec<String> {
    let is_inner = |at: usize| at > 0 && at + 1 < words.len();
    let written = |(at, word): (usize, &String)| if word == "n" && is_inner(at) { "and".into() } else { word.clone() };
    words.iter().enumerate().map(written).collect()
}

/// Korean letters typed one by one: what stands behind a syllable and before no vowel closes it.
fn closed(letters: impl Iterator<Item = char>) -> Vec<char> {
    let mut all: Vec<char> = Vec::new();
    for c in letters {
        let tail = CLOSING.iter().find(|(alone, _)| *alone == c).map(|(_, tail)| *tail);
        match tail.and_then(|tail| compose(*all.last()?, tail)) {
            Some(syllable) => {
                all.pop();
                all.push(syllable);
            }
            None => all.push(c),
        }
    }
    all
}

/// Consonants of Korean as they begin a syllable, and as they close one.
const CLOSING: [(char, char); 16] = [
    ('\u{1100}', '\u{11A8}'),
    ('\u{1101}', '\u{11A9}'),
    ('\u{1102}', '\u{11AB}'),
    ('\u{1103}', '\u{11AE}'),
    ('\u{1105}', '\u{11AF}'),
    ('\u{1106}', '\u{11B7}'),
    ('\u{1107}', '\u{11B8}'),
    ('\u{1109}', '\u{11BA}'),
    ('\u{110A}', '\u{11BB}'),
    ('\u{110B}', '\u{11BC}'),
    ('\u{110C}', '\u{11BD}'),
    ('\u{110E}', '\u{11BE}'),
    ('\u{110F}', '\u{11BF}'),
    ('\u{1110}', '\u{11C0}'),
    ('\u{1111}', '\u{11C1}'),
    ('\u{1112}', '\u{11C2}'),
];

/// Lower case, with the accents off that a script can do without, and with one letter for each that has several shapes.
pub fn unaccented(text: &str) -> String {
    unaccented_by(text, |c| c)
}

fn unaccented_by(text: &str, look: fn(char) -> char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut base = ' ';
    // An acute accent by itself falls apart into a space and a mark.
    for c in text.chars().filter(|c| !is_apostrophe(*c)).nfkd().map(plainly).map(look).flat_map(char::to_lowercase) {
        if takes_no_room(c) || is_apostrophe(c) || c == TATWEEL {
            continue;
        }
        if is_combining_mark(c) {
            if tells(base, c) {
                plain.push(c);
            }
            continue;
        }
        base = c;
        match spelled_out(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    plain
}

/// Whether a mark makes another letter of the one it stands on.
fn tells(base: char, mark: char) -> bool {
    match (base, mark) {
        // Short i and u, yi, and the soft consonants of Macedonian are letters; yo is written without its dots.
        ('и' | 'у', '\u{306}') | ('і', '\u{308}') | ('г' | 'к', '\u{301}') => true,
        _ if is_latin(base) || is_greek_or_cyrillic(base) || !base.is_alphabetic() => false,
        // Points of Hebrew and Arabic: nearly nobody writes them. With them goes what sits on an alef.
        (
            _,
            '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}',
        ) => false,
        // Voicing marks of kana, vowel signs of Indic scripts, of Thai, Lao and Khmer, and whatever else there is.
        _ => true,
    }
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | '\u{DF}'..='\u{24F}' | '\u{250}'..='\u{2AF}' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}')
}

fn is_greek_or_cyrillic(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{1F00}'..='\u{1FFF}')
}

/// Letters that have nothing to lose, as they are written where keyboards do not have them; and those with several shapes.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ŋ' => "ng",
        'ς' => "σ",
        // The last letter of a word in Arabic, Persian and Urdu, and their ways to write h, k and y.
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' | 'ہ' => "ه",
        _ => return None,
    })
}

/// One shape for each letter and digit: of letters drawn small, or white on black, and of the digits of all scripts.
fn plainly(c: char) -> char {
    let white = |first: u32| char::from_u32(u32::from(c) - first + u32::from('a')).unwrap_or(c);
    match c {
        _ if c.is_ascii() => c,
        '\u{1F150}'..='\u{1F169}' => white(0x1F150),
        '\u{1F170}'..='\u{1F189}' => white(0x1F170),
        _ => small_capital(c).or_else(|| digits::value(c)).unwrap_or(c),
    }
}

/// The letter that is drawn as a small capital.
pub fn small_capital(c: char) -> Option<char> {
    SMALL_CAPITALS.iter().zip('a'..='z').find_map(|(small, letter)| (*small == c).then_some(letter))
}

/// From a to z; of the x, which has none, the letter that is taken for it.
const SMALL_CAPITALS: [char; 26] = [
    'ᴀ', 'ʙ', 'ᴄ', 'ᴅ', 'ᴇ', 'ꜰ', 'ɢ', 'ʜ', 'ɪ', 'ᴊ', 'ᴋ', 'ʟ', 'ᴍ', 'ɴ', 'ᴏ', 'ᴘ', 'ꞯ', 'ʀ', 'ꜱ', 'ᴛ', 'ᴜ', 'ᴠ', 'ᴡ',
    'x', 'ʏ', 'ᴢ',
];

/// Stretches a word in Arabic, and is no letter.
const TATWEEL: char = '\u{640}';

fn is_apostrophe(c: char) -> bool {
    matches!(c,
        '\'' | '`' | '´' | '\u{2B9}'..='\u{2BF}' | '\u{2C8}' | '\u{55A}' | '\u{5F3}' | '\u{2018}'..='\u{201B}' | '\u{2032}'
        | '\u{2035}' | '\u{A78C}' | '\u{FF07}' | '\u{FF40}')
}
