//! What is pasted on the way to a Spotify of one's own: each thing into any field, and what is meant by it.

use url::form_urlencoded;

use super::line::visible;
use super::{ClientId, Refusal};

/// What stands around something that was copied from a page, a letter or a chat.
const QUOTES: [char; 19] =
    ['"', '\'', '`', '´', '“', '”', '„', '‘', '’', '‚', '«', '»', '‹', '›', '<', '>', '(', ')', ','];

impl ClientId {
    /// The client id that is meant by what was pasted: by itself, in quotes, behind its name or within an address of the
    /// dashboard. Says what something else is, and where it belongs.
    pub fn meant(text: &str) -> Result<Self, Refusal> {
        let plain = visible(text);
        let mut found = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(Self::parse);
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            (Some(_), Some(_)) => Err(Refusal::field(
                "client_id",
                "There is more than one in it. Paste the client ID alone, without the secret: this box needs none.",
            )),
            (None, _) => Err(Refusal::field("client_id", other_than_an_id(&plain))),
        }
    }
}

fn other_than_an_id(text: &str) -> &'static str {
    if text.contains("code=") {
        "This is the address you came back with. It belongs in the field “Address” that follows on Connect Spotify; here goes the client ID."
    } else if text.contains("/spotify/callback") {
        "This is the redirect URI. It belongs in the app’s Settings at Spotify; copy the client ID from there and paste it here."
    } else if text.contains("spotify.com") {
        "This address has no client ID in it. Open your app at developer.spotify.com/dashboard, and copy the client ID from its Settings."
    } else {
        "Please copy the client ID from Spotify’s dashboard: 32 digits and letters from a to f."
    }
}

/// What Spotify sends somebody back with.
#[derive(Debug, PartialEq, Eq)]
pub struct CameBack {
    /// What is turned into tokens.
    pub code: String,
    /// The secret that the consent began with.
    pub state: String,
}

impl CameBack {
    /// Reads a whole address, what stands behind its question mark, or the address of the page that a browser shows in
    /// the place of one it cannot reach. Says what something else is, and where it belongs.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let plain = visible(text);
        let words = || plain.split_whitespace().map(|word| word.trim_matches(QUOTES));
        let pairs = words().map(asked).find(|pairs| named(pairs, "state").is_some() || named(pairs, "error").is_some());
        let is_theirs = words().any(|word| word.contains("accounts.spotify.com"));
        match pairs.filter(|_| !is_theirs) {
            Some(pairs) => Self::of(named(&pairs, "code"), named(&pairs, "state"), named(&pairs, "error"))
                .map_err(|refusal| if refusal == Refusal::UnknownConsent { odd(&plain) } else { refusal }),
            None => Err(odd(&plain)),
        }
    }

    /// What an address has in it. Refuses a no, and one that lacks something.
    pub fn of(code: Option<&str>, state: Option<&str>, error: Option<&str>) -> Result<Self, Refusal> {
        if error.is_some() {
            return Err(Refusal::field("url", "Spotify was told no. Begin again when you like."));
        }
        let both = code.zip(state).filter(|(code, state)| code.len() < 2000 && state.len() < 200);
        let (code, state) = both.ok_or(Refusal::UnknownConsent)?;
        Ok(Self { code: code.to_owned(), state: state.to_owned() })
    }
}

type Pairs = Vec<(String, String)>;

/// What an address asks, or the one within it.
fn asked(address: &str) -> Pairs {
    let pairs = behind(address);
    let within = pairs.iter().map(|(_, value)| value).find(|value| value.contains("state="));
    within.map_or_else(|| pairs.clone(), |within| behind(within))
}

fn behind(address: &str) -> Pairs {
    let address = address.split('#').next().unwrap_or_default();
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn named<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn odd(text: &str) -> Refusal {
    let sentence = if text.contains("accounts.spotify.com") {
        "This is Spotify’s own page, which has not sent you back yet. Say yes there; where it shows an error, see “If Spotify shows an error” below."
    } else if text.contains("chrome-error:") || text.contains("about:neterror") {
        "This is the browser’s own page. Go back to it, tap its address bar and copy what begins with http://127.0.0.1."
    } else if ClientId::meant(text).is_ok() {
        "This is a client ID. It belongs in the field “Client ID” on your Spotify page; here goes the address of the page you ended at."
    } else if text.contains("spotify.com") {
        "This is an address of Spotify. Press Open Spotify above, say yes, and paste the address of the page you end at."
    } else {
        "This is not the address of the page you ended at. Paste it whole: it has code= and state= in it."
    };
    Refusal::field("url", sentence)
}

#[cfg(test)]
mod tests;
