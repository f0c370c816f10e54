//! One request in a list: what it says, and what can be done to it.

use maud::{Markup, html};

use super::matching::asked_as;
use crate::domain::{Board, HostRequest, MatchState};
use crate::ui::{counted, shared};

pub fn body(board: &Board, request: &HostRequest) -> Markup {
    let view = &request.view;
    html! {
        (shared::cover(&board.username, view.cover.as_ref()))
        div .song {
            (shared::song(&view.title, &view.artist))
            (asked_as(request))
            span .why {
                @match (&view.nickname, &request.guest_id) {
                    (Some(name), _) => { "for " bdi { (name) } }
                    (None, Some(_)) => "a guest",
                    (None, None) => "your own",
                }
                span data-slot="more" { (counted::more(view)) }
                @if let Some(ms) = view.duration_ms { " · " (shared::length(ms)) " long" }
            }
            @let searched = shared::searched(view).map(|words| if view.matching.state == MatchState::ByHand { "By hand" } else { words });
            @if let Some(words) = searched { span .amber { (request.reason.as_deref().unwrap_or(words)) } }
            @if let Some(note) = &request.note { q .note dir="auto" { (note) } }
            @if let Some(reason) = request.reason.as_ref().filter(|_| searched.is_none()) { span .alert { (reason) } }
        }
    }
}

pub fn act(board: &Board, request: &HostRequest, verb: &str, label: &str, class: &str) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/requests/" (request.view.id) "/" (verb) } data-send data-act=(verb) {
            button .(class) type="submit" aria-label={ (label) ": " (request.view.title) } { (label) }
        }
    }
}

pub fn mute(board: &Board, request: &HostRequest) -> Markup {
    html! {
        @if let Some(guest) = request.guest_id.as_ref().filter(|guest| !board.muted.iter().any(|muted| muted.id == **guest)) {
            form method="post" action={ "/api/" (board.username) "/guests/" (guest) "/mute" } data-send data-said="Muted. Their next wishes are not taken." {
                button .quiet type="submit" { "Mute this guest" }
            }
        }
    }
}

pub fn delete(board: &Board, request: &HostRequest) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/requests/" (request.view.id) } data-send data-said="Deleted." {
            input type="hidden" name="_method" value="DELETE";
            button .quiet type="submit" aria-label={ "Delete: " (request.view.title) } { "Delete" }
        }
    }
}
