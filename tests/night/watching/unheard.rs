//! Songs that leave Spotify's queue: what did not sound was not played.

use partyplaylist::domain::{Act, PlaybackState, Status};
use partyplaylist::spotify::simulator::{Button, Change, Trouble};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";
const QUEUE: &str = "GET /me/player/queue";

fn assert_unheard(hall: &Hall, id: &partyplaylist::domain::RequestId, words: &str) {
    assert_eq!(hall.status(0, id), Status::Failed, "{words}");
    let reason = hall.reason(0, id).unwrap();
    assert!(reason.starts_with("It left Spotify's queue and was not seen to play."), "{words}: {reason}");
}

#[test]
fn a_song_cleared_from_the_queue_is_not_played_and_may_be_asked_for_again_at_once() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    hall.change(0, Change::Press(Button::Clear));
    hall.pass(60);
    assert_unheard(&hall, &ids[0], "cleared");
    let report = hall.peek(0, async |host| {
        let event = host.events().await.unwrap().remove(0).id;
        host.report(&event).await.unwrap()
    });
    assert_eq!(report.totals.played, 0, "{:?}", report.totals);
    hall.host(0, async |host| host.act(&ids[0], Act::Retry).await.unwrap());
    hall.pass(900);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0).len(), 2);
}

#[test]
fn a_song_not_on_sale_here_is_not_played() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::NotOnSale(uri(40)));
    let ids = hall.ask(0, [40, 41]);
    hall.pass(900);
    assert_unheard(&hall, &ids[0], "not on sale");
    assert_eq!((hall.status(0, &ids[1]), hall.heard(0)), (Status::Played, vec![uri(41)]));
}

#[test]
fn a_song_cleared_while_the_player_stands_is_not_played() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    hall.pass(200);
    hall.change(0, Change::Press(Button::Pause));
    hall.change(0, Change::Press(Button::Clear));
    hall.pass(70);
    hall.change(0, Change::Press(Button::Start(uri(50))));
    hall.pass(70);
    assert_unheard(&hall, &ids[0], "cleared while paused");
}

#[test]
fn one_failed_look_makes_no_song_that_did_play_fail() {
    // From before it begins, looks or looks into the queue fail until after it has ended.
    for (call, times) in [(LOOK, 1), (LOOK, 2), (LOOK, 20), (QUEUE, 1), (QUEUE, 3)] {
        for trouble in [Trouble::Broken(502), Trouble::Empty] {
            let mut hall = Hall::of(1);
            let ids = hall.ask(0, [40, 41]);
            hall.pass(200);
            hall.fault(0, call, (trouble, false), Some(times));
            hall.pass(if times == 20 { 260 } else { 1 });
            hall.pass(1500);
            hall.sim.heal();
            hall.pass(1200);
            assert_eq!(hall.heard(0), [40, 41].map(uri), "{call} {trouble:?} {times}");
            assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "{call} {trouble:?} {times}");
        }
    }
}

#[test]
fn a_song_paused_before_anybody_saw_it_play_has_played() {
    for pause_s in [40, 600] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40, 41]);
        hall.pass(213);
        hall.change(0, Change::Press(Button::Next));
        hall.sim.advance(std::time::Duration::from_secs(12));
        hall.change(0, Change::Press(Button::Pause));
        hall.pass(pause_s);
        assert_eq!(hall.playback(0).state, PlaybackState::Paused, "{pause_s}");
        assert_eq!(hall.status(0, &ids[0]), Status::Playing, "{pause_s}");
        hall.change(0, Change::Press(Button::Next));
        hall.change(0, Change::Press(Button::Play));
        hall.pass(120);
        assert_eq!(hall.status(0, &ids[0]), Status::Played, "{pause_s}");
    }
}
