//! The DJ's settings page: house rules and helpers.

use maud::{Markup, html};

use super::frame::{Viewer, frame, slip};
use crate::domain::{Board, Helper, HouseRules, Order, bars_nothing, lone_track, mark_of};
use crate::ui::shared;

const MINUTE: u32 = 60_000;
/// Lines of the do-not-play list that are told to be of no use.
const FAULTS: usize = 5;
/// Helpers that are shown.
const HELPERS: usize = 20;

/// The house rules; `saved` where they were saved just now: how many songs were turned down by it.
#[must_use]
pub fn settings(
    viewer: &Viewer,
    board: &Board,
    rules: &HouseRules,
    helpers: &[Helper],
    saved: Option<usize>,
) -> Markup {
    let body = html! {
        h1 { "House rules" }
        @if let Some(turned_down) = saved { (shared::told(&told(turned_down))) }
        form .stack method="post" action={ "/api/" (board.username) "/settings" } data-send data-next={ "/" (board.username) "/admin/settings?said=saved" } {
            input type="hidden" name="_method" value="PUT";
            fieldset .panel {
                legend { "The list" }
                (choice("auto_approve", "New wishes", &[("false", "wait for your yes"), ("true", "go straight in line")], &rules.auto_approve.to_string()))
                (choice("order", "The line goes", &[("fair", "by turns: one song each guest"), ("votes", "by votes"), ("arrival", "by arrival")], order(rules.order)))
            }
            fieldset .panel {
                legend { "For each guest" }
                (count("max_active_per_guest", "Wishes waiting at once", rules.max_active_per_guest, &[1, 2, 3, 5, 10]))
                (span("min_gap_ms", "Between two wishes", rules.min_gap_ms, &[10_000, 30_000, MINUTE, 5 * MINUTE]))
                (choice("nickname_filter", "Nicknames", &[("true", "swearing is refused"), ("false", "anything goes")], &rules.nickname_filter.to_string()))
                (count("max_per_hour", "Wishes in an hour", rules.max_per_hour, &[3, 5, 10, 20]))
            }
            fieldset .panel {
                legend { "Songs" }
                (choice("allow_explicit", "Explicit songs", &[("true", "are taken"), ("false", "are refused, where Spotify marks them")], &rules.allow_explicit.to_string()))
                (span("max_length_ms", "The longest song", rules.max_length_ms, &[5 * MINUTE, 8 * MINUTE, 12 * MINUTE, 20 * MINUTE]))
                (span("replay_cooldown_ms", "A played song rests", rules.replay_cooldown_ms, &[30 * MINUTE, 60 * MINUTE, 120 * MINUTE, 360 * MINUTE]))
                (span("artist_cooldown_ms", "An artist rests", rules.artist_cooldown_ms, &[5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE]))
                label { "Never play"
                    @let never = rules.do_not_play.join("\n");
                    (was("do_not_play", &marks(&rules.do_not_play)))
                    textarea name="do_not_play" rows="6" aria-describedby="never-hint" { (never) }
                    small #never-hint { "One title, artist or word a line, an artist and a title as “Artist - Title”, or the link of a song. Guests only read “won’t be played tonight”, never why." }
                    (unnamed(rules))
                    (of_no_use(rules))
                }
            }
            // Beside the button: what is refused is the list above it, a screen or two below the head of the page.
            p .alert role="alert" hidden {}
            button type="submit" { "Save" }
        }
        (helper_list(board, helpers))
    };
    frame(viewer, board, "Settings", &body)
}

/// The lines that bar nothing, and what to write instead.
fn of_no_use(rules: &HouseRules) -> Markup {
    html! {
        @for said in rules.do_not_play.iter().filter_map(|line| bars_nothing(line)).take(FAULTS) { small .amber { (said) } }
    }
}

/// What is to be said of links whose songs nobody could name when they were saved.
fn unnamed(rules: &HouseRules) -> Markup {
    let which = match rules.do_not_play.iter().filter(|line| lone_track(line).is_some()).count() {
        0 => return html! {},
        1 => "One link could not be looked up and bars".into(),
        many => format!("{many} links could not be looked up and bar"),
    };
    html! { small .amber { (which) " that one address alone: save again later, or write “Artist - Title”." } }
}

fn told(turned_down: usize) -> String {
    match turned_down {
        0 => "Saved.".into(),
        1 => "Saved. One song that waited or was in line is turned down by these rules.".into(),
        many => format!("Saved. {many} songs that waited or were in line are turned down by these rules."),
    }
}

fn helper_list(board: &Board, helpers: &[Helper]) -> Markup {
    html! {
        section .panel.helpers {
            h2 { "Helpers" }
            p .hint { "A helper sees what plays, what is in line and what waits, with names and notes, approves and rejects from their own phone, and takes that back; nothing more. Never hand out your password. A link works for 24 hours." }
            ul .rows {
                @for helper in helpers.iter().take(HELPERS) {
                    li {
                        span .grow { bdi { (helper.name) } " " small { "until " (shared::time(helper.expires_at)) } }
                        form method="post" action={ "/api/" (board.username) "/helpers/" (helper.id) } {
                            input type="hidden" name="_method" value="DELETE";
                            button .quiet type="submit" aria-label={ "Revoke " (helper.name) } { "Revoke" }
                        }
                    }
                }
            }
            @if helpers.len() > HELPERS { p .hint { "And " (helpers.len() - HELPERS) " older ones, which run out by themselves." } }
            form .inline method="post" action={ "/api/" (board.username) "/helpers" } {
                label { "Name" input name="name" required autocomplete="off" dir="auto"; }
                button type="submit" { "New helper" }
            }
        }
    }
}

/// A new helper's link, for the few minutes that it can be read; `None` when they are over.
#[must_use]
pub fn helper_made(viewer: &Viewer, board: &Board, url: Option<&str>, helper: &Helper) -> Markup {
    let body = html! {
        section .panel {
            h1 { "A link for " bdi { (helper.name) } }
            @if let Some(url) = url {
                (shared::dead_link(board.dead_end))
                p .big { code #helper-url { (url) } }
                p .hint { "Shown to you alone, for ten minutes: send it now. It opens the list with two buttons, until " (shared::time(helper.expires_at)) "." }
            } @else { (shared::read_no_more()) }
            p .actions { a .button.quiet href={ "/" (board.username) "/admin/settings" } { "Back" } }
        }
    };
    slip(viewer, board, "Settings", &body)
}

fn order(order: Order) -> &'static str {
    match order {
        Order::Arrival => "arrival",
        Order::Votes => "votes",
        Order::Fair => "fair",
    }
}

/// What a field showed: one that was left as it was overwrites nothing that somebody else saved meanwhile.
fn was(name: &str, shown: &str) -> Markup {
    html! { input type="hidden" name={ "was_" (name) } value=(shown); }
}

/// What is remembered of a list in the place of its lines: the page is sent back with them once, not twice.
fn marks(lines: &[String]) -> String {
    lines.iter().map(|line| mark_of(line)).collect::<Vec<_>>().join("\n")
}

fn choice(name: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        label { (label)
            (was(name, chosen))
            select name=(name) {
                @for (value, words) in options { option value=(value) selected[*value == chosen] { (words) } }
            }
        }
    }
}

fn count(name: &str, label: &str, chosen: u32, usual: &[u32]) -> Markup {
    numbers(name, label, chosen, usual, |n| n.to_string())
}

fn span(name: &str, label: &str, chosen: u32, usual: &[u32]) -> Markup {
    numbers(name, label, chosen, usual, |ms| match ms {
        ms if ms % MINUTE == 0 => format!("{} min", ms / MINUTE),
        ms => format!("{} s", ms / 1000),
    })
}

/// The usual values and "no limit"; a value set by a script is offered too, or saving would change it unasked.
fn numbers(name: &str, label: &str, chosen: u32, usual: &[u32], words: impl Fn(u32) -> String) -> Markup {
    let mut values = [&[0], usual].concat();
    if !values.contains(&chosen) {
        values.push(chosen);
    }
    let options: Vec<(String, String)> =
        values.iter().map(|&n| (n.to_string(), if n == 0 { "no limit".into() } else { words(n) })).collect();
    let options: Vec<(&str, &str)> = options.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect();
    choice(name, label, &options, &chosen.to_string())
}
