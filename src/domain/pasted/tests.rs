//! What comes back of an address that was pasted.

use super::{CameBack, ClientId, Refusal};

const ID: &str = "0123456789abcdef0123456789abcdef";
const BACK: &str = "http://127.0.0.1:8000/spotify/callback?code=AQ-x_1&state=s-2";

fn said(refusal: Refusal) -> String {
    let Refusal::Invalid(fields) = refusal else { panic!("{refusal:?}") };
    fields[0].1.clone()
}

/// What people put around a thing they copied.
fn quoted(thing: &str) -> Vec<String> {
    let around = [
        ("", ""),
        (" ", "\n"),
        ("\"", "\""),
        ("'", "'"),
        ("“", "”"),
        ("„", "“"),
        ("«", "»"),
        ("« ", " »"),
        ("‘", "’"),
        ("`", "`"),
        ("<", ">"),
        ("(", ")"),
        ("\u{200b}", "\u{feff}"),
        ("\"", "\","),
    ];
    around.iter().map(|(before, after)| format!("{before}{thing}{after}")).collect()
}

#[test]
fn a_client_id_is_taken_from_whatever_it_is_pasted_in() {
    for id in quoted(ID).into_iter().chain(quoted(&format!("https://developer.spotify.com/dashboard/{ID}"))).chain([
        ID.to_uppercase(),
        format!("Client ID: {ID}"),
        format!("https://developer.spotify.com/dashboard/{ID}/settings"),
        format!("developer.spotify.com/dashboard/applications/{ID}?x=1"),
        format!("https://accounts.spotify.com/authorize?client_id={ID}&response_type=code"),
    ]) {
        assert_eq!(ClientId::meant(&id).unwrap().as_str(), ID, "{id}");
    }
    for (odd, words) in [
        ("", "32 digits"),
        ("0123456789abcdef0123456789abcdeg", "32 digits"),
        ("0123456789abcdef0123456789abcdef0", "32 digits"),
        (BACK, "field “Address”"),
        ("http://127.0.0.1:8000/spotify/callback", "redirect URI"),
        ("https://developer.spotify.com/dashboard", "no client ID in it"),
        ("0123456789abcdef0123456789abcdef fedcba9876543210fedcba9876543210", "more than one"),
    ] {
        let said = said(ClientId::meant(odd).unwrap_err());
        assert!(said.contains(words), "{odd}: {said}");
    }
}

#[test]
fn the_address_one_came_back_with_is_read_whatever_it_is_pasted_in() {
    let escaped = "http%3A//127.0.0.1%3A8000/spotify/callback%3Fcode%3DAQ-x_1%26state%3Ds-2";
    for url in quoted(BACK).into_iter().chain([
        "code=AQ-x_1&state=s-2".into(),
        format!("{BACK}#_=_"),
        format!("This site can’t be reached: {BACK}"),
        format!("about:neterror?e=connectionFailure&u={escaped}&c=UTF-8&d=x"),
    ]) {
        let meant = CameBack { code: "AQ-x_1".into(), state: "s-2".into() };
        assert_eq!(CameBack::read(&url), Ok(meant), "{url}");
    }
    let dashboard = format!("https://developer.spotify.com/dashboard/{ID}");
    for (odd, words) in [
        ("", "code= and state="),
        ("http://127.0.0.1:8000/spotify/callback", "code= and state="),
        ("http://127.0.0.1:8000/spotify/callback?state=s", "code= and state="),
        ("http://127.0.0.1:8000/spotify/callback?error=access_denied&state=s", "told no"),
        ("https://accounts.spotify.com/authorize?client_id=x&state=s", "Spotify’s own page"),
        ("chrome-error://chromewebdata/", "browser’s own page"),
        ("about:neterror?e=connectionFailure", "browser’s own page"),
        (ID, "field “Client ID”"),
        (&dashboard, "field “Client ID”"),
        ("https://open.spotify.com/", "address of Spotify"),
    ] {
        let said = said(CameBack::read(odd).unwrap_err());
        assert!(said.contains(words), "{odd}: {said}");
    }
}
