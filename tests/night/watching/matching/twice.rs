//! A recording that is on the list already, or was heard, is no second request.

use partyplaylist::domain::{Act, CLASH, HEARD, MatchState, RequestId, Status};

use super::{battery_heart, shown, state};
use crate::watching::hall::{Hall, uri};

#[test]
fn a_song_that_is_on_the_list_by_its_address_is_no_second_wish_whatever_either_is_called() {
    // Found for it by the box, and said by the DJ of a wish that is called so already.
    for by_the_dj in [false, true] {
        let mut hall = Hall::of(1);
        let typed = hall.song(0, "Battery Heart", "The Tin Robots");
        if by_the_dj {
            hall.host(0, async |host| drop(host.choose(&typed, None).await.unwrap()));
        }
        let listed = hall.wish(0, "By another name", Some(uri(45)));
        assert_ne!(typed, listed);
        if by_the_dj {
            let refused = hall.host(0, async |host| host.choose(&typed, Some(battery_heart())).await.unwrap_err());
            assert!(refused.to_string().contains("on the list already"), "{refused}");
        } else {
            hall.pass(5);
            let one = shown(&hall, 0, &typed);
            assert_eq!(one.view.matching.state, MatchState::Unmatched);
            assert!(one.reason.as_ref().unwrap().contains("on the list already"), "{one:?}");
        }
        hall.pass(900);
        assert_eq!((hall.status(0, &listed), hall.status(0, &typed)), (Status::Played, Status::Approved));
        assert_eq!(hall.heard(0), [uri(45)]);
    }
}

/// How the wish that stood in the way goes, and what becomes of the other by that.
type Gone = (&'static str, fn(&mut Hall, &RequestId), Status);

#[test]
fn a_wish_that_another_stood_in_the_way_of_is_found_by_itself_once_that_one_has_gone() {
    let ways: [Gone; 4] = [
        (
            "rejected",
            |hall, other| drop(hall.host(0, async |host| host.act(other, Act::Reject).await.unwrap())),
            Status::Played,
        ),
        (
            "deleted",
            |hall, other| drop(hall.host(0, async |host| host.delete_request(other).await.unwrap())),
            Status::Played,
        ),
        (
            "by hand",
            |hall, other| drop(hall.host(0, async |host| host.choose(other, None).await.unwrap())),
            Status::Played,
        ),
        // What was heard since is not heard twice unless the DJ says so.
        (
            "played",
            |hall, other| drop(hall.host(0, async |host| host.act(other, Act::Finish).await.unwrap())),
            Status::Approved,
        ),
    ];
    for (way, goes, comes_to) in ways {
        let mut hall = Hall::of(1);
        let typed = hall.song(0, "Battery Heart", "The Tin Robots");
        let other = hall.wish(0, "By another name", Some(uri(45)));
        hall.pass(60);
        let one = shown(&hall, 0, &typed);
        assert!(one.reason.unwrap().contains("on the list already"), "{way}");
        assert!(one.view.matching.candidates.is_empty(), "{way}: what cannot be chosen is offered");
        let searched = hall.calls(0, "GET /search");
        goes(&mut hall, &other);
        hall.pass(5);
        let one = shown(&hall, 0, &typed);
        let is_found = comes_to == Status::Played;
        let found = if is_found { MatchState::Matched } else { MatchState::Unmatched };
        assert_eq!((one.view.matching.state, hall.calls(0, "GET /search")), (found, searched), "{way}");
        hall.pass(900);
        assert_eq!((hall.status(0, &typed), hall.heard(0).len()), (comes_to, usize::from(is_found)), "{way}");
        if !is_found {
            let one = shown(&hall, 0, &typed);
            assert!(one.reason.as_ref().unwrap().contains("was played since"), "{way}: {one:?}");
            let again = one.view.matching.candidates[0].uri.clone();
            let again = hall.peek(0, async |host| host.track(again).await.unwrap());
            hall.host(0, async |host| drop(host.choose(&typed, again).await.unwrap()));
            hall.pass(600);
            assert_eq!(hall.heard(0), [uri(45)], "{way}");
        }
    }
}

#[test]
fn what_the_dj_is_told_of_a_song_heard_meanwhile_is_true_once_that_is_on_the_list_again_or_gone() {
    let mut hall = Hall::of(1);
    let typed = hall.song(0, "Battery Heart", "The Tin Robots");
    let other = hall.wish(0, "By another name", Some(uri(45)));
    hall.pass(60);
    let told = |hall: &mut Hall| {
        hall.pass(5);
        let one = shown(hall, 0, &typed);
        (one.reason.unwrap_or_default(), one.view.matching.candidates.len())
    };
    for _ in 0..2 {
        hall.host(0, async |host| host.act(&other, Act::Finish).await.unwrap());
        assert_eq!(told(&mut hall), (HEARD.into(), 1));
        // What cannot be chosen is not offered.
        hall.host(0, async |host| host.undo(&other, None).await.unwrap());
        assert_eq!(told(&mut hall), (CLASH.into(), 0));
    }
    hall.host(0, async |host| host.act(&other, Act::Finish).await.unwrap());
    assert_eq!(told(&mut hall), (HEARD.into(), 1));
    let searched = hall.calls(0, "GET /search");
    hall.host(0, async |host| host.delete_request(&other).await.unwrap());
    assert_eq!(told(&mut hall), (String::new(), 0));
    assert_eq!((state(&hall, &typed), hall.calls(0, "GET /search")), (MatchState::Matched, searched));
}

#[test]
fn a_song_typed_by_hand_while_it_plays_is_not_said_to_have_been_played_since() {
    let mut hall = Hall::of(1);
    let first = hall.ask(0, [45]).remove(0);
    hall.pass(230);
    assert_eq!(hall.status(0, &first), Status::Playing);
    let again = hall.song(0, "Battery Heart", "The Tin Robots");
    assert_ne!(first, again);
    hall.pass(5);
    let one = shown(&hall, 0, &again);
    assert_eq!((one.view.matching.state, one.reason), (MatchState::Matched, None));
    hall.pass(600);
    assert_eq!((hall.status(0, &again), hall.heard(0)), (Status::Played, vec![uri(45); 2]));
}
