//! The host's screens, and the address of a new one.

use maud::{Markup, html};

use super::frame::{Viewer, slip};
use crate::domain::{Board, Screen, Timestamp};
use crate::ui::shared;

/// Screens that are shown, the newest first.
const SCREENS: usize = 20;

pub fn screen_list(board: &Board, screens: &[Screen], now_at: Timestamp) -> Markup {
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
pub fn screen_made(viewer: &Viewer, board: &Board, url: Option<&str>, screen: &Screen) -> Markup {
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
    slip(viewer, board, "New screen", &body)
}
