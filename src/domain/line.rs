//! Text that people type, and how long it is: in characters as they see them, be one of them a family of four.

use std::fmt::Display;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Marks one letter may carry; no script piles up more, only jokers do.
const MARKS: usize = 5;
/// Bytes one character may take: the longest emoji there is takes 35, and a row of consonants in an Indic script no more.
const BYTES: usize = 48;
/// What stands between an artist and a title.
pub(super) const DASHES: &str = "-‐‑‒–—―−⁃﹘﹣－~〜～·•֊־᠆⸺⸻〰";

/// A number and what it counts: `1 song`, `2 songs`.
pub fn amount<N: Display + PartialEq + From<u8>>(count: N, word: &str) -> String {
    format!("{count} {word}{}", if count == N::from(1) { "" } else { "s" })
}

/// A waiting time in words, rounded up: seconds, minutes, or hours.
pub fn span(ms: i64) -> String {
    match (ms.max(0) + 999) / 1000 {
        0 | 1 => "a second".into(),
        s @ 2..=90 => format!("{s} seconds"),
        s @ 91..=7140 => format!("{} minutes", (s + 59) / 60),
        s => format!("{} hours", (s + 3599) / 3600),
    }
}

/// Characters as people count them: a letter with its accents is one, and so is an emoji of several people.
pub fn characters(text: &str) -> usize {
    text.graphemes(true).count()
}

/// One line of text a person typed, in NFC, trimmed, inner white space folded, 1 to `MAX` characters as people count them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<const MAX: usize>(String);

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    Empty,
    Long(usize),
    Control,
    Piled,
    /// Signs that stand for nothing.
    Nameless,
}

impl TextFault {
    /// The fault as a sentence about a field.
    pub fn sentence(self) -> String {
        match self {
            Self::Empty => "Please fill this in.".into(),
            Self::Long(max) => format!("Please use at most {max} characters."),
            Self::Control => "Please remove the invisible control characters.".into(),
            Self::Piled => "Please write without so many marks on one letter or sign.".into(),
            Self::Nameless => "Please write a name: these signs alone say nothing.".into(),
        }
    }
}

impl<const MAX: usize> Line<MAX> {
    /// Refuses nothing-but-space, more than `MAX` characters, control characters, what nobody sees, letters under a pile of
    /// marks, and what turns the direction of the text around it. Right-to-left text itself and emoji are welcome.
    pub fn parse(text: &str) -> Result<Self, TextFault> {
        // Cheap bound first: nobody's 1 MB title is normalised.
        if text.len() > MAX * BYTES {
            return Err(TextFault::Long(MAX));
        }
        let folded = text.nfc().collect::<String>();
        let folded = folded.split_whitespace().collect::<Vec<_>>().join(" ");
        if folded.chars().any(steers) {
            return Err(TextFault::Control);
        }
        if piled(&folded) {
            return Err(TextFault::Piled);
        }
        match characters(&folded) {
            0 => Err(TextFault::Empty),
            _ if folded.chars().all(|c| takes_no_room(c) || c == ' ') => Err(TextFault::Control),
            n if n > MAX => Err(TextFault::Long(MAX)),
            _ => Ok(Self(folded)),
        }
    }

    /// As much of a text from elsewhere as fits, without what no line may have in it.
    pub fn cut(text: &str) -> String {
        let plain: String = text.chars().filter(|c| !steers(*c)).collect();
        plain.graphemes(true).filter(|character| !piled(character)).take(MAX).collect()
    }

    /// The text, trimmed and never empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, without a copy.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether a text from elsewhere is at most so many characters as people count them, and has nothing in it that no line may
/// have.
pub fn fits_a_line(text: &str, most: usize) -> bool {
    text.len() <= most * BYTES && !text.chars().any(steers) && !piled(text) && characters(text) <= most
}

/// Control characters and direction overrides; joiners stay, emoji are made of them.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn piled(text: &str) -> bool {
    let mut pile = 0;
    let marked = text.chars().any(|c| {
        pile = if is_combining_mark(c) { pile + 1 } else { 0 };
        pile > MARKS
    });
    marked || text.graphemes(true).any(|character| character.len() > BYTES)
}

/// Whether a text is of no more than dashes, dots and lines: somebody had to write something. Signs by which songs and bands
/// go, as ???, !!! and ÷, are names.
pub fn names_nothing(text: &str) -> bool {
    let filler =
        |c: char| matches!(c, '.' | ',' | '_' | '…' | '·' | '\'' | '"' | '/' | '\\' | '|') || DASHES.contains(c);
    text.chars().all(|c| filler(c) || c.is_whitespace() || takes_no_room(c))
}

/// A text without what nobody sees, one letter for each that looks like it.
pub(super) fn visible(text: &str) -> String {
    text.nfkc().filter(|c| !takes_no_room(*c)).collect()
}

/// What takes no ink: joiners, fillers, blanks, tags, what chooses a shape or turns a direction.
pub fn takes_no_room(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::{Line, TextFault};

    #[test]
    fn a_line_is_trimmed_and_its_spaces_folded() {
        let line = Line::<20>::parse("  Blue \t Monday ").unwrap();
        assert_eq!(line.as_str(), "Blue Monday");
    }

    #[test]
    fn emoji_families_and_right_to_left_names_pass_whole() {
        for text in ["👩‍👩‍👧", "שלום", "مرحبا", "Sigur Rós"] {
            assert_eq!(Line::<20>::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_wait_is_told_in_the_unit_that_fits() {
        for (seconds, words) in [
            (0, "a second"),
            (90, "90 seconds"),
            (91, "2 minutes"),
            (3600, "60 minutes"),
            (7200, "2 hours"),
            (50_000, "14 hours"),
        ] {
            assert_eq!(super::span(seconds * 1000), words);
        }
    }

    #[test]
    fn characters_are_counted_as_people_see_them() {
        for (one, count) in
            [("👨‍👩‍👧‍👦", 1), ("🧑🏽‍❤️‍💋‍🧑🏿", 1), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 1), ("🇩🇪🇫🇷", 2), ("क्षि", 1), ("각", 1), ("e\u{301}", 1), ("கா", 1)]
        {
            assert_eq!(super::characters(one), count, "{one}");
            let many = one.repeat(30 / count);
            assert!(Line::<30>::parse(&many).is_ok(), "{one}");
            assert_eq!(Line::<30>::parse(&format!("{many}x")), Err(TextFault::Long(30)), "{one}");
            assert_eq!(Line::<30>::cut(&format!("{many}x\u{202E}")), many.as_str(), "{one}");
        }
    }

    #[test]
    fn a_text_from_elsewhere_fits_that_is_none_longer_and_steers_nothing() {
        for (text, fits) in [("", true), (" Blue  Monday", true), ("x\ny", false), ("twenty-one characters", false)] {
            assert_eq!(super::fits_a_line(text, 20), fits, "{text:?}");
        }
        assert!(!super::fits_a_line(&"x".repeat(20_000_000), 20));
    }

    #[test]
    fn what_steers_or_shows_nothing_is_refused() {
        let (long, chain) = ("x".repeat(10_000), "👩\u{200D}".repeat(8));
        for (text, fault) in [
            ("", TextFault::Empty),
            (" \u{a0} ", TextFault::Empty),
            (" \u{200B} ", TextFault::Control),
            ("\u{3164}\u{2800}", TextFault::Control),
            ("a\0b", TextFault::Control),
            ("a\u{1b}[31m", TextFault::Control),
            ("a\u{202E}b", TextFault::Control),
            ("Z\u{31B}\u{316}\u{317}\u{318}\u{319}\u{31C}", TextFault::Piled),
            (chain.as_str(), TextFault::Piled),
            ("abcdef", TextFault::Long(5)),
            (long.as_str(), TextFault::Long(5)),
        ] {
            assert_eq!(Line::<5>::parse(text), Err(fault), "{text:?}");
        }
    }
}
