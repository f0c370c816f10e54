//! The sentence to each refusal, for a person: true, short, and without a host's private reason.

use super::line::span;
use super::{Refusal, Status};

impl Refusal {
    /// The sentence a person reads.
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
            Self::DoorFull(ms) => {
                format!(
                    "Very many people came in this way just now. Try the other one, the PIN or the QR code, or this one again in {}.",
                    span(*ms)
                )
            }
            Self::HouseFull => {
                "Very many pages are open here. This one looks for what is new by itself, a little later.".into()
            }
            Self::TooManyVotes(ms) => format!("That is a lot of votes. Go on in {}.", span(*ms)),
            Self::WrongState(now) if now.view.status == Status::HandedOver => {
                "Spotify has this song already: from here on it goes its way there, where it can be skipped.".into()
            }
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
            Self::DeadScreen => {
                "This screen link is used up, revoked or mistyped. Please look at it again, or make a new one on the DJ's page."
            }
            Self::DeadHelper => "This helper link has run out or was revoked. Please ask the DJ for a new one.",
            Self::UnknownHost => "Please open this box by its own address, as shown on the screen or at its start.",
            Self::NotThisMachine => "This is for programs on this machine, asking directly; others need metrics.token.",
            Self::NotJoined => "Please join the party first: scan the QR code or enter the PIN.",
            Self::MovedFirst(_) => "Someone else changed the order first. Here is the new one.",
            Self::UnknownConsent => {
                "This address does not belong to a connection you began here, or it is older than ten minutes. Please begin again."
            }
            Self::NothingToUndo => {
                "There is nothing to take back: it was taken back already, is more than an hour or a restart ago, or somebody else did it."
            }
            Self::ChangedSince => "It was changed since, so it stays as it is now.",
            Self::TooManyStreams => "This page is open too often. Please close some of its tabs.",
            of_a_wish => of_a_wish.wish_words(),
        }
    }

    fn wish_words(&self) -> &'static str {
        match self {
            Self::Muted => "The DJ is not taking requests from this phone any more.",
            Self::RequestsClosed => "The DJ is not taking requests right now.",
            Self::Paused => "The party is paused. Please try again later.",
            Self::Explicit => "Explicit songs are not taken tonight. Please pick another.",
            Self::DoNotPlay => "This one won't be played tonight. Please pick another.",
            Self::TooManyWaiting(_) => "Your wishes are still waiting. You can ask again when one was played.",
            Self::ListFull => "So many wishes are waiting that no more are taken for now. Please try again later.",
            Self::NotYours => "This is not your wish.",
            Self::ListedAgain => "Another wish for this song is on the list already.",
            _ => "That did not work.",
        }
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
