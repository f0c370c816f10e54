//! What a screen shows: readable from ten metres, landscape and portrait.

use maud::{Markup, PreEscaped, html};

use super::assets::DISPLAY;
use super::layout::{self, Head, record};
use super::part::{Part, ROWS, Row};
use super::{counted, shared};
use crate::domain::{EventStatus, HostRequest, Refusal, RequestView, Stage, StageEvent, Status};

/// Songs to come that fit the tallest screen; the sheet leaves out those that do not fit a wider one.
const NEXT: usize = 5;

/// The whole screen; `qr` is the code's SVG.
#[must_use]
pub fn page(stage: &Stage, qr: Option<&str>, live: &str) -> Markup {
    let body = html! {
        main .drift {
            @for part in parts(stage, qr) { section .(part.name) data-part=(part.name) data-like=[part.like.as_ref()] { (part) } }
        }
    };
    layout::page(&Head { title: &stage.display_name, room: "stage", live: Some(live), scripts: &[&DISPLAY] }, &body)
}

/// A screen that is not let in: why, and what to do about it, to be read from where one stands before a TV.
#[must_use]
pub fn closed(sentence: &str, why: Option<&Refusal>) -> Markup {
    let steps = match why {
        Some(Refusal::CookiesBlocked) => {
            ["Allow cookies for this address in the settings of this TV’s browser.", "Then load this page again."]
        }
        Some(Refusal::DeadScreen) => [
            "On the DJ’s phone, open Overview, go to Screens and make a new one.",
            "Type the address it shows into this TV’s browser.",
        ],
        _ => [
            "Look at the address again: it stands on the DJ’s page where the screen was made.",
            "If it is right, load this page again in a minute.",
        ],
    };
    let body = html! {
        main .off {
            section .card {
                (record())
                h1 { "This screen is not connected" }
                p { (sentence) }
                ol { @for step in steps { li { (step) } } }
            }
        }
    };
    layout::page(&Head { title: "Screen", room: "stage", live: None, scripts: &[] }, &body)
}

/// The screen's live fragments.
#[must_use]
pub fn parts(stage: &Stage, qr: Option<&str>) -> Vec<Part> {
    vec![
        Part::new("head", &head(stage)),
        Part::new("now", &now(stage)),
        next(stage),
        Part::new("join", &stage.event.as_ref().map_or_else(|| html! {}, |event| join(event, qr))),
    ]
}

fn head(stage: &Stage) -> Markup {
    html! {
        @match &stage.event {
            Some(event) => { h1 { bdi { (event.name) } } p { bdi { (stage.display_name) } } }
            None => h1 { bdi { (stage.display_name) } },
        }
    }
}

fn now(stage: &Stage) -> Markup {
    match &stage.event {
        None => html! { div .song { span .label { "See you soon" } span .title { "No party right now" } } },
        Some(_) => shared::now(&stage.username, &stage.playback, "Your song?"),
    }
}

fn next(stage: &Stage) -> Part {
    // What nobody has found yet is announced to nobody.
    let queue: Vec<_> = counted::with_before(&stage.queue).filter(|(view, _)| view.matching.is_ready).collect();
    let frame = html! {
        @if stage.event.is_some() {
            h2 { "Up next" @if queue.len() > 1 { span { (queue.len()) " in line" } } }
            @if queue.is_empty() { p .empty { "The line is empty. Scan and ask." } }
            ol .songs data-rows="screen" { (ROWS) }
        }
    };
    let row = |(view, before): (&RequestView, i64)| Row::new(&view.id, song(stage, view, before));
    let like = row((&HostRequest::specimen(Status::Approved).view, 0));
    Part::listed("next", &frame, like, queue.into_iter().take(NEXT).map(row))
}

fn song(stage: &Stage, view: &RequestView, before: i64) -> Markup {
    html! {
        li data-id=(view.id) data-facts=(counted::facts_on_screen(view, before)) {
            (shared::cover(&stage.username, view.cover.as_ref()))
            div .song {
                span .title dir="auto" { (view.title) }
                span .about {
                    span .artist dir="auto" { (view.artist) }
                    @if let Some(name) = &view.nickname { span .by { "for " bdi { (name) } } }
                    span .votes data-slot="up" { (counted::votes(view)) }
                }
            }
            span .wait data-slot="wait" { @if let Some(ms) = view.wait_ms { (counted::minutes(ms)) } }
        }
    }
}

/// How to come in; while nothing can be asked for, why, before anybody has scanned and typed.
fn join(event: &StageEvent, qr: Option<&str>) -> Markup {
    html! {
        @if event.status == EventStatus::Paused {
            p .call { "Back in a moment" }
            p .shut { "The party is paused. Songs can be asked for again soon." }
        } @else if !event.requests_open {
            p .call { "Requests are closed" }
            p .shut { "The DJ takes no new songs right now. Votes still count:" }
        } @else {
            @if let Some(qr) = qr { div .qr { (PreEscaped(qr)) } }
            p .call { "Ask for a song" }
        }
        p .address {
            // Broken before the name, not within it.
            @match event.short_url.split_once('/') { Some((host, name)) => { (host) "/" wbr; (name) }, None => (event.short_url) }
        }
        p .pin { "PIN " strong { (event.pin) } }
    }
}
