//! Which recording a wish is, for the DJ to say: what comes near one that Spotify does not know, and the way without it.

use maud::{Markup, html};

use crate::domain::{Board, Candidate, HostRequest, MatchState, Source, Status};
use crate::ui::shared;

/// What the DJ may do about a wish that waits for its recording; nothing where it has one.
pub fn matching(board: &Board, request: &HostRequest) -> Markup {
    let found = &request.view.matching;
    html! {
        @if found.state == MatchState::Unmatched && request.view.status.is_open() {
            div .match role="group" aria-label={ "Which song is meant by " (request.view.title) } {
                @if !found.candidates.is_empty() { p .why { "Which one is it?" } }
                @for candidate in &found.candidates { (offer(board, request, candidate)) }
                (search_again(board, request))
                (play_by_hand(board, request))
            }
        }
    }
}

/// What else the DJ may do about which recording a wish is, in its menu.
pub fn instead(board: &Board, request: &HostRequest) -> Markup {
    html! {
        @match other_way(board, request) {
            Some(Way::ByHand) => { (play_by_hand(board, request)) }
            Some(Way::Search) => { (search_again(board, request)) }
            None => {}
        }
    }
}

/// Whether the menu of a wish has a way to another recording, or to none.
pub fn has_other_way(board: &Board, request: &HostRequest) -> bool {
    other_way(board, request).is_some()
}

enum Way {
    ByHand,
    Search,
}

/// Without Spotify for one that is still looked for, or was named by somebody else than who asked for it; and back to it for
/// one that is played by hand while the night follows Spotify.
fn other_way(board: &Board, request: &HostRequest) -> Option<Way> {
    if !matches!(request.view.status, Status::Pending | Status::Approved) {
        return None;
    }
    match request.view.matching.state {
        MatchState::Searching => Some(Way::ByHand),
        MatchState::Matched => request.asked_as.as_ref().map(|_| Way::ByHand),
        MatchState::ByHand => (board.playback.source == Source::Spotify).then_some(Way::Search),
        MatchState::Unmatched => None,
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

fn search_again(board: &Board, request: &HostRequest) -> Markup {
    html! {
        form .again method="post" action={ (way(board, request)) } data-send data-then="reset" {
            p .alert role="alert" hidden {}
            label { "Search other words" input name="words" required autocomplete="off" enterkeyhint="search" dir="auto"; }
            button .quiet type="submit" aria-label={ "Search other words for " (request.view.title) } { "Search" }
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
    board.username.api(format_args!("requests/{}/match", request.view.id))
}
