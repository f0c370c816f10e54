//! A form that was refused, as it was typed, with the reason by the field: for pages without a script.

use maud::{Markup, html};

use super::layout::card;

/// What was sent, and what is wrong with it.
pub struct Again<'a> {
    /// Where the form goes.
    pub action: &'a str,
    pub fields: &'a [(String, String)],
    /// Fields by name, and what is wrong with each.
    pub faults: &'a [(&'static str, String)],
    pub back: Option<&'a str>,
}

/// Fields that people type into, by what they are called there.
const TYPED: [(&str, &str); 15] = [
    ("title", "Song"),
    ("artist", "Artist"),
    ("nickname", "Your name"),
    ("note", "For the DJ"),
    ("pin", "PIN"),
    ("username", "Username"),
    ("display_name", "Name people see"),
    ("password", "Password"),
    ("old", "Old password"),
    ("new", "New password"),
    ("name", "Name"),
    ("label", "Name"),
    ("client_id", "Client ID"),
    ("url", "Address"),
    ("do_not_play", "Never play"),
];

impl Again<'_> {
    /// Whether there is anything that a person would have to type once more.
    #[must_use]
    pub fn was_typed(&self) -> bool {
        self.fields.iter().any(|(name, _)| label(name).is_some())
    }

    fn fault(&self, name: &str) -> Option<&str> {
        self.faults.iter().find(|(faulty, _)| *faulty == name).map(|(_, what)| what.as_str())
    }

    /// Whether every fault stands by its field.
    fn explains(&self) -> bool {
        let has =
            |(name, _): &(&str, String)| label(name).is_some() && self.fields.iter().any(|(field, _)| field == name);
        !self.faults.is_empty() && self.faults.iter().all(has)
    }
}

fn label(name: &str) -> Option<&'static str> {
    TYPED.iter().find(|(typed, _)| *typed == name).map(|(_, label)| *label)
}

/// The form once more; `sentence` is why it was refused.
#[must_use]
pub fn again(sentence: &str, form: &Again) -> Markup {
    let title = if form.explains() { "Something is not right yet" } else { sentence };
    let body = html! {
        h1 .small role="alert" { (title) }
        form .stack method="post" action=(form.action) {
            @for (name, text) in form.fields {
                @match label(name) {
                    Some(label) => (field(form, name, label, text)),
                    None => input type="hidden" name=(name) value=(text);,
                }
            }
            button type="submit" { "Send again" }
        }
        p .actions {
            @if let Some(back) = form.back { a .button.quiet href=(back) { "Back" } }
            a .button.quiet href="/" { "Start page" }
        }
    };
    card(title, &body)
}

/// No secret is written into a page.
fn field(form: &Again, name: &str, label: &str, text: &str) -> Markup {
    let fault = form.fault(name);
    let id = fault.map(|_| format!("why-{name}"));
    let secret = matches!(name, "password" | "old" | "new");
    html! {
        label { (label)
            @if name == "do_not_play" {
                textarea name=(name) rows="6" aria-invalid=[fault.map(|_| "true")] aria-describedby=[id.as_deref()] { (text) }
            } @else if secret {
                input name=(name) type="password" required aria-invalid=[fault.map(|_| "true")] aria-describedby=[id.as_deref()];
            } @else {
                input name=(name) value=(text) inputmode=[(name == "pin").then_some("numeric")] autocomplete="off" autocapitalize=[(name == "username").then_some("none")] dir="auto" aria-invalid=[fault.map(|_| "true")] aria-describedby=[id.as_deref()];
            }
            @if let Some(fault) = fault { small .alert id=[id.as_deref()] { (fault) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Again, again};

    fn shown(faults: &[(&'static str, String)], fields: &[(&str, &str)]) -> String {
        let fields: Vec<_> = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        again("No.", &Again { action: "/api/x", fields: &fields, faults, back: None }).into_string()
    }

    #[test]
    fn what_was_typed_stands_there_again_and_no_password_does() {
        let page = shown(&[], &[("title", "<b>Waltz"), ("key", "k1"), ("password", "turntables")]);
        for part in ["value=\"&lt;b&gt;Waltz\"", "type=\"hidden\" name=\"key\" value=\"k1\"", "type=\"password\""] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(!page.contains("turntables"), "{page}");
    }

    #[test]
    fn the_reason_stands_by_the_field_it_is_about_or_above_them_all() {
        let page = shown(&[("artist", "Please fill this in.".into())], &[("title", "T"), ("artist", "")]);
        assert!(page.contains("aria-describedby=\"why-artist\"") && page.contains("id=\"why-artist\""), "{page}");
        assert!(!page.contains("No."), "{page}");
        for field in ["body", "track_uri", "artist"] {
            let page = shown(&[(field, "Please.".into())], &[("title", "T"), ("track_uri", "x")]);
            assert!(page.contains("No."), "a fault of {field} is not said");
        }
    }
}
