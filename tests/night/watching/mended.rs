//! Trouble that the DJ has mended, and the word the box has for it meanwhile.

use partyplaylist::spotify::simulator::{Change, Trouble};

use super::hall::{Hall, uri};

/// A wish that an account without Premium cannot be given.
fn without_premium() -> Hall {
    let mut hall = Hall::of(1);
    hall.ask(0, [40]);
    hall.change(0, Change::Premium(false));
    hall.pass(200);
    assert_eq!(hall.health(0), "not_premium");
    hall
}

#[test]
fn a_refreshed_token_does_not_call_mended_what_is_not() {
    let mut hall = without_premium();
    hall.change(0, Change::ExpireAccess);
    hall.pass(31);
    assert!(hall.calls(0, "POST /api/token") > 0);
    assert_eq!(hall.health(0), "not_premium");
    assert!(hall.trouble(0).unwrap().sentence.contains("no Premium"));
}

#[test]
fn a_look_that_fails_once_does_not_change_the_word_for_the_hour() {
    let mut hall = without_premium();
    hall.fault(0, "GET /me/player", (Trouble::Broken(502), false), Some(1));
    hall.pass(100);
    assert_eq!(hall.health(0), "not_premium");
}

#[test]
fn a_quota_that_outlasts_a_hold_is_told() {
    let mut hall = without_premium();
    hall.sim.exhaust(&hall.djs[0].client_id.clone(), 3 * 3600);
    hall.pass(31);
    assert_eq!(hall.health(0), "quota");
    hall.pass(2 * 3600);
    assert_eq!(hall.health(0), "quota");
}

#[test]
fn a_player_that_has_just_obeyed_is_given_its_song_at_once() {
    let mut hall = without_premium();
    hall.change(0, Change::Premium(true));
    hall.host(0, async |host| host.poll_soon().await.unwrap());
    hall.pass(2);
    assert_eq!((hall.health(0).as_str(), hall.seen(0).queued), ("ok", vec![uri(40)]));
}
