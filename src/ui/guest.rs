//! What a guest sees: the door, and the party.

use maud::{Markup, html};

use super::assets::DRAFT;
use super::layout::{Head, card, page};
use super::part::{Part, ROWS, Row};
use super::{counted, shared};
use crate::domain::{
    EventStatus, HostRequest, Party, PartyEvent, Playback, Refusal, RequestId, RequestView, Shared, Status, Username,
};

/// The door, for those without the QR code: the PIN; `then` is where it leads.
#[must_use]
pub fn door(username: &Username, host: &str, event: &str, then: &str) -> Markup {
    let body = html! {
        p .label { bdi { (host) } " presents" }
        h1 dir="auto" { (event) }
        p .lead { "Type the PIN from the screen to ask for songs." }
        (pin(username, then))
    };
    card(event, &body)
}

fn pin(username: &Username, then: &str) -> Markup {
    html! {
        form .stack method="post" action={ "/api/" (username) "/join" } data-send data-next=(then) {
            p .alert role="alert" hidden {}
            label { "PIN" input .pin name="pin" inputmode="numeric" maxlength="20" autocomplete="one-time-code" required; }
            button type="submit" { "Join the party" }
        }
    }
}

/// That a link does not let in, and the other way in.
#[must_use]
pub fn by_pin(username: &Username, sentence: &str, then: &str) -> Markup {
    let body = html! {
        h1 { (sentence) }
        p .lead { "The PIN on the screen lets you in as well." }
        (pin(username, then))
    };
    card(sentence, &body)
}

/// No party here now.
#[must_use]
pub fn closed(host: &str, sentence: &str) -> Markup {
    let body = html! {
        p .label { bdi { (host) } }
        h1 { (sentence) }
        p .lead { "When the next one starts, scan the new code on the screen." }
    };
    card(sentence, &body)
}

/// What is said of a wish that was taken, of one that somebody else had sent first, and of one's own sent twice.
const SENT: &str = "Sent. Watch it below.";
const MERGED: &str = "Already on the list: your vote counts.";
const OWN: &str = "You asked for this already: it is on the list.";
/// What is said where a search finds nothing.
const NONE: &str = "No match: send it as you typed it.";

/// A joined guest's page. `key` makes the form without a script safe to send twice; `said` is what became of it.
#[must_use]
pub fn party(party: &Party, key: &str, said: Option<&str>, live: &str) -> Markup {
    let Shared { username, event, .. } = &*party.shared;
    let shared = party.shared.forms.of(|| parts(username, event, &party.shared.now_playing, &party.shared.queue));
    let body = html! {
        header .top {
            p .label { bdi { (event.host) } " presents" }
            h1 dir="auto" { (event.name) }
        }
        main {
            (shared::said(said, [SENT, MERGED, OWN]))
            @for part in &shared[..2] { section .(part.name) data-part=(part.name) { (part) } }
            (muted(party))
            (ask(party, key))
            (own(party))
            section .queue data-part="queue" data-like=[shared[2].like.as_ref()] { (shared[2]) }
            p .foot { a href={ "/" (party.shared.username) } { "Refresh" } " · " a href={ "/help?from=" (party.shared.username) } { "Help" } }
        }
    };
    page(&Head { title: &event.name, room: "party", live: Some(live), scripts: &[&DRAFT] }, &body)
}

/// What on a guest's page is theirs alone, for a page that has the rest.
#[must_use]
pub fn personal(party: &Party) -> Markup {
    html! { (muted(party)) (own(party)) }
}

fn muted(party: &Party) -> Markup {
    html! { section .notice data-part="muted" { @if party.muted { (shut(&Refusal::Muted.sentence())) } } }
}

fn own(party: &Party) -> Markup {
    html! { section .mine data-part="mine" { (mine(party)) } }
}

fn ask(party: &Party, key: &str) -> Markup {
    html! {
        form #ask .ask.panel method="post" action={ "/api/" (party.shared.username) "/requests?as=guest" } data-send data-none=(NONE) data-draft=(party.shared.event_id) data-said=(SENT) data-said-merged=(MERGED) data-said-own=(OWN) data-search={ "/api/" (party.shared.username) "/search?as=guest&q=" } {
            h2 { "What shall we play?" }
            p .alert role="alert" hidden {}
            input type="hidden" name="key" value=(key);
            input type="hidden" name="track_uri";
            label { "Song" input name="title" required autocomplete="off" enterkeyhint="next" dir="auto"; }
            ul .hits hidden aria-label="Songs found: one tap sends the wish" {}
            label { "Artist" input name="artist" autocomplete="off" enterkeyhint="send" dir="auto"; }
            details open[party.nickname.is_some()] {
                summary { "Add your name or a word to the DJ" }
                label { "Your name" input name="nickname" autocomplete="nickname" value=[party.nickname.as_deref()] dir="auto"; }
                label { "For the DJ" input name="note" autocomplete="off" dir="auto"; }
            }
            button type="submit" { "Send the wish" }
        }
    }
}

/// What every guest of the event sees alike: nothing personal is in it, so that it can be rendered once for all.
#[must_use]
pub fn parts(username: &Username, event: &PartyEvent, playback: &Playback, queue: &[RequestView]) -> Vec<Part> {
    vec![
        Part::new("notice", &notice(event)),
        Part::new("now", &shared::now(username, playback, "A little silence")),
        songs(username, queue),
    ]
}

/// That nothing can be asked for: where it stands, the sheet folds the form away before anybody has typed.
fn notice(event: &PartyEvent) -> Markup {
    html! {
        @if event.status == EventStatus::Paused { (shut("The party is paused. Wishes open again soon.")) }
        @else if !event.requests_open { (shut("The DJ is not taking requests right now. Your votes still count.")) }
    }
}

fn shut(sentence: &str) -> Markup {
    html! { p .banner.shut data-news=(sentence) { (sentence) } }
}

fn songs(username: &Username, queue: &[RequestView]) -> Part {
    let frame = html! {
        h2 { "Coming up" }
        @if queue.is_empty() { p .empty { "Nothing in line yet. Yours could be next." } }
        ol .songs data-rows="line" data-why=[counted::rule(queue.iter())] { (ROWS) }
        (shared::more_queued(queue.len()))
    };
    let row = |view: &RequestView| Row::new(&view.id, in_line(username, view));
    let like = row(&HostRequest::specimen(Status::Approved).view);
    Part::listed("queue", &frame, like, queue.iter().take(shared::SHOWN).map(row))
}

fn in_line(username: &Username, view: &RequestView) -> Markup {
    html! {
        li data-id=(view.id) data-facts=(counted::facts(view)) {
            span .place data-slot="place" { (counted::place(view)) }
            (shared::cover(username, view.cover.as_ref()))
            div .song {
                (shared::song(&view.title, &view.artist))
                span .why {
                    span data-slot="told" { (counted::told(view)) }
                    @if let Some(words) = shared::searched(view) { (words) }
                    @if let Some(name) = &view.nickname { " · for " bdi { (name) } }
                }
            }
            (vote(username, view))
        }
    }
}

fn vote(username: &Username, view: &RequestView) -> Markup {
    html! {
        form .vote method="post" action={ "/api/" (username) "/requests/" (view.id) "/vote" } data-send data-vote {
            button .ballot type="submit" aria-pressed="false" {
                span .visually-hidden { "Vote for " (view.title) ", " }
                span aria-hidden="true" { "▲" }
                span data-slot="votes" { (view.votes) }
                span .visually-hidden { " so far" }
            }
        }
    }
}

/// This guest's own wishes; `data-voted` tells the script which votes are theirs.
fn mine(party: &Party) -> Markup {
    let voted: Vec<&str> = party.voted.iter().map(RequestId::as_str).collect();
    html! {
        div #personal hidden data-voted=(voted.join(" ")) {}
        @if !party.mine.is_empty() || !party.joined.is_empty() {
            h2 { "Your wishes" }
            ul .songs data-rows="own" {
                @for view in &party.mine {
                    li .(view.status.as_str()) data-id=(view.id) data-news=(shared::news(view)) {
                        (shared::cover(&party.shared.username, view.cover.as_ref()))
                        div .song {
                            (shared::song(&view.title, &view.artist))
                            span .fate { (fate(view)) @if view.votes > 0 { " · ▲ " (view.votes) } }
                            (about(view))
                        }
                        @if matches!(view.status, Status::Pending | Status::Approved) { (withdraw(&party.shared.username, view)) }
                    }
                }
                @for view in &party.joined { (joined(&party.shared.username, view)) }
            }
        }
    }
}

fn fate(view: &RequestView) -> Markup {
    html! { span data-slot=[shared::is_counted(view).then_some("fate")] { (shared::fate(view)) } }
}

/// How long the recording is that was found, or that none was.
fn about(view: &RequestView) -> Markup {
    html! {
        @if view.status == Status::Pending && let Some(words) = shared::searched(view) { span .amber { (words) } }
        @if view.status.is_open() && let Some(ms) = view.duration_ms { span .why { (shared::length(ms)) } }
    }
}

/// A wish that somebody else had sent first.
fn joined(username: &Username, view: &RequestView) -> Markup {
    html! {
        li .(view.status.as_str()) data-id=(view.id) data-joined data-news=(shared::news(view)) {
            (shared::cover(username, view.cover.as_ref()))
            div .song {
                (shared::song(&view.title, &view.artist))
                @if view.status == Status::Withdrawn { span .fate { "Taken back by who asked first" } }
                @else { span .fate { (fate(view)) " · ▲ " (view.votes) } }
                @if view.status.is_open() { span .why.too { "Somebody asked first: your vote counts." } }
            }
            @if view.status.is_open() {
                form method="post" action={ "/api/" (username) "/requests/" (view.id) "/vote" } data-send data-said="Your vote is taken back." {
                    input type="hidden" name="_method" value="DELETE";
                    button .quiet type="submit" aria-label={ "Take back your vote for " (view.title) } { "Take back" }
                }
            }
        }
    }
}

fn withdraw(username: &Username, view: &RequestView) -> Markup {
    html! {
        form method="post" action={ "/api/" (username) "/requests/" (view.id) "/withdraw" } data-send data-said="Taken back." {
            button .quiet type="submit" aria-label={ "Take back " (view.title) } { "Take back" }
        }
    }
}
