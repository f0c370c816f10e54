//! The do-not-play list. A line of it is what a title or an artist may hold, an artist and a title of theirs, the link to a
//! track, or a link and words.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::line::{DASHES, Line, characters, names_nothing, takes_no_room};
use super::link::Link;
use super::lookalike::Wanted;
use super::title::own;
use super::{Hit, Song};

/// Characters a line may have beside a link.
pub const MOST: usize = 120;
/// Bytes of a line, its links among them.
const BYTES: usize = 4000;
/// Lines there may be.
const LINES: usize = 500;
/// Characters of the id of every track there is.
const ID: usize = 22;
/// Characters by which a line is told apart.
const BEGINNING: usize = 40;
/// Bytes of a fingerprint that are kept of a line.
const MARK: usize = 9;
/// Dashes of a line that may stand between an artist and a title.
const PARTS: usize = 3;

/// The list as it is read, once for many songs.
#[derive(Default)]
pub struct NeverPlay {
    tracks: HashSet<String>,
    wanted: Wanted,
    /// Numbers of what bars a song wherever it stands.
    whole: HashSet<usize>,
    /// Numbers of what bars one where each stands in another of its names.
    pairs: Vec<[usize; 2]>,
}

impl NeverPlay {
    /// Reads the lines as a DJ typed them; one that bars nothing is passed over.
    pub fn read(lines: &[String]) -> Self {
        let mut list = Self::default();
        for line in lines {
            list.add(line);
        }
        list
    }

    fn add(&mut self, line: &str) {
        let (tracks, words) = parted(line);
        self.tracks.extend(tracks);
        if words.is_empty() {
            return;
        }
        let inner = 1..words.len().saturating_sub(1);
        let mut has_signs = false;
        for at in inner.filter(|at| is_dash(words[*at])).take(PARTS) {
            let [one, other] = [&words[..at], &words[at + 1..]].map(|half| half.join(" "));
            has_signs |= is_of_signs(&other) || is_of_signs(&one) && !names_nothing(&one);
            self.pairs.push([one, other].map(|half| self.wanted.add(&half)));
        }
        // Where one of the two is of signs alone, all words of the line are the other's: it bars one song and not all of theirs.
        if !has_signs {
            self.whole.insert(self.wanted.add(&words.join(" ")));
        }
    }

    /// Whether a line names this song: whole words of title or artist, guests and editions included, however they are spaced,
    /// and in letters that look like them; of an artist and a title each in one of the two, whichever way round.
    pub fn bars(&self, song: &Song) -> bool {
        let track = song.track_uri.as_deref().and_then(|uri| uri.strip_prefix("spotify:track:"));
        if track.is_some_and(|id| self.tracks.contains(id)) {
            return true;
        }
        let (title, artist) = (self.wanted.held_by(&song.title), self.wanted.held_by(&song.artist));
        let both = |[one, other]: &[usize; 2]| title.contains(one) && artist.contains(other);
        title.iter().chain(&artist).any(|held| self.whole.contains(held))
            || !title.is_empty() && self.pairs.iter().any(|pair| both(pair) || both(&[pair[1], pair[0]]))
    }
}

/// The track of a line that is a link to it and nothing else: nobody knows the name of the song.
pub fn lone_track(line: &str) -> Option<String> {
    let (mut tracks, words) = parted(line);
    tracks.pop().filter(|_| tracks.is_empty() && words.is_empty())
}

/// What is wrong with a list of so many lines, to be asked before any of them is looked at.
pub fn too_many(lines: usize) -> Option<String> {
    (lines > LINES).then(|| format!("These are {lines} lines. Please list at most {LINES}."))
}

/// What is wrong with a line that bars nothing, as it has only links in it that lead to no track, or no more than signs that
/// name nobody, and what to write instead.
pub fn bars_nothing(line: &str) -> Option<String> {
    if let Err(fault) = Line::<BYTES>::parse(line) {
        return Some(format!(
            "The line “{}” cannot be read. {}",
            beginning(&Line::<BYTES>::cut(line)),
            fault.sentence()
        ));
    }
    let (tracks, words) = parted(line);
    if tracks.iter().any(|id| id.len() == ID) || !words.iter().all(|word| names_nothing(word)) {
        return None;
    }
    let instead = match Link::read(line) {
        None => "it names nobody. Write “Artist - Title”, or the artist.".to_owned(),
        Some(Link::Track(_)) => "its link is not whole. Copy it anew, or write “Artist - Title”.".to_owned(),
        Some(other) => instead_of(&other),
    };
    Some(format!("“{}” bars nothing: {instead}", beginning(line)))
}

fn instead_of(link: &Link) -> String {
    match link {
        Link::Short => "only the internet knows where a short link leads. Open it and copy the long one, open.spotify.com/track/…, or write “Artist - Title”.".to_owned(),
        Link::Spotify(what) => format!("it leads to {what}, not to a song. Write the links of the songs, “Artist - Title”, or the artist."),
        _ => "it is an address and not a song. Write “Artist - Title”.".to_owned(),
    }
}

/// As much of a line as tells it apart.
pub fn beginning(line: &str) -> String {
    let line = line.trim();
    let cut: String = line.chars().take(BEGINNING).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

/// The line that bars a track by its address and, whoever has it under another, by name; `None` where it has none.
pub fn line_of(track: &Hit) -> Option<String> {
    let id = track.uri.as_deref()?.strip_prefix("spotify:track:")?;
    let mut line = format!("{} -", one_line(track.artists.first()?)?);
    let title = one_line(&own(&track.title, &track.artists.join(", ")))?;
    let fits = title.split(' ').scan(characters(&line), |long, word| {
        *long += 1 + characters(word);
        Some(word).filter(|_| *long <= MOST)
    });
    let mut is_named = false;
    for word in fits {
        line = format!("{line} {word}");
        is_named = true;
    }
    is_named.then(|| format!("{line} https://open.spotify.com/track/{id}"))
}

/// Whether a line is longer than any is taken, whatever link there is beside its words.
pub fn is_too_long(line: &str) -> bool {
    line.len() > BYTES || characters(line) > MOST && characters(&parted(line).1.join(" ")) > MOST
}

/// What a page keeps of a line that it shows: short, and nobody else's.
pub fn mark_of(line: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(line)[..MARK])
}

fn one_line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

/// The tracks that a line leads to, and its other words; a link to anything else is none of them.
fn parted(line: &str) -> (Vec<String>, Vec<&str>) {
    let (mut tracks, mut words) = (Vec::new(), Vec::new());
    for word in line.split_whitespace() {
        match Link::read(word) {
            Some(Link::Track(id)) => tracks.push(id),
            Some(_) => {}
            None => words.push(word),
        }
    }
    (tracks, words)
}

fn is_of_signs(name: &str) -> bool {
    !name.contains(char::is_alphanumeric)
}

fn is_dash(word: &str) -> bool {
    let mut seen = word.chars().filter(|c| !takes_no_room(*c)).peekable();
    seen.peek().is_some() && seen.all(|c| DASHES.contains(c))
}

#[cfg(test)]
mod tests;
