//! The host's overview: the event, the ways in, what plays.

use std::hash::{DefaultHasher, Hash, Hasher};

use maud::{Markup, html};

use super::frame::{Viewer, frame};
use super::now_playing::now;
use super::player::steering;
use super::renewal::anew;
use super::screens::screen_list;
use crate::domain::{Board, EventCard, EventStatus, Screen, Timestamp};
use crate::ui::shared;

/// The evening at a glance: start it, the ways in, what plays, the screens.
#[must_use]
pub fn overview(viewer: &Viewer, board: &Board, screens: &[Screen], now_at: Timestamp) -> Markup {
    let body = html! {
        h1 .visually-hidden { "Overview" }
        section .event data-part="event" { (event(board)) }
        @if board.event.is_some() {
            section .now.panel data-part="now" { (now(board)) }
            div data-part="steering" { (steering(board, None)) }
            section data-part="counts" { (counts(board)) }
            (announce(board))
        }
        (screen_list(board, screens, now_at))
    };
    frame(viewer, board, "Overview", &body)
}

/// The running event and its ways in, or the form that starts one.
pub fn event(board: &Board) -> Markup {
    html! {
        (shared::dead_end_of_dj(board.dead_end))
        @if let Some(event) = &board.event { (running(board, event)) } @else { (beginning(board)) }
    }
}

fn beginning(board: &Board) -> Markup {
    html! {
        form .panel.start method="post" action={ "/api/" (board.username) "/event" } data-send data-then="reload" {
            h2 { "Start the night" }
            p .alert role="alert" hidden {}
            label { "What is it called?" input name="name" required autocomplete="off" placeholder="Friday at the Anchor" dir="auto"; }
            button type="submit" { "Start the event" }
            p .hint { "You get a PIN and a QR code. It ends when you say so, or after 24 hours." }
        }
    }
}

fn running(board: &Board, event: &EventCard) -> Markup {
    let api = board.username.api("event");
    let paused = event.status == EventStatus::Paused;
    html! {
        div .panel.ticket.pass {
            div {
                p .label { (if paused { "Paused · began at " } else { "Live since " }) (shared::time(event.started_at)) }
                h2 dir="auto" { (event.name) }
                p .pin { "PIN " strong { (event.pin.as_str()) } }
                p .hint { a href=(event.join_url) { "The guests’ page" } " · " a href={ "/" (board.username) "/admin/poster" } { "Poster" } " · " a href={ (api) "/qr.png" } download="join.png" { "QR picture" } }
            }
            img .qr src={ (api) "/qr.svg?v=" (edition(&event.join_url)) } alt="QR code that lets guests in" width="220" height="220";
        }
        div .switches {
            (switch(&api, "status", if paused { "live" } else { "paused" }, if paused { "Go on" } else { "Pause" }))
            (switch(&api, "requests_open", if event.requests_open { "false" } else { "true" }, if event.requests_open { "Stop requests" } else { "Take requests" }))
            (anew(&api, "qr", "QR code"))
            (anew(&api, "pin", "PIN"))
            details .end {
                summary { "End the event" }
                p { "Guests see that it is over. The list stays in your history." }
                form method="post" action={ (api) "/end" } { button .danger type="submit" { "End it now" } }
            }
        }
    }
}

/// Another picture's address for another way in: the same one is not fetched again.
fn edition(join_url: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    join_url.hash(&mut hasher);
    hasher.finish()
}

fn switch(api: &str, name: &str, value: &str, label: &str) -> Markup {
    html! {
        form method="post" action=(api) data-send {
            input type="hidden" name="_method" value="PATCH";
            input type="hidden" name=(name) value=(value);
            button .quiet type="submit" { (label) }
        }
    }
}

/// How much is going on.
pub fn counts(board: &Board) -> Markup {
    html! {
        ul .counts {
            li { a href={ "/" (board.username) "/admin/requests" } { strong { (board.waiting) } " waiting for you" } }
            li { a href={ "/" (board.username) "/admin/queue" } { strong { (board.queue.len()) } " in line" } }
            li { strong { (board.guests) } (if board.guests == 1 { " guest" } else { " guests" }) }
        }
    }
}

fn announce(board: &Board) -> Markup {
    html! {
        details .panel {
            summary { "Announce a song nobody asked for" }
            form .stack method="post" action={ "/api/" (board.username) "/playback/manual" } data-send data-then="reset" {
                input type="hidden" name="_method" value="PUT";
                p .alert role="alert" hidden {}
                label { "Song" input name="title" required autocomplete="off" dir="auto"; }
                label { "Artist" input name="artist" required autocomplete="off" dir="auto"; }
                button type="submit" { "It plays now" }
            }
        }
    }
}
