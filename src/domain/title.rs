//! A title as songs are compared: without what a record company or a guest's name adds to it, and with all its own words.

use super::fold::{joined, words};

/// Words that lead to a guest, where what stands around them says so.
const GUESTS: [&str; 3] = ["feat", "featuring", "ft"];
/// Before these, or behind those, a feat is a deed: A Feat of Arms, No Small Feat.
const OF_A_DEED: [&str; 4] = ["of", "to", "for", "in"];
const DEED: [&str; 9] = ["a", "an", "the", "no", "every", "another", "great", "little", "small"];
/// Behind one of these, as behind digits, ft is a length: Six Ft Under.
const NUMBERS: [&str; 17] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "thirty", "forty",
    "fifty", "hundred", "thousand", "million",
];
/// Before one of these it is a fort.
const FORTS: [&str; 7] = ["bragg", "collins", "knox", "lauderdale", "myers", "wayne", "worth"];
/// Behind "with" these are nobody's name: Stay (with Me).
const NOBODY: [&str; 24] = [
    "me",
    "you",
    "us",
    "him",
    "her",
    "them",
    "it",
    "myself",
    "yourself",
    "this",
    "that",
    "these",
    "those",
    "my",
    "your",
    "our",
    "his",
    "their",
    "no",
    "nobody",
    "somebody",
    "someone",
    "everybody",
    "everyone",
];
/// Whoever else is named beside one of these, it is another recording.
const OTHER: [&str; 10] =
    ["acoustic", "bootleg", "cover", "instrumental", "karaoke", "live", "mashup", "remix", "rmx", "unplugged"];
/// Words that name the same recording again.
const EDITIONS: [&str; 19] = [
    "remaster",
    "remastered",
    "edit",
    "version",
    "explicit",
    "clean",
    "mono",
    "stereo",
    "bonus",
    "deluxe",
    "official",
    "video",
    "audio",
    "lyric",
    "lyrics",
    "visualizer",
    "hd",
    "hq",
    "4k",
];
/// What stands beside them.
const PLAIN: [&str; 10] =
    ["radio", "single", "album", "original", "mix", "track", "edition", "digital", "music", "with"];

/// The words of a title that are its own, as they are compared.
pub fn folded(title: &str, artist: &str) -> String {
    fold(&own(title, artist))
}

/// What of a title is its own, as it is written; its artists help to tell.
pub fn own(title: &str, artist: &str) -> String {
    let plain: String = title.chars().map(narrow).collect();
    let mut rest = without_brackets(&plain, artist);
    while let Some((head, tail)) = rest.rsplit_once(" - ")
        && is_added(tail, artist)
    {
        rest = head.to_owned();
    }
    let bare = without_guests(&rest);
    if bare.trim().is_empty() { title.to_owned() } else { bare }
}

/// Words with single spaces and without a leading "the"; text without any letter keeps itself.
fn fold(text: &str) -> String {
    let words = numbered(joined(&words(text)));
    let words = if words.len() > 1 && words[0] == "the" { &words[1..] } else { &words[..] };
    if words.is_empty() { text.trim().to_lowercase() } else { words.join(" ") }
}

/// Pt. II is Part 2.
fn numbered(mut words: Vec<String>) -> Vec<String> {
    for at in 1..words.len() {
        let arabic = match words[at].as_str() {
            "i" => Some("1"),
            "ii" => Some("2"),
            "iii" => Some("3"),
            "iv" => Some("4"),
            _ => None,
        };
        let is_number = arabic.is_some() || words[at].bytes().all(|b| b.is_ascii_digit());
        if is_number && ["pt", "part"].contains(&words[at - 1].as_str()) {
            words[at - 1] = "part".into();
            if let Some(number) = arabic {
                words[at] = number.into();
            }
        }
    }
    words
}

/// Brackets of all shapes are brackets, and dashes of all lengths hyphens.
fn narrow(c: char) -> char {
    match c {
        '（' | '［' | '【' | '〔' => '(',
        '）' | '］' | '】' | '〕' => ')',
        '–' | '—' | '‐' | '－' => '-',
        _ => c,
    }
}

/// A bracket that nobody closed ends with the title.
fn without_brackets(title: &str, artist: &str) -> String {
    let mut out = title.to_owned();
    let mut from = 0;
    while let Some(open) = out[from..].find(['(', '[']).map(|at| at + from) {
        let close = out[open..].find([')', ']']).map_or(out.len(), |at| at + open);
        let end = (close + 1).min(out.len());
        if is_added(&out[open + 1..close], artist) {
            out.replace_range(open..end, " ");
        } else {
            from = end;
        }
    }
    out
}

/// Whether a bracket or tail names an edition or a further artist of the same song. A remix, a live take or a cover is
/// another song.
fn is_added(text: &str, artist: &str) -> bool {
    let words = words(text);
    let first = words.first().map_or("", String::as_str);
    let names = match first {
        "with" => is_with_a_guest(text, artist),
        "from" => is_from_a_film(text),
        "prod" | "produced" => words.len() > 1,
        _ => GUESTS.contains(&first) && leads(&text.split_whitespace().collect::<Vec<_>>(), 0),
    };
    names && !is_other(&words) || is_edition(&words)
}

fn is_other(words: &[String]) -> bool {
    words.iter().any(|word| OTHER.contains(&word.as_str()))
}

/// "(with Sia)" adds a guest; "(With Somebody)" and "(with somebody)" are words of a title. A capital tells them, where
/// the guest does not stand among the artists as well.
fn is_with_a_guest(text: &str, artist: &str) -> bool {
    let Some((with, name)) = text.trim().split_once(char::is_whitespace) else { return false };
    let (guest, by) = (words(name), words(artist));
    let is_named = !guest.is_empty() && by.windows(guest.len()).any(|run| run == guest);
    let is_a_name = with == "with" && name.trim_start().starts_with(|c: char| !c.is_lowercase());
    is_named || is_a_name && guest.first().is_some_and(|word| !NOBODY.contains(&word.as_str()))
}

/// As in: from "Frozen".
fn is_from_a_film(text: &str) -> bool {
    let film = text.trim().split_once(char::is_whitespace).map_or("", |(_, film)| film.trim_start());
    film.starts_with(['"', '\'', '“', '‘', '„', '«'])
}

/// Whether the word at `at` leads to a guest, and is no feat, no foot and no fort.
fn leads(text: &[&str], at: usize) -> bool {
    let word = text[at].to_lowercase();
    let (mark, glued) = word.split_once('.').unwrap_or((word.trim_end_matches(':'), ""));
    let near = |at: Option<usize>| at.and_then(|at| text.get(at)).map_or(String::new(), |word| words(word).concat());
    let before = near(at.checked_sub(1));
    let after = if glued.is_empty() { near(Some(at + 1)) } else { glued.to_owned() };
    let is_deed = OF_A_DEED.contains(&after.as_str()) || DEED.contains(&before.as_str());
    let leads = match mark {
        "featuring" => true,
        "feat" => word.contains('.') || !is_deed,
        "ft" => !is_measure(&before) && !FORTS.contains(&after.as_str()),
        _ => false,
    };
    leads && !after.is_empty()
}

/// Whether so many feet are a length; 1999 is a year.
fn is_measure(number: &str) -> bool {
    let is_year = number.len() == 4 && number.starts_with(['1', '2']);
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number && !is_year || NUMBERS.contains(&number)
}

/// A title without the guests that stand in it by "feat." and the like, up to the next bracket or dash.
fn without_guests(title: &str) -> String {
    let text: Vec<&str> = title.split_whitespace().collect();
    let Some(at) = (1..text.len()).find(|at| leads(&text, *at)) else { return title.to_owned() };
    let ends = |word: &&str| word.starts_with(['(', '[']) || *word == "-";
    let end = text[at + 1..].iter().position(ends).map_or(text.len(), |n| n + at + 1);
    if is_other(&words(&text[at..end].join(" "))) {
        return title.to_owned();
    }
    [&text[..at], &text[end..]].concat().join(" ")
}

/// Whether words name an edition of the same recording and nothing else.
fn is_edition(words: &[String]) -> bool {
    let tells = |word: &String| EDITIONS.contains(&word.as_str());
    let is_year = |word: &String| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    let says_no_more = |word: &String| tells(word) || PLAIN.contains(&word.as_str()) || is_year(word);
    words.iter().all(says_no_more) && (words.iter().any(tells) || words == ["original", "mix"])
}
