//! The front page: what this is, whom to ask, and the way in.

use maud::{Markup, html};

use super::layout::{Head, page, record};
use crate::domain::{Role, User};

/// The homepage: what this is, whom to ask, and the way in.
#[must_use]
pub fn home(owner: Option<&str>, me: Option<&User>) -> Markup {
    let body = html! {
        main .hero {
            div .mark { (record()) }
            h1 { "You ask." br; "The room votes." br; em { "The DJ plays." } }
            p .lead { "Song requests for this venue, from any phone on its Wi-Fi. No app, no account." }
            section .panel {
                h2 { "At a party?" }
                p { "Scan the QR code on the screen or the poster. No camera? Type the address that stands under it, then the PIN." }
            }
            p .actions {
                @match me {
                    Some(me) => a .button href=(home_of(me)) { "To your pages" },
                    None => a .button href="/login" { "Sign in as DJ or owner" },
                }
                a .button.quiet href="/help" { "How it works" }
            }
            footer {
                @match owner {
                    Some(owner) => p { "This box is run by " bdi { (owner) } ". Ask them at the bar for an account." },
                    None => p { "This box is new. Whoever started it finds a set-up link in its terminal." },
                }
            }
        }
    };
    page(&Head { title: "Song requests", room: "front", live: None, scripts: &[] }, &body)
}

/// Where somebody signed in is at home.
pub fn home_of(me: &User) -> String {
    match me.role {
        Role::Superadmin => "/superadmin/dashboard".into(),
        Role::Dj => me.username.admin("overview"),
    }
}
