//! A song that Spotify will not take, and trouble with every song.

use partyplaylist::domain::{Act, Status};
use partyplaylist::spotify::simulator::{Change, Trouble};

use super::hall::{Hall, uri};

const ADD: &str = "POST /me/player/queue";

fn poison(hall: &Hall, what: &str, trouble: Option<Trouble>) {
    hall.change(0, Change::Refuse { what: what.to_owned(), trouble });
}

#[test]
fn a_song_spotify_refuses_for_itself_steps_aside_and_good_songs_behind_it_play() {
    for trouble in [Trouble::Restricted, Trouble::Broken(500), Trouble::Nowhere] {
        let mut hall = Hall::of(1);
        poison(&hall, &uri(40), Some(trouble));
        let ids = hall.ask(0, [40, 41, 42]);
        hall.pass(1200);
        assert_eq!(hall.statuses(0, &ids), [Status::Failed, Status::Played, Status::Played], "{trouble:?}");
        assert_eq!(hall.heard(0), [41, 42].map(uri), "{trouble:?}");
        let reason = hall.reason(0, &ids[0]).unwrap();
        assert!(reason.contains("took another") && reason.contains("bring it back"), "{trouble:?}: {reason}");
        let calls = hall.calls(0, ADD);
        println!("{trouble:?}: {calls} songs sent for two that play");
        assert!(calls <= 6, "{trouble:?}: {calls} songs sent");
        // Once it is to be had, a second thought brings it.
        poison(&hall, &uri(40), None);
        hall.host(0, async |host| host.act(&ids[0], Act::Retry).await.unwrap());
        hall.pass(600);
        assert_eq!((hall.status(0, &ids[0]), hall.heard(0).len()), (Status::Played, 3), "{trouble:?}");
    }
}

#[test]
fn a_song_refused_at_once_costs_the_one_behind_it_no_turn() {
    let mut hall = Hall::of(1);
    for song in [40, 41] {
        poison(&hall, &uri(song), Some(Trouble::Restricted));
    }
    let ids = hall.ask(0, [40, 41, 42, 43]);
    // The song that plays lasts 214 s.
    hall.pass(230);
    assert_eq!(hall.status(0, &ids[2]), Status::Playing);
    hall.pass(600);
    assert_eq!(hall.statuses(0, &ids), [Status::Failed, Status::Failed, Status::Played, Status::Played]);
}

#[test]
fn a_typed_wish_whose_search_is_refused_steps_aside() {
    for trouble in [Trouble::Restricted, Trouble::Broken(500)] {
        let mut hall = Hall::of(1);
        poison(&hall, "Odd Words Nobody", Some(trouble));
        let typed = hall.song(0, "Odd Words", "Nobody");
        let good = hall.ask(0, [41])[0].clone();
        hall.pass(500);
        assert_eq!(hall.statuses(0, &[typed, good]), [Status::Approved, Status::Played], "{trouble:?}");
    }
}

#[test]
fn a_refusal_of_every_song_fails_none_and_keeps_their_order() {
    for trouble in [Trouble::Restricted, Trouble::Broken(500), Trouble::Nowhere, Trouble::NoActiveDevice] {
        let mut hall = Hall::of(1);
        let ids = hall.ask(0, [40, 41, 42, 43, 44]);
        hall.fault(0, ADD, (trouble, false), None);
        let mut told = String::new();
        for _ in 0..120 {
            hall.pass(30);
            told = hall.trouble(0).map_or(told, |notice| notice.sentence);
        }
        let calls = hall.calls(0, ADD);
        println!("{trouble:?}: {calls} songs sent in an hour: {told}");
        assert_eq!(hall.statuses(0, &ids).iter().filter(|status| **status == Status::Failed).count(), 0, "{trouble:?}");
        assert!(calls <= 125, "{trouble:?}: {calls} songs sent in an hour");
        hall.sim.heal();
        hall.pass(2400);
        assert_eq!(hall.heard(0), [40, 41, 42, 43, 44].map(uri), "{trouble:?}");
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 5], "{trouble:?}");
    }
}

#[test]
fn a_song_that_is_alone_waits_is_named_and_steps_aside_as_another_comes() {
    let mut hall = Hall::of(1);
    poison(&hall, &uri(40), Some(Trouble::Restricted));
    let alone = hall.ask(0, [40]);
    hall.pass(210);
    assert_eq!(hall.statuses(0, &alone), [Status::Approved], "it may be trouble with every song");
    let told = hall.trouble(0).unwrap().sentence;
    assert!(told.contains("“Wish 40”") && told.contains("Restriction violated"), "{told}");
    hall.pass(1200);
    assert_eq!(hall.statuses(0, &alone), [Status::Approved]);
    let more = hall.ask(0, [41]);
    hall.pass(600);
    assert_eq!((hall.status(0, &alone[0]), hall.status(0, &more[0])), (Status::Failed, Status::Played));
    assert_eq!(hall.health(0), "ok");
}

#[test]
fn a_poison_song_comes_out_in_the_end_though_every_song_was_refused_before() {
    let mut hall = Hall::of(1);
    poison(&hall, &uri(40), Some(Trouble::Restricted));
    let ids = hall.ask(0, [40, 41, 42, 43]);
    hall.fault(0, ADD, (Trouble::Restricted, false), None);
    hall.pass(3600);
    hall.sim.heal();
    hall.pass(1800);
    assert_eq!(hall.status(0, &ids[0]), Status::Failed);
    assert_eq!(hall.statuses(0, &ids[1..]), [Status::Played; 3]);
    let mut heard = hall.heard(0);
    heard.sort();
    assert_eq!(heard, [41, 42, 43].map(uri), "each once");
}

#[test]
fn an_answer_lost_twice_is_not_the_songs_fault() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.fault(0, ADD, (Trouble::Drop, false), Some(3));
    hall.pass(1200);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
}
