//! The nights that were, one of them in full, and who did what.

use maud::{Markup, html};

use super::frame::{Viewer, frame};
use crate::domain::{Board, EventStatus, EventSummary, Report};
use crate::ui::audit::{self, Record};
use crate::ui::shared;

/// Wishes of a night on a page.
const WISHES: usize = 200;

/// The nights so far, the newest first; `more` came before them.
#[must_use]
pub fn history(viewer: &Viewer, board: &Board, events: &[EventSummary], more: bool) -> Markup {
    let body = html! {
        h1 { "History" }
        p .actions { a .button.quiet href={ "/" (board.username) "/admin/audit" } { "Who was here" } }
        @if events.is_empty() { p .empty { "Your first night will stand here." } }
        ul .rows.panel hidden[events.is_empty()] {
            @for event in events {
                li {
                    span .grow { a href={ "/" (board.username) "/admin/history/" (event.id) } dir="auto" { (event.name) } " "
                        small { (shared::time(event.started_at)) " · " (event.played) " played of " (event.requests) } }
                    @if event.status != EventStatus::Ended { span .badge.yes { (event.status.as_str()) } }
                }
            }
        }
        @if let Some(last) = events.last().filter(|_| more) {
            p .actions { a .button.quiet href={ "/" (board.username) "/admin/history?after=" (last.id) } { "Nights before these" } }
        }
    };
    frame(viewer, board, "History", &body)
}

/// Who did what on these pages, the newest first, as far as it was asked for.
#[must_use]
pub fn audit(viewer: &Viewer, board: &Board, record: &Record<'_>) -> Markup {
    let own = board.username.admin("audit");
    let body = html! {
        h1 { "Who was here" }
        p .hint { "Sign-ins, helpers’ decisions, visits of the super admin, and every attempt by others. What is done again and again is one line. Kept for 90 days; nobody can change it." }
        (audit::record(&own, record, false))
    };
    frame(viewer, board, "History", &body)
}

/// What is left of one night, with its wishes from the `from`th on.
#[must_use]
pub fn report(viewer: &Viewer, board: &Board, report: &Report, from: usize) -> Markup {
    let totals = &report.totals;
    let own = board.username.admin(format_args!("history/{}", report.event.id));
    let (before, after) = (from.saturating_sub(WISHES), from.saturating_add(WISHES));
    let body = html! {
        p .label { (shared::time(report.event.started_at)) @if let Some(end) = report.event.ended_at { " – " (shared::time(end)) } }
        h1 dir="auto" { (report.event.name) }
        ul .counts {
            @for (number, words) in [(totals.requests, "wishes"), (totals.played, "played"), (totals.rejected, "rejected"), (totals.guests, "guests"), (totals.votes, "votes")] {
                li { strong .long[number > 9999] { (number) } " " (words) }
            }
        }
        p .actions { a .button href={ "/api/" (board.username) "/events/" (report.event.id) ".csv" } { "Download as CSV" } }
        ul .songs.past {
            @for request in report.requests.iter().skip(from).take(WISHES) {
                li .(request.view.status.as_str()) {
                    div .song {
                        (shared::song(&request.view.title, &request.view.artist))
                        span .why { (shared::time(request.created_at)) @if let Some(name) = &request.view.nickname { " · for " bdi { (name) } } @if request.view.votes > 0 { " · ▲ " (request.view.votes) } }
                    }
                    span .badge { (request.view.status.words_of(report.event.status)) }
                }
            }
        }
        p .actions {
            @if from > 0 { a .button.quiet href={ (own) "?from=" (before) } { "Earlier wishes" } }
            @if after < report.requests.len() { a .button.quiet href={ (own) "?from=" (after) } { "Later wishes" } }
        }
    };
    frame(viewer, board, "History", &body)
}
