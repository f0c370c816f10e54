//! The consent page, and the way back from it.

use maud::{DOCTYPE, html};

use super::grants::{Allowed, Code};
use super::message::{Request, Response};
use super::world::World;

/// `/authorize` shows who could allow it; `/authorize/allow` and `/authorize/cancel` are its buttons.
pub fn answer(world: &mut World, request: &Request) -> Response {
    if let Err(said) = check(world, request) {
        return Response::text(400, said);
    }
    match request.path.as_str() {
        "/authorize" => page(world, request),
        "/authorize/allow" => allow(world, request),
        _ => back(request, &[("error", "access_denied")]),
    }
}

fn check(world: &mut World, request: &Request) -> Result<(), &'static str> {
    let asked = |name| request.query(name).unwrap_or_default();
    let client_id = asked("client_id");
    if client_id.is_empty() || !world.app(client_id).rules.known {
        return Err("INVALID_CLIENT: Invalid client");
    }
    if !is_safe(asked("redirect_uri")) {
        return Err("INVALID_CLIENT: Insecure redirect URI");
    }
    if !world.app(client_id).knows_way_back(asked("redirect_uri")) {
        return Err("INVALID_CLIENT: Invalid redirect URI");
    }
    if asked("response_type") != "code" {
        return Err("response_type must be code");
    }
    if asked("code_challenge_method") != "S256" || asked("code_challenge").len() != 43 {
        return Err("code_challenge_method must be S256, with a code_challenge of 43 characters");
    }
    Ok(())
}

/// HTTPS, or plain HTTP to this very machine by number; never `localhost`, never an address of the LAN.
fn is_safe(uri: &str) -> bool {
    let loopback = ["http://127.0.0.1", "http://[::1]"].iter().find_map(|home| uri.strip_prefix(home));
    uri.strip_prefix("https://").is_some_and(|rest| !rest.is_empty())
        || loopback.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

fn page(world: &World, request: &Request) -> Response {
    let query = request.query_text();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Simulated Spotify" }
                style { "body{font:18px sans-serif;max-width:30em;margin:2em auto;padding:0 1em}\
                         a{display:block;padding:14px;margin:8px 0;border:1px solid;border-radius:8px}" }
            }
            body {
                h1 { "Simulated Spotify" }
                p { "The app " b { (request.query("client_id").unwrap_or_default()) } " would like to:" }
                ul { @for scope in request.query("scope").unwrap_or_default().split(' ') { li { (scope) } } }
                @for account in world.accounts.values() {
                    a id={ "allow-" (account.id) } href={ "/authorize/allow?account=" (account.id) "&" (query) } {
                        "Allow as " (account.display_name)
                    }
                }
                a id="cancel" href={ "/authorize/cancel?" (query) } { "Cancel" }
            }
        }
    };
    Response::of(200, "text/html; charset=utf-8", page.into_string())
}

fn allow(world: &mut World, request: &Request) -> Response {
    let asked = |name| request.query(name).unwrap_or_default().to_owned();
    let (account, client_id, made) = (asked("account"), asked("client_id"), world.now());
    if !world.accounts.contains_key(&account) {
        return Response::text(404, "There is no such account here.");
    }
    world.app(&client_id).register(&account);
    let allowed = Allowed { account, client_id, scope: asked("scope") };
    let (redirect_uri, challenge) = (asked("redirect_uri"), asked("code_challenge"));
    let code = world.grants.code(Code { allowed, redirect_uri, challenge, made });
    back(request, &[("code", &code)])
}

/// Sends the browser back with the answer, and the state as it came.
fn back(request: &Request, answer: &[(&str, &str)]) -> Response {
    let uri = request.query("redirect_uri").unwrap_or_default();
    let mut answer = answer.to_vec();
    answer.extend(request.query("state").map(|state| ("state", state)));
    // Pairs of text always encode.
    let query = serde_urlencoded::to_string(answer).unwrap_or_default();
    let mark = if uri.contains('?') { '&' } else { '?' };
    Response::redirect(format!("{uri}{mark}{query}"))
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn only_https_and_loopback_by_number_may_be_come_back_to() {
        for good in [
            "https://party.example/spotify/callback",
            "http://127.0.0.1:8000/spotify/callback",
            "http://127.0.0.1/spotify/callback",
            "http://[::1]:8000/spotify/callback",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "http://localhost:8000/spotify/callback",
            "http://192.168.1.5:8000/spotify/callback",
            "http://party.local/spotify/callback",
            "http://127.0.0.1.evil.example/",
            "https://",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
