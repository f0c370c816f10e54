//! What a DJ has to know at once, on whichever page they are.

use maud::{Markup, html};

use super::renewal::anew;
use crate::domain::{Board, Health, Jump, Notice, Rush};
use crate::ui::shared;

/// What the DJ has to know of the clock, the door, a crowd and their Spotify, on whichever page they are.
pub fn notice(board: &Board) -> Markup {
    let jump = board.jump.map(Jump::sentence);
    html! {
        @if let Some(sentence) = jump { p .banner.trouble data-news=(sentence) { span { (sentence) } } }
        @if board.guessed { (guessed(board)) }
        @if let Some(rush) = board.rush { (crowd(board, rush)) }
        @if let Some(notice) = &board.notice { (spotify_notice(board, notice)) }
    }
}

fn guessed(board: &Board) -> Markup {
    let sentence = "Somebody is guessing at the PIN. Whoever types the right one still comes in; near the guesser that may take long, and the QR code lets in at once. A new PIN shuts the guesser out.";
    html! {
        div .banner.trouble data-news=(sentence) {
            p { (sentence) }
            (anew(&board.username.api("event"), "pin", "PIN"))
        }
    }
}

/// That more goes on than a night comes to, and what to do.
fn crowd(board: &Board, rush: Rush) -> Markup {
    html! {
        div .banner.trouble data-news=(rush.sentence()) {
            p { (rush.sentence()) }
            @match rush {
                Rush::Door => (anew(&board.username.api("event"), "qr", "QR code")),
                Rush::Wishes => a .button href={ "/" (board.username) "/admin/requests" } { "To the wishes" },
            }
        }
    }
}

fn spotify_notice(board: &Board, notice: &Notice) -> Markup {
    let way = if notice.health == Health::Reconnect { "Reconnect Spotify" } else { "Look at Spotify" };
    html! {
        p .banner.trouble data-news=(notice.sentence) {
            span { (notice.sentence) @if let Some(until) = notice.until { " Until " (shared::time(until)) "." } }
            a .button href={ "/" (board.username) "/admin/spotify" } { (way) }
        }
    }
}
