//! Steering the DJ's own player from the pages where it is seen what plays.

use maud::{Markup, html};

use crate::domain::{Board, PlaybackState, Source};

/// Something to play on.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// What to choose it by, where it takes commands.
    pub id: Option<String>,
    pub name: String,
    pub is_active: bool,
}

/// What is said where there is something on, and nothing of it can be chosen.
pub const NONE_OBEYS: &str = "What is on takes no commands from other apps. In Spotify, play on another device.";
const NONE_ON: &str = "None is on: open Spotify somewhere";

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
    let api = |call: &str| board.username.api(call);
    let usable = speakers.map(|all| all.iter().filter(|speaker| speaker.id.is_some()).count());
    let dumb = usable == Some(0) && speakers.is_some_and(|all| !all.is_empty());
    let choice = match usable {
        None => "Looking …",
        Some(0) if dumb => "None to choose",
        Some(0) => NONE_ON,
        Some(_) => "Choose one",
    };
    html! {
        @if board.playback.source == Source::Spotify {
            details .panel.steering open[speakers.is_some()] data-devices=(api("devices")) data-none=(NONE_ON) data-dumb=(NONE_OBEYS) {
                summary { "Volume and device" }
                form .inline method="post" action=(api("playback/volume")) data-send data-auto {
                    input type="hidden" name="_method" value="PUT";
                    p .alert role="alert" hidden {}
                    label { "Volume" input type="range" name="percent" min="0" max="100" step="5" value="60"; }
                    button .quiet type="submit" { "Set" }
                }
                form .inline method="post" action=(api("playback/device")) data-send {
                    input type="hidden" name="_method" value="PUT";
                    p .alert role="alert" hidden[!dumb] { @if dumb { (NONE_OBEYS) } }
                    label { "Plays on"
                        select name="device_id" required {
                            option value="" { (choice) }
                            @for speaker in speakers.unwrap_or_default() {
                                @if let Some(id) = &speaker.id { option value=(id) selected[speaker.is_active] { (speaker.name) } }
                            }
                        }
                    }
                    button .quiet type="submit" { "Play there" }
                }
                @if speakers.is_none() {
                    noscript { form method="post" action=(api("devices")) { button .quiet type="submit" { "Show the devices" } } }
                }
            }
        }
    }
}
