//! The first account of a box, and what every account needs.

use maud::{Markup, html};

use super::layout::card;

/// The one-time page that makes the first super admin.
#[must_use]
pub fn setup(token: &str) -> Markup {
    let body = html! {
        h1 { "Welcome. This box is yours." }
        p .lead { "Make your own account. With it you make accounts for your DJs." }
        form .stack method="post" action="/api/setup" {
            input type="hidden" name="token" value=(token);
            (identity())
            button type="submit" { "Take over the box" }
        }
    };
    card("Set-up", &body)
}

/// The fields that make an account.
pub fn identity() -> Markup {
    html! {
        label { "Username"
            input name="username" required minlength="3" maxlength="20" pattern="[a-z0-9][a-z0-9\\-]*[a-z0-9]" title="3 to 20 of a–z, 0–9 and -"
                autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="name-hint";
            small #name-hint { "3 to 20 of a–z, 0–9 and -. It becomes the address guests type." }
        }
        label { "Name people see" input name="display_name" autocomplete="off"; }
        label { "Password"
            input name="password" type="password" required minlength="8" maxlength="72" autocomplete="new-password" aria-describedby="pass-hint";
            small #pass-hint { "At least 8 characters." }
        }
    }
}
