//! What a helper sees: the wishes that wait, two buttons each, and the line as it stands.

use maud::{Markup, html};

use super::assets::ADMIN;
use super::host::{did, pending};
use super::layout::{Head, page as whole, record};
use super::part::{Part, ROWS, Row};
use super::{counted, shared};
use crate::domain::{Board, EventStatus, HostRequest, Status};

/// The helper's whole page; `live` is its stream, `done_to` the wish something was just done to.
#[must_use]
pub fn page(name: &str, board: &Board, live: &str, done_to: Option<&HostRequest>) -> Markup {
    let body = html! {
        header .bar {
            span .brand { (record()) span { bdi { (board.display_name) } } }
            p .who { "Helping as " bdi { (name) } }
        }
        main {
            h1 .visually-hidden { "Wishes" }
            (did(&board.username, done_to))
            @for part in parts(board) {
                section .(part.name) .panel[part.name == "now"] data-part=(part.name) data-like=[part.like.as_ref()] { (part) }
            }
        }
    };
    whole(&Head { title: "Helper", room: "admin helper", live: Some(live), scripts: &[&ADMIN] }, &body)
}

/// The helper's live fragments.
#[must_use]
pub fn parts(board: &Board) -> Vec<Part> {
    vec![
        Part::new("closed", &closed(board)),
        Part::new("now", &shared::now(&board.username, &board.playback, "Nothing yet")),
        pending(board, |_, _| [html! {}, html! {}]),
        coming(board),
    ]
}

/// Said where no wishes come, or only for now.
fn closed(board: &Board) -> Markup {
    let why = match &board.event {
        None => Some("The event is over. What the next one brings appears here by itself, as long as your link works."),
        Some(event) if event.status == EventStatus::Paused => {
            Some("The DJ has paused the event: no wishes come now. You can decide on those that wait.")
        }
        Some(event) if !event.requests_open => {
            Some("The DJ takes no more wishes now. You can decide on those that wait.")
        }
        Some(_) => None,
    };
    html! { @if let Some(why) = why { p .banner data-news=(why) { (why) } } }
}

fn coming(board: &Board) -> Part {
    let frame = html! {
        h2 { "In line " span .count { (board.queue.len()) } }
        ol .songs data-rows="line" { (ROWS) }
        (shared::more_queued(board.queue.len()))
    };
    let row = |request: &HostRequest| {
        let view = &request.view;
        let html = html! {
            li data-id=(view.id) data-facts=(counted::facts(view)) {
                span .place data-slot="place" { (counted::place(view)) }
                (shared::cover(&board.username, view.cover.as_ref()))
                div .song { (shared::song(&view.title, &view.artist)) }
            }
        };
        Row::new(&view.id, html)
    };
    let shown = board.queue.iter().take(shared::SHOWN);
    Part::listed("coming", &frame, row(&HostRequest::specimen(Status::Approved)), shown.map(row))
}
