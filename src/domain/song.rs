//! A song, and when two of them are the same.

use super::artist::lead;
use super::title;

/// A song somebody asks for: what they typed, and the track when one was picked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Song {
    pub title: String,
    pub artist: String,
    pub track_uri: Option<String>,
    /// The recording's own number, the same in all its editions.
    pub isrc: Option<String>,
    pub duration_ms: Option<i64>,
    /// `None` where nobody knows.
    pub explicit: Option<bool>,
    /// Address of its cover at Spotify.
    pub art: Option<String>,
}

impl Song {
    /// A song of which nothing but its name is known.
    pub fn named(title: impl Into<String>, artist: impl Into<String>) -> Self {
        Self { title: title.into(), artist: artist.into(), ..Self::default() }
    }

    /// The text under which two spellings of one song meet: folded title and first artist.
    pub fn key(&self) -> String {
        format!("{}\u{1f}{}", title::folded(&self.title, &self.artist), self.artist_key())
    }

    /// The first artist, folded.
    pub fn artist_key(&self) -> String {
        let lead = lead(&self.artist);
        // Signs alone, as in the band !!!, are a name as well.
        if lead.is_empty() { self.artist.trim().to_lowercase() } else { lead }
    }
}

#[cfg(test)]
mod tests {
    use super::Song;

    fn song(title: &str, artist: &str) -> Song {
        Song::named(title, artist)
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
        for (plain, other) in [
            ("Titanium", "Titanium (Clean Bandit Remix)"),
            ("Kiss", "Kiss (Stereo MCs Remix)"),
            ("Home", "Home - Featherweight"),
            ("Dance", "Dance (With Somebody)"),
            ("Cry", "Cry (Live, Mono)"),
        ] {
            assert_ne!(song(plain, "X").key(), song(other, "X").key(), "{other}");
        }
        assert_ne!(song("Rain", "Little Feat").key(), song("Rain", "Little").key());
    }

    #[test]
    fn what_cannot_be_seen_makes_no_difference() {
        assert_eq!(song("Z\u{200b}ed", "A\u{ad}da").key(), song("Zed", "Ada").key());
        assert_eq!(song("Stay (with Justin Bieber)", "The Kid LAROI").key(), song("stay", "kid laroi").key());
    }

    #[test]
    fn a_song_in_any_script_has_a_key() {
        assert_ne!(song("夜に駆ける", "YOASOBI").key(), song("群青", "YOASOBI").key());
        assert_ne!(song("🔥", "🎤").key(), song("💧", "🎤").key());
        assert_ne!(song("(feat. Nobody)", "X").key(), song("", "X").key());
        assert_ne!(song("Pardon", "!!!").key(), song("Pardon", "???").key(), "signs alone are a name as well");
    }
}
