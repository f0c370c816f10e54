use unicode_normalization::UnicodeNormalization;

/// A song somebody wished for: what they typed, and the track when one was picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Song {
    pub title: String,
    pub artist: String,
    pub track_uri: Option<String>,
}

impl Song {
    /// The text under which two spellings of one song meet: folded title and first artist.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}\u{1f}{}", fold_title(&self.title), self.artist_key())
    }

    /// The first artist, folded.
    #[must_use]
    pub fn artist_key(&self) -> String {
        let lower = self.artist.to_lowercase();
        let first = [" feat", " ft.", " ft ", " featuring ", " & ", ", ", ";", " x ", " vs"]
            .iter()
            .filter_map(|mark| lower.find(mark))
            .filter(|&at| at > 0)
            .min()
            .unwrap_or(lower.len());
        fold(&lower[..first])
    }
}

/// Lower case, accents off, punctuation off, single spaces; text without any letter keeps itself.
fn fold(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == '&' { '+' } else { c })
        .filter(|c| !matches!(c, '\'' | '’' | '‘' | '`'))
        .map(|c| if c.is_alphanumeric() || c == '+' { c } else { ' ' })
        .collect();
    let words = plain.split_whitespace().map(|w| if w == "+" { "and" } else { w }).collect::<Vec<_>>();
    let words = if words.len() > 1 && words[0] == "the" { &words[1..] } else { &words[..] };
    if words.is_empty() { text.trim().to_lowercase() } else { words.join(" ") }
}

/// A title without what a record company adds: "(Radio Edit)", "- Remastered 2011", "feat. X".
fn fold_title(title: &str) -> String {
    let lower = title.to_lowercase();
    let mut rest = without_brackets(&lower);
    if let Some((head, tail)) = rest.rsplit_once(" - ")
        && is_edition(tail)
    {
        rest = head.to_owned();
    }
    for mark in [" feat.", " feat ", " ft.", " ft ", " featuring "] {
        if let Some(at) = rest.find(mark) {
            rest.truncate(at);
        }
    }
    fold(if rest.trim().is_empty() { &lower } else { &rest })
}

fn without_brackets(title: &str) -> String {
    let mut out = title.to_owned();
    let mut from = 0;
    while let Some(open) = out[from..].find(['(', '[']).map(|at| at + from) {
        let Some(close) = out[open..].find([')', ']']).map(|at| at + open) else {
            break;
        };
        if is_edition(&out[open + 1..close]) {
            out.replace_range(open..=close, " ");
        } else {
            from = close + 1;
        }
    }
    out
}

/// Whether a bracket or tail names an edition of the same song. A remix, a live take or a cover is another song.
fn is_edition(text: &str) -> bool {
    let text = text.trim();
    let starts = ["feat", "ft.", "ft ", "with ", "featuring"];
    let marks = [
        "remaster",
        "radio edit",
        "radio version",
        "single version",
        "album version",
        "original mix",
        "mono",
        "stereo",
        "explicit",
        "clean",
        "bonus track",
        "original version",
    ];
    starts.iter().any(|s| text.starts_with(s)) || marks.iter().any(|m| text.contains(m))
}

#[cfg(test)]
mod tests {
    use super::Song;

    fn song(title: &str, artist: &str) -> Song {
        Song { title: title.into(), artist: artist.into(), track_uri: None }
    }

    #[test]
    fn spellings_of_one_song_meet() {
        let meant = song("Don't Stop Me Now", "Queen").key();
        for (title, artist) in [
            ("don’t stop me now", "QUEEN"),
            ("Don't Stop Me Now - Remastered 2011", "Queen"),
            ("Dont Stop Me Now (Radio Edit)", "Queen feat. Nobody"),
            ("Don't Stop Me Now [2011 Remaster]", "Queen, David Bowie"),
        ] {
            assert_eq!(song(title, artist).key(), meant, "{title} / {artist}");
        }
        assert_eq!(song("Déjà Vu", "Beyoncé").key(), song("deja vu", "beyonce ft. Jay-Z").key());
        assert_eq!(song("Titanium (feat. Sia)", "David Guetta").key(), song("titanium", "david guetta").key());
        assert_eq!(song("Help!", "The Beatles").key(), song("help", "beatles").key());
    }

    #[test]
    fn different_songs_stay_apart() {
        assert_ne!(song("One", "U2").key(), song("One", "Metallica").key());
        assert_ne!(song("Blue Monday", "New Order").key(), song("Blue Monday (Hardfloor Remix)", "New Order").key());
        assert_ne!(song("Hurt", "Johnny Cash").key(), song("Hurt (Live)", "Johnny Cash").key());
        assert_ne!(song("???", "X").key(), song("!!!", "X").key());
    }

    #[test]
    fn a_song_in_any_script_has_a_key() {
        assert_ne!(song("夜に駆ける", "YOASOBI").key(), song("群青", "YOASOBI").key());
        assert_ne!(song("🔥", "🎤").key(), song("💧", "🎤").key());
        assert_ne!(song("(feat. Nobody)", "X").key(), song("", "X").key());
    }
}
