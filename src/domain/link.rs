//! What somebody pastes from elsewhere, and where it leads: to a song, to something else, or nowhere at all.

use std::net::Ipv4Addr;

use url::form_urlencoded;

use super::line::{span, visible};

/// Where a pasted address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a track at Spotify, by its id.
    Track(String),
    /// To anything else there; what, in words.
    Spotify(&'static str),
    /// Where only the internet knows.
    Short,
    /// To a service whose songs are not Spotify's.
    Service(&'static str),
    /// To any other address.
    Site,
}

/// What stands around an address and is none of it.
const BOUNDS: [char; 17] = ['<', '>', '"', '“', '”', '„', '«', '»', '(', ')', '{', '}', '|', '「', '」', '『', '』'];
const ENDS: [char; 13] = ['.', ',', ';', ':', '!', '?', '\'', '’', '*', '~', ']', '…', '。'];
/// No text that is taken anywhere has more bytes, and none that has is looked through.
const LONGEST: usize = 16 * 1024;
/// A shorter word before `://` is no scheme but a face.
const SCHEME: usize = 3;

const SPOTIFY: &str = "spotify.com";
const SHORT: [&str; 12] = [
    "spotify.link",
    "spotify.app.link",
    "tospotify.com",
    "spoti.fi",
    "t.co",
    "bit.ly",
    "tinyurl.com",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "lnkd.in",
    "fb.me",
];
/// What there is at Spotify, by the word in the address.
const KINDS: [(&str, &str); 11] = [
    ("track", "a page of Spotify"),
    ("album", "an album"),
    ("playlist", "a playlist"),
    ("artist", "an artist"),
    ("episode", "an episode of a podcast"),
    ("show", "a podcast"),
    ("audiobook", "an audiobook"),
    ("user", "somebody’s page"),
    ("local", "a file of somebody’s own"),
    ("search", "a page of Spotify"),
    ("collection", "a page of Spotify"),
];
const SERVICES: [(&str, &str); 35] = [
    ("youtube.com", "YouTube"),
    ("youtu.be", "YouTube"),
    ("youtube-nocookie.com", "YouTube"),
    ("music.apple.com", "Apple Music"),
    ("itunes.apple.com", "Apple Music"),
    ("apple.co", "Apple Music"),
    ("soundcloud.com", "SoundCloud"),
    ("snd.sc", "SoundCloud"),
    ("deezer.com", "Deezer"),
    ("deezer.page.link", "Deezer"),
    ("dzr.page.link", "Deezer"),
    ("tidal.com", "Tidal"),
    ("tidal.link", "Tidal"),
    ("amzn.to", "Amazon"),
    ("bandcamp.com", "Bandcamp"),
    ("shazam.com", "Shazam"),
    ("shz.am", "Shazam"),
    ("qobuz.com", "Qobuz"),
    ("mixcloud.com", "Mixcloud"),
    ("audiomack.com", "Audiomack"),
    ("beatport.com", "Beatport"),
    ("pandora.com", "Pandora"),
    ("napster.com", "Napster"),
    ("song.link", "Songlink"),
    ("album.link", "Songlink"),
    ("odesli.co", "Songlink"),
    ("lnk.to", "Linkfire"),
    ("last.fm", "Last.fm"),
    ("genius.com", "Genius"),
    ("musixmatch.com", "Musixmatch"),
    ("tiktok.com", "TikTok"),
    ("instagram.com", "Instagram"),
    ("facebook.com", "Facebook"),
    ("vimeo.com", "Vimeo"),
    ("t.me", "Telegram"),
];
/// A shop for each country.
const AMAZON: &str = "music.amazon.";
/// Endings that make a word an address; a dot inside a band's name is no link.
const ENDINGS: [&str; 30] = [
    "app", "at", "biz", "ch", "cn", "co", "com", "de", "dev", "es", "eu", "fr", "gg", "info", "io", "it", "link", "ly",
    "me", "net", "nl", "online", "org", "ru", "shop", "site", "tv", "uk", "us", "xyz",
];

/// Why the link to a track is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It can be in so many milliseconds.
    Within(i64),
    /// How soon it can be is not known.
    Now,
    /// No Spotify is connected that could be asked.
    ByHand,
}

impl Link {
    /// Reads the link that a text is, or has in it: a track's where there is one, else the first. A title that only looks
    /// like a domain, as "will.i.am" or "Monster.exe", is none.
    pub fn read(text: &str) -> Option<Self> {
        let plain = Some(text).filter(|text| text.len() <= LONGEST).map(flat)?;
        let words = plain.split(|c: char| c.is_whitespace() || BOUNDS.contains(&c));
        let mut links = words.filter_map(|word| Self::of(word.trim_end_matches(ENDS)));
        let first = links.next()?;
        if matches!(first, Self::Track(_)) {
            return Some(first);
        }
        Some(links.find(|link| matches!(link, Self::Track(_))).unwrap_or(first))
    }

    /// The id of the track that a text leads to.
    pub fn track(text: &str) -> Option<String> {
        match Self::read(text) {
            Some(Self::Track(id)) => Some(id),
            _ => None,
        }
    }

    /// What is wrong with it in the place of a song, and what to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::Track(_) => Unopened::Now.sentence(),
            Self::Spotify(what) => {
                format!("That link leads to {what}, not to a song. Send the link of one song, or type it and its artist.")
            }
            Self::Short => "Only the internet knows where that short link leads. Open it and copy the long one, open.spotify.com/track/…, or type the song and its artist.".into(),
            Self::Service(name) => format!("Links of {name} cannot be played here. Type the song and its artist."),
            Self::Site => "That is an address and not a song. Type the song and its artist.".into(),
        }
    }

    /// A link, or the one that it carries, as those of sites do that want to know who leaves them for where.
    fn of(word: &str) -> Option<Self> {
        let link = Self::bare(word);
        if matches!(link, Some(Self::Track(_))) {
            return link;
        }
        let carried = carried(word).into_iter().find_map(|inner| Self::bare(&inner));
        match (&link, &carried) {
            (Some(Self::Spotify(_) | Self::Short), Some(Self::Track(_)))
            | (None | Some(Self::Site | Self::Service(_)), Some(_)) => carried,
            _ => link,
        }
    }

    fn bare(word: &str) -> Option<Self> {
        let site = match word.split_once("://") {
            Some((before, rest)) if !rest.is_empty() && ends_in_letters(before) >= SCHEME => of_site(rest, true),
            // A browser makes up for slashes too few.
            _ => of_site(after(word, "https:").as_deref().unwrap_or(word).trim_start_matches('/'), false),
        };
        // Behind the question mark of one kind of address may stand the other: the song of an album, the album of a song.
        let uri = after(&word.replace("%3A", ":").replace("%3a", ":"), "spotify:").and_then(|rest| of_uri(&rest));
        match (site, uri) {
            (Some(track @ Self::Track(_)), _) | (_, Some(track @ Self::Track(_))) => Some(track),
            (None | Some(Self::Site), Some(uri)) => Some(uri),
            (site, _) => site,
        }
    }
}

impl Unopened {
    /// What to do instead.
    pub fn sentence(self) -> String {
        match self {
            Self::Within(ms) => {
                format!("This link can be opened here in {}. Until then type the song and its artist.", span(ms))
            }
            Self::Now => "This link cannot be opened here right now: type the song and its artist.".into(),
            Self::ByHand => "Links to songs are not opened at this party: type the song and its artist.".into(),
        }
    }
}

/// A text as a browser takes it for an address: slashes and colons of every keyboard are one.
fn flat(text: &str) -> String {
    visible(text).replace(['\\', '∕', '⁄'], "/").replace('∶', ":")
}

/// What may be an address within an address: all of it where it is escaped, else what stands behind its question mark.
fn carried(word: &str) -> Vec<String> {
    let query = word.split_once('?').map_or(word, |(_, query)| query).split('#').next().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs.flat_map(|(name, value)| [name.into_owned(), value.into_owned()]).filter(|inner| inner != word).collect()
}

fn ends_in_letters(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_alphabetic).count()
}

/// What follows the first `mark`, in whatever case that is written.
fn after(word: &str, mark: &str) -> Option<String> {
    let at = word.to_ascii_lowercase().find(mark)?;
    Some(word[at + mark.len()..].to_owned())
}

/// An address of Spotify's own kind, from behind `spotify:`.
fn of_uri(rest: &str) -> Option<Link> {
    let parts = parts(rest);
    let known = parts.first().is_some_and(|kind| KINDS.iter().any(|(word, _)| kind.eq_ignore_ascii_case(word)));
    known.then(|| at_spotify(&parts))
}

/// The parts of a path, up to where it ends or the sentence around it goes on.
fn parts(path: &str) -> Vec<&str> {
    let end = path.find(|c: char| !c.is_ascii() || "?#&,;!'*".contains(c)).unwrap_or(path.len());
    path[..end].split(['/', ':']).filter(|part| !part.is_empty()).collect()
}

fn at_spotify(parts: &[&str]) -> Link {
    let is = |part: &str, word: &str| part.eq_ignore_ascii_case(word);
    // The language of the page, and the player for other pages, stand before what is meant; who made a list does, too.
    let aside = |part: &&&str| part.to_ascii_lowercase().starts_with("intl-") || is(part, "embed");
    let parts = &parts[parts.iter().take_while(aside).count()..];
    let parts = if parts.len() > 2 && is(parts[0], "user") { &parts[2..] } else { parts };
    match parts {
        [kind, id] if is(kind, "track") && is_id(id) => Link::Track((*id).to_owned()),
        [kind, ..] => {
            let known = KINDS.iter().find(|(word, _)| is(kind, word));
            Link::Spotify(known.map_or("a page of Spotify", |(_, what)| what))
        }
        [] => Link::Spotify("a page of Spotify"),
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// An address of the web without its scheme. Where it came without one, more is needed than a name with a dot in it.
fn of_site(rest: &str, has_scheme: bool) -> Option<Link> {
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = host.rsplit('@').next()?.split(':').next()?.replace('。', ".").trim_matches('.').to_ascii_lowercase();
    let leads_on = has_scheme || !path.is_empty();
    let at = |domain: &str| {
        let before = host.strip_suffix(domain);
        before.is_some_and(|before| before.ends_with('.') || leads_on && before.is_empty())
    };
    if SHORT.into_iter().any(at) {
        return Some(Link::Short);
    }
    if at(SPOTIFY) {
        return Some(at_spotify(&parts(path)));
    }
    if let Some((_, name)) = SERVICES.into_iter().find(|(domain, _)| at(domain)) {
        return Some(Link::Service(name));
    }
    if host.starts_with(AMAZON) {
        return Some(Link::Service("Amazon Music"));
    }
    let is_page = host.starts_with("www.") && host.matches('.').count() > 1;
    let is_device = host.parse::<Ipv4Addr>().is_ok();
    (has_scheme || is_page || !path.is_empty() && (is_device || is_domain(&host))).then_some(Link::Site)
}

/// Whether a word is a name of the web by its shape: two labels, and an ending that makes it one.
fn is_domain(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let ending = labels.next().unwrap_or_default();
    ENDINGS.contains(&ending) && labels.next().is_some_and(|label| label.len() > 1)
}

/// Whether a text that others see holds an address of the web, a bare domain among them.
pub fn has_link(text: &str) -> bool {
    let lower = flat(text).to_lowercase();
    let named = |word: &str| {
        let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
        is_domain(host.trim_matches(|c: char| !c.is_alphanumeric()).replace('。', ".").as_str())
    };
    lower.contains("://") || lower.contains("www.") || lower.split_whitespace().any(named) || Link::read(text).is_some()
}

#[cfg(test)]
mod tests;
