//! The words and the rules. No I/O, no clock (`now` comes in), no framework types.
//!
//! Parse, don't validate: a [`Username`] that exists is valid.

mod account;
mod address;
mod attempts;
mod audit;
mod board;
mod event;
mod id;
mod names;
mod playback;
mod refusal;
mod report;
mod request;
mod rules;
mod screen;
mod song;
mod text;
mod timestamp;
mod turns;

pub use account::{AccountStatus, Password, Role, User};
pub use address::Address;
pub use attempts::Attempts;
pub use audit::{AuditEntry, Outcome};
pub use board::{Board, HostRequest, Party, PartyEvent, RequestView, Stage, StageEvent, listed};
pub use event::{Event, EventCard, EventStatus, JoinToken, Pin};
pub use id::{EventId, GuestId, Id, RequestId, ScreenId, SessionId, UserId};
pub use names::{RESERVED, Username};
pub use playback::{Health, Playback, PlaybackState, Source, Track};
pub use refusal::{Kind, Refusal};
pub use report::{EventSummary, Report, Totals};
pub use request::{Act, Request, Status, Wish};
pub use rules::{GuestTally, HouseRules, Order};
pub use screen::{Screen, ScreenToken};
pub use song::Song;
pub use text::{Line, TextFault};
pub use timestamp::Timestamp;
pub use turns::{LOCKED, Waiting, Why, arrange};
