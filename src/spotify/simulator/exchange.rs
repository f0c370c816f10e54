//! The token endpoint: a code or a refresh token in, an access token out.

use serde_json::json;

use super::super::pkce::Verifier;
use super::fault::{Fault, befall};
use super::grants::{Allowed, HOUR_S};
use super::message::{Request, Response};
use super::world::World;

/// How the call is counted and faults are aimed.
const CALL: &str = "POST /api/token";

/// Counts a call of the token endpoint: what will go wrong with it.
pub fn admit(world: &mut World, request: &Request) -> Option<Fault> {
    let client_id = request.field("client_id").unwrap_or_default();
    world.app(&client_id).usage.token_calls += 1;
    let of_code = request.field("code").and_then(|code| world.grants.holder_of_code(&code).cloned());
    let of_token = || request.field("refresh_token").and_then(|token| world.grants.holder(&token).cloned());
    let account = of_code.or_else(of_token).map(|allowed| allowed.account).unwrap_or_default();
    if let Some(account) = world.accounts.get_mut(&account) {
        *account.calls.entry(CALL.to_owned()).or_default() += 1;
    }
    befall(&mut world.faults, [&account, &client_id], CALL)
}

/// Answers a form for tokens.
pub fn answer(world: &mut World, request: &Request) -> Response {
    let field = |name| request.field(name).unwrap_or_default();
    let form = request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let client_id = field("client_id");
    if client_id.is_empty() || !world.app(&client_id).rules.known {
        return refused("invalid_client", "Invalid client");
    }
    let answered = match field("grant_type").as_str() {
        _ if !form => Err(("invalid_request", "The form must be application/x-www-form-urlencoded")),
        "authorization_code" => {
            exchange(world, request, &client_id).map_err(|said| ("invalid_grant", said)).map(|(allowed, refresh)| {
                let access = world.grants.access(&allowed, world.clock.now());
                (allowed, access, Some(refresh))
            })
        }
        "refresh_token" => refresh(world, &field("refresh_token"), &client_id).map_err(|said| ("invalid_grant", said)),
        _ => Err(("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")),
    };
    match answered {
        Ok((allowed, access, refresh)) => tokens(&allowed, &access, refresh),
        Err((error, said)) => refused(error, said),
    }
}

fn exchange(world: &mut World, request: &Request, client_id: &str) -> Result<(Allowed, String), &'static str> {
    let field = |name| request.field(name).unwrap_or_default();
    let now = world.now();
    let code = world.grants.redeem(&field("code"), now).ok_or("Invalid authorization code")?;
    let verifier = Verifier::parse(&field("code_verifier"));
    if code.allowed.client_id != client_id {
        return Err("Invalid authorization code");
    }
    if code.redirect_uri != field("redirect_uri") || !world.app(client_id).knows_way_back(&code.redirect_uri) {
        return Err("Invalid redirect URI");
    }
    if verifier.is_none_or(|verifier| verifier.challenge() != code.challenge) {
        return Err("code_verifier was incorrect");
    }
    let refresh = world.grants.refresh(&code.allowed, now, now);
    Ok((code.allowed, refresh))
}

type Refreshed = (Allowed, String, Option<String>);

fn refresh(world: &mut World, token: &str, client_id: &str) -> Result<Refreshed, &'static str> {
    let now = world.now();
    let authorized = world.grants.authorized(token, now)?;
    let allowed = world.grants.holder(token).filter(|allowed| allowed.client_id == client_id).cloned();
    let allowed = allowed.ok_or("Invalid refresh token")?;
    let access = world.grants.access(&allowed, now);
    let next = world.app(client_id).rules.rotates.then(|| {
        world.grants.retire(token);
        // The six months go on from the consent.
        world.grants.refresh(&allowed, authorized, now)
    });
    Ok((allowed, access, next))
}

fn tokens(allowed: &Allowed, access: &str, refresh: Option<String>) -> Response {
    let mut json = json!({
        "access_token": access, "token_type": "Bearer", "scope": allowed.scope, "expires_in": HOUR_S,
    });
    if let Some(refresh) = refresh {
        json["refresh_token"] = refresh.into();
    }
    Response::json(&json)
}

/// Flat, unlike the Web API's errors.
fn refused(error: &str, said: &str) -> Response {
    Response { status: 400, ..Response::json(&json!({ "error": error, "error_description": said })) }
}
