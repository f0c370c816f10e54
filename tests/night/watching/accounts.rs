//! Accounts that change in the middle of a night.

use partyplaylist::domain::{AccountStatus, ClientId, Status};
use partyplaylist::spotify::simulator::{Change, Trouble};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";

#[test]
fn a_song_on_its_way_goes_to_the_account_that_takes_the_place_of_another() {
    let mut hall = Hall::of(2);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    assert_eq!(hall.seen(0).added, [uri(40)]);
    hall.connect_with(0, "dj001");
    hall.pass(900);
    assert_eq!(hall.heard(1), [40, 41].map(uri));
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
}

#[test]
fn another_app_in_the_middle_of_the_night_loses_and_doubles_nothing() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    let client_id = format!("{:032x}", 99);
    hall.djs[0].client_id = client_id.clone();
    hall.host(0, async |host| host.set_client_id(ClientId::parse(&client_id).unwrap()).await.unwrap());
    hall.pass(5);
    assert!(!hall.is_watched(0));
    hall.connect(0);
    hall.pass(900);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
}

#[test]
fn connecting_again_is_seen_at_once_however_long_the_wait_was() {
    for (call, trouble) in [("", Trouble::NotRegistered), ("", Trouble::Broken(502)), ("", Trouble::OwnerNeedsPremium)]
    {
        let mut hall = Hall::of(1);
        hall.fault(0, call, (trouble, false), None);
        hall.pass(600);
        hall.sim.heal();
        let looks = hall.calls(0, LOOK);
        hall.connect(0);
        hall.pass(2);
        assert_eq!((hall.calls(0, LOOK), hall.health(0).as_str()), (looks + 1, "ok"), "{trouble:?}");
    }
}

#[test]
fn premium_bought_and_connected_again_gets_its_song() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    hall.change(0, Change::Premium(false));
    hall.pass(200);
    assert_eq!(hall.health(0), "not_premium");
    hall.change(0, Change::Premium(true));
    hall.connect(0);
    hall.pass(500);
    assert_eq!(hall.statuses(0, &ids), [Status::Played]);
}

#[test]
fn a_suspended_dj_is_not_watched_and_goes_on_when_woken() {
    let mut hall = Hall::of(2);
    hall.pass(60);
    let user = hall.djs[0].user.clone();
    let set = |hall: &Hall, status| {
        let changes = hall.store.changes();
        hall.runtime.block_on(hall.store.accounts().set_status(&user, status)).unwrap();
        changes.wait(std::time::Duration::from_secs(5)).unwrap().contains_key(&user)
    };
    set(&hall, AccountStatus::Suspended);
    hall.pass(31);
    assert!(!hall.is_watched(0) && hall.is_watched(1));
    assert!(set(&hall, AccountStatus::Active), "nobody hears that the DJ is back");
}

#[test]
fn a_dj_deleted_with_a_song_on_its_way_leaves_no_watcher() {
    let mut hall = Hall::of(2);
    hall.ask(0, [40]);
    hall.pass(200);
    let user = hall.djs[0].user.clone();
    hall.runtime.block_on(hall.store.accounts().delete(&user)).unwrap();
    hall.pass(60);
    assert!(!hall.is_watched(0) && hall.is_watched(1));
}

#[test]
fn two_djs_on_one_account_hear_all_their_songs_once() {
    let mut hall = Hall::of(2);
    hall.connect_with(1, "dj000");
    let ids = [hall.ask(0, [40, 41, 42]), hall.ask(1, [43, 44, 45])];
    hall.pass(2400);
    let mut heard = hall.heard(0);
    println!("{heard:?}");
    heard.sort();
    assert_eq!(heard, [40, 41, 42, 43, 44, 45].map(uri));
    for (n, ids) in ids.iter().enumerate() {
        assert_eq!(hall.statuses(n, ids), [Status::Played; 3], "{n}");
    }
}

#[test]
fn an_account_that_takes_the_place_of_one_forgotten_leaves_the_song_to_the_dj() {
    let mut hall = Hall::of(2);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    hall.host(0, async |host| host.disconnect().await.unwrap());
    hall.pass(300);
    hall.connect_with(0, "dj001");
    hall.pass(60);
    assert_eq!(hall.status(0, &ids[0]), Status::Failed, "nobody can tell");
    assert!(hall.reason(0, &ids[0]).unwrap().contains("may have played"));
    hall.pass(900);
    assert_eq!(hall.heard(1), [uri(41)]);
}

#[test]
fn a_token_refused_however_fresh_is_tried_hourly_and_not_for_every_guest() {
    let mut hall = Hall::of(1);
    hall.pass(31);
    hall.fault(0, LOOK, (Trouble::Expired, false), None);
    hall.pass(60);
    assert_eq!(hall.health(0), "reconnect");
    let looks = hall.calls(0, LOOK);
    for song in 40..50 {
        hall.ask(0, [song]);
        hall.pass(5);
    }
    assert_eq!(hall.calls(0, LOOK), looks, "guests made it look");
    hall.sim.heal();
    hall.pass(3600);
    assert_eq!(hall.health(0), "ok");
}
