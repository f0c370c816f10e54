//! The DJ's pages, within one thumb on a phone.

mod clearing;
mod evening;
mod history;
mod list;
mod matching;
mod player;
mod settings;
mod spotify;

use maud::{Markup, html};

use super::Part;
use super::layout::{Head, bar, page};
use super::shared;
use crate::domain::{Board, Health, Jump, Notice, Rush, Source, User};

/// Who sits at the desk, and where the desk hears what is new.
pub struct Desk {
    pub me: User,
    /// The live stream, from what the page knows on.
    pub live: String,
}

pub use evening::{overview, poster, screen_made};
pub use history::{audit, history, report};
pub use list::{JustDone, did, pending, queue, requests};
pub use player::{NONE_OBEYS, Speaker};
pub use settings::{helper_made, settings};
pub use spotify::{Light, Looks, consent, spotify};

/// A page that goes on living.
fn frame(desk: &Desk, board: &Board, here: &str, body: &Markup) -> Markup {
    framed(desk, board, here, Some(&desk.live), body)
}

/// The answer to a form, shown once: to ask for it again would do again what was asked.
fn slip(desk: &Desk, board: &Board, here: &str, body: &Markup) -> Markup {
    framed(desk, board, here, None, body)
}

fn framed(desk: &Desk, board: &Board, here: &str, live: Option<&str>, body: &Markup) -> Markup {
    let me = &desk.me;
    let user = &board.username;
    let links: Vec<(String, &str)> = ["Overview", "Requests", "Queue", "Settings", "Spotify", "History"]
        .map(|label| (format!("/{user}/admin/{}", label.to_lowercase()), label))
        .into();
    let links: Vec<(&str, &str)> = links.iter().map(|(href, label)| (href.as_str(), *label)).collect();
    let body = html! {
        (bar(me, links[0].0, &board.display_name, &links, here))
        @if me.username != *user {
            p .banner.visit { "You are in " bdi { (board.display_name) } "’s pages as super admin. Every visit is written down, and " bdi { (board.display_name) } " can see it." }
        }
        div data-part="notice" { (notice(board)) }
        main { (body) p .foot { a href="/help" { "Help" } } }
    };
    page(&Head { title: here, room: "desk", live, scripts: &["desk.js"] }, &body)
}

/// The live fragments of all the host's pages; a page takes those it has a place for.
#[must_use]
pub fn parts(board: &Board) -> Vec<Part> {
    vec![
        Part::new("notice", &notice(board)),
        Part::new("event", &evening::event(board)),
        Part::new("now", &now(board)),
        Part::new("counts", &evening::counts(board)),
        Part::new("steering", &player::steering(board, None)),
        Part::new("closed", &list::closed(board)),
        Part::new("clear", &clearing::clear(board)),
        Part::new("pending", &pending(board, list::more)),
        Part::new("line", &list::line(board)),
        Part::new("done", &list::done(board)),
        Part::new("muted", &list::muted(board)),
    ]
}

/// What the DJ has to know of the clock, the door, a crowd and their Spotify, on whichever page they are.
fn notice(board: &Board) -> Markup {
    let jump = board.jump.map(Jump::sentence);
    html! {
        @if let Some(sentence) = jump { p .banner.trouble data-news=(sentence) { span { (sentence) } } }
        @if board.guessed { (guessed(board)) }
        @if let Some(rush) = board.rush { (crowd(board, rush)) }
        @if let Some(notice) = &board.notice { (spotify_notice(board, notice)) }
    }
}

fn guessed(board: &Board) -> Markup {
    let sentence = "Somebody is guessing at the PIN. Whoever types the right one still comes in; near the guesser that may take long, and the QR code lets in at once. A new PIN shuts the guesser out.";
    html! {
        div .banner.trouble data-news=(sentence) {
            p { (sentence) }
            (evening::anew(&format!("/api/{}/event", board.username), "pin", "PIN"))
        }
    }
}

/// That more goes on than a night comes to, and what to do.
fn crowd(board: &Board, rush: Rush) -> Markup {
    html! {
        div .banner.trouble data-news=(rush.sentence()) {
            p { (rush.sentence()) }
            @match rush {
                Rush::Door => (evening::anew(&format!("/api/{}/event", board.username), "qr", "QR code")),
                Rush::Wishes => a .button href={ "/" (board.username) "/admin/requests" } { "To the wishes" },
            }
        }
    }
}

fn spotify_notice(board: &Board, notice: &Notice) -> Markup {
    let way = if notice.health == Health::Reconnect { "Reconnect Spotify" } else { "Look at Spotify" };
    html! {
        p .banner.trouble data-news=(notice.sentence) {
            span { (notice.sentence) @if let Some(until) = notice.until { " Until " (shared::time(until)) "." } }
            a .button href={ "/" (board.username) "/admin/spotify" } { (way) }
        }
    }
}

/// What plays, and who tells; run by hand, with the way to say that it is over.
fn now(board: &Board) -> Markup {
    let by_hand = board.playback.source == Source::Manual;
    html! {
        (shared::now(&board.username, &board.playback, "Nothing yet"))
        (player::buttons(board))
        @if by_hand { (over(board)) }
        @if by_hand && board.connected { (source(board, "spotify", "Follow Spotify")) }
        @if !by_hand { (source(board, "manual", "Run it by hand")) }
    }
}

fn source(board: &Board, source: &str, label: &str) -> Markup {
    html! {
        form method="post" action={ "/api/" (board.username) "/playback/source" } data-send {
            input type="hidden" name="_method" value="PUT";
            input type="hidden" name="source" value=(source);
            button .quiet type="submit" { (label) }
        }
    }
}

fn over(board: &Board) -> Markup {
    let playing = board.playback.track.as_ref().and_then(|track| track.request_id.as_ref());
    html! {
        @if let Some(id) = playing {
            form method="post" action={ "/api/" (board.username) "/requests/" (id) "/played" } data-send {
                button .quiet type="submit" { "The song is over" }
            }
        } @else if board.playback.track.is_some() {
            form method="post" action={ "/api/" (board.username) "/playback/manual" } data-send {
                input type="hidden" name="_method" value="PUT";
                button .quiet type="submit" { "The song is over" }
            }
        }
    }
}
