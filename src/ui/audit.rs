//! The record of who did what, as a table to look through.

use maud::{Markup, html};

use super::shared;
use crate::domain::{AuditEntry, AuditPage, AuditQuery, Outcome};

/// What was asked for of the record, and what came of it.
pub struct Record<'r> {
    pub sought: &'r AuditQuery,
    pub found: &'r AuditPage,
}

/// The record, to look through; `own` is the page it stands on, and `whose` adds whose pages they were.
pub fn record(own: &str, Record { sought, found }: &Record<'_>, whose: bool) -> Markup {
    html! {
        (seek(own, sought))
        (table(&found.entries, whose))
        (further(own, sought, found))
    }
}

/// Looks for a part of it.
fn seek(own: &str, sought: &AuditQuery) -> Markup {
    html! {
        form .inline role="search" method="get" action=(own) {
            label { "Name or address" input type="search" name="q" value=(sought.name) maxlength="60" autocomplete="off" autocapitalize="none" dir="auto"; }
            label { "Outcome" select name="outcome" {
                option value="" selected[sought.outcome.is_none()] { "Any" }
                @for outcome in Outcome::ALL { option selected[sought.outcome == Some(outcome)] { (outcome.as_str()) } }
            } }
            button type="submit" { "Find" }
            @if is_part(sought) { a .button.quiet href=(own) { "Show all" } }
        }
    }
}

fn is_part(sought: &AuditQuery) -> bool {
    !sought.name.is_empty() || sought.outcome.is_some() || sought.before.is_some()
}

/// The way to what was written before.
fn further(own: &str, sought: &AuditQuery, found: &AuditPage) -> Markup {
    let outcome = sought.outcome.map_or("", Outcome::as_str);
    html! {
        @if let Some(next) = &found.next {
            p .actions { a .button.quiet href={ (own) "?q=" (shared::query(&sought.name)) "&outcome=" (outcome) "&before=" (next) } { "Earlier entries" } }
        }
    }
}

/// The entries; `whose` adds whose pages they were.
pub fn table(entries: &[AuditEntry], whose: bool) -> Markup {
    html! {
        @if entries.is_empty() { p .empty { "Nothing here." } } @else {
            div .scroll.record tabindex="0" role="region" aria-label="Who did what" { table {
                thead { tr { th { "When" } th { "Outcome" } th { "Who" } @if whose { th { "Whose" } } th { "What" } th { "From" } } }
                tbody { @for entry in entries {
                    tr {
                        td { (shared::time(entry.at)) } td .(entry.outcome) { (entry.outcome) } td { bdi { (entry.actor) } } @if whose { td { (entry.whose) } }
                        td { code { (entry.action) } (repeats(entry)) } td { (from(entry)) }
                    }
                } }
            } }
        }
    }
}

/// What is refused to too many places to tell them apart is one entry; what is done on the box itself comes from no address.
fn from(entry: &AuditEntry) -> &str {
    let together = entry.last_at.is_some() && entry.outcome == Outcome::Refused.as_str();
    entry.address.as_deref().unwrap_or(if together { "many addresses" } else { "" })
}

fn repeats(entry: &AuditEntry) -> Markup {
    html! {
        @if let Some(last) = entry.last_at { small { (entry.count) " times, last " (shared::time(last)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::{AuditEntry, Outcome, table};
    use crate::domain::Timestamp;

    #[test]
    fn what_the_owner_does_twice_at_the_terminal_comes_from_no_address_and_not_from_many() {
        let twice = |outcome: Outcome| {
            let entry = AuditEntry {
                id: "1".into(),
                at: Timestamp(0),
                count: 2,
                last_at: Some(Timestamp(1)),
                actor: "command line".into(),
                action: "something".into(),
                outcome: outcome.as_str().into(),
                address: None,
                whose: "djane".into(),
            };
            table(&[entry], false).into_string()
        };
        assert!(!twice(Outcome::Allowed).contains("many addresses"));
        assert!(twice(Outcome::Refused).contains("many addresses"));
    }
}
