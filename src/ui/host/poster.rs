//! The poster that is printed and hung up.

use maud::{Markup, PreEscaped, html};

use crate::domain::Board;
use crate::ui::assets::PRINT;
use crate::ui::layout::{Head, page, record};
use crate::ui::shared;

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
    page(&Head { title: "Poster", room: "print", live: None, scripts: &[&PRINT] }, &body)
}
