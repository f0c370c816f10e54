//! Pieces that several pages are made of.

use maud::{Markup, html};

use crate::domain::{
    CoverId, DeadEnd, MatchState, Playback, PlaybackState, RequestView, Status, Timestamp, Username, Why,
};

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

/// How long a song waits, in words; rounded to minutes, as nobody knows better.
pub fn wait(ms: i64) -> String {
    if ms < 90_000 { "about a minute".into() } else { format!("about {}", minutes(ms)) }
}

/// The same as short as it can be said.
pub fn minutes(ms: i64) -> String {
    match (ms + 30_000) / 60_000 {
        0 | 1 => "1 min".into(),
        minutes @ 2..=90 => format!("{minutes} min"),
        minutes => format!("{} h", (minutes + 30) / 60),
    }
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

/// Why a song is where it is, in words.
pub fn why(view: &RequestView) -> Option<String> {
    Some(match view.why? {
        Why::Next if view.position == Some(1) => "Next, promised".into(),
        Why::Next => "Then this one, promised".into(),
        Why::Placed => "Placed by the DJ".into(),
        Why::Votes if view.votes == 1 => "1 vote".into(),
        Why::Votes => format!("{} votes", view.votes),
        Why::Turn => "Everyone takes turns".into(),
        Why::Arrival => "In order of arrival".into(),
    })
}

/// How long a song in line waits, in words, where anybody knows.
pub fn waits(view: &RequestView) -> Option<String> {
    view.wait_ms.map(wait)
}

/// The number of a song in line, where it can be promised one.
pub fn place(view: &RequestView) -> String {
    view.position.map_or_else(|| "–".into(), |place| place.to_string())
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
        Status::Approved | Status::HandedOver => match (view.position, view.wait_ms) {
            (Some(1), _) => "You're next!".into(),
            (Some(place), Some(ms)) => format!("Number {place} in line, {}", wait(ms)),
            (Some(place), None) => format!("Number {place} in line"),
            (None, _) => "In line".into(),
        },
        Status::Playing => "Playing now!".into(),
        Status::Played => "Played".into(),
        Status::Rejected => "Not tonight, sorry".into(),
        Status::Withdrawn => "Taken back".into(),
        Status::Failed => "Could not be played".into(),
    }
}

/// The same as it is read out when it changes: what changes by itself, as minutes do, is no news.
pub fn news(view: &RequestView) -> String {
    let fate = match (view.status.is_queued(), view.position) {
        (true, Some(place)) if place > 1 => "In line".into(),
        _ => fate(view),
    };
    format!("{}: {fate}", view.title)
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
                div .song {
                    span .label { (label) }
                    (song(&track.title, &track.artist))
                    @if let Some(name) = &track.nickname { span .by { "for " bdi { (name) } } }
                    @if let Some((gone, length)) = playback.progress() {
                        progress max=(length) value=(gone) data-at=[plays.then_some(playback.as_of)] aria-label="How far the song is" {}
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

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_wait_is_told_in_round_minutes() {
        for (ms, words) in
            [(0, "about a minute"), (210_000, "about 4 min"), (420_000, "about 7 min"), (6_000_000, "about 2 h")]
        {
            assert_eq!(wait(ms), words);
        }
    }
}
