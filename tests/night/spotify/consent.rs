//! From the consent page to a dead token.

use std::time::Duration;

use partyplaylist::spotify::simulator::{AppRules, Change, Trouble};
use partyplaylist::spotify::{Client, Consent, Error, Result, SCOPES, Secret, Timeouts, Verifier, Why};

use super::{APP, Stage, later, raw, refused, too_many};

const BACK: &str = "http://127.0.0.1:8000/spotify/callback";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn page(stage: &Stage, verifier: &Verifier, scope: &str, redirect_uri: &str) -> String {
    let challenge = verifier.challenge();
    let consent = Consent { client_id: APP, redirect_uri, state: "s&1", scope, challenge: &challenge };
    stage.client.consent_page(&consent)
}

/// Presses a button of the consent page; answers where the browser is sent.
fn press(consent: &str, button: &str) -> String {
    let (status, to) = raw("GET", &consent.replace("/authorize?", &format!("/authorize/{button}")), None, "");
    assert_eq!(status, 302, "{to}");
    to
}

fn code(stage: &Stage, verifier: &Verifier, account: &str) -> String {
    let to = press(&page(stage, verifier, SCOPES, BACK), &format!("allow?account={account}&"));
    let (code, carried) = to.strip_prefix(&format!("{BACK}?code=")).unwrap().split_once('&').unwrap();
    assert_eq!(carried, "state=s%261");
    code.to_owned()
}

fn reconnect<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Reconnect { message }) => message,
        other => panic!("not to be reconnected: {other:?}"),
    }
}

#[test]
fn a_consent_ends_in_tokens_that_open_the_account_that_gave_it() {
    let (stage, verifier) = (Stage::new(), Verifier::fresh().unwrap());
    let (status, html) = raw("GET", &page(&stage, &verifier, SCOPES, BACK), None, "");
    assert!(status == 200 && html.contains("Allow as JOHNSMITH") && html.contains("id=\"allow-janedoe\""), "{html}");
    let grant = stage.client.exchange(APP, &code(&stage, &verifier, "janedoe"), BACK, &verifier).unwrap();
    assert_eq!((grant.expires_in.as_secs(), grant.scope.as_str()), (3600, SCOPES));
    assert!(grant.refresh_token.is_some());
    let profile = stage.client.account(&grant.access_token).me().unwrap();
    assert_eq!(
        (profile.id.as_str(), profile.key(), profile.display_name.as_deref()),
        ("janedoe", "acc-janedoe", Some("JANEDOE"))
    );
}

#[test]
fn a_code_is_good_once_and_only_with_its_verifier_client_and_address() {
    let (stage, verifier) = (Stage::new(), Verifier::fresh().unwrap());
    let other = Verifier::fresh().unwrap();
    for (client_id, back, verifier_sent, said) in [
        (APP, BACK, &other, "code_verifier was incorrect"),
        (APP, "https://elsewhere.example/", &verifier, "Invalid redirect URI"),
        ("another", BACK, &verifier, "Invalid authorization code"),
    ] {
        let code = code(&stage, &verifier, "johnsmith");
        assert_eq!(reconnect(stage.client.exchange(client_id, &code, back, verifier_sent)), said);
    }
    let code = code(&stage, &verifier, "johnsmith");
    stage.client.exchange(APP, &code, BACK, &verifier).unwrap();
    assert_eq!(reconnect(stage.client.exchange(APP, &code, BACK, &verifier)), "Invalid authorization code");
}

#[test]
fn a_code_dies_after_ten_minutes() {
    let (stage, verifier) = (Stage::new(), Verifier::fresh().unwrap());
    let code = code(&stage, &verifier, "johnsmith");
    stage.pass(601);
    reconnect(stage.client.exchange(APP, &code, BACK, &verifier));
}

#[test]
fn a_cancelled_consent_comes_back_saying_so() {
    let stage = Stage::new();
    let to = press(&page(&stage, &Verifier::fresh().unwrap(), SCOPES, BACK), "cancel?");
    assert_eq!(to, format!("{BACK}?error=access_denied&state=s%261"));
}

#[test]
fn a_way_back_to_localhost_or_the_lan_is_refused() {
    let (stage, verifier) = (Stage::new(), Verifier::fresh().unwrap());
    for back in ["http://localhost:8000/spotify/callback", "http://192.168.1.5:8000/spotify/callback"] {
        let (status, said) = raw("GET", &page(&stage, &verifier, SCOPES, back), None, "");
        assert_eq!((status, said.as_str()), (400, "INVALID_CLIENT: Insecure redirect URI"));
    }
}

#[test]
fn an_access_token_lasts_an_hour_and_a_refresh_usually_brings_no_new_refresh_token() {
    let stage = Stage::new();
    let refresh = stage.sim.connect("johnsmith", APP).refresh_token.unwrap();
    stage.pass(3599);
    stage.dj().me().unwrap();
    stage.pass(1);
    assert_eq!(stage.dj().me(), Err(Error::Expired));
    let grant = stage.client.refresh(APP, &refresh).unwrap();
    assert_eq!(grant.refresh_token, None);
    stage.client.account(&grant.access_token).me().unwrap();
    stage.client.refresh(APP, &refresh).unwrap();
    stage.change(Change::ExpireAccess);
    assert_eq!(stage.client.account(&grant.access_token).me(), Err(Error::Expired));
}

#[test]
fn where_a_refresh_brings_a_new_refresh_token_the_old_one_is_dead() {
    let stage = Stage::new();
    stage.sim.set_app(APP, AppRules { rotates: true, ..AppRules::default() });
    let old = stage.sim.connect("johnsmith", APP).refresh_token.unwrap();
    let new = stage.client.refresh(APP, &old).unwrap().refresh_token.unwrap();
    assert_eq!(reconnect(stage.client.refresh(APP, &old)), "Refresh token revoked");
    stage.client.refresh(APP, &new).unwrap();
}

#[test]
fn a_consent_taken_back_asks_to_reconnect_and_leaves_others_alone() {
    let stage = Stage::new();
    let [refresh, other] = ["johnsmith", "janedoe"].map(|dj| stage.sim.connect(dj, APP).refresh_token.unwrap());
    stage.change(Change::Revoke);
    assert_eq!(stage.dj().me(), Err(Error::Expired));
    assert_eq!(reconnect(stage.client.refresh(APP, &refresh)), "Refresh token revoked");
    stage.client.refresh(APP, &other).unwrap();
}

#[test]
fn a_consent_dies_after_six_months_however_often_it_was_refreshed() {
    for rotates in [false, true] {
        let stage = Stage::new();
        stage.sim.set_app(APP, AppRules { rotates, ..AppRules::default() });
        let mut refresh = stage.sim.connect("johnsmith", APP).refresh_token.unwrap();
        for _ in 0..6 {
            stage.sim.advance(30 * DAY);
            refresh = stage.client.refresh(APP, &refresh).unwrap().refresh_token.unwrap_or(refresh);
        }
        stage.sim.advance(3 * DAY);
        assert_eq!(reconnect(stage.client.refresh(APP, &refresh)), "Refresh token expired");
    }
}

#[test]
fn a_refresh_that_goes_wrong_on_the_way_leaves_the_token_good() {
    let stage = Stage::new();
    let refresh = stage.sim.connect("johnsmith", APP).refresh_token.unwrap();
    for (trouble, error) in [
        (Trouble::Broken(502), later(None)),
        (Trouble::TooMany(3), too_many(3)),
        (Trouble::Text, later(None)),
        (Trouble::Drop, later(None)),
    ] {
        stage.fault("POST /api/token", trouble, false);
        assert_eq!(stage.client.refresh(APP, &refresh), Err(error), "{trouble:?}");
    }
    stage.client.refresh(APP, &refresh).unwrap();
    assert_eq!(stage.seen().calls["POST /api/token"], 5);
}

#[test]
fn a_client_id_spotify_does_not_know_is_said_to_be_unknown() {
    let stage = Stage::new();
    stage.sim.set_app("typo", AppRules { known: false, ..AppRules::default() });
    let refresh = Secret::new("any");
    let answer = stage.client.refresh("typo", &refresh);
    assert!(matches!(answer, Err(Error::Refused { why: Why::UnknownClient, .. })), "{answer:?}");
    assert_eq!(reconnect(stage.client.refresh(APP, &refresh)), "Invalid refresh token");
}

#[test]
fn a_consent_without_a_scope_is_no_reason_to_log_in_again() {
    let (stage, verifier) = (Stage::new(), Verifier::fresh().unwrap());
    let to = press(&page(&stage, &verifier, "user-read-playback-state", BACK), "allow?account=johnsmith&");
    let code = to.strip_prefix(&format!("{BACK}?code=")).unwrap().split('&').next().unwrap();
    let token = stage.client.exchange(APP, code, BACK, &verifier).unwrap().access_token;
    let dj = stage.client.account(&token);
    dj.player().unwrap().unwrap();
    assert_eq!(refused(dj.pause()), "Insufficient client scope");
}

#[test]
fn no_token_is_ever_printed() {
    let stage = Stage::new();
    let grant = stage.sim.connect("johnsmith", APP);
    let refresh = grant.refresh_token.clone().unwrap();
    let verifier = Verifier::fresh().unwrap();
    let mut said = vec![format!("{grant:?} {verifier:?} {:?}", stage.client)];
    stage.change(Change::Revoke);
    let gone = Client::new("http://127.0.0.1:1", "http://127.0.0.1:1", Timeouts::default());
    for error in [
        stage.client.refresh(APP, &refresh).unwrap_err(),
        gone.refresh(APP, &refresh).unwrap_err(),
        stage.dj().me().unwrap_err(),
        gone.account(&grant.access_token).me().unwrap_err(),
    ] {
        said.push(format!("{error:?} {error}"));
    }
    let said = said.join(" ");
    for secret in [refresh.reveal(), grant.access_token.reveal(), verifier.reveal()] {
        assert!(!said.contains(secret), "{said}");
    }
}
