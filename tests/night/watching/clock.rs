//! The box's clock is put right in the middle of the night.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::Trouble;

use super::hall::{Hall, uri};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

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

#[test]
fn a_quota_and_a_token_last_as_long_whatever_the_clock_is_set_to() {
    for jump in [-DAY, 9 * DAY, -50 * 365 * DAY] {
        let mut hall = Hall::of(1);
        let client_id = hall.djs[0].client_id.clone();
        hall.pass(600);
        hall.set_clock(jump);
        hall.pass(60);
        assert_eq!(hall.calls(0, "POST /api/token"), 0, "{jump}: a token that is good was renewed");
        hall.sim.exhaust(&client_id, 1500);
        hall.pass(60);
        assert_eq!(hall.health(0), "quota", "{jump}");
        let calls = hall.sim.usage(&client_id).calls;
        hall.set_clock(-jump);
        hall.pass(1300);
        assert_eq!(hall.sim.usage(&client_id).calls, calls, "{jump}: called before the deadline");
        hall.pass(300);
        assert_eq!(hall.health(0), "ok", "{jump}: still quiet after the deadline");
        hall.pass(2000);
        assert!(hall.calls(0, "POST /api/token") > 0, "{jump}: the token has run out");
    }
}

#[test]
fn the_days_calls_are_counted_on_whatever_the_clock_is_set_to() {
    let mut hall = Hall::of(1);
    hall.pass(HOUR);
    let spent = |hall: &Hall| -> i64 {
        let conn = rusqlite::Connection::open(hall.file()).unwrap();
        let now = hall.now().0 / 3_600_000;
        let sql = "SELECT coalesce(sum(calls), 0) FROM spotify_calls WHERE hour BETWEEN ?1 - 24 AND ?1 + 1";
        conn.query_row(sql, [now], |row| row.get(0)).unwrap()
    };
    let before = spent(&hall);
    assert!(before > 100, "{before}");
    for jump in [9 * DAY, -DAY, 50 * 365 * DAY, -57 * 365 * DAY] {
        hall.set_clock(jump);
        assert_eq!(spent(&hall), before, "{jump}");
    }
}
