use super::{HostRequest, SpotifyTrouble, TextFault};

/// The family a refusal belongs to; the wire gives each family one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Malformed,
    NotSignedIn,
    Forbidden,
    NotThere,
    Conflict,
    Over,
    Invalid,
    TooMany,
}

/// A "no" of the domain, each with a code for programs and a sentence for a person.
///
/// Sentences for guests are true, short, and never carry a host's private reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Something in the request could not be read; the text says what.
    Malformed(String),
    /// Named fields and what is wrong with each.
    Invalid(Vec<(&'static str, String)>),
    NotSignedIn,
    BadLogin,
    /// Too many wrong passwords; wait this many milliseconds.
    SignInWait(i64),
    /// Too many passwords are being looked at right now; nobody has done anything wrong.
    SignInQueue,
    /// What was just given to this browser to keep did not come back.
    CookiesBlocked,
    Suspended,
    NotOwner,
    NotSuperadmin,
    CrossOrigin,
    UsernameTaken,
    LastSuperadmin,
    SetupClosed,
    NotFound,
    EventActive,
    NoEvent,
    EventOver,
    WrongPin,
    WrongJoinLink,
    /// Too many wrong PINs; wait this many milliseconds.
    PinWait(i64),
    DeadScreen,
    DeadHelper,
    NotJoined,
    /// The host has muted this guest.
    Muted,
    /// The `Host` header names somebody else: a page elsewhere pretends to be us.
    UnknownHost,
    NotThisMachine,
    RequestsClosed,
    Paused,
    DoNotPlay,
    Explicit,
    /// Longer than the house takes, in milliseconds.
    TooLong(i64),
    /// The song ran already; it may be asked for again in so many milliseconds.
    PlayedAlready(i64),
    /// The artist ran already; the same in milliseconds.
    ArtistRested(i64),
    TooManyWaiting(i64),
    /// Slow down: the next wish may come in so many milliseconds.
    TooSoon(i64),
    /// Enough for this hour: the next wish may come in so many milliseconds.
    HourFull(i64),
    /// Searching may go on in so many milliseconds.
    TooManySearches(i64),
    /// The request is in another state by now; carries it as it is.
    WrongState(Box<HostRequest>),
    /// Someone reordered first; carries the version that won.
    MovedFirst(i64),
    NotYours,
    /// A song to be brought back is on the list by another wish.
    ListedAgain,
    /// A callback whose `state` is used, expired, or another host's.
    UnknownConsent,
    Spotify(SpotifyTrouble),
    /// One pass holds enough streams open.
    TooManyStreams,
}

impl Refusal {
    /// One field and what is wrong with it.
    #[must_use]
    pub fn field(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name, sentence.into())])
    }

    /// A text fault on a named field.
    #[must_use]
    pub fn text(name: &'static str, fault: TextFault) -> Self {
        Self::field(name, fault.sentence())
    }

    /// The word the contract has for it. A table, one line a word: cut in two it would need a line for "none of these".
    #[must_use]
    #[allow(clippy::too_many_lines)]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Invalid(_) => "invalid",
            Self::NotSignedIn => "not_signed_in",
            Self::BadLogin => "bad_login",
            Self::Suspended => "suspended",
            Self::NotOwner => "not_owner",
            Self::NotSuperadmin => "not_superadmin",
            Self::CrossOrigin => "cross_origin",
            Self::UsernameTaken => "username_taken",
            Self::LastSuperadmin => "last_superadmin",
            Self::SetupClosed => "setup_closed",
            Self::NotFound => "not_found",
            Self::EventActive => "event_active",
            Self::NoEvent => "no_event",
            Self::EventOver => "event_over",
            Self::WrongPin => "wrong_pin",
            Self::WrongJoinLink => "wrong_join_link",
            Self::PinWait(_) | Self::SignInWait(_) => "too_many_tries",
            Self::SignInQueue => "too_many_at_once",
            Self::CookiesBlocked => "cookies_blocked",
            Self::DeadScreen => "dead_screen",
            Self::DeadHelper => "dead_helper",
            Self::UnknownHost => "unknown_host",
            Self::NotThisMachine => "forbidden",
            Self::NotJoined => "not_joined",
            Self::WrongState(_) => "wrong_state",
            Self::MovedFirst(_) => "moved_first",
            Self::NotYours => "not_yours",
            Self::TooManyStreams => "too_many_streams",
            Self::ListedAgain => "listed_again",
            Self::UnknownConsent => "unknown_consent",
            Self::Spotify(trouble) => trouble.code(),
            of_a_wish => of_a_wish.wish_code(),
        }
    }

    fn wish_code(&self) -> &'static str {
        match self {
            Self::Muted => "muted",
            Self::RequestsClosed => "requests_closed",
            Self::Paused => "paused",
            Self::DoNotPlay => "not_tonight",
            Self::Explicit => "explicit",
            Self::TooLong(_) => "too_long",
            Self::PlayedAlready(_) => "played_already",
            Self::ArtistRested(_) => "artist_played",
            Self::TooManyWaiting(_) => "too_many_waiting",
            Self::TooSoon(_) => "too_soon",
            Self::HourFull(_) => "hour_full",
            Self::TooManySearches(_) => "too_many_searches",
            _ => "refused",
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Spotify(trouble) if trouble.wait_ms().is_some() => Kind::TooMany,
            Self::Malformed(_) => Kind::Malformed,
            Self::Invalid(_) => Kind::Invalid,
            Self::NotSignedIn
            | Self::BadLogin
            | Self::CookiesBlocked
            | Self::WrongPin
            | Self::WrongJoinLink
            | Self::NotJoined
            | Self::DeadScreen
            | Self::DeadHelper => Kind::NotSignedIn,
            Self::Suspended
            | Self::NotOwner
            | Self::NotSuperadmin
            | Self::CrossOrigin
            | Self::SetupClosed
            | Self::RequestsClosed
            | Self::Paused
            | Self::DoNotPlay
            | Self::Explicit
            | Self::TooLong(_)
            | Self::Muted
            | Self::UnknownHost
            | Self::NotThisMachine
            | Self::NotYours => Kind::Forbidden,
            Self::NotFound => Kind::NotThere,
            Self::NoEvent | Self::EventOver => Kind::Over,
            Self::PinWait(_)
            | Self::SignInWait(_)
            | Self::SignInQueue
            | Self::TooManyWaiting(_)
            | Self::TooSoon(_)
            | Self::HourFull(_)
            | Self::TooManySearches(_)
            | Self::TooManyStreams => Kind::TooMany,
            _ => Kind::Conflict, // The state of things is against it.
        }
    }

    /// When it makes sense to try again, in milliseconds from now.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::PinWait(ms)
            | Self::SignInWait(ms)
            | Self::TooManyWaiting(ms)
            | Self::TooSoon(ms)
            | Self::HourFull(ms)
            | Self::TooManySearches(ms) => Some((*ms).max(1)),
            Self::TooManyStreams => Some(30_000),
            Self::SignInQueue => Some(3000),
            Self::Spotify(trouble) => trouble.wait_ms(),
            _ => None,
        }
    }

    /// The sentence a person reads.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Malformed(what) => what.clone(),
            Self::Invalid(fields) => fields
                .first()
                .map_or_else(|| "Something in the form is not right.".into(), |(name, what)| named(name, what)),
            Self::PinWait(ms) => format!("Too many wrong PINs. Try again in {}, or scan the QR code.", span(*ms)),
            Self::SignInWait(ms) => format!("Too many wrong passwords. Try again in {}.", span(*ms)),
            Self::TooLong(ms) => format!("This one is too long: songs of up to {} are taken.", span(*ms)),
            Self::PlayedAlready(ms) => format!("This one has already been played tonight. Ask again in {}.", span(*ms)),
            Self::ArtistRested(ms) => format!("This artist has just been on. Ask again in {}.", span(*ms)),
            Self::TooSoon(ms) => format!("One wish at a time: the next one in {}.", span(*ms)),
            Self::HourFull(ms) => format!("That is enough wishes for this hour. The next one in {}.", span(*ms)),
            Self::TooManySearches(ms) => format!("That is a lot of searching. Go on in {}.", span(*ms)),
            Self::WrongState(now) => format!("This request is already {}.", now.view.status.words()),
            Self::Spotify(trouble) => trouble.sentence(),
            other => other.plain().into(),
        }
    }

    fn plain(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "Please sign in first.",
            Self::BadLogin => "The name or the password is wrong.",
            Self::SignInQueue => "Many people are signing in at this moment. Please try again in a few seconds.",
            Self::CookiesBlocked => "This browser did not keep the cookie it was given, so it cannot be let in.",
            Self::Suspended => "This account is suspended. Please ask the owner of the box.",
            Self::NotOwner => "These pages belong to another DJ.",
            Self::NotSuperadmin => "Only the super admin may do this.",
            Self::CrossOrigin => "This came from another site. Please open the page itself and try again.",
            Self::UsernameTaken => "This username is taken.",
            Self::LastSuperadmin => "This is the last super admin; make another one first.",
            Self::SetupClosed => {
                "This set-up link is used or wrong. The current one is shown where the box was started."
            }
            Self::NotFound => "There is nothing here.",
            Self::EventActive => "An event is running already. End it before starting another.",
            Self::NoEvent => "There is no party here right now.",
            Self::EventOver => "This party is over.",
            Self::WrongPin => "That PIN is not right. It is shown on the screen.",
            Self::WrongJoinLink => "This QR code is no longer valid. Please scan the new one.",
            Self::DeadScreen => "This screen link is used up or revoked. Please make a new one on the DJ's page.",
            Self::DeadHelper => "This helper link has run out or was revoked. Please ask the DJ for a new one.",
            Self::Muted => "The DJ is not taking requests from this phone any more.",
            Self::UnknownHost => "Please open this box by its own address, as shown on the screen or at its start.",
            Self::NotThisMachine => "This is for programs on this machine, asking directly; others need metrics.token.",
            Self::NotJoined => "Please join the party first: scan the QR code or enter the PIN.",
            Self::RequestsClosed => "The DJ is not taking requests right now.",
            Self::Paused => "The party is paused. Please try again later.",
            Self::Explicit => "Explicit songs are not taken tonight. Please pick another.",
            Self::DoNotPlay => "This one won't be played tonight. Please pick another.",
            Self::TooManyWaiting(_) => "Your wishes are still waiting. You can ask again when one was played.",
            Self::MovedFirst(_) => "Someone else changed the order first. Here is the new one.",
            Self::NotYours => "This is not your wish.",
            Self::UnknownConsent => {
                "This address does not belong to a connection you began here, or it is older than ten minutes. Please begin again."
            }
            Self::ListedAgain => "Somebody has asked for this song again meanwhile: it is on the list already.",
            Self::TooManyStreams => "This page is open too often. Please close some of its tabs.",
            _ => "That did not work.",
        }
    }
}

/// A waiting time in words, rounded up: seconds to a minute, then minutes.
fn span(ms: i64) -> String {
    match (ms.max(0) + 999) / 1000 {
        0 | 1 => "a second".into(),
        s @ 2..=90 => format!("{s} seconds"),
        s => format!("{} minutes", (s + 59) / 60),
    }
}
/// What is wrong with a field. A request of anybody's needs the field's name; a sentence of its own stands alone.
fn named(name: &str, what: &str) -> String {
    if !what.starts_with("Please") {
        return what.to_owned();
    }
    let words = name.replace('_', " ");
    let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}: {what}", first.to_uppercase())
}
