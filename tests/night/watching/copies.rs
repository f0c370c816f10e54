//! A wish that stands in the DJ's own list as well.

use partyplaylist::domain::{RequestId, Status};
use partyplaylist::spotify::simulator::{Button, Change, Trouble};

use super::hall::{Hall, uri};

const QUEUE: &str = "GET /me/player/queue";

/// The first of two wishes is on its way, and a copy of it stands far behind in the DJ's own list.
fn copied(hall: &mut Hall) -> Vec<RequestId> {
    hall.change(0, Change::Context((1..9).chain([40]).map(uri).collect()));
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    assert_eq!(hall.seen(0).queued, [uri(40)]);
    ids
}

#[test]
fn a_song_skipped_before_anybody_looked_is_not_waited_for_because_of_its_copy() {
    for looks_into_the_queue in [true, false] {
        let mut hall = Hall::of(1);
        if !looks_into_the_queue {
            hall.fault(0, QUEUE, (Trouble::Drop, false), Some(1));
        }
        let ids = copied(&mut hall);
        hall.change(0, Change::Press(Button::Next));
        hall.change(0, Change::Press(Button::Next));
        hall.pass(60);
        // Never seen in the queue, it may have played in another recording.
        let fate = if looks_into_the_queue { Status::Failed } else { Status::Played };
        assert_eq!(hall.status(0, &ids[0]), fate, "{looks_into_the_queue}");
        hall.pass(400);
        assert_eq!(hall.heard(0), [40, 41].map(uri), "{looks_into_the_queue}");
    }
}

#[test]
fn the_queue_is_looked_into_once_for_each_song_and_not_from_a_budget_that_has_to_last() {
    for (budget, each) in [(1000, 1), (100, 0)] {
        let mut hall = Hall::with(1, budget);
        hall.ask(0, 40..53);
        hall.pass(700);
        let songs = hall.seen(0).added.len();
        assert_eq!((songs, hall.calls(0, QUEUE)), (3, 3 * each), "{budget} calls a day");
    }
}
