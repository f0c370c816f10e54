//! Clearing all that waits at once, and having it back.

use maud::{Markup, html};

use crate::domain::Board;

/// Where more than so many wait, all can be cleared at once.
const MANY: i64 = 10;

/// The way to be rid of a flood of wishes, and for an hour the way back.
pub fn clear(board: &Board) -> Markup {
    html! {
        @if let Some(cleared) = &board.cleared {
            form .actions method="post" action={ "/api/" (board.username) "/waiting/undo?of=" (cleared.version) } data-send {
                button .quiet type="submit" { "Bring back the " (cleared.count) " that were cleared" }
            }
        }
        @if board.waiting > MANY {
            form .actions method="post" action={ "/api/" (board.username) "/waiting/clear" } data-send {
                button .quiet type="submit" { "Clear all " (board.waiting) " that wait" }
            }
        }
    }
}

/// What was just cleared on a page without a script, with the way to take it back.
pub fn bring_back(board: &Board, cleared: Option<i64>) -> Markup {
    html! {
        @if let Some(version) = cleared {
            div .banner.did {
                p role="status" { "All that waited is cleared." }
                form method="post" action={ "/api/" (board.username) "/waiting/undo?of=" (version) } { button .quiet type="submit" { "Undo" } }
            }
        }
    }
}
