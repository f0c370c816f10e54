//! Signing in and out.

use maud::{Markup, html};

use super::layout::card;
use crate::domain::{User, Username};

/// A sign-in that was refused.
pub struct RefusedLogin<'a> {
    /// The name that was tried.
    pub name: &'a str,
    pub why: &'a str,
}

/// Sign-in; `next` is where to go then. On the way to a DJ's pages it is asked
/// for under their name, so that a proxy in front of several boxes knows whose it is.
#[must_use]
pub fn login(next: Option<&str>, refused: Option<RefusedLogin>) -> Markup {
    let whose = next.and_then(|next| next.trim_start_matches('/').split('/').next()).and_then(Username::parse);
    let action = whose.map_or_else(|| "/api/login".to_owned(), |name| name.api("login"));
    let body = html! {
        h1 { "Sign in" }
        p .lead { "For DJs and the owner. Guests need no account: scan the code on the screen." }
        form .stack method="post" action=(action) {
            @if let Some(refused) = &refused { p .alert role="alert" { (refused.why) } }
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            label { "Username" input name="username" value=[refused.as_ref().map(|refused| refused.name)] autocomplete="username" autocapitalize="none" spellcheck="false" required; }
            label { "Password" input name="password" type="password" autocomplete="current-password" required; }
            button type="submit" { "Sign in" }
        }
    };
    card("Sign in", &body)
}

/// Asks whether to sign out: opening an address must not do it.
#[must_use]
pub fn logout(me: &User) -> Markup {
    let body = html! {
        h1 { "Sign out?" }
        p .lead { "You are signed in as " bdi { (me.display_name) } ". Signing out ends no event and deletes nothing." }
        form .stack method="post" action="/api/logout" { button type="submit" { "Sign out" } }
    };
    card("Sign out", &body)
}
