//! What went wrong, and what to do about it.

use maud::{Markup, html};

use super::layout::card;

/// A page that says what went wrong and what to do.
#[must_use]
pub fn problem(status: u16, sentence: &str, back: Option<&str>) -> Markup {
    let body = html! {
        p .code aria-hidden="true" { (status) }
        h1 .small { (sentence) }
        p .actions {
            @if let Some(back) = back { a .button href=(back) { "Back" } }
            a .button.quiet href="/" { "Start page" }
        }
    };
    card(sentence, &body)
}

/// What to do about a browser that keeps no cookies; `path` is where it came to.
#[must_use]
pub fn no_cookies(sentence: &str, path: &str) -> Markup {
    let body = html! {
        p .label { "Cookies are blocked" }
        h1 .small { (sentence) }
        p { "One cookie is how this box knows that you are the one it let in. It holds no name, and goes to nobody else." }
        ul {
            li { "Allow cookies for this address in the browser’s settings." }
            li { "Opened from another app? Open the address in the phone’s own browser instead." }
            li { "In a private window or with a blocker? Try without." }
        }
        p .actions { a .button href=(path) { "Try again" } a .button.quiet href="/help" { "Help" } }
    };
    card("Cookies are blocked", &body)
}
