//! Answers that are lost, and a box that is killed between the call and its note.

use std::time::Duration;

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::Trouble;

use super::hall::{Hall, uri};

const ADD: &str = "POST /me/player/queue";

#[test]
fn a_lost_answer_is_looked_for_and_never_blindly_repeated() {
    for (trouble, after_effect) in [
        (Trouble::Drop, true),
        (Trouble::Drop, false),
        (Trouble::Broken(502), true),
        (Trouble::Broken(500), false),
        (Trouble::Busy, true),
        (Trouble::Busy, false),
    ] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40, 41]);
        hall.fault(0, ADD, (trouble, after_effect), Some(1));
        hall.pass(1200);
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "{trouble:?} {after_effect}");
        assert_eq!(hall.heard(0), [uri(40), uri(41)], "{trouble:?} {after_effect}");
        assert_eq!(hall.seen(0).added.len(), 2, "{trouble:?} {after_effect}");
    }
}

#[test]
fn a_call_that_takes_effect_after_we_gave_up_is_not_made_twice() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(193);
    hall.fault(0, ADD, (Trouble::Slow(2_300), false), Some(1));
    hall.pass(3);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    // The client gave up after two real seconds; the simulated clock stands until Spotify is done.
    while hall.seen(0).added.is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    hall.pass(1200);
    assert_eq!(hall.heard(0), [uri(40), uri(41)]);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
}

/// Ends the box right before or right after the call: the ledger says begun, and nothing more.
fn killed(arrived: bool) -> (Hall, Vec<partyplaylist::domain::RequestId>) {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.fault(0, ADD, (Trouble::Drop, arrived), Some(1));
    // The box is gone before it can look: neither the queue nor the player answers.
    hall.pass(193);
    hall.fault(0, "GET /me/player/queue", (Trouble::Drop, false), Some(1));
    hall.pass(2);
    assert_eq!((hall.status(0, &ids[0]), hall.seen(0).added.len()), (Status::HandedOver, usize::from(arrived)));
    hall.sim.heal();
    hall.restart();
    (hall, ids)
}

#[test]
fn a_box_killed_between_call_and_note_doubles_and_loses_nothing() {
    for arrived in [true, false] {
        let (mut hall, ids) = killed(arrived);
        hall.pass(1200);
        assert_eq!(hall.heard(0), [uri(40), uri(41)], "arrived: {arrived}");
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "arrived: {arrived}");
    }
}

#[test]
fn a_box_that_was_off_for_an_hour_does_not_guess() {
    for arrived in [true, false] {
        let (mut hall, ids) = killed(arrived);
        hall.store.close();
        hall.sim.advance(Duration::from_secs(3600));
        hall.restart();
        hall.pass(60);
        assert_eq!(hall.status(0, &ids[0]), Status::Failed, "arrived: {arrived}");
        assert!(hall.reason(0, &ids[0]).unwrap().contains("may have played"));
        hall.pass(1200);
        assert_eq!(hall.status(0, &ids[1]), Status::Played);
    }
}
