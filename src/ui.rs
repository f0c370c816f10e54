//! Domain values in, pages out: pure functions. A page cannot run a query.

mod account;
mod again;
pub mod assets;
mod audit;
mod counted;
pub mod display;
pub mod guest;
mod help;
pub mod helper;
mod home;
pub mod host;
mod layout;
mod login;
mod part;
mod problem;
mod qr;
mod setup;
mod shared;
pub mod superadmin;

pub use account::account;
pub use again::{Again, again};
pub use audit::Record;
pub use help::help;
pub use home::home;
pub use layout::{in_venue_time, saying_unsaved};
pub use login::{RefusedLogin, login, logout};
pub use part::{ANY, Part, Row};
pub use problem::{no_cookies, problem};
pub use qr::qr;
pub use setup::setup;

#[cfg(test)]
mod tests {
    use super::{RefusedLogin, home, in_venue_time, login, problem, setup, shared};
    use crate::domain::{Timestamp, Zone};

    #[test]
    fn what_people_type_is_never_markup() {
        let nasty = "<script>alert('x')</script>\"";
        for page in [
            login(Some(nasty), Some(RefusedLogin { name: nasty, why: nasty })),
            setup(nasty),
            problem(400, nasty, Some(nasty)),
            home(Some(nasty), None),
        ] {
            let page = page.into_string();
            assert!(!page.contains("<script>alert"), "{page}");
            assert!(!page.contains("')</script>\""), "{page}");
        }
    }

    #[test]
    fn every_moment_on_a_page_is_told_by_the_clock_at_the_venue() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let moments = maud::html! { p { (shared::time(Timestamp(1_792_888_200_000))) " – " (shared::time(Timestamp(1_792_891_800_000))) } };
        let told = in_venue_time(&moments.into_string(), &berlin);
        assert!(told.contains(">2026-10-25 02:30 CEST</time> – <time"), "{told}");
        assert!(told.ends_with(">2026-10-25 02:30 CET</time></p>") && !told.contains("UTC"), "{told}");
        assert_eq!(in_venue_time("<p>no moment</p>", &berlin), "<p>no moment</p>");
    }

    #[test]
    fn no_page_carries_style_or_script_of_its_own() {
        for page in [login(None, None), setup("t"), problem(404, "x", None), home(None, None)] {
            let page = page.into_string();
            assert!(!page.contains("style=") && !page.contains("<style") && !page.contains("onclick"), "{page}");
            assert!(page.split("<script").skip(1).all(|script| script.contains("src=\"/assets/")), "{page}");
        }
    }
}
