/// What Spotify's own pages and apps share: the prefix of a link's path up to the id, by language or without.
const SITE: &str = "open.spotify.com/";

/// The id of a track at Spotify, read from a link or an address somebody pasted; `None` for any other text.
#[must_use]
pub fn linked_track(text: &str) -> Option<&str> {
    let text = text.trim();
    if let Some(id) = text.strip_prefix("spotify:track:") {
        return is_id(id).then_some(id);
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let path = rest.strip_prefix(SITE)?.split(['?', '#']).next()?;
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let kind = parts.next().filter(|part| !part.starts_with("intl-")).or_else(|| parts.next())?;
    let id = parts.next().filter(|_| kind == "track")?;
    (is_id(id) && parts.next().is_none()).then_some(id)
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::linked_track;

    #[test]
    fn a_link_to_a_track_is_known_in_all_its_forms() {
        for text in [
            "https://open.spotify.com/track/song01?si=abc",
            "https://open.spotify.com/intl-de/track/song01",
            " http://open.spotify.com/track/song01/#x ",
            "open.spotify.com/track/song01",
            "spotify:track:song01",
        ] {
            assert_eq!(linked_track(text), Some("song01"), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_link_to_a_track() {
        for text in [
            "",
            "song01",
            "spotify:album:song01",
            "spotify:track:",
            "spotify:track:../me",
            "https://open.spotify.com/album/song01",
            "https://open.spotify.com/track/",
            "https://open.spotify.com/track/a/b",
            "https://open.spotify.com/track/a%2Fb",
            "https://open.spotify.com.evil.example/track/song01",
            "https://evil.example/open.spotify.com/track/song01",
        ] {
            assert_eq!(linked_track(text), None, "{text}");
        }
    }
}
