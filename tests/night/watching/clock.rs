//! The box's clock is put right in the middle of the night.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::Trouble;

use super::hall::{Hall, uri};

const HOUR: i64 = 3600;

#[test]
fn a_clock_put_back_or_on_by_an_hour_stops_no_night() {
    for jump in [-HOUR, HOUR] {
        // While nothing is on its way, right before and right after a hand-over, and while the wish plays.
        for at in [60, 190, 200, 230] {
            let mut hall = Hall::of(1);
            let ids = hall.ask(0, [40, 41]);
            hall.pass(at);
            hall.set_clock(jump);
            let looks = hall.calls(0, "GET /me/player");
            hall.pass(120);
            assert!(hall.calls(0, "GET /me/player") > looks + 1, "{jump} after {at} s: nobody looks");
            hall.pass(900);
            assert_eq!(hall.heard(0), [uri(40), uri(41)], "{jump} after {at} s");
            assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "{jump} after {at} s");
        }
    }
}

#[test]
fn a_lost_answer_is_settled_though_the_clock_is_put_back() {
    for after_effect in [true, false] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40, 41]);
        hall.fault(0, "POST /me/player/queue", (Trouble::Drop, after_effect), Some(1));
        hall.fault(0, "GET /me/player/queue", (Trouble::Drop, false), Some(1));
        hall.pass(195);
        assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
        hall.set_clock(-HOUR);
        hall.pass(1200);
        assert_eq!(hall.heard(0), [uri(40), uri(41)], "arrived: {after_effect}");
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 2], "arrived: {after_effect}");
    }
}

#[test]
fn patience_spotify_asked_for_is_not_an_hour_longer_by_a_clock_put_back() {
    let mut hall = Hall::of(1);
    hall.pass(31);
    hall.fault(0, "", (Trouble::TooMany(11), false), Some(1));
    hall.pass(31);
    assert_eq!(hall.health(0), "rate_limited");
    hall.set_clock(-HOUR);
    hall.pass(120);
    assert_eq!(hall.health(0), "ok");
}
