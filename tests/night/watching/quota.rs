//! The day's quota of a client id, and our own budget below it.

use partyplaylist::domain::Status;

use super::hall::{Hall, uri};

#[test]
fn a_quota_used_up_at_nine_stops_every_call_until_its_time_also_after_a_restart() {
    let mut hall = Hall::of(2);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(3600);
    let client_id = hall.djs[0].client_id.clone();
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    hall.sim.exhaust(&client_id, 4 * 3600);
    hall.pass(60);
    let calls = hall.sim.usage(&client_id).calls;
    assert_eq!((hall.health(0).as_str(), hall.health(1).as_str()), ("quota", "ok"));
    let told = hall.trouble(0).unwrap();
    assert_eq!(told.until.unwrap().clock(), "01:00");
    let more = hall.ask(0, [42]);
    hall.pass(3600);
    hall.restart();
    hall.pass(3 * 3600 - 120);
    assert_eq!(hall.sim.usage(&client_id).calls, calls, "not one call before the deadline");
    assert_eq!(hall.statuses(0, &more), [Status::Approved]);
    hall.pass(900);
    assert_eq!((hall.health(0).as_str(), hall.statuses(0, &more)), ("ok", vec![Status::Played]));
}

#[test]
fn djs_who_share_a_client_id_share_its_quota_and_no_others() {
    let mut hall = Hall::of(3);
    let shared = hall.djs[0].client_id.clone();
    hall.share(1, 0);
    hall.pass(60);
    hall.sim.exhaust(&shared, 3000);
    hall.pass(60);
    let calls = hall.sim.usage(&shared).calls;
    hall.pass(600);
    let healths: Vec<_> = (0..3).map(|n| hall.health(n)).collect();
    assert_eq!((healths, hall.sim.usage(&shared).calls), (["quota", "quota", "ok"].map(str::to_owned).into(), calls));
}

#[test]
fn a_budget_nearly_spent_still_hands_songs_over() {
    let mut hall = Hall::with(1, 100);
    let ids = hall.ask(0, 40..53);
    hall.pass(3000);
    let spent = hall.sim.usage(&hall.djs[0].client_id).calls;
    let played = hall.statuses(0, &ids).iter().filter(|status| **status == Status::Played).count();
    println!("{spent} of 100 calls, {played} songs in 50 minutes");
    assert!(spent <= 100, "{spent} calls");
    assert_eq!(hall.heard(0)[..played], (40..40 + played).map(uri).collect::<Vec<_>>());
    assert!(played >= 11, "{played} songs");
}

#[test]
fn a_dj_is_told_when_our_own_budget_is_spent_and_goes_on_as_it_comes_back() {
    let mut hall = Hall::with(1, 20);
    let ids = hall.ask(0, 40..60);
    hall.pass(6 * 3600);
    let spent = hall.sim.usage(&hall.djs[0].client_id).calls;
    assert!(spent <= 20, "{spent} calls");
    assert_eq!(hall.health(0), "stale");
    assert!(hall.trouble(0).unwrap().sentence.contains("as often as it may in a day"));
    let before = hall.statuses(0, &ids);
    hall.pass(17 * 3600);
    assert_eq!(hall.statuses(0, &ids), before);
    // The event of the evening has ended by now; the next one finds the day's calls again.
    hall.pass(3 * 3600);
    hall.begin(0);
    hall.pass(60);
    assert_eq!(hall.health(0), "ok");
}
