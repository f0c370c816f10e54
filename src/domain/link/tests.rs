//! Links as people paste them.

use super::{Link, has_link};

#[test]
fn a_song_is_found_whatever_stands_around_its_link() {
    for text in [
        "https://open.spotify.com/track/song01?si=abc",
        " http://open.spotify.com/track/song01/#x ",
        "Listen to it:https://open.spotify.com/track/song01.",
        "https://youtu.be/x or spotify:track:song01",
    ] {
        assert_eq!(Link::read(text), Some(Link::Track("song01".into())), "{text}");
    }
}

#[test]
fn an_id_that_is_none_leads_to_no_song() {
    for text in [
        "spotify:track:",
        "spotify:track:../me",
        "https://open.spotify.com/track/",
        "https://open.spotify.com/track/a/b",
        "https://open.spotify.com/track/a%2Fb",
    ] {
        assert_eq!(Link::read(text), Some(Link::Spotify("a page of Spotify")), "{text}");
    }
    for text in ["https://open.spotify.com.evil.example/track/a", "https://open.spotify.com@evil.example/track/a"] {
        assert_eq!(Link::read(text), Some(Link::Site), "{text}");
    }
}

#[test]
fn addresses_are_seen_and_names_with_dots_are_not() {
    for link in [
        "http://x.y",
        "see www.spam",
        "buy.now.com/x",
        "(evil.xyz)",
        "t.co bit.ly/abc",
        "Example.ORG",
        "spam.c\u{200b}om",
    ] {
        assert!(has_link(link), "{link}");
    }
    for name in ["Mr. Brightside", "St.Pauli", "feat. M.I.A.", "will.i.am", "...please...", "3.14", "a.me"] {
        assert!(!has_link(name), "{name}");
    }
}
