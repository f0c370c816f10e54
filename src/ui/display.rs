//! What a screen shows: readable from ten metres, landscape and portrait.

use maud::{Markup, PreEscaped, html};

use super::Part;
use super::layout::{self, Head, record};
use super::shared;
use crate::domain::{EventStatus, Stage, StageEvent};

/// Songs to come that fit a screen.
const NEXT: usize = 5;

/// The whole screen; `qr` is the code's SVG.
#[must_use]
pub fn page(stage: &Stage, qr: Option<&str>, live: &str) -> Markup {
    let body = html! {
        main .drift {
            @for Part { name, html } in parts(stage, qr) {
                section .{ (name) } data-part=(name) { (PreEscaped(html)) }
            }
        }
    };
    layout::page(&Head { title: &stage.display_name, room: "stage", live: Some(live), scripts: &["display.js"] }, &body)
}

/// A screen whose address does not work.
#[must_use]
pub fn closed(sentence: &str) -> Markup {
    let body = html! { main .off { (record()) h1 { (sentence) } } };
    layout::page(&Head { title: "Screen", room: "stage", live: None, scripts: &[] }, &body)
}

/// The screen's live fragments.
#[must_use]
pub fn parts(stage: &Stage, qr: Option<&str>) -> Vec<Part> {
    vec![
        Part::new("head", &head(stage)),
        Part::new("now", &now(stage)),
        Part::new("next", &next(stage)),
        Part::new("join", &stage.event.as_ref().map_or_else(|| html! {}, |event| join(event, qr))),
    ]
}

fn head(stage: &Stage) -> Markup {
    html! {
        (record())
        p { bdi { (stage.display_name) } @if let Some(event) = &stage.event { " · " bdi { (event.name) } } }
    }
}

fn now(stage: &Stage) -> Markup {
    match &stage.event {
        None => html! { div .song { span .label { "See you soon" } span .title { "No party right now" } } },
        Some(_) => shared::now(&stage.username, &stage.playback, "Your song?"),
    }
}

fn next(stage: &Stage) -> Markup {
    html! {
        @if stage.event.is_some() {
            h2 { "Next" }
            @if stage.queue.is_empty() { p .empty { "The line is empty. Scan and ask." } }
            ol .songs {
                @for view in stage.queue.iter().take(NEXT) {
                    li data-id=(view.id) {
                        span .place { (view.position.unwrap_or_default()) }
                        (shared::cover(&stage.username, view.cover.as_ref()))
                        div .song {
                            (shared::song(&view.title, &view.artist))
                            @if let Some(name) = &view.nickname { span .by { "for " bdi { (name) } } }
                        }
                        @if view.votes > 0 { span .votes { "▲ " (view.votes) } }
                    }
                }
            }
            @if stage.queue.len() > NEXT { p .more { "and " (stage.queue.len() - NEXT) " more" } }
        }
    }
}

fn join(event: &StageEvent, qr: Option<&str>) -> Markup {
    html! {
        @if event.status == EventStatus::Paused { p .call { "Back in a moment" } }
        @else if !event.requests_open { p .call { "Requests are closed" } }
        @else { p .call { "Ask for a song" } }
        @if let Some(qr) = qr { div .qr { (PreEscaped(qr)) } }
        p .address { (event.short_url) }
        p .pin { "PIN " strong { (event.pin) } }
    }
}
