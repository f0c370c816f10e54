//! What plays, on each of the DJ's pages that shows it.

use maud::{Markup, html};

use super::player;
use crate::domain::{Board, Source};
use crate::ui::shared;

/// What plays, and who tells; run by hand, with the way to say that it is over.
pub fn now(board: &Board) -> Markup {
    let by_hand = board.playback.source == Source::Manual;
    html! {
        (shared::now(&board.username, &board.playback, "Nothing yet"))
        (player::buttons(board))
        @if by_hand { (over(board)) }
        @if by_hand && board.connected { (source(board, "spotify", "Follow Spotify")) }
        @if !by_hand { (source(board, "manual", "Run it by hand")) }
    }
}

fn source(board: &Board, source: &str, label: &str) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/playback/source" } data-send {
            input type="hidden" name="_method" value="PUT";
            input type="hidden" name="source" value=(source);
            button .quiet type="submit" { (label) }
        }
    }
}

fn over(board: &Board) -> Markup {
    let playing = board.playback.track.as_ref().and_then(|track| track.request_id.as_ref());
    html! {
        @if let Some(id) = playing {
            form method="post" action={ "/api/" (board.username) "/requests/" (id) "/played" } data-send {
                button .quiet type="submit" { "The song is over" }
            }
        } @else if board.playback.track.is_some() {
            form method="post" action={ "/api/" (board.username) "/playback/manual" } data-send {
                input type="hidden" name="_method" value="PUT";
                button .quiet type="submit" { "The song is over" }
            }
        }
    }
}
