//! Domain values in, pages out: pure functions. A page cannot run a query.

mod account;
pub mod display;
mod front;
pub mod guest;
pub mod helper;
pub mod host;
mod layout;
mod qr;
mod shared;
pub mod superadmin;

pub use account::account;
pub use front::{help, home, login, logout, problem, setup};
pub use layout::saying_full;
pub use qr::qr;

/// A live fragment: replaces what is inside the element that carries its name in `data-part`.
pub struct Part {
    pub name: &'static str,
    pub html: String,
}

impl Part {
    fn new(name: &'static str, html: &maud::PreEscaped<String>) -> Self {
        Self { name, html: html.0.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::{home, login, problem, setup};

    #[test]
    fn what_people_type_is_never_markup() {
        let nasty = "<script>alert('x')</script>\"";
        for page in
            [login(Some(nasty), Some(nasty)), setup(nasty), problem(400, nasty, Some(nasty)), home(Some(nasty), None)]
        {
            let page = page.into_string();
            assert!(!page.contains("<script>alert"), "{page}");
            assert!(!page.contains("')</script>\""), "{page}");
        }
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
