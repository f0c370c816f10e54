//! What a page counts by itself as songs come, go and move: places, waits, votes and why. The box puts it on a page that is
//! loaded, and the page's script goes on from there, by the same words.

use maud::{Markup, html};

use crate::domain::{RequestView, SONG_MS, Why};

/// Where a number comes.
const NUMBER: &str = "{}";

const NEXT: &str = "Next, promised";
const THEN: &str = "Then this one, promised";
const PLACED: &str = "Placed by the DJ";
const VOTE: &str = "1 vote";
const VOTES: &str = "{} votes";
const TURN: &str = "Everyone takes turns";
const ARRIVAL: &str = "In order of arrival";
const SOON: &str = "about a minute";
const ABOUT: &str = "about {}";
const MINUTE: &str = "1 min";
const MINUTES: &str = "{} min";
const HOURS: &str = "{} h";
const YOURS: &str = "You're next!";
const PLACE: &str = "Number {} in line";
const IN_LINE: &str = "In line";

/// The words, for the script of a page that goes on by itself.
pub fn words() -> Markup {
    html! {
        span #words hidden data-song=(SONG_MS) data-next=(NEXT) data-then=(THEN) data-placed=(PLACED) data-vote=(VOTE) data-votes=(VOTES)
            data-turn=(TURN) data-arrival=(ARRIVAL) data-soon=(SOON) data-about=(ABOUT) data-minute=(MINUTE) data-minutes=(MINUTES) data-hours=(HOURS)
            data-yours=(YOURS) data-place=(PLACE) data-line=(IN_LINE) {}
    }
}

fn fill(words: &str, number: impl std::fmt::Display) -> String {
    words.replace(NUMBER, &number.to_string())
}

/// What a row of a list is counted from: its votes, its length, whether it is promised its place, whether a hand put it there.
pub fn facts(view: &RequestView) -> String {
    let length = view.duration_ms.map(|ms| ms.to_string()).unwrap_or_default();
    let promised = if view.position.is_some() { "r" } else { "" };
    let placed = if view.why == Some(Why::Placed) { "p" } else { "" };
    format!("{},{length},{promised}{placed}", view.votes)
}

/// The same on a screen, which does not show the whole line: its votes, and how much is to be heard `before` it.
pub fn facts_on_screen(view: &RequestView, before: i64) -> String {
    format!("{},{before}", view.votes)
}

/// Each song of a line with how much of it is to be heard before that song, in milliseconds.
pub fn with_before(line: &[RequestView]) -> impl Iterator<Item = (&RequestView, i64)> {
    line.iter().scan(0, |heard, view| {
        let before = *heard;
        *heard += view.duration_ms.unwrap_or(SONG_MS);
        Some((view, before))
    })
}

/// By what rule a line stands, where a song in it stands by it: the name of its words.
pub fn rule<'v>(mut line: impl Iterator<Item = &'v RequestView>) -> Option<&'static str> {
    line.find_map(|view| match view.why? {
        Why::Next | Why::Placed => None,
        Why::Votes => Some("votes"),
        Why::Turn => Some("turn"),
        Why::Arrival => Some("arrival"),
    })
}

/// How long a song waits, in words; rounded to minutes, as nobody knows better.
pub fn wait(ms: i64) -> String {
    if ms < 90_000 { SOON.into() } else { fill(ABOUT, minutes(ms)) }
}

/// The same as short as it can be said.
pub fn minutes(ms: i64) -> String {
    match (ms + 30_000) / 60_000 {
        0 | 1 => MINUTE.into(),
        minutes @ 2..=90 => fill(MINUTES, minutes),
        minutes => fill(HOURS, (minutes + 30) / 60),
    }
}

/// Why a song is where it is, in words.
fn why(view: &RequestView) -> Option<String> {
    Some(match view.why? {
        Why::Next if view.position == Some(1) => NEXT.into(),
        Why::Next => THEN.into(),
        Why::Placed => PLACED.into(),
        Why::Votes if view.votes == 1 => VOTE.into(),
        Why::Votes => fill(VOTES, view.votes),
        Why::Turn => TURN.into(),
        Why::Arrival => ARRIVAL.into(),
    })
}

/// Why a song is where it is, and how long it waits.
pub fn told(view: &RequestView) -> String {
    why(view).into_iter().chain(view.wait_ms.map(wait)).collect::<Vec<_>>().join(" · ")
}

/// The same behind other words, with its votes.
pub fn more(view: &RequestView) -> String {
    let told = Some(told(view)).filter(|told| !told.is_empty());
    let all = Some(votes(view)).filter(|votes| !votes.is_empty()).into_iter().chain(told);
    all.flat_map(|words| [" · ".to_owned(), words]).collect()
}

/// Its votes, where there are any.
pub fn votes(view: &RequestView) -> String {
    if view.votes > 0 { format!("▲ {}", view.votes) } else { String::new() }
}

/// The number of a song in line, where it can be promised one.
pub fn place(view: &RequestView) -> String {
    view.position.map_or_else(|| "–".into(), |place| place.to_string())
}

/// What a wish in line comes to, in a guest's words.
pub fn standing(view: &RequestView) -> String {
    match (view.position, view.wait_ms) {
        (Some(1), _) => YOURS.into(),
        (Some(place), Some(ms)) => format!("{}, {}", fill(PLACE, place), wait(ms)),
        (Some(place), None) => fill(PLACE, place),
        (None, _) => IN_LINE.into(),
    }
}

/// The same as it is read out when it changes: what changes by itself, as minutes do, is no news.
pub fn news(view: &RequestView) -> &'static str {
    if view.position == Some(1) { YOURS } else { IN_LINE }
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
