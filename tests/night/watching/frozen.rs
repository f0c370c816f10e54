//! A player that says it plays, and stands still.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::{Button, Change};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";

fn freeze(hall: &Hall, before_end_ms: i64) {
    hall.change(0, Change::Frozen(true));
    hall.change(0, Change::Press(Button::Before(before_end_ms)));
}

#[test]
fn a_player_frozen_at_or_before_a_songs_end_is_asked_ever_less() {
    for before_end_ms in [0, 400, 2_000, 100_000] {
        for on_its_way in [false, true] {
            let mut hall = Hall::of(1);
            let ids = if on_its_way { hall.ask(0, [40]) } else { vec![] };
            hall.pass(200);
            freeze(&hall, before_end_ms);
            let looks = hall.calls(0, LOOK);
            hall.pass(3600);
            let looks = hall.calls(0, LOOK) - looks;
            println!("{before_end_ms} ms before the end, a song on its way: {on_its_way}: {looks} looks in an hour");
            assert!((12..=20).contains(&looks), "{before_end_ms} {on_its_way}: {looks} looks");
            assert_eq!(hall.statuses(0, &ids), vec![Status::HandedOver; ids.len()], "{before_end_ms}");
            assert_eq!(hall.health(0), "no_device", "{before_end_ms} {on_its_way}");
            hall.change(0, Change::Frozen(false));
            hall.pass(1200);
            assert_eq!(hall.statuses(0, &ids), vec![Status::Played; ids.len()], "{before_end_ms}");
            assert_eq!(hall.health(0), "ok", "{before_end_ms} {on_its_way}");
        }
    }
}

#[test]
fn a_frozen_player_is_not_asked_from_what_is_kept_for_handing_over() {
    let mut hall = Hall::with(1, 60);
    let ids = hall.ask(0, 35..60);
    let client_id = hall.djs[0].client_id.clone();
    while hall.sim.usage(&client_id).calls < 54 || !hall.statuses(0, &ids).contains(&Status::HandedOver) {
        hall.pass(1);
        assert!(hall.status(0, &ids[24]) == Status::Approved, "the reserve was not reached with all songs");
    }
    freeze(&hall, 400);
    let calls = hall.sim.usage(&client_id).calls;
    hall.pass(60);
    let calls = hall.sim.usage(&client_id).calls - calls;
    assert!(calls <= 2, "{calls} calls within a minute");
}

#[test]
fn a_song_on_repeat_stands_nowhere_and_is_followed_as_before() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::Context(vec![uri(0)]));
    // A second after each end it is looked at, and then left alone for half a minute.
    hall.pass(27);
    for song in 1..=8 {
        hall.pass(189);
        let looks = hall.calls(0, LOOK);
        hall.pass(25);
        assert_eq!(hall.calls(0, LOOK), looks, "song {song}");
    }
    assert_eq!(hall.health(0), "ok");
}
