//! The manual.

use maud::{Markup, PreEscaped, html};

use super::home::home_of;
use super::layout::{Head, page, record};
use crate::domain::{User, Username};

/// The manual, with the way back to where its reader is at home; its text is our own and needs no escaping.
#[must_use]
pub fn help(body_html: &str, me: Option<&User>, party: Option<&Username>) -> Markup {
    let (back, label) = match (party, me) {
        (Some(party), _) => (party.home(), "Back to the party"),
        (None, Some(me)) => (home_of(me), "To your pages"),
        (None, None) => ("/login".into(), "Sign in"),
    };
    let body = html! {
        header .bar { a .brand href="/" { (record()) span { "PartyPlaylist" } } nav aria-label="Pages" { a href=(back) { (label) } } }
        main .prose { (PreEscaped(body_html)) }
    };
    page(&Head { title: "Help", room: "admin", live: None, scripts: &[] }, &body)
}
