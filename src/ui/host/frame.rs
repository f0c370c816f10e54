//! What stands around each of the DJ's pages: the way to the others, what is news, where it hears more.

use maud::{Markup, html};

use super::notice::notice;
use crate::domain::{Board, User};
use crate::ui::assets::ADMIN;
use crate::ui::layout::{Head, bar, page};

/// Who looks at a page, and where it hears what is new.
pub struct Viewer {
    pub me: User,
    /// The live stream, from what the page knows on.
    pub live: String,
}

/// A page that goes on living.
pub fn frame(viewer: &Viewer, board: &Board, here: &str, body: &Markup) -> Markup {
    framed(viewer, board, here, Some(&viewer.live), body)
}

/// The answer to a form, shown once: to ask for it again would do again what was asked.
pub fn slip(viewer: &Viewer, board: &Board, here: &str, body: &Markup) -> Markup {
    framed(viewer, board, here, None, body)
}

fn framed(viewer: &Viewer, board: &Board, here: &str, live: Option<&str>, body: &Markup) -> Markup {
    let me = &viewer.me;
    let user = &board.username;
    let links: Vec<(String, &str)> = ["Overview", "Requests", "Queue", "Settings", "Spotify", "History"]
        .map(|label| (user.admin(label.to_lowercase()), label))
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
    page(&Head { title: here, room: "admin", live, scripts: &[&ADMIN] }, &body)
}
