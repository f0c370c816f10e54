//! Searches that Spotify refuses: whose fault it is, and what the DJ is told.

use partyplaylist::domain::{Act, MatchState, RequestId, Status};
use partyplaylist::engine::{Search, Searcher, Spotify};
use partyplaylist::spotify::simulator::{Change, Trouble};

use super::{shown, state};
use crate::watching::hall::Hall;

#[test]
fn words_that_spotify_refuses_are_amber_at_once_though_nothing_else_is_searched_for() {
    for trouble in [400, 413, 414, 422].map(Trouble::Malformed).into_iter().chain([Trouble::Restricted]) {
        let mut hall = Hall::of(1);
        for what in ["Odd Words Nobody", "Odder Words Nobody"] {
            hall.change(0, Change::Refuse { what: what.to_owned(), trouble: Some(trouble) });
        }
        // Of the one its title alone is refused too.
        let title_too = trouble != Trouble::Restricted;
        let refused = title_too.then_some(trouble);
        hall.change(0, Change::Refuse { what: "Odder Words".to_owned(), trouble: refused });
        let ids = ["Odd Words", "Odder Words"].map(|title| hall.song(0, title, "Nobody"));
        hall.pass(5);
        for id in &ids {
            let one = shown(&hall, 0, id);
            let amber = (Status::Approved, MatchState::Unmatched);
            assert_eq!((one.view.status, one.view.matching.state), amber, "{trouble:?}: {}", one.view.title);
            assert!(one.reason.unwrap().starts_with("Not found on Spotify"), "{trouble:?}");
        }
        assert_eq!(hall.calls(0, "GET /search"), 4, "{trouble:?}");
        // It is known what to do about it, and nobody is asked again.
        hall.pass(900);
        assert_eq!(hall.calls(0, "GET /search"), 4, "{trouble:?}");
    }
}

#[test]
fn every_search_answered_400_turns_no_wish_amber_and_the_dj_is_told_once() {
    for trouble in [Trouble::Malformed(400), Trouble::Restricted] {
        let mut hall = Hall::of(1);
        hall.fault(0, "GET /search", (trouble, false), None);
        let good = hall.ask(0, [41, 42]);
        let mut ids: Vec<RequestId> = (0..5).map(|n| hall.song(0, &format!("Wish {n}"), "Nobody")).collect();
        let mut told = std::collections::BTreeSet::new();
        for _ in 0..120 {
            hall.pass(30);
            let amber = ids.iter().filter(|id| state(&hall, id) != MatchState::Searching).count();
            assert_eq!(amber, 0, "{trouble:?}");
            told.insert(hall.trouble(0).map(|notice| notice.sentence));
        }
        let calls = hall.calls(0, "GET /search");
        println!("{trouble:?}: {calls} searches in an hour: {told:?}");
        assert!(told.len() == 1 && calls <= 80, "{trouble:?}: {calls} searches in an hour: {told:?}");
        let told = told.pop_first().flatten().unwrap();
        assert!(told.contains("every search") && told.contains("“Wish 0”, “Wish 1”"), "{told}");
        assert_eq!(hall.statuses(0, &good), [Status::Played; 2], "what is found plays");
        // Nor is one that comes later.
        ids.push(hall.song(0, "Later", "Nobody"));
        hall.pass(600);
        assert!(ids.iter().all(|id| state(&hall, id) == MatchState::Searching), "{trouble:?}");
        hall.sim.heal();
        hall.pass(900);
        assert!(ids.iter().all(|id| state(&hall, id) == MatchState::Unmatched), "{trouble:?}");
        assert!(hall.trouble(0).is_none_or(|notice| !notice.sentence.contains("search")), "{trouble:?}");
    }
}

/// Two wishes typed by hand, each refused whatever is asked of it.
fn two_refused(hall: &mut Hall) -> [RequestId; 2] {
    for what in ["Odd Words Nobody", "Odd Words", "Odder Words Nobody", "Odder Words"] {
        hall.change(0, Change::Refuse { what: what.to_owned(), trouble: Some(Trouble::Malformed(400)) });
    }
    let ids = ["Odd Words", "Odder Words"].map(|title| hall.song(0, title, "Nobody"));
    hall.pass(300);
    let told = hall.trouble(0).unwrap().sentence;
    assert!(told.contains("every search") && told.ends_with("It says: Bad request"), "{told}");
    ids
}

#[test]
fn the_banner_of_refused_searches_goes_once_the_dj_has_seen_to_the_wishes() {
    for by_hand in [false, true] {
        let mut hall = Hall::of(1);
        for id in two_refused(&mut hall) {
            if by_hand {
                hall.host(0, async |host| drop(host.choose(&id, None).await.unwrap()));
            } else {
                hall.host(0, async |host| drop(host.act(&id, Act::Reject).await.unwrap()));
            }
        }
        hall.pass(300);
        assert_eq!(hall.trouble(0), None, "by hand: {by_hand}");
        assert_eq!(hall.health(0), "ok", "by hand: {by_hand}");
    }
}

#[test]
fn bad_words_are_amber_though_others_were_refused_hours_ago_that_have_gone() {
    let mut hall = Hall::of(1);
    for id in two_refused(&mut hall) {
        hall.host(0, async |host| drop(host.act(&id, Act::Reject).await.unwrap()));
    }
    hall.pass(7200);
    for what in ["Oddest Words Nobody", "Oddest Words"] {
        hall.change(0, Change::Refuse { what: what.to_owned(), trouble: Some(Trouble::Malformed(400)) });
    }
    let next = hall.song(0, "Oddest Words", "Nobody");
    hall.pass(300);
    assert_eq!((state(&hall, &next), hall.trouble(0)), (MatchState::Unmatched, None));
}

#[test]
fn the_banner_of_refused_searches_goes_once_a_guests_search_is_answered() {
    let mut hall = Hall::of(1);
    let ids = two_refused(&mut hall);
    let user = hall.djs[0].user.clone();
    let found = hall.runtime.block_on(async {
        let spotify = Spotify::new(&hall.store, hall.client(), hall.defaults());
        Search::new(&hall.store, &spotify).find(&user, "battery heart", Searcher::Guest).await
    });
    assert!(!found.is_empty());
    hall.pass(600);
    assert_eq!(hall.trouble(0), None);
    assert!(ids.iter().all(|id| state(&hall, id) == MatchState::Unmatched), "it is their words");
}

#[test]
fn a_wish_whose_search_fails_again_and_again_holds_up_no_other() {
    let mut hall = Hall::of(1);
    for what in ["Odd Words Nobody", "Odd Words"] {
        hall.change(0, Change::Refuse { what: what.to_owned(), trouble: Some(Trouble::Restricted) });
    }
    let odd = hall.song(0, "Odd Words", "Nobody");
    hall.pass(1800);
    assert_eq!(state(&hall, &odd), MatchState::Searching);
    let good = hall.song(0, "Battery Heart", "The Tin Robots");
    hall.pass(5);
    assert_eq!(state(&hall, &good), MatchState::Matched);
}

#[test]
fn while_every_search_is_refused_wishes_wait_and_few_calls_are_made() {
    for trouble in [Trouble::Restricted, Trouble::Broken(503), Trouble::Drop, Trouble::Expired] {
        let mut hall = Hall::of(1);
        hall.fault(0, "GET /search", (trouble, false), None);
        let ids: Vec<RequestId> = (0..50).map(|n| hall.song(0, &format!("Wish {n}"), "Nobody")).collect();
        hall.pass(3600);
        let calls = hall.calls(0, "GET /search");
        println!("{trouble:?}: {calls} searches in an hour");
        assert!(ids.iter().all(|id| state(&hall, id) == MatchState::Searching), "{trouble:?}");
        assert!(calls <= 80, "{trouble:?}: {calls} searches in an hour");
        hall.sim.heal();
        hall.pass(900);
        assert!(ids.iter().all(|id| state(&hall, id) == MatchState::Unmatched), "{trouble:?}");
    }
}
