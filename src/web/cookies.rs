//! Cookies are written by hand: `HttpOnly` and `SameSite=Lax`, so that a host coming back from another site is still signed in.

use rocket::http::{CookieJar, Header};

use crate::domain::{Timestamp, Username};

/// `Set-Cookie` headers of one answer.
#[derive(Default)]
pub struct SetCookies(pub Vec<Header<'static>>);

impl SetCookies {
    /// The sign-in, for the whole box; when it ends, in seconds since 1970, for the page's script to warn of it; and whose
    /// it is, for a proxy that must know which box that is.
    #[must_use]
    pub fn session(token: &str, whose: &Username, now: Timestamp, until: Timestamp) -> Self {
        let seconds = until.ms_since(now) / 1000;
        Self(vec![
            cookie("session", token, "/", seconds),
            cookie("dj", whose.as_str(), "/", seconds),
            Header::new(
                "Set-Cookie",
                format!("session_ends={}; Path=/; Max-Age={seconds}; SameSite=Lax", until.seconds()),
            ),
        ])
    }

    /// No sign-in any more.
    #[must_use]
    pub fn signed_out() -> Self {
        Self(["session", "session_ends", "dj"].map(|name| cookie(name, "", "/", 0)).into())
    }

    /// A cookie that is sent to one DJ's pages and calls only, so that parties of two DJs live side by side in one browser.
    #[must_use]
    pub fn of_party(name: &str, token: &str, user: &Username, seconds: i64) -> Self {
        let paths = [format!("/{user}"), format!("/api/{user}")];
        Self(paths.iter().map(|path| cookie(name, token, path, seconds)).collect())
    }
}

fn cookie(name: &str, value: &str, path: &str, seconds: i64) -> Header<'static> {
    Header::new(
        "Set-Cookie",
        format!("{name}={value}; Path={path}; Max-Age={}; HttpOnly; SameSite=Lax", seconds.max(0)),
    )
}

/// The value of a cookie, if it was sent.
#[must_use]
pub fn sent<'j>(jar: &'j CookieJar<'_>, name: &str) -> Option<&'j str> {
    jar.get(name).map(rocket::http::Cookie::value).filter(|value| !value.is_empty())
}
