//! The simulated Spotify as a program of its own, told what to do from outside.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{APP, Stage, raw};
use crate::venue::program;

fn tell(base: &str, path: &str, body: &Value) {
    let (status, said) = raw("POST", &format!("{base}/_sim/{path}"), None, &body.to_string());
    assert_eq!(status, 204, "{path} {body}: {said}");
}

fn look(base: &str, path: &str) -> Value {
    let (status, said) = raw("GET", &format!("{base}/_sim/{path}"), None, "");
    assert_eq!(status, 200, "{path}: {said}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn everything_can_be_told_from_outside() {
    let stage = Stage::new();
    let base = stage.sim.url();
    tell(&base, "accounts", &json!({ "id": "newdj", "display_name": "New DJ", "first_song": 30 }));
    for change in [
        json!({ "premium": true }),
        json!({ "private_session": false }),
        json!({ "null_fields": false }),
        json!({ "queue_answers_text": true }),
        json!({ "queue_is_silent": false }),
        json!({ "automix": 0 }),
        json!({ "relink": { "from": super::SONG, "to": "spotify:track:song000000000000000021" } }),
        json!({ "advert": 15_000 }),
        json!({ "context": [super::SONG] }),
        json!({ "device": { "id": "tv", "name": "TV", "kind": "TV", "is_asleep": true } }),
        json!({ "remove_device": "newdj-phone" }),
        json!({ "activate": null }),
        json!({ "activate": "newdj-laptop" }),
        json!({ "press": "play" }),
        json!({ "press": { "start": super::SONG } }),
        json!("expire_access"),
        json!("revoke"),
    ] {
        tell(&base, "accounts/newdj", &change);
    }
    tell(&base, "clock", &json!({ "advance_ms": 10_000 }));
    let seen = look(&base, "accounts/newdj");
    assert_eq!((&seen["current"], &seen["progress_ms"]), (&json!(super::SONG), &json!(10_000)));
    assert_eq!(look(&base, "accounts"), json!(["janedoe", "johnsmith", "newdj"]));
    assert_eq!(look(&base, "clock")["now_ms"], super::EVENING.0 + 10_000);
}

#[test]
fn limits_and_faults_can_be_told_from_outside() {
    let stage = Stage::new();
    let base = stage.sim.url();
    tell(&base, "apps/house", &json!({ "per_day": 3 }));
    let fault = json!({ "target": APP, "call": "GET /me", "trouble": { "slow": 1 }, "after_effect": true, "times": 1 });
    tell(&base, "faults", &fault);
    tell(&base, "faults", &json!({ "target": "johnsmith", "trouble": "drop" }));
    stage.dj().me().unwrap();
    assert_eq!(stage.dj().me(), Err(super::later(None)));
    assert_eq!(raw("DELETE", &format!("{base}/_sim/faults"), None, "").0, 204);
    stage.dj().me().unwrap();
    assert!(matches!(stage.dj().me(), Err(partyplaylist::spotify::Error::QuotaUntil { .. })));
    tell(&base, "apps/house/exhaust", &json!({ "seconds": 0 }));
    stage.dj().me().unwrap();
    assert_eq!(look(&base, "apps/house")["limited"], 1);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let stage = Stage::new();
    let base = stage.sim.url();
    for (path, body) in [
        ("accounts/nobody", r#"{"premium":true}"#),
        ("accounts/johnsmith", r#"{"premium":"maybe"}"#),
        ("accounts/johnsmith", r#"{"press":{"start":"spotify:track:none"}}"#),
        ("accounts/johnsmith", r#"{"activate":"toaster"}"#),
        ("faults", r#"{"target":"johnsmith","trouble":"plague"}"#),
        ("weather", "{}"),
    ] {
        let (status, said) = raw("POST", &format!("{base}/_sim/{path}"), None, body);
        assert!(status == 400 && said.ends_with('.'), "{path} {body}: {status} {said}");
    }
    assert_eq!(raw("GET", &format!("{base}/_sim/accounts/nobody"), None, "").0, 404);
}

#[test]
fn the_command_runs_three_accounts_until_told_to_stop() {
    let mut child = program().args(["simulate-spotify", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let base = line.trim().strip_prefix("PartyPlaylist's simulated Spotify is listening on ").unwrap().to_owned();
    let djs = look(&base, "accounts");
    assert_eq!(djs, json!(["janedoe", "johnsmith", "testdj"]));
    let mut playing: Vec<String> = djs
        .as_array()
        .unwrap()
        .iter()
        .map(|dj| look(&base, &format!("accounts/{}", dj.as_str().unwrap())))
        .map(|seen| {
            assert_eq!(seen["is_playing"], true);
            seen["current"].as_str().unwrap().to_owned()
        })
        .collect();
    playing.sort();
    playing.dedup();
    assert_eq!(playing.len(), 3);
    // A question that is still being answered does not hold up the end.
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
