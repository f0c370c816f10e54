//! A host's connection to Spotify, and what can be wrong with it.

use serde::Serialize;

use super::line::span;
use super::set_up::SetUp;
use super::{Health, Timestamp};

/// A DJ's connection to Spotify, as pages and JSON show it; tokens stay in the store.
#[derive(Clone, Debug, Serialize)]
pub struct SpotifyLink {
    pub connected: bool,
    /// The account's name at Spotify.
    pub account: Option<String>,
    /// The app the DJ comes with: their own, or the box's.
    pub client_id: Option<String>,
    /// When the DJ consented last.
    pub authorized_at: Option<Timestamp>,
    /// When the consent dies by itself.
    pub reconnect_by: Option<Timestamp>,
    pub health: Health,
    /// What to do, where something is wrong.
    pub message: Option<String>,
    /// Calls of this client id in the last 24 hours, its other DJs' included.
    pub used_today: i64,
    /// Calls allowed in 24 hours.
    pub budget: i64,
    /// Another DJ of this box is connected to the same account.
    pub shared_account: bool,
}

/// Something a DJ is to be told of their Spotify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub health: Health,
    pub sentence: String,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
}

/// Days before its end from which on a DJ is told of it: the sixth month.
const WARNING_DAYS: i64 = 30;
/// Days a consent lives: six months, told a little early.
const CONSENT_DAYS: i64 = 180;
/// Spotify's client ids.
const CLIENT_ID: usize = 32;

impl SpotifyLink {
    /// When a consent given then dies.
    pub fn dies(authorized_at: Timestamp) -> Timestamp {
        authorized_at.plus_ms(CONSENT_DAYS * 86_400_000)
    }

    /// That two DJs' nights would come from one player.
    pub fn shared() -> Notice {
        let sentence = "Another DJ of this box is connected to the same Spotify account. It plays one song at a time, so their songs come between yours: connect an account of your own.".to_owned();
        Notice { health: Health::Ok, sentence, until: None }
    }

    /// That a consent given at `authorized_at` ends within the month.
    pub fn ends_soon(authorized_at: Timestamp, now: Timestamp) -> Option<Notice> {
        let dies = Self::dies(authorized_at);
        let sentence = "Spotify ends this connection soon. Connect it again before your next night.".to_owned();
        (dies.ms_since(now) < WARNING_DAYS * 86_400_000).then_some(Notice {
            health: Health::Ok,
            sentence,
            until: Some(dies),
        })
    }
}

/// A client id of Spotify's developer dashboard: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId(String);

impl ClientId {
    /// Refuses any other shape; spaces around are forgiven.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = text.len() == CLIENT_ID && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(text.to_lowercase()))
    }

    /// 32 hexadecimal digits in small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why Spotify did not do it, and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpotifyTrouble {
    NotConnected,
    /// No client id to come with.
    NoApp,
    /// The consent is gone.
    Reconnect,
    NoDevice,
    NotPremium,
    /// The active device takes no commands; its name.
    Restricted(String),
    /// Something is to be mended at Spotify's dashboard.
    SetUp(SetUp),
    /// The client id has used up its day; milliseconds until it may call again.
    Quota(i64),
    /// This box has spent what it allows itself to ask in a day.
    Spent,
    /// What is left of that is kept for handing songs over.
    Reserved,
    /// Spotify asks to be left alone for so many milliseconds.
    TooMany(i64),
    /// Not now; milliseconds after which it makes sense to ask again.
    Later(i64),
    /// The answer to a command was lost, and with it whether it was done.
    Lost,
    /// A refusal in Spotify's own words.
    Refused(String),
    /// Songs of these titles were refused, for a reason in Spotify's own words.
    Songs {
        titles: Vec<String>,
        why: String,
    },
    /// Searches for these titles were refused, and none was answered; the same.
    Searches {
        titles: Vec<String>,
        why: String,
    },
}

impl SpotifyTrouble {
    /// The health a connection has with this trouble.
    pub fn health(&self) -> Health {
        match self {
            Self::Reconnect | Self::NotConnected | Self::NoApp => Health::Reconnect,
            Self::NoDevice | Self::Restricted(_) => Health::NoDevice,
            Self::NotPremium => Health::NotPremium,
            Self::Quota(_) => Health::Quota,
            Self::Spent | Self::Reserved => Health::Stale,
            Self::TooMany(_) => Health::RateLimited,
            _ => Health::Unavailable,
        }
    }

    /// What a program reads in place of the sentence.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::NoApp => "no_app",
            Self::Reconnect => "reconnect",
            Self::NoDevice => "no_device",
            Self::NotPremium => "not_premium",
            Self::Restricted(_) => "restricted_device",
            Self::SetUp(what) => what.code(),
            Self::Quota(_) => "quota",
            Self::Spent => "spent",
            Self::Reserved => "reserved",
            Self::TooMany(_) => "rate_limited",
            Self::Later(_) | Self::Lost => "spotify_unavailable",
            Self::Refused(_) | Self::Songs { .. } | Self::Searches { .. } => "spotify_refused",
        }
    }

    /// How long to wait, in milliseconds, where waiting helps.
    pub fn wait_ms(&self) -> Option<i64> {
        match self {
            Self::Quota(ms) | Self::TooMany(ms) | Self::Later(ms) => Some(*ms),
            _ => None,
        }
    }

    /// What happened and what to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotConnected => "Spotify is not connected. Connect it under Spotify first.".into(),
            Self::NoApp => "There is no client id yet. Enter yours under Spotify first.".into(),
            Self::Reconnect => "Spotify has ended the connection. Please connect it again.".into(),
            Self::NoDevice => "Spotify has no device to play on. Open Spotify on one and press play there.".into(),
            Self::NotPremium => "This Spotify account has no Premium: it can be watched, but not steered.".into(),
            Self::Restricted(name) => format!("“{name}” takes no commands from other apps, so no song can be handed over. In Spotify, play on another device."),
            Self::SetUp(what) => what.sentence(),
            Self::Quota(ms) => format!("Spotify allows this app no more calls for about {}.", span(*ms)),
            Self::Spent => "This box has asked Spotify as often as it may in a day, so nobody knows what plays. Run the night by hand; it goes on by itself as yesterday’s calls leave the day.".into(),
            Self::Reserved => "Nearly all of today’s calls are used. The rest is kept for handing songs over, so the box looks only as each of them begins; guests find what it knows already.".into(),
            Self::TooMany(ms) => format!("Spotify asks for {} of patience.", span(*ms)),
            Self::Later(_) => "Spotify did not answer. Please try again in a moment.".into(),
            Self::Lost => "Spotify did not answer, and may have done it all the same. Look before you press again.".into(),
            Self::Refused(message) => format!("Spotify says: {message}"),
            Self::Songs { titles, why } if titles.len() == 1 => {
                format!("Spotify does not take “{}” and says: {why}", titles.concat())
            }
            Self::Songs { titles, why } => {
                format!("Spotify takes no song right now, tried were {}. It says: {why}", quoted(titles))
            }
            Self::Searches { titles, why } => format!("Spotify refuses every search right now, tried were {}. Wishes that were typed wait, and it is asked again by itself; in the menu ⋯ of each is Play by hand. It says: {why}", quoted(titles)),
        }
    }
}

fn quoted(titles: &[String]) -> String {
    titles.iter().map(|title| format!("“{title}”")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{ClientId, SpotifyTrouble};

    #[test]
    fn what_spotify_says_to_every_search_does_not_run_into_the_next_sentence() {
        let titles = ["A", "B"].map(str::to_owned).into();
        let told = SpotifyTrouble::Searches { titles, why: "Bad request".into() }.sentence();
        assert!(told.ends_with("Play by hand. It says: Bad request"), "{told}");
    }

    #[test]
    fn a_client_id_has_32_hexadecimal_digits() {
        assert_eq!(
            ClientId::parse(" 0123456789ABCDEF0123456789abcdef ").unwrap().as_str(),
            "0123456789abcdef0123456789abcdef"
        );
        for odd in ["", "0123", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"] {
            assert!(ClientId::parse(odd).is_none(), "{odd}");
        }
    }
}
