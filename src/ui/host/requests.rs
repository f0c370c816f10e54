//! The host's requests: what waits for a decision, what is over, what the host adds.

use maud::{Markup, html};

use super::clearing::{bring_back, clear};
use super::frame::{Viewer, frame};
use super::matching::{has_other_way, instead, matching};
use super::now_playing::now;
use super::player::steering;
use super::queue::{closed, songs};
use super::row::{act, body, delete, mute};
use super::undo::{did, undo};
use crate::domain::{Board, HostRequest, Status};
use crate::ui::shared;

/// What is said of a song the DJ added.
const ADDED: &str = "In line.";

const MERGED: &str = "It is on the list already.";

/// What is said where a search finds nothing.
const NONE: &str = "No match: put it in line as you typed it.";

/// What was done on a page without a script just before it is shown again.
pub struct JustDone<'d> {
    /// What became of a song that was added.
    pub said: Option<&'d str>,
    /// The wish that something was done to.
    pub done_to: Option<&'d HostRequest>,
    /// The version by which all that was cleared comes back.
    pub cleared: Option<i64>,
}

/// The list of wishes: deciding, then what is in line, then what is done.
#[must_use]
pub fn requests(viewer: &Viewer, board: &Board, just: &JustDone<'_>) -> Markup {
    let body = html! {
        h1 .visually-hidden { "Requests" }
        (shared::said(just.said, [ADDED, MERGED, MERGED]))
        (did(&board.username, just.done_to))
        (bring_back(board, just.cleared))
        div data-part="closed" { (closed(board)) }
        section .now.panel data-part="now" { (now(board)) }
        div data-part="steering" { (steering(board, None)) }
        div data-part="clear" { (clear(board)) }
        section .pending data-part="pending" { (pending(board, more)) }
        section .line data-part="line" { (songs(board)) }
        @if board.event.is_some() { details .panel { summary { "Add a song yourself" } (add(board)) } }
        section .done data-part="done" { (done(board)) }
        section .muted data-part="muted" { (muted(board)) }
        p .hint.keys { kbd { "j" } " " kbd { "k" } " move · " kbd { "a" } " approve · " kbd { "r" } " reject · " kbd { "n" } " play next · " kbd { "u" } " undo" }
    };
    frame(viewer, board, "Requests", &body)
}

/// Wishes waiting for a decision; `more` is what else can be done with one: below the song, and beside the buttons.
#[must_use]
pub fn pending(board: &Board, more: impl Fn(&Board, &HostRequest) -> [Markup; 2]) -> Markup {
    html! {
        h2 { "Waiting for you " span .count { (board.waiting) } }
        @if board.pending.is_empty() && board.event.is_some() { p .empty { "All decided. New wishes appear here by themselves." } }
        ul .tickets {
            @for request in &board.pending {
                li .ticket data-id=(request.view.id) data-news={ "Waits for you: " (request.view.title) ", " (request.view.artist) } tabindex="-1" {
                    @let [below, beside] = more(board, request);
                    (body(board, request))
                    (below)
                    div .decide {
                        (act(board, request, "reject", "Reject", "quiet"))
                        (act(board, request, "approve", "Approve", "yes"))
                        (beside)
                    }
                }
            }
        }
        @let shown = board.pending.len();
        @if i64::try_from(shown).is_ok_and(|shown| shown < board.waiting) { p .hint { "These are the " (shown) " that came first. As you decide, the next come up." } }
    }
}

/// Guests whose wishes are not taken any more.
pub fn muted(board: &Board) -> Markup {
    html! {
        @if !board.muted.is_empty() {
            h2 { "Muted guests" }
            ul .rows {
                @for guest in &board.muted {
                    li {
                        span .grow {
                            bdi { (guest.nickname.as_deref().unwrap_or("a guest without a name")) }
                            @if guest.came_back { " " small { "came in from the address of one you muted" } }
                        }
                        form method="post" action={ "/api/" (board.username) "/guests/" (guest.id) "/unmute" } data-send data-said="Their wishes are taken again." {
                            button .quiet type="submit" { "Unmute" }
                        }
                    }
                }
            }
        }
    }
}

/// What a host can do with a wish beside deciding it.
pub fn more(board: &Board, request: &HostRequest) -> [Markup; 2] {
    let beside = html! {
        @if request.guest_id.is_some() || request.undo.is_some() || has_other_way(board, request) {
            details .more {
                summary aria-label={ "More for " (request.view.title) } { "⋯" }
                div {
                    (instead(board, request))
                    (undo(&board.username, request))
                    (mute(board, request))
                }
            }
        }
    };
    [matching(board, request), beside]
}

/// What is over, with a second thought for what was rejected.
pub fn done(board: &Board) -> Markup {
    html! {
        @if !board.done.is_empty() {
            h2 { "Done" }
            ul .songs.past {
                @for request in &board.done {
                    li .(request.view.status.as_str()) data-id=(request.view.id) data-news=[(request.view.status == Status::Failed).then(|| shared::news(&request.view))] {
                        (body(board, request))
                        div .tools {
                            span .badge { (request.view.status.words()) }
                            @if matches!(request.view.status, Status::Rejected | Status::Failed) {
                                (act(board, request, "retry", "Bring back", "quiet"))
                            }
                            details .more {
                                summary aria-label={ "More for " (request.view.title) } { "⋯" }
                                div {
                                    (undo(&board.username, request))
                                    @if request.view.status == Status::Rejected { (mute(board, request)) }
                                    (delete(board, request))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn add(board: &Board) -> Markup {
    html! {
        form .stack method="post" action={ "/api/" (board.username) "/requests" } data-send data-none=(NONE) data-then="reset" data-said=(ADDED) data-said-merged=(MERGED) data-search={ "/api/" (board.username) "/search?q=" } {
            p .alert role="alert" hidden {}
            input type="hidden" name="track_uri";
            label { "Song" input name="title" required autocomplete="off" dir="auto"; }
            ul .hits hidden aria-label="Songs found: one tap puts it in line" {}
            label { "Artist" input name="artist" autocomplete="off" dir="auto"; }
            button type="submit" { "Put in line" }
        }
    }
}
