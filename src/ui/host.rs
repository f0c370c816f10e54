//! The DJ's pages, within one thumb on a phone.

mod clearing;
mod evening;
mod frame;
mod history;
mod list;
mod matching;
mod notice;
mod now_playing;
mod player;
mod renewal;
mod settings;
mod spotify;

use super::Part;
use crate::domain::Board;

pub use evening::{overview, poster, screen_made};
pub use frame::Desk;
pub use history::{audit, history, report};
pub use list::{JustDone, did, pending, queue, requests};
pub use player::{NONE_OBEYS, Speaker};
pub use settings::{helper_made, settings};
pub use spotify::{Light, Looks, consent, spotify};

/// The live fragments of all the host's pages; a page takes those it has a place for.
#[must_use]
pub fn parts(board: &Board) -> Vec<Part> {
    vec![
        Part::new("notice", &notice::notice(board)),
        Part::new("event", &evening::event(board)),
        Part::new("now", &now_playing::now(board)),
        Part::new("counts", &evening::counts(board)),
        Part::new("steering", &player::steering(board, None)),
        Part::new("closed", &list::closed(board)),
        Part::new("clear", &clearing::clear(board)),
        Part::new("pending", &pending(board, list::more)),
        Part::new("line", &list::line(board)),
        Part::new("done", &list::done(board)),
        Part::new("muted", &list::muted(board)),
    ]
}
