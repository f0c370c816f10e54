//! Whether the browser was given a pass a moment ago, and keeps it.

use rocket::request::{FromRequest, Outcome, Request};

use super::passes::{holds_any, pass, wanted};
use super::token::Purpose;

/// Says in an address that its reader was given a pass a moment ago, and should be carrying it.
const ENTERED: &str = "entered";

/// The page to go to with a pass just given: if the pass is not there then, this browser keeps no cookies.
pub fn having_entered(page: &str) -> String {
    let mark = if page.contains('?') { '&' } else { '?' };
    format!("{page}{mark}{ENTERED}=1")
}

/// What a browser that is told it was let in brings along.
pub struct Entered {
    /// Whether a pass was given a moment ago.
    pub now: bool,
    /// Whether a sign-in of ours is among its cookies, over or not.
    pub signed_in: bool,
    /// The same of a helper's pass to this party.
    pub helps: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Entered {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let helps = wanted(request).is_ok_and(|name| pass(request, Purpose::Helper, &name).is_some());
        Outcome::Success(Self { now: entered(request), signed_in: holds_any(request, Purpose::Session), helps })
    }
}

/// Whether a pass was given a moment ago, by [`having_entered`].
pub fn entered(request: &Request<'_>) -> bool {
    request.query_fields().any(|field| field.name == ENTERED)
}
