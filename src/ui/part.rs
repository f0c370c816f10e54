//! A piece of a page that is sent anew while the page stands.

/// A live fragment: replaces what is inside the element that carries its name in `data-part`.
pub struct Part {
    pub name: &'static str,
    pub html: String,
}

impl Part {
    pub(super) fn new(name: &'static str, html: &maud::PreEscaped<String>) -> Self {
        Self { name, html: html.0.clone() }
    }
}
