//! Pieces that several pages are made of.

use maud::{Markup, html};

use super::counted;
use crate::domain::{CoverId, DeadEnd, MatchState, Playback, PlaybackState, RequestView, Status, Timestamp, Username};

/// That the way in leads nowhere, where it does, and what to do.
pub fn dead_end(why: Option<DeadEnd>) -> Markup {
    trouble(why.map(DeadEnd::sentence))
}

/// The same on a DJ's page.
pub fn dead_end_of_dj(why: Option<DeadEnd>) -> Markup {
    trouble(why.map(DeadEnd::told_a_dj))
}

/// That a link which was just made leads nowhere.
pub fn dead_link(why: Option<DeadEnd>) -> Markup {
    trouble(why.map(|_| "This link leads nowhere now, and neither does the QR code: the overview says why. Make a new link once that is mended."))
}

/// What became of a wish that was sent by a page without a script: taken, on the list already, or there as one's own.
pub fn said(what: Option<&str>, [sent, merged, own]: [&str; 3]) -> Markup {
    let words = match what {
        Some("sent") => sent,
        Some("merged") => merged,
        Some("own") => own,
        _ => return html! {},
    };
    told(words)
}

/// What a form that was just sent came to.
pub fn told(words: &str) -> Markup {
    html! { p .banner role="status" { (words) } }
}

/// That a link cannot be read any more, and what to do.
pub fn read_no_more() -> Markup {
    html! { p { "It could be read for ten minutes after it was made, and is kept nowhere. It still works where it was opened. If nobody has it, revoke it and make a new one." } }
}

fn trouble(what: Option<&str>) -> Markup {
    html! { @if let Some(what) = what { p .banner.trouble data-news=(what) { (what) } } }
}

/// How long a song is, in minutes and seconds.
pub fn length(ms: i64) -> String {
    let seconds = (ms + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// How long ago something was, in words.
pub fn ago(ms: i64) -> String {
    match ms.max(0) / 1000 {
        s @ 0..=90 => format!("{s} s ago"),
        s @ 91..=5400 => format!("{} min ago", s / 60),
        s => format!("{} h ago", s / 3600),
    }
}

/// Songs in line that a page shows, from the next one on.
pub const SHOWN: usize = 100;

/// How many more are in line than are shown.
pub fn more_queued(all: usize) -> Markup {
    html! { @if all > SHOWN { p .hint { "And " (all - SHOWN) " more behind these." } } }
}

/// That the recording of a song that waits is not known, where it has to be, and what comes of that.
pub fn searched(view: &RequestView) -> Option<&'static str> {
    if view.matching.is_ready || !view.status.is_open() {
        return None;
    }
    Some(match view.matching.state {
        MatchState::Matched => return None,
        MatchState::Searching => "Looking for it on Spotify",
        MatchState::Unmatched => "The DJ decides on this one",
        MatchState::ByHand => "The DJ plays it by hand",
    })
}

/// What a wish is doing, in a guest's words.
pub fn fate(view: &RequestView) -> String {
    if let Some(words) = searched(view).filter(|_| view.status.is_queued()) {
        return words.into();
    }
    match view.status {
        Status::Pending => "Waiting for the DJ".into(),
        Status::Approved | Status::HandedOver => counted::standing(view),
        Status::Playing => "Playing now!".into(),
        Status::Played => "Played".into(),
        Status::Rejected => "Not tonight, sorry".into(),
        Status::Withdrawn => "Taken back".into(),
        Status::Failed => "Could not be played".into(),
    }
}

/// The same as it is read out when it changes.
pub fn news(view: &RequestView) -> String {
    let fate = if is_counted(view) { counted::news(view).into() } else { fate(view) };
    format!("{}: {fate}", view.title)
}

/// Whether what a wish is doing changes as others come and go.
pub fn is_counted(view: &RequestView) -> bool {
    view.status.is_queued() && view.position.is_some()
}

/// A text as it stands in an address.
pub fn query(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).unwrap_or_default().trim_start_matches('=').to_owned()
}

/// Title and artist, in whatever direction they are written.
pub fn song(title: &str, artist: &str) -> Markup {
    html! {
        span .title dir="auto" { (title) }
        span .artist dir="auto" { (artist) }
    }
}

/// A moment, put into the reader's own time by the script.
pub fn time(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (at.day()) " " (at.clock()) " UTC" } }
}

/// A song's cover as this box has it, or the place of one.
pub fn cover(username: &Username, cover: Option<&CoverId>) -> Markup {
    html! {
        span .cover aria-hidden="true" {
            @if let Some(id) = cover { img src=(id.address(username)) alt="" loading="lazy" decoding="async"; }
        }
    }
}

/// What plays, or that nothing does. A song nobody knows to play is what was heard last.
pub fn now(username: &Username, playback: &Playback, silence: &str) -> Markup {
    let label = match playback.state {
        PlaybackState::Playing => "Now playing",
        PlaybackState::Paused => "Paused",
        PlaybackState::Idle => "Heard last",
    };
    html! {
        @let plays = playback.state == PlaybackState::Playing;
        @match &playback.track {
            Some(track) => {
                @if let Some(art) = &track.art { (cover(username, Some(&CoverId::of(art)))) }
                span .bars .still[!plays] aria-hidden="true" { i {} i {} i {} i {} }
                div .song data-plays[plays] {
                    span .label { (label) }
                    (song(&track.title, &track.artist))
                    @if let Some(name) = &track.nickname { span .by { "for " bdi { (name) } } }
                    @if let Some((gone, length)) = playback.progress() {
                        progress data-at=[plays.then_some(playback.as_of.plus_ms(playback.age_ms).0)] max=(length) value=(gone) aria-label="How far the song is" {}
                    }
                }
            }
            None => {
                span .bars .still aria-hidden="true" { i {} i {} i {} i {} }
                div .song { span .label { "Now playing" } span .title.dim { (silence) } }
            }
        }
    }
}
