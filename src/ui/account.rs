//! The page of one's own account: password and sign-ins.

use maud::{Markup, html};

use super::home::home_of;
use super::host::Viewer;
use super::layout::{Head, bar, page};
use super::shared;
use crate::domain::{Session, SessionId, Timestamp};

/// Sign-ins that are shown, the latest used first.
const MOST: usize = 20;

/// One's own account: the password, and every sign-in with a way to end it; `said` is what was just done to it.
#[must_use]
pub fn account(
    viewer: &Viewer,
    sessions: &[Session],
    current: &SessionId,
    now: Timestamp,
    said: Option<&str>,
) -> Markup {
    let me = &viewer.me;
    let home = home_of(me);
    let body = html! {
        (bar(me, &home, &me.display_name, &[(home.as_str(), "Back to your pages")], ""))
        main {
            h1 { "Your account" }
            @if said == Some("changed") { (shared::told("Password changed. Every other sign-in has ended.")) }
            (where_signed_in(sessions, current, now))
            (password())
        }
    };
    page(&Head { title: "Your account", room: "admin", live: Some(&viewer.live), scripts: &[] }, &body)
}

fn where_signed_in(sessions: &[Session], current: &SessionId, now: Timestamp) -> Markup {
    html! {
        section .panel {
            h2 { "Where you are signed in" }
            ul .rows {
                @for session in sessions.iter().take(MOST) {
                    li {
                        span .grow {
                            strong { (device(session.device.as_deref().unwrap_or_default())) }
                            @if session.id == *current { " " span .badge.yes { "this one" } }
                            br;
                            small {
                                @if let Some(address) = &session.address { (address) " · " }
                                @if let Some(at) = session.seen_at { "used " (shared::ago(now.ms_since(at))) " · " }
                                "since " (shared::time(session.created_at))
                            }
                        }
                        @if session.id != *current {
                            form method="post" action={ "/api/me/sessions/" (session.id) } {
                                input type="hidden" name="_method" value="DELETE";
                                button .quiet type="submit" { "Sign out" }
                            }
                        }
                    }
                }
            }
            @if sessions.len() > MOST { p .hint { "And " (sessions.len() - MOST) " more, used longer ago." } }
            form .apart method="post" action="/api/me/sessions" {
                input type="hidden" name="_method" value="DELETE";
                button .quiet type="submit" { "Sign out everywhere" }
            }
        }
    }
}

fn password() -> Markup {
    html! {
        section .panel {
            h2 { "Password" }
            form .stack method="post" action="/api/me/password" {
                input type="hidden" name="_method" value="PUT";
                label { "Old password" input name="old" type="password" required autocomplete="current-password"; }
                label { "New password"
                    input name="new" type="password" required minlength="8" maxlength="72" autocomplete="new-password" aria-describedby="new-hint";
                    small #new-hint { "At least 8 characters. Every other sign-in ends." }
                }
                button type="submit" { "Change the password" }
            }
        }
    }
}

/// A browser in a person's words, as far as its own name tells.
fn device(agent: &str) -> String {
    let pick = |names: &[(&str, &str)], other: &str| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map_or(other, |(_, name)| name).to_owned()
    };
    let browsers =
        [("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl")];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ];
    let (browser, system) = (pick(&browsers, "A program"), pick(&systems, ""));
    if system.is_empty() { browser } else { format!("{browser} on {system}") }
}
