//! Steering the DJ's own player from the pages where it is seen what plays.

use maud::{Markup, html};

use crate::domain::{Board, PlaybackState, Source};

/// Something to play on.
#[derive(Clone, Debug)]
pub struct Speaker {
    pub id: String,
    pub name: String,
    pub is_active: bool,
}

/// Pause or go on, and the next song: what is wanted at once. Nothing where the night is run by hand.
pub fn buttons(board: &Board) -> Markup {
    let (act, label, sign) = match board.playback.state {
        PlaybackState::Playing => ("pause", "Pause", "❚❚"),
        PlaybackState::Paused | PlaybackState::Idle => ("play", "Play", "▶"),
    };
    html! {
        @if board.playback.source == Source::Spotify {
            div .player {
                (button(board, act, label, sign))
                (button(board, "next", "Next", "»"))
            }
        }
    }
}

fn button(board: &Board, act: &str, label: &str, sign: &str) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/playback/" (act) } data-send {
            button .quiet type="submit" { span aria-hidden="true" { (sign) } " " (label) }
        }
    }
}

/// Volume and device; `speakers` where they are known already, else the script asks for them when this is opened.
pub fn steering(board: &Board, speakers: Option<&[Speaker]>) -> Markup {
    let api = format!("/api/{}", board.username);
    html! {
        @if board.playback.source == Source::Spotify {
            details .panel.steering open[speakers.is_some()] data-devices={ (api) "/devices" } {
                summary { "Volume and device" }
                form .inline method="post" action={ (api) "/playback/volume" } data-send data-auto {
                    input type="hidden" name="_method" value="PUT";
                    p .alert role="alert" hidden {}
                    label { "Volume" input type="range" name="percent" min="0" max="100" step="5" value="60"; }
                    button .quiet type="submit" { "Set" }
                }
                form .inline method="post" action={ (api) "/playback/device" } data-send {
                    input type="hidden" name="_method" value="PUT";
                    p .alert role="alert" hidden {}
                    label { "Plays on"
                        select name="device_id" required {
                            option value="" { @if speakers.is_some() { "Choose one" } @else { "Looking …" } }
                            @for speaker in speakers.unwrap_or_default() {
                                option value=(speaker.id) selected[speaker.is_active] { (speaker.name) }
                            }
                        }
                    }
                    button .quiet type="submit" { "Play there" }
                }
                @if speakers.is_none() {
                    noscript { a href={ "/" (board.username) "/admin/spotify?devices=1" } { "Show the devices" } }
                }
            }
        }
    }
}
