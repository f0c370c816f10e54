//! The DJ's overview: the event, the ways in, screens and poster.

use std::hash::{DefaultHasher, Hash, Hasher};

use maud::{Markup, PreEscaped, html};

use super::frame::{Desk, frame, slip};
use super::now_playing::now;
use super::player::steering;
use super::renewal::anew;
use crate::domain::{Board, EventCard, EventStatus, Screen, Timestamp};
use crate::ui::layout::{Head, page, record};
use crate::ui::shared;

/// Screens that are shown, the newest first.
const SCREENS: usize = 20;

/// The evening at a glance: start it, the ways in, what plays, the screens.
#[must_use]
pub fn overview(desk: &Desk, board: &Board, screens: &[Screen], now_at: Timestamp) -> Markup {
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
    frame(desk, board, "Overview", &body)
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

fn screen_list(board: &Board, screens: &[Screen], now_at: Timestamp) -> Markup {
    html! {
        section .panel.screens {
            h2 { "Screens" }
            p .hint { "Make an address, type it into the TV’s browser. It opens on 3 devices within 24 hours." }
            ul .rows {
                @for screen in screens.iter().take(SCREENS) {
                    li {
                        span .grow { bdi { (screen.label) } " " small {
                            @match screen.last_seen_at {
                                Some(at) => { "seen " (shared::ago(now_at.ms_since(at))) " · " }
                                None => { "not opened yet · " }
                            }
                            (screen.uses_left) " of " (Screen::USES) " uses left · until " (shared::time(screen.expires_at))
                        } }
                        form method="post" action={ "/api/" (board.username) "/screens/" (screen.id) "/reload" } data-send data-said="The screen loads its page again." {
                            button .quiet type="submit" aria-label={ "Reload " (screen.label) } { "Reload" }
                        }
                        form method="post" action={ "/api/" (board.username) "/screens/" (screen.id) } {
                            input type="hidden" name="_method" value="DELETE";
                            button .quiet type="submit" aria-label={ "Revoke " (screen.label) } { "Revoke" }
                        }
                    }
                }
            }
            @if screens.len() > SCREENS { p .hint { "And " (screens.len() - SCREENS) " older ones, which run out by themselves." } }
            form .inline method="post" action={ "/api/" (board.username) "/screens" } {
                label { "Name" input name="label" placeholder="TV at the bar" autocomplete="off" dir="auto"; }
                button type="submit" { "New screen" }
            }
        }
    }
}

/// A new screen's address, for the few minutes that it can be read; `None` when they are over.
#[must_use]
pub fn screen_made(desk: &Desk, board: &Board, url: Option<&str>, screen: &Screen) -> Markup {
    let body = html! {
        section .panel {
            @if let Some(url) = url {
                h1 { "Type this into the TV" }
                (shared::dead_link(board.dead_end))
                p .big { code #screen-url { (url) } }
                p .hint { "Shown to you alone, for ten minutes. It opens on " (screen.uses_left) " devices until " (shared::time(screen.expires_at)) "." }
            } @else {
                h1 { "The address of " bdi { (screen.label) } }
                (shared::read_no_more())
            }
            p .actions {
                @if let Some(url) = url { a .button href=(url) { "Open it here" } }
                a .button.quiet href={ "/" (board.username) "/admin/overview" } { "Back" }
            }
        }
    };
    slip(desk, board, "New screen", &body)
}

/// A sheet to print and hang up.
#[must_use]
pub fn poster(board: &Board, qr_svg: &str) -> Markup {
    let body = html! {
        div .unprinted {
            (shared::dead_end_of_dj(board.dead_end))
            p .actions {
                button type="button" data-print hidden { "Print" }
                a .button.quiet href={ "/" (board.username) "/admin/overview" } { "Back" }
            }
        }
        main .poster {
            (record())
            p .label { bdi { (board.display_name) } " presents" }
            @if let Some(event) = &board.event {
                h1 dir="auto" { (event.name) }
                p .call { "Ask for a song" }
                div .qr { (PreEscaped(qr_svg)) }
                p .steps { "Join the Wi-Fi · scan · wish" }
                p .address { (event.join_url.split('?').next().unwrap_or_default()) }
                p .pin { "PIN " strong { (event.pin.as_str()) } }
            }
        }
    };
    page(&Head { title: "Poster", room: "print", live: None, scripts: &["print.js"] }, &body)
}
