//! Cookies are written by hand: `HttpOnly` and `SameSite=Lax`, so that a host coming back from another site is still signed in.
//!
//! Browsers tell neither ports nor programs apart: whatever runs on the same machine gets our cookies, and may write its own
//! over them. So each of ours goes out twice, the second time under a name that is this box's alone; whichever comes back
//! is good, and so is the right one among several of a name.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::http::Header;
use rocket::request::Request;
use sha2::{Digest, Sha256};

use crate::domain::{Timestamp, Username};

/// Cookies of one name that are looked at.
const MOST: usize = 16;
/// How the names of cookies begin that say where a browser signed in before; the account's follows.
const KNOWN: &str = "known-";

/// `Set-Cookie` headers of one answer.
#[derive(Default)]
pub struct SetCookies(pub Vec<Header<'static>>);

/// Cookies that a guard wants on the answer, whatever the answer is.
#[derive(Default)]
struct Later(Mutex<SetCookies>);

/// Puts cookies on the answer to this request.
pub fn set_later(request: &Request<'_>, cookies: SetCookies) {
    let later: &Later = request.local_cache(Later::default);
    *later.0.lock().unwrap_or_else(PoisonError::into_inner) = cookies;
}

/// The cookies a guard has set aside for the answer.
pub fn set_aside(request: &Request<'_>) -> Vec<Header<'static>> {
    let later: &Later = request.local_cache(Later::default);
    std::mem::take(&mut *later.0.lock().unwrap_or_else(PoisonError::into_inner)).0
}

/// How this box calls its cookies.
pub struct Cookies {
    /// What no other program, and no other box, has at the end of its names.
    mark: String,
}

impl Cookies {
    /// The names of the box that signs with `key`.
    pub fn new(key: &[u8; 32]) -> Self {
        let digest = Sha256::digest([b"cookies of ".as_slice(), key].concat());
        Self { mark: URL_SAFE_NO_PAD.encode(&digest[..6]) }
    }

    /// The sign-in, for the whole box; when it ends, in seconds since 1970, for the page's script to warn of it; and whose
    /// it is, for a proxy that must know which box that is.
    pub fn session(&self, token: &str, whose: &Username, now: Timestamp, until: Timestamp) -> SetCookies {
        let seconds = until.ms_since(now) / 1000;
        let ends = format!("session_ends={}; Path=/; Max-Age={seconds}; SameSite=Lax", until.seconds());
        let others = [cookie("dj", whose.as_str(), "/", seconds), Header::new("Set-Cookie", ends)];
        SetCookies(self.twice("session", token, "/", seconds).into_iter().chain(others).collect())
    }

    /// That this browser signed in to an account, for the next time: it stays when the sign-in is over, and beside those
    /// of other accounts.
    pub fn known(&self, token: &str, whose: &Username, seconds: i64) -> Header<'static> {
        cookie(&self.own(&format!("{KNOWN}{whose}")), token, "/api", seconds)
    }

    /// Every value that says so.
    pub fn sent_known<'r>(&self, request: &'r Request<'_>) -> Vec<&'r str> {
        let mark = self.own("");
        let ours = pairs(request).filter(|(name, _)| name.starts_with(KNOWN) && name.ends_with(&mark));
        ours.map(|(_, value)| value).take(MOST).collect()
    }

    /// No sign-in any more.
    pub fn signed_out(&self) -> SetCookies {
        let others = ["session_ends", "dj"].map(|name| cookie(name, "", "/", 0));
        SetCookies(self.twice("session", "", "/", 0).into_iter().chain(others).collect())
    }

    /// A cookie that is sent to one DJ's pages and calls only, so that parties of two DJs live side by side in one browser.
    /// An empty `token` with no `seconds` takes it back.
    pub fn of_party(&self, name: &str, token: &str, user: &Username, seconds: i64) -> SetCookies {
        let paths = [format!("/{user}"), format!("/api/{user}")];
        SetCookies(paths.iter().flat_map(|path| self.twice(name, token, path, seconds)).collect())
    }

    fn twice(&self, name: &str, value: &str, path: &str, seconds: i64) -> [Header<'static>; 2] {
        [cookie(name, value, path, seconds), cookie(&self.own(name), value, path, seconds)]
    }

    fn own(&self, name: &str) -> String {
        format!("{name}_{}", self.mark)
    }

    /// Every value that was sent under a name of ours, this box's own name first, none of them twice.
    pub fn sent<'r>(&self, request: &'r Request<'_>, name: &str) -> Vec<&'r str> {
        let mut values = Vec::new();
        for name in [self.own(name), name.to_owned()] {
            let of_name = pairs(request).filter(|(known, value)| *known == name && !value.is_empty());
            for (_, value) in of_name.take(MOST) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        values
    }
}

fn pairs<'r>(request: &'r Request<'_>) -> impl Iterator<Item = (&'r str, &'r str)> {
    let pairs = request.headers().get("Cookie").flat_map(|line| line.split(';'));
    pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.trim(), value.trim()))
}

fn cookie(name: &str, value: &str, path: &str, seconds: i64) -> Header<'static> {
    Header::new(
        "Set-Cookie",
        format!("{name}={value}; Path={path}; Max-Age={}; HttpOnly; SameSite=Lax", seconds.max(0)),
    )
}
