//! What may stand on the screen beside a song: no swearing, and worse.

use std::sync::LazyLock;

use rustrict::{Censor, Trie, Type};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fold::unaccented;

/// Rude by themselves, and how many a name begins or ends: Hoffman, Kumar, Cooney, Nasir. They count as whole words only.
const ROOTS: [&str; 24] = [
    "betch", "bich", "coom", "coon", "cum", "dego", "fock", "fok", "fook", "fug", "ggers", "gunt", "hate", "hator",
    "hayt", "ho", "hoe", "hoes", "kum", "kys", "minge", "nasi", "nga", "nuzi",
];
/// Names, and beginnings of names, that are taken for something else. What is worse around one is still found.
const NAMES: [&str; 111] = [
    "adolfa",
    "adolfi",
    "adolfo",
    "adolfs",
    "annegr",
    "annikka",
    "annuzz",
    "arosemena",
    "atwater",
    "bilich",
    "bobbs",
    "bonner",
    "bournazian",
    "carfagn",
    "dykema",
    "dykes",
    "enfys",
    "eskenazi",
    "eun joo",
    "fagan",
    "fagen",
    "fager",
    "fagerl",
    "fagin",
    "fagnan",
    "fagnon",
    "fagund",
    "graffagn",
    "hannegr",
    "heiniger",
    "henniger",
    "hoare",
    "honegger",
    "honigsb",
    "horney",
    "hun joo",
    "hyun joo",
    "ignazi",
    "karapet",
    "kikkert",
    "kilian",
    "kinkel",
    "klancn",
    "klang",
    "klann",
    "knigge",
    "koenigs",
    "konigsb",
    "kracker",
    "kummer",
    "kunta",
    "kunter",
    "kuntz",
    "labianca",
    "lechliter",
    "moroni",
    "morron",
    "nasja",
    "naslund",
    "nassi",
    "nazif",
    "nazih",
    "nazik",
    "nazil",
    "nazim",
    "nazir",
    "naziy",
    "nazli",
    "negret",
    "negrin",
    "niffenegger",
    "niggemann",
    "niloofar",
    "njordur",
    "nordyke",
    "nwankwo",
    "nygaard",
    "nygard",
    "nygren",
    "opdyke",
    "peniston",
    "pennisi",
    "pennison",
    "penniston",
    "prondz",
    "pronk",
    "reiniger",
    "schink",
    "schlink",
    "schwanke",
    "semenza",
    "seon joo",
    "sinikka",
    "sixt",
    "slutsky",
    "slutzky",
    "spicker",
    "spinuzz",
    "steiniger",
    "thorndyke",
    "tognazz",
    "trapeni",
    "updyke",
    "wankel",
    "weniger",
    "whittier",
    "yasemen",
    "youn joo",
    "zangger",
    "zuckerb",
    "zuckerm",
];
/// Names that are something else as well: they pass alone, or before one initial.
const BOTH: [&str; 26] = [
    "adi", "adolf", "annal", "bich", "cumming", "cummings", "dick", "dicker", "dik", "dyke", "fok", "kock", "kum",
    "nazim", "nazli", "negri", "nga", "nigro", "njordur", "phuc", "semen", "thorny", "tiit", "ufuk", "unga", "zucker",
];
/// Half of many a Korean and Chinese name, as Min Ho and Dong Hyun, and not much of an insult.
const MILD: [&str; 2] = ["dong", "ho"];

/// Swearing of the languages spoken around here, which the filter does not know: whole words, as they are compared.
const ELSEWHERE: [&str; 40] = [
    "arschloch",
    "blyat",
    "cabron",
    "cazzo",
    "cojones",
    "coglione",
    "conasse",
    "connard",
    "connasse",
    "culero",
    "encule",
    "fdp",
    "ficken",
    "fotze",
    "gilipollas",
    "hijodeputa",
    "hure",
    "hurensohn",
    "joder",
    "kanake",
    "klootzak",
    "kurwa",
    "maricon",
    "merde",
    "mierda",
    "missgeburt",
    "nutte",
    "nuttensohn",
    "pendejo",
    "puta",
    "putain",
    "pute",
    "puto",
    "salaud",
    "salope",
    "scheisse",
    "schlampe",
    "schwuchtel",
    "stronzo",
    "wichser",
];
/// The same in Cyrillic.
const CYRILLIC: [&str; 8] = ["блядь", "бля", "ебать", "пидор", "пизда", "сука", "хуи", "хуй"];

/// What is looked for as a whole word, and what within others.
static WHOLE: LazyLock<Trie> = LazyLock::new(|| without(&NAMES, Trie::default()));
static WITHIN: LazyLock<Trie> = LazyLock::new(|| without(&ROOTS, WHOLE.clone()));

fn without(words: &[&str], mut trie: Trie) -> Trie {
    for word in words {
        trie.set(word, Type::NONE);
    }
    trie
}

/// Whether a text may stand on the screen: no slurs and insults, however letters are swapped, spaced, accented or parted
/// by what nobody sees, and no word that is nothing but swearing. Names that only hold one, as Assunta does, are names.
pub fn is_decent(text: &str) -> bool {
    // Pictures and flags are said nothing with, and would be one long row of the same.
    let is_written = |c: char| c.is_alphanumeric() || c.is_ascii() || is_combining_mark(c);
    let folded = unaccented(text);
    let words = folded.split(|c: char| !is_written(c) || c.is_whitespace()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join(" ");
    let swears = |word: &str| ELSEWHERE.contains(&word) || CYRILLIC.iter().any(|rude| rude.chars().eq(word.nfc()));
    is_name(&words) || !words.split(' ').any(swears) && is_plainly_decent(text) && is_plainly_decent(&words)
}

fn is_name(folded: &str) -> bool {
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let named = words.next().is_some_and(|name| BOTH.contains(&name));
    named && words.next().is_none_or(|initial| initial.chars().count() == 1) && words.next().is_none()
}

fn is_plainly_decent(text: &str) -> bool {
    let found = Censor::from_str(text).with_trie(&WITHIN).analyze();
    // One letter thirty times is no insult.
    let severe = (Type::PROFANE | Type::OFFENSIVE | Type::SEXUAL | Type::MEAN) & Type::SEVERE;
    let hurts = [severe, Type::OFFENSIVE & Type::MODERATE_OR_HIGHER, Type::MEAN & Type::MODERATE_OR_HIGHER];
    let swears = |word: &str| {
        let (censored, found) = Censor::from_str(word).with_trie(&WHOLE).censor_and_analyze();
        !MILD.contains(&word.to_lowercase().as_str())
            && found.is(Type::INAPPROPRIATE & Type::MODERATE_OR_HIGHER)
            && censored.chars().skip(1).all(|c| c == '*')
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

    const NAMED: &str = "Dick | DICK |  Dick  | Dick T. | Kunta | Kunta Kinte | Dickens | Scunthorpe | Cockburn | Fanny | Vishnu | Phúc \
        | Bích | Semen | Min Ho | Dong Hyun | Nasir | Nazım | Kumar | Hoffman | Hoang | Kilian | Annegret | Adolfo | \
        Cooney | Fagan | Ignazio | Karapetyan | Koenigsmann | Kuntz | Sinikka | Nygaard | Peniston | Gaye | \
        Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | zzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
    const RUDE: &str = "dickhead | Dick Head | big dick | suck my dick | d1ck | d i c k | D\u{200b}ick head | phuc you | son of a bich \
        | kunt | kunts | you hoe | cum | coon | Adolf Hitler | Nazi | fagboy | fuuuuuuuuuuuuuuuuck | ｆｕｃｋ | fυck | \
        nіgger | n i g g e r | hate blacks | Dick fucks Kunta | Fotze | Du Wichser | Scheiße | SCHEISSE | putain | mierda | хуй | Сука | Dick f u c k s | Adolf h i t l e r | Adi n i g g e r";

    #[test]
    fn people_are_called_what_they_are_called() {
        for name in NAMED.split(" | ") {
            assert!(is_decent(name), "{name}");
        }
        for rude in RUDE.split(" | ") {
            assert!(!is_decent(rude), "{rude}");
        }
    }
}
