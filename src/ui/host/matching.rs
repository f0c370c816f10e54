//! A wish that Spotify does not know as it was typed: what comes near, and the way without it.

use maud::{Markup, html};

use crate::domain::{Board, Candidate, HostRequest, MatchState};
use crate::ui::shared;

/// What the DJ may do about a wish that waits for its recording; nothing where it has one.
pub fn matching(board: &Board, request: &HostRequest) -> Markup {
    let found = &request.view.matching;
    html! {
        @if found.state == MatchState::Unmatched && request.view.status.is_open() {
            div .match role="group" aria-label={ "Which song is meant by " (request.view.title) } {
                @if !found.candidates.is_empty() { p .why { "Which one is it?" } }
                @for candidate in &found.candidates { (offer(board, request, candidate)) }
                form .again method="post" action={ (way(board, request)) } data-send data-then="reset" {
                    p .alert role="alert" hidden {}
                    label { "Search other words" input name="words" required autocomplete="off" enterkeyhint="search" dir="auto"; }
                    button .quiet type="submit" aria-label={ "Search other words for " (request.view.title) } { "Search" }
                }
                form method="post" action={ (way(board, request)) } data-send {
                    input type="hidden" name="by_hand" value="true";
                    button .quiet type="submit" aria-label={ "Play by hand: " (request.view.title) } { "Play by hand" }
                }
            }
        }
    }
}

fn offer(board: &Board, request: &HostRequest, candidate: &Candidate) -> Markup {
    let artists = candidate.artists.join(", ");
    html! {
        form method="post" action={ (way(board, request)) } data-send {
            input type="hidden" name="uri" value=(candidate.uri);
            button .quiet.offer type="submit" aria-label={ "It is " (candidate.title) " by " (artists) } {
                (shared::cover(&board.username, candidate.cover.as_ref()))
                span .song { (shared::song(&candidate.title, &artists)) }
                small {
                    @if candidate.explicit == Some(true) { "E · " }
                    @if let Some(ms) = candidate.duration_ms { (shared::length(ms)) }
                }
            }
        }
    }
}

fn way(board: &Board, request: &HostRequest) -> String {
    format!("/api/{}/requests/{}/match", board.username, request.view.id)
}
