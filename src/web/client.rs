//! Where a request comes from, and what it would do, as the record has it.

use rocket::request::{FromRequest, Outcome, Request};

use super::state::AppState;
use super::token::Purpose;
use crate::domain::{ClientAddress, Username};
use crate::store::{Client, Deed, Known};

/// Longest name of a browser that is kept.
const DEVICE: usize = 120;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Client {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Self { known: known(request), ..client(request) })
    }
}

/// Where this browser signed in before.
fn known(request: &Request<'_>) -> Vec<Known> {
    let here = AppState::of(request);
    let ours = |token| here.keyring.read(token, Purpose::Known, here.store.own_time());
    let known = here.cookies.sent_known(request).into_iter().filter_map(ours);
    known.map(|claims| Known { account: claims.of, browser: claims.id }).collect()
}

/// Where a request comes from, as far as we can know.
pub fn client(request: &Request<'_>) -> Client {
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(DEVICE).collect();
    Client {
        address: AppState::of(request).proxies.asker(request).map(|ip| ip.to_string()),
        device: request.headers().get_one("User-Agent").map(plain),
        known: vec![],
    }
}

/// Where a guest comes from, as far as we can know.
pub fn address(request: &Request<'_>) -> Option<ClientAddress> {
    AppState::of(request).proxies.asker(request).map(ClientAddress::new)
}

/// What a request would do, for the record.
pub fn deed(request: &Request<'_>, actor: &Username) -> Deed {
    let path = request.uri().path().to_string();
    let action = format!("{} {}", request.method(), path.escape_debug()).chars().take(200).collect();
    Deed { actor: actor.as_str().to_owned(), action, client: client(request) }
}
