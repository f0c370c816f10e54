//! A new PIN or QR code in the place of one that too many know.

use maud::{Markup, html};

/// A new way in, asked for twice: the old one may hang on every wall.
pub fn anew(api: &str, way: &str, name: &str) -> Markup {
    html! {
        details .sure {
            summary { "New " (name) }
            p { "The old " (name) " lets nobody in any more, and every poster that hangs has to be printed again. Screens show the new one by themselves; those inside stay." }
            form method="post" action={ (api) "/" (way) } data-send data-said={ "The old " (name) " is dead. Those inside stay." } { button .danger type="submit" { "Make a new " (name) " now" } }
        }
    }
}
