//! What was just done to a request, and taking it back.

use maud::{Markup, html};

use crate::domain::{HostRequest, RequestView, Status, Username};

/// What was just done to a wish on a page without a script, with the way to take it back.
#[must_use]
pub fn did(username: &Username, done_to: Option<&HostRequest>) -> Markup {
    html! {
        @if let Some(request) = done_to {
            div .banner.did {
                p role="status" { "“" bdi { (request.view.title) } "” " (deed(&request.view)) }
                (undo(username, request))
            }
        }
    }
}

fn deed(view: &RequestView) -> String {
    match (view.status, view.position) {
        (Status::Pending, _) => "waits for you.".into(),
        (Status::Approved | Status::HandedOver, Some(place)) => format!("is in line, number {place}."),
        (Status::Playing, _) => "plays now.".into(),
        (status, _) => format!("is {}.", status.words()),
    }
}

/// The way to take back the last act on a wish, and no later one.
pub fn undo(username: &Username, request: &HostRequest) -> Markup {
    html! {
        @if let Some(version) = request.undo {
            form method="post" action={ "/api/" (username) "/requests/" (request.view.id) "/undo?of=" (version) } data-send data-said="Taken back." {
                button .quiet type="submit" aria-label={ "Undo the last step: " (request.view.title) } { "Undo" }
            }
        }
    }
}
