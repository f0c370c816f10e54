//! The queue, in its order, to be dragged.

use maud::{Markup, html};

use super::frame::{Viewer, frame};
use super::matching::{instead, matching};
use super::now_playing::now;
use super::player::steering;
use super::row::{act, body, mute};
use super::undo::undo;
use crate::domain::{Board, HostRequest, Status};
use crate::ui::part::{Part, ROWS, Row};
use crate::ui::{counted, shared};

/// The line alone, to put in order.
#[must_use]
pub fn queue(viewer: &Viewer, board: &Board) -> Markup {
    let body = html! {
        h1 .visually-hidden { "Queue" }
        div data-part="closed" { (closed(board)) }
        section .now.panel data-part="now" { (now(board)) }
        div data-part="steering" { (steering(board, None)) }
        (line(board))
        p .hint { "Drag a song by its number, or use the arrows. Rules never move the first two: whoever was told “you’re next” stays next. You may." }
    };
    frame(viewer, board, "Queue", &body)
}

/// Said where nothing can be decided because nothing goes on.
pub fn closed(board: &Board) -> Markup {
    html! {
        @if board.event.is_none() {
            p .banner { "No event is running. " a href={ "/" (board.username) "/admin/overview" } { "Start one" } " to take requests." }
        }
    }
}

/// Songs in line.
pub fn songs(board: &Board) -> Part {
    let shown = board.queue.iter().take(shared::SHOWN);
    let frame = html! {
        h2 { "In line " span .count { (board.queue.len()) } }
        @if board.queue.is_empty() { p .empty { "Nothing in line." } }
        ol .songs.sortable data-order={ "/api/" (board.username) "/queue" } data-rows="line" data-why=[counted::rule(shown.clone().map(|request| &request.view))] { (ROWS) }
        (shared::more_queued(board.queue.len()))
    };
    let row = |request: &HostRequest| Row::new(&request.view.id, in_line(board, request));
    Part::listed("line", &frame, row(&HostRequest::specimen(Status::Approved)), shown.map(row))
}

fn in_line(board: &Board, request: &HostRequest) -> Markup {
    html! {
        li data-id=(request.view.id) data-facts=(counted::facts(&request.view)) tabindex="-1" {
            span .place.grip title="Drag to move" data-slot="place" { (counted::place(&request.view)) }
            (body(board, request))
            (matching(board, request))
            div .tools {
                button .quiet.move type="button" data-move="-1" aria-label={ "Move " (request.view.title) " up" } hidden { "↑" }
                button .quiet.move type="button" data-move="1" aria-label={ "Move " (request.view.title) " down" } hidden { "↓" }
                (act(board, request, "playing", "Plays now", "yes"))
                details .more {
                    summary aria-label={ "More for " (request.view.title) } { "⋯" }
                    div {
                        (act(board, request, "play-next", "Play next", "quiet"))
                        (act(board, request, "played", "Was played", "quiet"))
                        (act(board, request, "reject", "Reject", "quiet"))
                        (instead(board, request))
                        (undo(&board.username, request))
                        (mute(board, request))
                    }
                }
            }
        }
    }
}

/// The place of the line on a page, with the version of it that is shown there.
pub fn line(board: &Board) -> Markup {
    let part = songs(board);
    let version = board.event.as_ref().map(|event| event.version);
    html! { section .line data-part=(part.name) data-like=[part.like.as_ref()] data-version=[version] { (part) } }
}
