//! Text as it is compared: two spellings of one name meet, two names do not. It is shown to nobody and sent nowhere.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::invisible;

/// The words of a text: lower case, and without what the same name is also written without.
pub fn words(text: &str) -> Vec<String> {
    words_by(text, |c| c)
}

/// The words of a text, each of its letters taken for the one that `look` makes of it: a letter as well.
pub fn words_by(text: &str, look: fn(char) -> char) -> Vec<String> {
    let folded: Vec<char> = unaccented_by(text, look).nfc().collect();
    let mut plain = String::with_capacity(folded.len());
    for (at, c) in folded.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| folded.get(at)).is_some_and(|c| c.is_alphabetic());
        let (before, after) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        match c {
            '&' => plain.push_str(" + "),
            // Signs that stand for a letter, as in P!nk and Ke$ha.
            '!' if before && after => plain.push('i'),
            '$' if before || after => plain.push('s'),
            c if c.is_alphanumeric() || is_combining_mark(*c) || *c == '+' => plain.push(*c),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(|word| if word == "+" { "and".into() } else { word.to_owned() }).collect()
}

/// Lower case, with the accents off that a script can do without, and with one letter for each that has several shapes.
pub fn unaccented(text: &str) -> String {
    unaccented_by(text, |c| c)
}

fn unaccented_by(text: &str, look: fn(char) -> char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut base = ' ';
    // An acute accent by itself falls apart into a space and a mark.
    for c in text.chars().filter(|c| !is_apostrophe(*c)).nfkd().map(look).flat_map(char::to_lowercase) {
        if invisible(c) || is_apostrophe(c) || c == TATWEEL {
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
        // The last letter of a word in Arabic and Persian, and their two ways to write k and y.
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        _ => return None,
    })
}

/// Stretches a word in Arabic, and is no letter.
const TATWEEL: char = '\u{640}';

fn is_apostrophe(c: char) -> bool {
    matches!(c,
        '\'' | '`' | '´' | '\u{2B9}'..='\u{2BF}' | '\u{2C8}' | '\u{55A}' | '\u{5F3}' | '\u{2018}'..='\u{201B}' | '\u{2032}'
        | '\u{2035}' | '\u{A78C}' | '\u{FF07}' | '\u{FF40}')
}
