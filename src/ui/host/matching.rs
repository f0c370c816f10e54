//! Which recording a wish is, for the DJ to say: what comes near one that Spotify does not know, and the way without it.

use maud::{Markup, html};

use crate::domain::{Board, Candidate, HostRequest, MatchState, Status};
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
                (play_by_hand(board, request))
            }
        }
    }
}

/// The way without Spotify in the menu of a wish: of one that is still looked for, and of one that was named by somebody
/// else than who asked for it.
pub fn without(board: &Board, request: &HostRequest) -> Markup {
    html! { @if may_be_without(request) { (play_by_hand(board, request)) } }
}

/// Whether the menu of a wish has that way.
pub fn may_be_without(request: &HostRequest) -> bool {
    matches!(request.view.status, Status::Pending | Status::Approved)
        && match request.view.matching.state {
            MatchState::Searching => true,
            MatchState::Matched => request.asked_as.is_some(),
            MatchState::Unmatched | MatchState::ByHand => false,
        }
}

/// What a wish was asked for as, where that is another name than the one it has.
pub fn asked_as(request: &HostRequest) -> Markup {
    let (title, artist) = (&request.view.title, &request.view.artist);
    html! {
        @if let Some(asked) = request.asked_as.as_ref().filter(|asked| asked.differs_from(title, artist)) {
            span .why.asked { "Asked as “" bdi { (asked.title) } "”" @if !asked.artist.is_empty() { " by " bdi { (asked.artist) } } }
        }
    }
}

fn play_by_hand(board: &Board, request: &HostRequest) -> Markup {
    html! {
        form method="post" action={ (way(board, request)) } data-send {
            input type="hidden" name="by_hand" value="true";
            button .quiet type="submit" aria-label={ "Play by hand: " (request.view.title) } { "Play by hand" }
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
