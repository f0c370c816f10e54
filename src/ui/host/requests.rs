//! The host's requests: what waits for a decision, what is over, what the host adds.

use maud::{Markup, html};

use super::clearing::{bring_back, clear};
use super::frame::{Viewer, frame};
use super::matching::{has_other_way, instead, matching};
use super::now_playing::now;
use super::player::steering;
use super::queue::{closed, line};
use super::row::{act, body, delete, mute};
use super::undo::{did, undo};
use crate::domain::{Board, HostRequest, Status};
use crate::ui::part::{Part, ROWS, Row};
use crate::ui::{counted, shared};

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
    let [waits, over] = [pending(board, more), done(board)];
    let body = html! {
        h1 .visually-hidden { "Requests" }
        (shared::said(just.said, [ADDED, MERGED, MERGED]))
        (did(&board.username, just.done_to))
        (bring_back(board, just.cleared))
        div data-part="closed" { (closed(board)) }
        section .now.panel data-part="now" { (now(board)) }
        div data-part="steering" { (steering(board, None)) }
        div data-part="clear" { (clear(board)) }
        section .pending data-part="pending" data-like=[waits.like.as_ref()] { (waits) }
        (line(board))
        @if board.event.is_some() { details .panel { summary { "Add a song yourself" } (add(board)) } }
        section .done data-part="done" data-like=[over.like.as_ref()] { (over) }
        section .muted data-part="muted" { (muted(board)) }
        p .hint.keys { kbd { "j" } " " kbd { "k" } " move · " kbd { "a" } " approve · " kbd { "r" } " reject · " kbd { "n" } " play next · " kbd { "u" } " undo" }
    };
    frame(viewer, board, "Requests", &body)
}

/// Wishes waiting for a decision; `more` is what else can be done with one: below the song, and beside the buttons.
#[must_use]
pub fn pending(board: &Board, more: impl Fn(&Board, &HostRequest) -> [Markup; 2]) -> Part {
    let shown = board.pending.len();
    let frame = html! {
        h2 { "Waiting for you " span .count { (board.waiting) } }
        @if shown == 0 && board.event.is_some() { p .empty { "All decided. New wishes appear here by themselves." } }
        ul .tickets data-rows="" { (ROWS) }
        @if i64::try_from(shown).is_ok_and(|shown| shown < board.waiting) { p .hint { "These are the " (shown) " that came first. As you decide, the next come up." } }
    };
    let row = |request: &HostRequest| Row::new(&request.view.id, waits(board, request, more(board, request)));
    Part::listed("pending", &frame, row(&HostRequest::specimen(Status::Pending)), board.pending.iter().map(row))
}

fn waits(board: &Board, request: &HostRequest, [below, beside]: [Markup; 2]) -> Markup {
    let view = &request.view;
    html! {
        li .ticket data-id=(view.id) data-facts=(counted::facts(view)) data-news={ "Waits for you: " (view.title) ", " (view.artist) } tabindex="-1" {
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
pub fn done(board: &Board) -> Part {
    let frame = html! { @if !board.done.is_empty() { h2 { "Done" } ul .songs.past data-rows="" { (ROWS) } } };
    let row = |request: &HostRequest| Row::new(&request.view.id, over(board, request));
    Part::listed("done", &frame, row(&HostRequest::specimen(Status::Rejected)), board.done.iter().map(row))
}

fn over(board: &Board, request: &HostRequest) -> Markup {
    let view = &request.view;
    html! {
        li .(view.status.as_str()) data-id=(view.id) data-facts=(counted::facts(view)) data-news=[(view.status == Status::Failed).then(|| shared::news(view))] {
            (body(board, request))
            div .tools {
                span .badge { (view.status.words()) }
                @if matches!(view.status, Status::Rejected | Status::Failed) {
                    (act(board, request, "retry", "Bring back", "quiet"))
                }
                details .more {
                    summary aria-label={ "More for " (view.title) } { "⋯" }
                    div {
                        (undo(&board.username, request))
                        @if view.status == Status::Rejected { (mute(board, request)) }
                        (delete(board, request))
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
