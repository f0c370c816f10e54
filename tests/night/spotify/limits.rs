//! How much may be asked, and by whom.

use std::time::Duration;

use partyplaylist::spotify::simulator::{AppRules, Fault, NewAccount, Trouble};
use partyplaylist::spotify::{Error, Why};

use super::{APP, SONG, Stage, too_many};

fn quota(seconds: u64) -> Error {
    Error::QuotaUntil { retry_after: Duration::from_secs(seconds) }
}

#[test]
fn a_short_limit_says_how_long_to_wait_and_nothing_was_done() {
    let stage = Stage::new();
    stage.fault("POST /me/player/queue", Trouble::TooMany(11), false);
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(too_many(11)));
    assert_eq!(stage.seen().added, Vec::<String>::new());
    stage.dj().add_to_queue(SONG, None).unwrap();
}

#[test]
fn the_rolling_window_is_kept_per_client_id() {
    let stage = Stage::new();
    stage.sim.set_app(APP, AppRules { per_30s: Some(3), ..AppRules::default() });
    let other = stage.sim.connect("janedoe", "another").access_token;
    for _ in 0..3 {
        stage.dj().player().unwrap();
        stage.pass(5);
    }
    assert_eq!(stage.dj().player(), Err(too_many(15)));
    stage.client.account(&other).player().unwrap();
    stage.pass(15);
    stage.dj().player().unwrap();
    let usage = stage.sim.usage(APP);
    assert_eq!((usage.calls, usage.limited, usage.busiest_30s), (5, 1, 3));
}

#[test]
fn a_quota_used_up_names_the_time_and_holds_until_then() {
    let stage = Stage::new();
    stage.sim.set_app(APP, AppRules { per_day: Some(2), ..AppRules::default() });
    stage.dj().player().unwrap();
    stage.dj().player().unwrap();
    assert_eq!(stage.dj().player(), Err(quota(50_000)));
    stage.pass(3_000);
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(quota(47_000)));
    stage.sim.set_app(APP, AppRules::default());
    assert_eq!(stage.dj().me(), Err(quota(47_000)));
    stage.pass(47_000);
    let fresh = stage.sim.connect("johnsmith", APP).access_token;
    stage.client.account(&fresh).player().unwrap();
    stage.sim.exhaust(APP, 48_925);
    assert_eq!(stage.client.account(&fresh).player(), Err(quota(48_925)));
}

#[test]
fn the_two_refusals_in_plain_text_are_told_apart() {
    let stage = Stage::new();
    let why = |answer| match answer {
        Err(Error::Refused { why, message }) => (why, message),
        other => panic!("not refused: {other:?}"),
    };
    stage.sim.set_app(APP, AppRules { owner_has_premium: false, ..AppRules::default() });
    let (kind, message) = why(stage.dj().player());
    assert_eq!(kind, Why::OwnerNeedsPremium);
    assert!(message.starts_with("Active premium subscription required for the owner of the app."), "{message}");
    stage.sim.set_app(APP, AppRules::default());
    stage.fault("GET /me/player", Trouble::NotRegistered, false);
    assert_eq!(
        why(stage.dj().player()),
        (Why::NotRegistered, "User not registered in the Developer Dashboard".to_owned())
    );
    stage.fault("GET /me/player", Trouble::OwnerNeedsPremium, false);
    assert_eq!(why(stage.dj().player()).0, Why::OwnerNeedsPremium);
}

#[test]
fn a_client_id_has_room_for_five() {
    let stage = Stage::new();
    let me = |n: usize| {
        let id = format!("dj-{n}");
        stage.sim.add_account(NewAccount { id: id.clone(), display_name: id.clone(), first_song: n });
        let token = stage.sim.connect(&id, "shared").access_token;
        stage.client.account(&token).me()
    };
    for n in 0..5 {
        me(n).unwrap();
    }
    let sixth = me(5);
    assert!(matches!(sixth, Err(Error::Refused { why: Why::NotRegistered, .. })), "{sixth:?}");
}

#[test]
fn a_fault_befalls_whom_it_is_meant_for() {
    let stage = Stage::new();
    let [same_app, other_app] = [APP, "another"].map(|app| stage.sim.connect("janedoe", app).access_token);
    let fault = |target: &str| {
        let target = target.to_owned();
        stage.sim.fault(Fault { target, call: None, trouble: Trouble::Broken(502), after_effect: false, times: None });
    };
    let up = || {
        let dj = |token| stage.client.account(token).me().is_ok();
        (stage.dj().me().is_ok(), dj(&same_app), dj(&other_app))
    };
    fault("johnsmith");
    assert_eq!(up(), (false, true, true));
    fault(APP);
    assert_eq!(up(), (false, false, true));
    stage.sim.heal();
    assert_eq!(up(), (true, true, true));
}
