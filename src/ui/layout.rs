//! What all pages have around them: head, bar, banners.

use maud::{DOCTYPE, Markup, html};

use super::assets::{ADMIN_STYLE, APP, Asset, ICON, LIVE, STAGE_STYLE, STYLE};
use super::counted;
use crate::domain::{Role, Timestamp, User, Zone};

/// What a page says about itself.
pub struct Head<'a> {
    pub title: &'a str,
    /// Tells the stylesheet which room this is: `door`, `party`, `admin`, `stage`.
    pub room: &'a str,
    /// Where the page's live stream is.
    pub live: Option<&'a str>,
    /// Scripts beside those every page has.
    pub scripts: &'a [&'a Asset],
}

/// A whole page.
pub fn page(head: &Head, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content=(if head.room == "stage" { "dark" } else { "light dark" });
                meta name="theme-color" content="#15101d";
                title { (head.title) " · PartyPlaylist" }
                link rel="icon" href=(ICON) type="image/svg+xml";
                link rel="stylesheet" href=(STYLE);
                @for (room, style) in [("admin", ADMIN_STYLE), ("stage", STAGE_STYLE)] {
                    @if head.room.starts_with(room) { link rel="stylesheet" href=(style); }
                }
                script src=(APP) defer {}
                script src=(LIVE) defer {}
                @for script in head.scripts {
                    script src=(script) defer {}
                }
            }
            body class=(head.room) data-live=[head.live] {
                (body)
                @for (code, sentence) in UNSAVED {
                    p data-unsaved=(code) hidden .lost .full role="alert" { (sentence) }
                }
                @if head.live.is_some() { (counted::words()) }
                p #lost .lost hidden { "Reconnecting to the box …" }
                div #toast .toasts hidden {}
                p #said .visually-hidden role="status" {}
            }
        }
    }
}

/// What stands on every page, and shows while nothing can be saved: by the code of the error that says so.
const UNSAVED: [(&str, &str); 3] = [
    ("disk_full", "The disk is full or read-only: nothing can be saved right now."),
    (
        "database_displaced",
        "The box's database was moved, deleted or replaced: nothing can be saved until its owner puts it back or restarts the box.",
    ),
    (
        "database_overwritten",
        "Another program wrote over the box's database: nothing can be shown or saved until its owner restarts the box.",
    ),
];

/// A page, made to say why nothing can be saved right now.
#[must_use]
pub fn saying_unsaved(page: &str, code: &str) -> String {
    let stands = format!("data-unsaved=\"{code}\"");
    page.replacen(&format!("{stands} hidden"), &stands, 1)
}

/// A page with every moment on it by the clock at the venue. Moments stand in `time` elements, so this one place sees to all
/// of them; a script puts the reader's own zone over it.
#[must_use]
pub fn in_venue_time(page: &str, zone: &Zone) -> String {
    let mut told = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, moment, after)) = next_moment(rest) {
        told.push_str(before);
        told.push_str(&zone.clock(moment));
        rest = after;
    }
    told.push_str(rest);
    told
}

/// The page up to the words of its next moment, the moment, and what follows on its words.
fn next_moment(page: &str) -> Option<(&str, Timestamp, &str)> {
    let from = page.find(MOMENT)? + MOMENT.len();
    let (written, _) = page.get(from..)?.split_once('"')?;
    let words = from + written.len() + "\">".len();
    let end = words + page.get(words..)?.find('<')?;
    Some((page.get(..words)?, Timestamp::parse(written)?, page.get(end..)?))
}

/// How the element of a moment begins.
const MOMENT: &str = "<time datetime=\"";

/// A page in the middle of the room: sign-in, door, errors.
pub fn card(title: &str, body: &Markup) -> Markup {
    let body = html! {
        main .card {
            a .brand href="/" { (record()) span { "PartyPlaylist" } }
            (body)
        }
    };
    page(&Head { title, room: "door", live: None, scripts: &[] }, &body)
}

/// The record that is our mark.
pub fn record() -> Markup {
    html! {
        svg .record viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false" {
            circle cx="24" cy="24" r="23" fill="#221a2e" {}
            circle cx="24" cy="24" r="19" fill="none" stroke="#4a3b5e" stroke-width="1" {}
            circle cx="24" cy="24" r="15" fill="none" stroke="#4a3b5e" stroke-width="1" {}
            circle cx="24" cy="24" r="10" fill="#ff6f4e" {}
            path d="M18 27c2-6 10-6 12 0" fill="none" stroke="#221a2e" stroke-width="2" stroke-linecap="round" {}
            circle cx="24" cy="24" r="2" fill="#fff4e6" {}
        }
    }
}

/// The bar on top of the pages of those who work here.
pub fn bar(me: &User, home: &str, name: &str, links: &[(&str, &str)], here: &str) -> Markup {
    html! {
        header .bar {
            a .brand href=(home) { (record()) span { (name) } }
            nav aria-label="Pages" {
                @for (href, label) in links {
                    a href=(href) aria-current=[(*label == here).then_some("page")] { (label) }
                }
            }
            div .who {
                a .me href="/account" { "Account" }
                @if me.role == Role::Superadmin { a href="/superadmin/dashboard" { "The box" } }
                form method="post" action="/api/logout" { button .quiet type="submit" { "Sign out" } }
            }
        }
    }
}
