//! The DJ's pages, within one thumb on a phone.

mod clearing;
mod frame;
mod history;
mod matching;
mod notice;
mod now_playing;
mod overview;
mod player;
mod poster;
mod queue;
mod renewal;
mod requests;
mod row;
mod screens;
mod settings;
mod spotify;
mod undo;

use super::Part;
use crate::domain::Board;

pub use frame::Viewer;
pub use history::{audit, history, report};
pub use overview::overview;
pub use player::{NONE_OBEYS, Speaker};
pub use poster::poster;
pub use queue::queue;
pub use requests::{JustDone, pending, requests};
pub use screens::screen_made;
pub use settings::{helper_made, settings};
pub use spotify::{Details, Light, consent, spotify};
pub use undo::did;

/// The live fragments of all the host's pages; a page takes those it has a place for.
#[must_use]
pub fn parts(board: &Board) -> Vec<Part> {
    vec![
        Part::new("notice", &notice::notice(board)),
        Part::new("event", &overview::event(board)),
        Part::new("now", &now_playing::now(board)),
        Part::new("counts", &overview::counts(board)),
        Part::new("steering", &player::steering(board, None)),
        Part::new("closed", &queue::closed(board)),
        Part::new("clear", &clearing::clear(board)),
        pending(board, requests::more),
        queue::songs(board),
        requests::done(board),
        Part::new("muted", &requests::muted(board)),
    ]
}
