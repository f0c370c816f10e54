//! The DJ's Spotify page: connecting, and what the doctor of the connection found.

use maud::{Markup, html};
use serde::Serialize;

use super::frame::{Viewer, frame, slip};
use super::now_playing::now;
use super::player::{Speaker, steering};
use crate::domain::{Board, SpotifyLink};
use crate::ui::shared;

/// One thing the doctor looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Light {
    pub name: &'static str,
    pub ok: bool,
    /// What was seen, and what to do where that is not good.
    pub message: String,
}

impl Light {
    #[must_use]
    pub fn new(name: &'static str, ok: bool, message: &str) -> Self {
        Self { name, ok, message: message.to_owned() }
    }
}

/// What was looked at for the page.
pub struct Details {
    /// The address to register at Spotify.
    pub redirect: String,
    pub lights: Vec<Light>,
    /// What there is to play on, where that was asked.
    pub speakers: Option<Vec<Speaker>>,
}

/// From nothing to connected, a step at a time; then how it stands.
#[must_use]
pub fn spotify(viewer: &Viewer, board: &Board, link: &SpotifyLink, details: &Details) -> Markup {
    let body = html! {
        h1 { "Spotify" }
        @if let Some(message) = link.message.as_ref().filter(|_| board.notice.is_none()) { p .banner role="alert" { (message) } }
        @if link.connected { (connected(board, link, details)) } @else { (steps(board, link, &details.redirect)) }
        p .hint { a href="/help#spotify" { "How Spotify and this box work together" } ", and what its words mean." }
    };
    frame(viewer, board, "Spotify", &body)
}

fn connected(board: &Board, link: &SpotifyLink, details: &Details) -> Markup {
    let api = board.username.api("spotify");
    html! {
        section .panel {
            p .label { "Connected" }
            h2 { bdi { (link.account.as_deref().unwrap_or("A Spotify account")) } }
            p .hint {
                @if let Some(at) = link.authorized_at { "Since " (shared::time(at)) ". " }
                @if let Some(by) = link.reconnect_by { "Spotify ends it by " (shared::time(by)) ": connect again before that. " }
                (link.used_today) " of " (link.budget) " calls used in the last 24 hours."
            }
            div .actions {
                form method="post" action={ (api) "/doctor" } { button type="submit" { "Check everything" } }
                form method="post" action={ (api) "/connect" } { button .quiet type="submit" { "Connect again" } }
            }
            (apart(&api, link))
        }
        section .now.panel data-part="now" { (now(board)) }
        div data-part="steering" { (steering(board, details.speakers.as_deref())) }
        @if !details.lights.is_empty() {
            section .panel {
                h2 { "What the doctor saw" }
                p .hint { "It looks once a minute." }
                ul .rows .lights {
                    @for light in &details.lights {
                        li { span .grow { strong { (light.name) } " " (light.message) } span .badge .yes[light.ok] .no[!light.ok] { (if light.ok { "fine" } else { "look here" }) } }
                    }
                }
            }
        }
    }
}

/// Another app, or none.
fn apart(api: &str, link: &SpotifyLink) -> Markup {
    html! {
        details #app {
            summary { "Change the client ID" }
            p { "Another one ends this connection: press Connect Spotify again after it." }
            (client_id(api, link))
        }
        details {
            summary .danger { "Disconnect" }
            p { "The box forgets the connection. Your night goes on by hand." }
            form method="post" action=(api) {
                input type="hidden" name="_method" value="DELETE";
                button .danger type="submit" { "Disconnect Spotify" }
            }
        }
    }
}

/// The field for the app's client id.
fn client_id(api: &str, link: &SpotifyLink) -> Markup {
    html! {
        form .stack method="post" action={ (api) "/app" } {
            input type="hidden" name="_method" value="PUT";
            label { "Client ID" input name="client_id" value=[link.client_id.as_deref()] required minlength="32" autocomplete="off" spellcheck="false"; }
            button type="submit" .quiet[link.client_id.is_some()] { (if link.client_id.is_some() { "Change it" } else { "Keep it" }) }
        }
    }
}

fn steps(board: &Board, link: &SpotifyLink, redirect: &str) -> Markup {
    let api = board.username.api("spotify");
    html! {
        p .lead { "Connected, Spotify lets this box see what plays. Without it you run the night by hand, which works just as well." }
        section .panel {
            h2 { "1. Your own app at Spotify" }
            p { "Spotify lets at most five people share one app, so bring your own. It takes five minutes, once. You need Spotify Premium." }
            ol {
                li { "Open " code { "developer.spotify.com/dashboard" } " on a device with internet, sign in and choose " strong { "Create app" } "." }
                li { "Name and description are up to you. As redirect URI copy exactly this:" br; code #redirect { (redirect) } }
                li { "Tick " strong { "Web API" } ", save, and open the app’s settings. Copy the " strong { "Client ID" } " from there." }
            }
            (client_id(&api, link))
        }
        @if link.client_id.is_some() {
            section .panel {
                h2 { "2. Allow it" }
                p { "You go to Spotify, say yes, and come back." }
                form method="post" action={ (api) "/connect" } { button type="submit" { "Connect Spotify" } }
            }
        }
    }
}

/// The way to Spotify's consent page, and the field for the address one comes back with.
#[must_use]
pub fn consent(viewer: &Viewer, board: &Board, page: &str, redirect: &str) -> Markup {
    let body = html! {
        section .panel {
            h1 { "Say yes at Spotify" }
            ol {
                li { p { a .button #consent href=(page) target="_blank" rel="noopener" { "Open Spotify" } } }
                li { "Choose " strong { "Agree" } ". Then the browser shows a page that cannot be reached: that is right, since only this box could answer there." }
                li { "Copy the whole address of that page (it begins with " code { "http://127.0.0.1" } ") and paste it here:" }
            }
            form .stack method="post" action={ "/api/" (board.username) "/spotify/finish" } data-send data-next={ "/" (board.username) "/admin/spotify" } {
                p .alert role="alert" hidden {}
                label { "Address" input name="url" required maxlength="4000" autocomplete="off" spellcheck="false"; }
                button type="submit" { "Finish" }
            }
            p .hint { "Good for ten minutes. If you came back to this box by yourself, nothing is left to do." }
            (refusals(board, redirect))
        }
    };
    slip(viewer, board, "Spotify", &body)
}

/// What Spotify shows in place of its question, and what to do about it there.
fn refusals(board: &Board, redirect: &str) -> Markup {
    html! {
        details {
            summary { "If Spotify shows an error" }
            p { "All of it is mended at " code { "developer.spotify.com/dashboard" } ", in your app under " strong { "Settings" } "." }
            ul {
                li { strong { "Invalid client" } ": the client ID is not the app’s. " a href={ "/" (board.username) "/admin/spotify" } { "Copy it again" } "." }
                li { strong { "Invalid redirect URI" } ", " strong { "Not matching configuration" } ": press " strong { "Edit" } ", add exactly this as redirect URI, and press " strong { "Save" } ":" br; code { (redirect) } }
                li { strong { "User not registered" } ": open " strong { "User Management" } " and add your name and the e-mail address of your Spotify account." }
            }
        }
    }
}
