//! What may stand on the screen beside a song: no swearing, and worse.

use rustrict::{Censor, Type};
use unicode_normalization::char::is_combining_mark;

use super::fold::unaccented;

/// Whether a text may stand on the screen: no slurs and insults, however letters are swapped, spaced, accented or parted
/// by what nobody sees, and no word that is nothing but swearing. Names that only hold one, as Assunta does, are names.
#[must_use]
pub fn is_decent(text: &str) -> bool {
    // Pictures and flags are said nothing with, and would be one long row of the same.
    let is_written = |c: char| c.is_alphanumeric() || c.is_ascii() || is_combining_mark(c);
    let folded = unaccented(text);
    let words = folded.split(|c: char| !is_written(c) || c.is_whitespace()).filter(|word| !word.is_empty());
    is_plainly_decent(text) && is_plainly_decent(&words.collect::<Vec<_>>().join(" "))
}

fn is_plainly_decent(text: &str) -> bool {
    let found = Censor::from_str(text).analyze();
    let hurts = [Type::SEVERE, Type::OFFENSIVE & Type::MODERATE_OR_HIGHER, Type::MEAN & Type::MODERATE_OR_HIGHER];
    let swears = |word: &str| {
        let (censored, found) = Censor::from_str(word).censor_and_analyze();
        found.is(Type::INAPPROPRIATE & Type::MODERATE_OR_HIGHER) && censored.chars().skip(1).all(|c| c == '*')
    };
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (letters, words): (Vec<&str>, Vec<&str>) = words.partition(|word| word.chars().count() == 1);
    hurts.iter().all(|kind| found.isnt(*kind)) && !words.into_iter().any(swears) && !swears(&letters.concat())
}

#[cfg(test)]
mod tests {
    use super::is_decent;

    #[test]
    fn swearing_parted_by_what_nobody_sees_is_seen() {
        for mark in
            ['\u{200b}', '\u{ad}', '\u{2060}', '\u{34f}', '\u{fe0f}', '\u{200d}', '\u{180e}', '\u{e0041}', '\u{301}']
        {
            let rude = format!("fu{mark}ck");
            assert!(!is_decent(&rude), "{rude:?}");
        }
        for fine in
            ["Spaß am Strand", "Großmutter", "Ölaf", "Renée", "Zoë", "Nguyễn", "Ærø", "Łukasz", "दिल", "がんばれ"]
        {
            assert!(is_decent(fine), "{fine}");
        }
    }

    #[test]
    fn swearing_is_seen_through_leet_and_spacing() {
        for rude in ["fuck", "F.u.c.k", "f u c k", "fvck you", "sh1thead", "shit", "a55h0le", "n1gger"] {
            assert!(!is_decent(rude), "{rude}");
        }
        for fine in
            ["Mara", "Table 4", "Scunthorpe United", "Ana & Leo", "Assunta", "Analia", "Jürgen", "日本", "DJ Shadow"]
        {
            assert!(is_decent(fine), "{fine}");
        }
    }
}
