//! Every no of the domain, with its code and a sentence for people.

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
    /// Somebody outside does not answer.
    Unavailable,
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
    /// Slow down: the next request may come in so many milliseconds.
    TooSoon(i64),
    /// Enough for this hour: the next request may come in so many milliseconds.
    HourFull(i64),
    /// Searching may go on in so many milliseconds.
    TooManySearches(i64),
    /// Very many came in from the same place: the next one may in so many milliseconds.
    DoorFull(i64),
    /// So many requests wait that no more are taken.
    ListFull,
    /// So many pages are open that no more can have what is new at once.
    HouseFull,
    /// Enough votes for now: the next one counts in so many milliseconds.
    TooManyVotes(i64),
    /// The request is in another state by now; carries it as it is.
    WrongState(Box<HostRequest>),
    /// Someone reordered first; carries the version that won.
    MovedFirst(i64),
    NotYours,
    /// A song to be brought back is on the list by another request.
    ListedAgain,
    /// No act on this request is young enough to be taken back, or it was somebody else's.
    NothingToUndo,
    /// Something else was done to the request since the act that was to be taken back.
    ChangedSince,
    /// A callback whose `state` is used, expired, or another host's.
    UnknownConsent,
    Spotify(SpotifyTrouble),
    /// One pass holds enough streams open.
    TooManyStreams,
}

impl Refusal {
    /// One field and what is wrong with it.
    pub fn field(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name, sentence.into())])
    }

    /// A text fault on a named field.
    pub fn text(name: &'static str, fault: TextFault) -> Self {
        Self::field(name, fault.sentence())
    }

    /// The word the contract has for it. A table, one line a word: cut in two it would need a line for "none of these".
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
            Self::TooManyStreams | Self::HouseFull => "too_many_streams",
            Self::DoorFull(_) => "door_full",
            Self::ListedAgain => "listed_again",
            Self::NothingToUndo => "nothing_to_undo",
            Self::ChangedSince => "changed_since",
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
            Self::TooManyVotes(_) => "too_many_votes",
            Self::ListFull => "list_full",
            _ => "refused",
        }
    }

    /// What sort of refusal it is, from which its HTTP status follows.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Spotify(SpotifyTrouble::Later(_) | SpotifyTrouble::Lost) => Kind::Unavailable,
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
            waits if waits.retry_after_ms().is_some() => Kind::TooMany,
            _ => Kind::Conflict, // The state of things is against it.
        }
    }

    /// When it makes sense to try again, in milliseconds from now.
    pub fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::PinWait(ms)
            | Self::SignInWait(ms)
            | Self::TooManyWaiting(ms)
            | Self::TooSoon(ms)
            | Self::HourFull(ms)
            | Self::TooManySearches(ms)
            | Self::TooManyVotes(ms)
            | Self::DoorFull(ms) => Some((*ms).max(1)),
            Self::TooManyStreams | Self::HouseFull => Some(30_000),
            Self::ListFull => Some(60_000),
            Self::SignInQueue => Some(3000),
            Self::Spotify(trouble) => trouble.wait_ms(),
            _ => None,
        }
    }
}
