//! The owner's pages: the box, its accounts, and who crossed a border.

use maud::{Markup, html};

use super::audit::{self, Record};
use super::host::Viewer;
use super::layout::{Head, bar, page};
use super::setup::identity;
use super::shared;
use crate::domain::{AccountStatus, AuditEntry, Outlook, Reach, Role, User};

const LINKS: [(&str, &str); 4] = [
    ("/superadmin/dashboard", "Overview"),
    ("/superadmin/users", "Accounts"),
    ("/superadmin/users/new", "New account"),
    ("/superadmin/audit", "Record"),
];
/// Entries of the record on the overview.
const ENTRIES: usize = 20;
/// What stands in the record.
const RECORDED: &str = "Sign-ins, changes of accounts, and every time somebody entered, or tried to enter, pages that are not their own. What is done again and again is one line. Kept for 90 days.";

fn frame(viewer: &Viewer, here: &str, body: &Markup) -> Markup {
    let body = html! {
        (bar(&viewer.me, "/superadmin/dashboard", "The box", &LINKS, here))
        main { (body) }
    };
    page(&Head { title: here, room: "admin", live: Some(&viewer.live), scripts: &[] }, &body)
}

/// A part of the accounts.
pub struct Listed {
    pub users: Vec<User>,
    /// Whether more come after them.
    pub more: bool,
    /// What their names were looked through for.
    pub part: String,
    /// Whether some come before them.
    pub begun: bool,
}

/// What its owner is to know of the box itself.
pub struct Condition {
    /// What is broken in the database.
    pub damage: Option<String>,
    /// What looks wrong about a proxy before it.
    pub oddities: Vec<String>,
    pub outlook: Outlook,
}

/// The box at a glance.
#[must_use]
pub fn dashboard(viewer: &Viewer, condition: &Condition, users: &Listed, audit: &[AuditEntry]) -> Markup {
    let me = &viewer.me;
    let Condition { damage, oddities, outlook } = condition;
    let djs: Vec<&User> = users.users.iter().filter(|user| user.role == Role::Dj).collect();
    let body = html! {
        h1 { "Hello, " bdi { (me.display_name) } }
        @if let Some(damage) = damage {
            p .banner role="alert" { "The database is damaged (" (damage) "). Put a backup back: stop the box, then " code { "partyplaylist restore FILE" } ". The newest ones are in backups/." }
        }
        @for oddity in oddities { p .banner role="status" { (oddity) } }
        section .panel {
            h2 { "DJs" }
            @if djs.is_empty() { p .empty { "No DJ yet. Make the first account and hand over name and password." } }
            ul .rows {
                @for user in djs {
                    li { span .grow { bdi { (user.display_name) } " " small { "/" (user.username) } } (badge(user)) a .button.quiet href={ "/" (user.username) "/admin/overview" } { "Enter" } }
                }
            }
            @if users.more { p .hint { a href="/superadmin/users" { "All accounts" } ", to look through by name" } }
            p .actions { a .button href="/superadmin/users/new" { "New account" } a .button.quiet href={ "/" (me.username) "/admin/overview" } { "Your own party" } }
        }
        (way_in(outlook))
        section .panel {
            h2 { "Backup" }
            p .hint { "The whole database as it is now. Keep a copy of partyplaylist.key with it; both together open everything, so keep them where only you look." }
            p .actions { a .button.quiet href="/api/superadmin/backup" download { "Download a backup" } }
        }
        section .panel {
            h2 { "Who was where" }
            p .hint { (RECORDED) }
            (audit::table(audit.get(..ENTRIES).unwrap_or(audit), true))
            p .actions { a .button.quiet href="/superadmin/audit" { "The whole record" } }
        }
    };
    frame(viewer, "Overview", &body)
}

/// The record of the whole box, as far as it was asked for.
#[must_use]
pub fn audit(viewer: &Viewer, record: &Record<'_>) -> Markup {
    let body = html! {
        h1 { "Who was where" }
        p .hint { (RECORDED) }
        (audit::record("/superadmin/audit", record, true))
    };
    frame(viewer, "Record", &body)
}

/// Where QR codes and links lead, and what else there is to choose.
fn way_in(outlook: &Outlook) -> Markup {
    let gone = outlook.chosen.as_ref().filter(|_| outlook.current.is_none());
    let choices = !outlook.fixed && (outlook.choices.len() > 1 || outlook.chosen.is_some());
    html! {
        section #address .panel {
            h2 { "Where QR codes lead" }
            p .address { code { (outlook.address.as_str()) } }
            (shared::dead_end(outlook.address.dead_end()))
            @if let Some(gone) = gone {
                p .hint { "You chose " (gone.ip) " (" (gone.name) "), which is not there now. Once it is back, codes lead there again." }
            }
            @if choices {
                form .inline method="post" action="/api/superadmin/address" {
                    input type="hidden" name="_method" value="PUT";
                    label { "This box is in several networks. Guests are in" select name="ip" {
                        option value="" selected[outlook.chosen.is_none()] { "The one it finds best" @if let Some(best) = outlook.choices.first() { ": now " (best.ip) } }
                        @for choice in &outlook.choices {
                            option value=(choice.ip) selected[outlook.current == Some(choice.ip)] { (choice.ip) " · " (choice.interface) (kind(choice.reach)) }
                        }
                    } }
                    button type="submit" { "Use this" }
                }
                p .hint { @if outlook.chosen.is_none() { "Nothing chosen, a DJ’s codes lead where the DJ opened these pages. " } "Posters that hang already keep their old address." }
            }
        }
    }
}

fn kind(reach: Reach) -> &'static str {
    match reach {
        Reach::Vpn => " (VPN)",
        Reach::Container => " (containers)",
        Reach::Lan | Reach::LinkLocal | Reach::Loopback => "",
    }
}

/// Accounts, and what can be done to each; `saved` where that was done just now.
#[must_use]
pub fn users(viewer: &Viewer, listed: &Listed, saved: bool) -> Markup {
    let whole = listed.part.is_empty() && !listed.begun && !listed.more;
    let body = html! {
        h1 { "Accounts" }
        @if saved { (shared::told("Saved.")) }
        @if !whole { (seek(listed)) }
        @if listed.users.is_empty() { p .empty { "No account has that in its name." } }
        ul .rows.panel hidden[listed.users.is_empty()] {
            @for user in &listed.users {
                li #{ "user-" (user.username) } {
                    span .grow { strong { bdi { (user.display_name) } } " " small { "/" (user.username) " · " (if user.role == Role::Dj { "DJ" } else { "super admin" }) } }
                    (badge(user))
                    details {
                        summary { "Change" }
                        (change(user))
                    }
                }
            }
        }
        p .actions {
            @if let Some(last) = listed.users.last().filter(|_| listed.more) {
                a .button.quiet href={ "/superadmin/users?q=" (shared::query(&listed.part)) "&after=" (last.username) } { "More accounts" }
            }
            a .button href="/superadmin/users/new" { "New account" }
        }
    };
    frame(viewer, "Accounts", &body)
}

/// Looks for accounts by a part of their name.
fn seek(listed: &Listed) -> Markup {
    html! {
        form .inline role="search" method="get" action="/superadmin/users" {
            label { "Name" input type="search" name="q" value=(listed.part) maxlength="60" autocomplete="off" autocapitalize="none" dir="auto"; }
            button type="submit" { "Find" }
            @if !listed.part.is_empty() || listed.begun { a .button.quiet href="/superadmin/users" { "From the start" } }
        }
    }
}

fn change(user: &User) -> Markup {
    let action = format!("/api/superadmin/users/{}", user.id);
    let suspended = user.status == AccountStatus::Suspended;
    html! {
        form .inline method="post" action=(action) {
            input type="hidden" name="_method" value="PATCH";
            label { "New password" input name="password" type="password" minlength="8" maxlength="72" required autocomplete="new-password"; }
            button type="submit" { "Set password" }
        }
        form .inline method="post" action=(action) {
            input type="hidden" name="_method" value="PATCH";
            input type="hidden" name="status" value=(if suspended { "active" } else { "suspended" });
            button .quiet type="submit" { (if suspended { "Let in again" } else { "Suspend: lock out, keep everything" }) }
        }
        details {
            summary .danger { "Delete" }
            p { "Deletes " bdi { (user.display_name) } " with every event, request and setting. There is no way back but a backup." }
            form method="post" action=(action) {
                input type="hidden" name="_method" value="DELETE";
                button .danger type="submit" { "Delete everything of " bdi { (user.display_name) } }
            }
        }
    }
}

/// The form for a new account.
#[must_use]
pub fn new_user(viewer: &Viewer) -> Markup {
    let body = html! {
        h1 { "New account" }
        form .stack.panel method="post" action="/api/superadmin/users" {
            (identity())
            label { "Role" select name="role" {
                option value="dj" selected { "DJ: runs a party of their own" }
                option value="superadmin" { "Super admin: also runs this box" }
            } }
            button type="submit" { "Make the account" }
        }
    };
    frame(viewer, "New account", &body)
}

fn badge(user: &User) -> Markup {
    html! { @if user.status == AccountStatus::Suspended { span .badge { "suspended" } } }
}
