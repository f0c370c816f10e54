//! Songs that a search found.

use super::Song;
use super::fold::words;

/// A song that a search found, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hit {
    pub uri: Option<String>,
    pub isrc: Option<String>,
    pub title: String,
    pub artists: Vec<String>,
    pub album: Option<String>,
    pub duration_ms: Option<i64>,
    pub explicit: Option<bool>,
    /// Address of its cover at Spotify.
    pub art: Option<String>,
}

impl Hit {
    /// The song one asks for by it.
    pub fn song(&self) -> Song {
        Song {
            title: self.title.clone(),
            artist: self.artists.join(", "),
            track_uri: self.uri.clone(),
            isrc: self.isrc.clone(),
            duration_ms: self.duration_ms,
            explicit: self.explicit,
            art: self.art.clone(),
        }
    }

    /// The plain words by which it is looked for.
    pub fn words(&self) -> String {
        let album = self.album.as_deref().unwrap_or_default();
        plain(&format!("{} {} {album}", self.title, self.artists.join(" ")))
    }

    /// Whether two hits are one song: the same address, ISRC, or name.
    pub fn is_same(&self, other: &Self) -> bool {
        let both = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
        both(&self.uri, &other.uri) || both(&self.isrc, &other.isrc) || self.song().key() == other.song().key()
    }
}

/// What was typed into a search, as plain words with single spaces: two spellings of it meet.
pub fn plain(text: &str) -> String {
    words(text).join(" ")
}

/// Whether what was typed is enough to look for: two letters of an alphabet are not, a digit with them is a name, and of
/// scripts that write whole words or syllables one character is.
pub fn is_worth_a_call(text: &str) -> bool {
    let plain = plain(text);
    let alphabet = |c: char| c < '\u{900}' && !c.is_numeric();
    plain.chars().count() >= SHORTEST || plain.chars().any(|c| !alphabet(c))
}

/// Letters of an alphabet that are worth a call.
const SHORTEST: usize = 3;

/// `first`, then what of `then` is not among them already; at most `most` in all.
pub fn merged(first: Vec<Hit>, then: Vec<Hit>, most: usize) -> Vec<Hit> {
    let mut all: Vec<Hit> = Vec::new();
    for hit in first.into_iter().chain(then) {
        match all.iter_mut().find(|known| known.is_same(&hit)) {
            // A song of an earlier night that was typed by hand is known better by now.
            Some(known) if known.uri.is_none() => *known = hit,
            Some(_) => {}
            None => all.push(hit),
        }
    }
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::{Hit, is_worth_a_call, merged, plain};

    fn hit(title: &str, uri: Option<&str>, isrc: Option<&str>) -> Hit {
        let (uri, isrc) = (uri.map(str::to_owned), isrc.map(str::to_owned));
        Hit { uri, isrc, title: title.into(), artists: vec!["Mira".into()], ..Hit::default() }
    }

    #[test]
    fn a_song_is_listed_once_and_best_known() {
        let typed = hit("corazon de papel", None, None);
        let found = hit("Corazón de Papel", Some("u1"), Some("i1"));
        let twin = hit("Otra", Some("u2"), Some("i1"));
        let other = hit("Luna", Some("u3"), None);
        let all = merged(vec![typed], vec![found.clone(), twin, other.clone()], 10);
        assert_eq!(all, [found.clone(), other]);
        assert_eq!(merged(all, vec![], 1), [found]);
    }

    #[test]
    fn spellings_of_a_search_meet() {
        assert_eq!(plain("  Corazón   DE papel! "), "corazon de papel");
        let hit = Hit { album: Some("Calle Once".into()), ..hit("Corazón", None, None) };
        assert_eq!(hit.words(), "corazon mira calle once");
    }

    #[test]
    fn three_characters_are_a_rule_for_alphabets() {
        for text in ["嵐", "群青", "나", "मा", "U2", "311", "abc", "сплин", "שלום"] {
            assert!(is_worth_a_call(text), "{text}");
        }
        for text in ["", "a", "ab", "!!!", "  e ", "да", "מה"] {
            assert!(!is_worth_a_call(text), "{text}");
        }
    }
}
