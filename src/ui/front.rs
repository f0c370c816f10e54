//! Pages for everybody: home, sign-in, set-up, help, errors.

use maud::{Markup, PreEscaped, html};

use super::layout::{Head, card, page, record};
use crate::domain::{Role, User, Username};

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
                    Some(me) => a .button href=(desk_of(me)) { "To your pages" },
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
pub fn desk_of(me: &User) -> String {
    match me.role {
        Role::Superadmin => "/superadmin/dashboard".into(),
        Role::Dj => me.username.admin("overview"),
    }
}

/// Sign-in; `next` is where to go then, `refused` the name that was tried and why not. On the way to a DJ's pages it is asked
/// for under their name, so that a proxy in front of several boxes knows whose it is.
#[must_use]
pub fn login(next: Option<&str>, refused: Option<(&str, &str)>) -> Markup {
    let whose = next.and_then(|next| next.trim_start_matches('/').split('/').next()).and_then(Username::parse);
    let action = whose.map_or_else(|| "/api/login".to_owned(), |name| name.api("login"));
    let body = html! {
        h1 { "Sign in" }
        p .lead { "For DJs and the owner. Guests need no account: scan the code on the screen." }
        form .stack method="post" action=(action) {
            @if let Some((_, why)) = refused { p .alert role="alert" { (why) } }
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            label { "Username" input name="username" value=[refused.map(|(name, _)| name)] autocomplete="username" autocapitalize="none" spellcheck="false" required; }
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

/// The one-time page that makes the first super admin.
#[must_use]
pub fn setup(token: &str) -> Markup {
    let body = html! {
        h1 { "Welcome. This box is yours." }
        p .lead { "Make your own account. With it you make accounts for your DJs." }
        form .stack method="post" action="/api/setup" {
            input type="hidden" name="token" value=(token);
            (identity())
            button type="submit" { "Take over the box" }
        }
    };
    card("Set-up", &body)
}

/// The fields that make an account.
pub fn identity() -> Markup {
    html! {
        label { "Username"
            input name="username" required minlength="3" maxlength="20" pattern="[a-z0-9][a-z0-9\\-]*[a-z0-9]" title="3 to 20 of a–z, 0–9 and -"
                autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="name-hint";
            small #name-hint { "3 to 20 of a–z, 0–9 and -. It becomes the address guests type." }
        }
        label { "Name people see" input name="display_name" autocomplete="off"; }
        label { "Password"
            input name="password" type="password" required minlength="8" maxlength="72" autocomplete="new-password" aria-describedby="pass-hint";
            small #pass-hint { "At least 8 characters." }
        }
    }
}

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

/// The manual, with the way back to where its reader is at home; its text is our own and needs no escaping.
#[must_use]
pub fn help(body_html: &str, me: Option<&User>, party: Option<&Username>) -> Markup {
    let (back, label) = match (party, me) {
        (Some(party), _) => (party.home(), "Back to the party"),
        (None, Some(me)) => (desk_of(me), "To your pages"),
        (None, None) => ("/login".into(), "Sign in"),
    };
    let body = html! {
        header .bar { a .brand href="/" { (record()) span { "PartyPlaylist" } } nav aria-label="Pages" { a href=(back) { (label) } } }
        main .prose { (PreEscaped(body_html)) }
    };
    page(&Head { title: "Help", room: "desk", live: None, scripts: &[] }, &body)
}
