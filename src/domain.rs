//! The words and the rules. No I/O, no clock (`now` comes in), no framework types.
//!
//! Parse, don't validate: a [`Username`] that exists is valid.

mod account;
mod address;
mod attempts;
mod audit;
mod board;
mod budget;
mod decency;
mod event;
mod handover;
mod helper;
mod id;
mod look;
mod names;
mod playback;
mod refusal;
mod report;
mod request;
mod rules;
mod schedule;
mod screen;
mod session;
mod song;
mod spotify;
mod text;
mod throttle;
mod timestamp;
mod turns;

pub use account::{AccountStatus, Password, Role, User};
pub use address::Address;
pub use attempts::Attempts;
pub use audit::{AuditEntry, Outcome};
pub use board::{Board, HostRequest, MutedGuest, Party, PartyEvent, RequestView, Stage, StageEvent, listed};
pub use budget::{Budget, hour_start, used};
pub use decency::{has_link, is_decent};
pub use event::{Event, EventCard, EventStatus, JoinToken, Pin};
pub use handover::{AHEAD_MS, Fate, Handed, Orders, Position, SETTLED_MS, Step};
pub use helper::{Helper, HelperToken};
pub use id::{EventId, GuestId, HelperId, Id, RequestId, ScreenId, SessionId, UserId};
pub use look::{Asked, Began, Heard, Look};
pub use names::{RESERVED, Username};
pub use playback::{Health, Playback, PlaybackState, Source, Track};
pub use refusal::{Kind, Refusal};
pub use report::{EventSummary, Report, Totals};
pub use request::{Act, Request, Status, Wish};
pub use rules::{GuestTally, HouseRules, Order};
pub use schedule::{AFTER_COMMAND_MS, PollOutcome, next_poll};
pub use screen::{Screen, ScreenToken};
pub use session::Session;
pub use song::Song;
pub use spotify::{ClientId, Notice, SpotifyLink, SpotifyTrouble};
pub use text::{Line, TextFault};
pub use throttle::{Subject, counted};
pub use timestamp::Timestamp;
pub use turns::{LOCKED, Waiting, Why, arrange};
