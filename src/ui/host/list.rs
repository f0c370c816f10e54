//! The DJ's requests and queue pages: deciding, ordering, looking back.

use maud::{Markup, html};

use super::clearing::{bring_back, clear};
use super::frame::{Desk, frame};
use super::matching::{asked_as, has_other_way, instead, matching};
use super::now_playing::now;
use super::player::steering;
use crate::domain::{Board, HostRequest, MatchState, RequestView, Status, Username};
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
pub fn requests(desk: &Desk, board: &Board, just: &JustDone<'_>) -> Markup {
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
        section .line data-part="line" { (line(board)) }
        @if board.event.is_some() { details .panel { summary { "Add a song yourself" } (add(board)) } }
        section .done data-part="done" { (done(board)) }
        section .muted data-part="muted" { (muted(board)) }
        p .hint.keys { kbd { "j" } " " kbd { "k" } " move · " kbd { "a" } " approve · " kbd { "r" } " reject · " kbd { "n" } " play next · " kbd { "u" } " undo" }
    };
    frame(desk, board, "Requests", &body)
}

/// The line alone, to put in order.
#[must_use]
pub fn queue(desk: &Desk, board: &Board) -> Markup {
    let body = html! {
        h1 .visually-hidden { "Queue" }
        div data-part="closed" { (closed(board)) }
        section .now.panel data-part="now" { (now(board)) }
        div data-part="steering" { (steering(board, None)) }
        section .line data-part="line" { (line(board)) }
        p .hint { "Drag a song by its number, or use the arrows. Rules never move the first two: whoever was told “you’re next” stays next. You may." }
    };
    frame(desk, board, "Queue", &body)
}

/// Said where nothing can be decided because nothing goes on.
pub fn closed(board: &Board) -> Markup {
    html! {
        @if board.event.is_none() {
            p .banner { "No event is running. " a href={ "/" (board.username) "/admin/overview" } { "Start one" } " to take requests." }
        }
    }
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

/// Songs in line.
pub fn line(board: &Board) -> Markup {
    let version = board.event.as_ref().map_or(0, |event| event.version);
    html! {
        h2 { "In line " span .count { (board.queue.len()) } }
        @if board.queue.is_empty() { p .empty { "Nothing in line." } }
        ol .songs.sortable data-order={ "/api/" (board.username) "/queue" } data-version=(version) {
            @for request in board.queue.iter().take(shared::SHOWN) {
                li data-id=(request.view.id) tabindex="-1" {
                    span .place.grip title="Drag to move" { (shared::place(&request.view)) }
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
        (shared::more_in_line(board.queue.len()))
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

fn mute(board: &Board, request: &HostRequest) -> Markup {
    html! {
        @if let Some(guest) = request.guest_id.as_ref().filter(|guest| !board.muted.iter().any(|muted| muted.id == **guest)) {
            form method="post" action={ "/api/" (board.username) "/guests/" (guest) "/mute" } data-send data-said="Muted. Their next wishes are not taken." {
                button .quiet type="submit" { "Mute this guest" }
            }
        }
    }
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

fn delete(board: &Board, request: &HostRequest) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/requests/" (request.view.id) } data-send data-said="Deleted." {
            input type="hidden" name="_method" value="DELETE";
            button .quiet type="submit" aria-label={ "Delete: " (request.view.title) } { "Delete" }
        }
    }
}

fn body(board: &Board, request: &HostRequest) -> Markup {
    let view = &request.view;
    html! {
        (shared::cover(&board.username, view.cover.as_ref()))
        div .song {
            (shared::song(&view.title, &view.artist))
            (asked_as(request))
            span .why {
                @match (&view.nickname, &request.guest_id) {
                    (Some(name), _) => { "for " bdi { (name) } }
                    (None, Some(_)) => "a guest",
                    (None, None) => "your own",
                }
                @if view.votes > 0 { " · ▲ " (view.votes) }
                @if let Some(why) = shared::why(view) { " · " (why) }
                @if let Some(wait) = shared::waits(view) { " · " (wait) }
                @if let Some(ms) = view.duration_ms { " · " (shared::length(ms)) " long" }
            }
            @let searched = shared::searched(view).map(|words| if view.matching.state == MatchState::ByHand { "By hand" } else { words });
            @if let Some(words) = searched { span .amber { (request.reason.as_deref().unwrap_or(words)) } }
            @if let Some(note) = &request.note { q .note dir="auto" { (note) } }
            @if let Some(reason) = request.reason.as_ref().filter(|_| searched.is_none()) { span .alert { (reason) } }
        }
    }
}

fn act(board: &Board, request: &HostRequest, verb: &str, label: &str, look: &str) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/requests/" (request.view.id) "/" (verb) } data-send data-act=(verb) {
            button .(look) type="submit" aria-label={ (label) ": " (request.view.title) } { (label) }
        }
    }
}

/// What was just done to a wish on a page without a script, with the way to take it back.
#[must_use]
pub fn did(username: &Username, done_to: Option<&HostRequest>) -> Markup {
    html! {
        @if let Some(request) = done_to {
            div .banner.did {
                p role="status" { "“" bdi { (request.view.title) } "” " (deed(&request.view)) }
                (undo(username, request))
            }
        }
    }
}

fn deed(view: &RequestView) -> String {
    match (view.status, view.position) {
        (Status::Pending, _) => "waits for you.".into(),
        (Status::Approved | Status::HandedOver, Some(place)) => format!("is in line, number {place}."),
        (Status::Playing, _) => "plays now.".into(),
        (status, _) => format!("is {}.", status.words()),
    }
}

/// The way to take back the last act on a wish, and no later one.
fn undo(username: &Username, request: &HostRequest) -> Markup {
    html! {
        @if let Some(version) = request.undo {
            form method="post" action={ "/api/" (username) "/requests/" (request.view.id) "/undo?of=" (version) } data-send data-said="Taken back." {
                button .quiet type="submit" aria-label={ "Undo the last step: " (request.view.title) } { "Undo" }
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
