//! Which call of the Web API a request is, and what answers it.

use super::account::Account;
use super::grants::Allowed;
use super::message::{Request, Response};
use super::world::World;
use super::{reads, writes};
use crate::domain::Timestamp;

const PLAYER: &str = "/me/player";

/// How a call is counted and faults are aimed: method and path, without the id of a track.
pub fn name(request: &Request) -> String {
    let path = path(request);
    let path = if path.starts_with("/tracks/") { "/tracks/{id}" } else { path };
    format!("{} {path}", request.method)
}

fn path(request: &Request) -> &str {
    request.path.strip_prefix("/v1").unwrap_or(&request.path)
}

/// Answers a call that was let in.
pub fn answer(world: &mut World, allowed: &Allowed, request: &Request) -> Response {
    let now = world.now();
    let World { accounts, catalogue, .. } = world;
    let Some(account) = accounts.get_mut(&allowed.account) else { return Response::error(404, "User not found") };
    account.player.advance(now);
    let (method, path) = (request.method.as_str(), path(request));
    if scopes(method, path).is_some_and(|any| !any.iter().any(|one| allowed.scope.split(' ').any(|had| had == *one))) {
        return Response::error(403, "Insufficient client scope");
    }
    match (method, path) {
        ("GET", "/me") => reads::me(account),
        ("GET", "/search") => reads::search(catalogue, account, request),
        // Batches are gone in development mode.
        ("GET", "/tracks") => Response::error(403, "Forbidden"),
        ("GET", _) if path.starts_with("/tracks/") => {
            reads::track(catalogue, path.trim_start_matches("/tracks/"), &request.base())
        }
        ("GET", _) => read(account, request, path, now),
        _ => match path.strip_prefix(PLAYER) {
            Some(name) => writes::run(account, catalogue, request, name, now),
            None => Response::error(404, "Service not found"),
        },
    }
}

fn read(account: &Account, request: &Request, path: &str, now: Timestamp) -> Response {
    match path.strip_prefix(PLAYER) {
        Some("") => reads::player(account, request, now, true),
        Some("/currently-playing") => reads::player(account, request, now, false),
        Some("/queue") => reads::queue(account, &request.base()),
        Some("/devices") => reads::devices(account),
        _ => Response::error(404, "Service not found"),
    }
}

/// The scopes of which one is needed; none for what anybody signed in may ask.
fn scopes(method: &str, path: &str) -> Option<&'static [&'static str]> {
    let name = path.strip_prefix(PLAYER)?;
    Some(match (method, name) {
        ("GET", "/currently-playing" | "/queue") => &["user-read-currently-playing", "user-read-playback-state"],
        ("GET", _) => &["user-read-playback-state"],
        _ => &["user-modify-playback-state"],
    })
}
