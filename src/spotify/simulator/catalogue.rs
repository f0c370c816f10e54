//! What there is to play: the made-up songs, episodes, local files and adverts.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::songs::{SONGS, Song, made_up};

/// How many songs exist in two more editions, for tracks to be relinked to.
const EDITIONS: usize = 12;
const EPISODE_MS: i64 = 30 * 60 * 1000;

/// Something that can play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// None for a file of the DJ's own, and for adverts.
    pub id: Option<String>,
    pub uri: String,
    pub title: String,
    pub artists: Vec<String>,
    pub album: String,
    pub duration_ms: i64,
    pub explicit: bool,
    pub isrc: Option<String>,
    /// As Spotify's `currently_playing_type` has it.
    pub kind: &'static str,
}

/// All the music there is: 60 made-up songs; the first twelve also as a twin with the same ISRC, and as a remaster
/// with another ISRC and a longer title, which is never explicit.
pub struct Catalogue(Vec<Item>);

impl Catalogue {
    pub fn new() -> Self {
        let mut items: Vec<Item> = SONGS.iter().enumerate().map(|(n, row)| song(n, row)).collect();
        for n in 0..EDITIONS {
            let mut twin = items[n].clone();
            twin.rename("twin", n);
            let mut remaster = items[n].clone();
            remaster.rename("remaster", n);
            remaster.title += " - Remastered 2011";
            remaster.explicit = false;
            remaster.isrc = Some(format!("ZZSIM11{n:05}"));
            items.extend([twin, remaster]);
        }
        Self(items)
    }

    /// Takes so many more songs in, enough for guests to look for something nobody has looked for before; answers their titles.
    pub fn stock(&mut self, many: usize) -> Vec<String> {
        let more: Vec<Item> = (0..many)
            .map(|n| {
                let (title, artist, seconds) = made_up(n);
                let mut item = song(n, &(title.as_str(), &[artist.as_str()], title.as_str(), seconds, false));
                item.rename("stock", n);
                item.isrc = Some(format!("ZZSIM30{n:05}"));
                item
            })
            .collect();
        let titles = more.iter().map(|item| item.title.clone()).collect();
        self.0.extend(more);
        titles
    }

    /// The `n`th song in its first edition, counted from 0 and round again.
    pub fn song(&self, n: usize) -> &Item {
        &self.0[n % SONGS.len()]
    }

    pub fn by_id(&self, id: &str) -> Option<&Item> {
        self.0.iter().find(|item| item.id.as_deref() == Some(id))
    }

    /// What a uri stands for; files of one's own and episodes are made up as they are asked for.
    pub fn by_uri(&self, uri: &str) -> Option<Item> {
        match uri.split(':').collect::<Vec<_>>()[..] {
            ["spotify", "track", id] => self.by_id(id).cloned(),
            ["spotify", "local", artist, album, title, seconds] => local(uri, [artist, album, title, seconds]),
            ["spotify", "episode", id] => Some(episode(uri, id)),
            _ => None,
        }
    }

    /// Songs with all the words in title, artists, album or ISRC, spelling and `artist:`-like filters aside.
    pub fn search(&self, words: &str) -> Vec<&Item> {
        let bare = |word: &str| folded(word.rsplit(':').next().unwrap_or(word));
        let words: Vec<String> = words.split_whitespace().map(bare).collect();
        let matches = |item: &&Item| {
            let text =
                [&item.title, &item.artists.join(" "), &item.album, item.isrc.as_deref().unwrap_or("")].map(folded);
            let text = text.join(" ");
            words.iter().all(|word| text.contains(word.as_str()))
        };
        self.0.iter().filter(matches).collect()
    }
}

impl Item {
    fn rename(&mut self, edition: &str, n: usize) {
        let id = format!("{edition}{n:0width$}", width = 22 - edition.len());
        self.uri = format!("spotify:track:{id}");
        self.id = Some(id);
    }

    /// The interruption a free account hears.
    pub(super) fn advert(duration_ms: i64) -> Self {
        Self {
            id: None,
            uri: "spotify:ad:000000000000000000000000".into(),
            title: "Advertisement".into(),
            artists: vec![],
            album: String::new(),
            duration_ms,
            explicit: false,
            isrc: None,
            kind: "ad",
        }
    }
}

fn song(n: usize, (title, artists, album, seconds, explicit): &Song) -> Item {
    let mut item = Item {
        id: None,
        uri: String::new(),
        title: (*title).to_owned(),
        artists: artists.iter().map(|name| (*name).to_owned()).collect(),
        album: (*album).to_owned(),
        duration_ms: seconds * 1000,
        explicit: *explicit,
        isrc: Some(format!("ZZSIM26{n:05}")),
        kind: "track",
    };
    item.rename("song", n);
    item
}

/// Without artist and album it is a file without tags, of which nothing but the uri tells the name.
fn local(uri: &str, [artist, album, title, seconds]: [&str; 4]) -> Option<Item> {
    let is_tagged = !(artist.is_empty() && album.is_empty());
    Some(Item {
        id: None,
        uri: uri.to_owned(),
        title: if is_tagged { title.replace('+', " ") } else { String::new() },
        artists: vec![artist.replace('+', " ")],
        album: album.replace('+', " "),
        // A day at most, and never nothing: the player would never come to the end of it.
        duration_ms: seconds.parse::<i64>().ok().filter(|seconds| (1..=86_400).contains(seconds))? * 1000,
        explicit: false,
        isrc: None,
        kind: "track",
    })
}

fn episode(uri: &str, id: &str) -> Item {
    Item {
        id: Some(id.to_owned()),
        uri: uri.to_owned(),
        title: format!("Episode {id}"),
        artists: vec!["The Soundcheck Podcast".into()],
        album: "The Soundcheck Podcast".into(),
        duration_ms: EPISODE_MS,
        explicit: false,
        isrc: None,
        kind: "episode",
    }
}

/// One spelling for all: lower case, no accents or punctuation.
fn folded(text: impl AsRef<str>) -> String {
    let plain = text.as_ref().nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Catalogue;
    use crate::domain::Song;

    #[test]
    fn every_song_has_an_address_of_its_own() {
        let all = Catalogue::new().0;
        let uris: BTreeSet<_> = all.iter().map(|item| &item.uri).collect();
        assert_eq!((all.len(), uris.len()), (84, 84));
        assert!(all.iter().all(|item| item.id.as_ref().is_some_and(|id| id.len() == 22)));
    }

    #[test]
    fn a_search_forgives_accents_case_and_filters() {
        let catalogue = Catalogue::new();
        let first = |words: &str| catalogue.search(words).first().map(|item| item.title.clone());
        assert_eq!(first("corazon PAPEL").unwrap(), "Corazón de Papel");
        assert_eq!(first("artist:kellerkind track:uberlandbus").unwrap(), "Überlandbus");
        assert_eq!(first("isrc:ZZSIM2600059").unwrap(), "One");
        assert_eq!(first("the paper boats").unwrap(), "Lantern Street");
        assert_eq!(first("copper & pine sawdust").unwrap(), "Don't Wake the Dancers");
        assert_eq!(first("no such thing"), None);
    }

    #[test]
    fn an_edition_is_the_same_song_by_isrc_or_by_name() {
        let catalogue = Catalogue::new();
        let find = |id: &str| catalogue.by_id(id).unwrap();
        let (song, twin, remaster) =
            (find("song000000000000000003"), find("twin000000000000000003"), find("remaster00000000000003"));
        assert_eq!(song.isrc, twin.isrc);
        assert_ne!(song.isrc, remaster.isrc);
        let key = |item: &super::Item| Song::named(item.title.clone(), item.artists[0].clone()).key();
        assert_eq!(key(song), key(remaster));
    }
}
