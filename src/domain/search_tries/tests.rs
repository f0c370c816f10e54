//! When a search that failed is tried again.

use super::{Failure, OpenRequest, RequestId, Timestamp, Tries, Turn};
use crate::domain::{Song, SpotifyTrouble, Status};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn requests() -> Vec<OpenRequest> {
    ["A", "B"].map(request).into()
}

fn request(title: &str) -> OpenRequest {
    OpenRequest { id: RequestId::fresh(), status: Status::Approved, song: Song::named(title, "Somebody") }
}

/// Whose turn it is at Spotify, once what the box knows was looked through.
fn there(tries: &mut Tries, requests: &[OpenRequest], now: Timestamp) -> Turn {
    loop {
        match tries.turn(requests, |_| true, now) {
            Turn::Here(_) => {}
            other => return other,
        }
    }
}

#[test]
fn what_the_box_knows_is_looked_through_once_for_each_wish_whoever_may_be_asked() {
    let (mut tries, requests) = (Tries::default(), requests());
    for request in &requests {
        assert_eq!(tries.turn(&requests, |_| false, NOW), Turn::Here(request.clone()));
    }
    assert_eq!(tries.turn(&requests, |_| false, NOW), Turn::Rest(None));
    assert_eq!(tries.turn(&requests, |_| true, NOW), Turn::There(requests[0].clone()));
}

#[test]
fn a_wish_whose_search_fails_lets_the_others_go_first_and_is_asked_again_later() {
    let (mut tries, requests) = (Tries::default(), requests());
    assert!(!tries.failed(&requests[0], Failure::Silence, NOW));
    assert_eq!(there(&mut tries, &requests, NOW), Turn::There(requests[1].clone()));
    assert!(!tries.failed(&requests[1], Failure::Silence, NOW.plus_ms(2_000)));
    assert_eq!(there(&mut tries, &requests, NOW.plus_ms(2_000)), Turn::Rest(Some(NOW.plus_ms(30_000))));
    assert_eq!(
        there(&mut tries, &requests, NOW.plus_ms(30_000)),
        Turn::There(requests[0].clone()),
        "to the millisecond"
    );
    assert!(
        !tries.failed(&requests[0], Failure::Silence, NOW.plus_ms(30_000)),
        "none was answered: it is no fault of the words"
    );
    tries.answered();
    assert!(tries.failed(&requests[0], Failure::Silence, NOW.plus_ms(90_000)));
}

#[test]
fn nobody_is_asked_while_all_rest() {
    let (mut tries, requests) = (Tries::default(), requests());
    assert_eq!(tries.rest(9_000, NOW), NOW.plus_ms(9_000));
    assert_eq!(there(&mut tries, &requests, NOW), Turn::Rest(Some(NOW.plus_ms(9_000))));
    assert_eq!(there(&mut tries, &requests, NOW.plus_ms(9_000)), Turn::There(requests[0].clone()));
}

#[test]
fn one_wish_after_the_other_that_fails_has_all_rest_longer_until_one_is_answered_and_one_alone_holds_up_none() {
    let mut tries = Tries::default();
    let rest = |tries: &mut Tries, one: &OpenRequest| {
        tries.failed(one, Failure::Silence, NOW);
        tries.rest(2_000, NOW).ms_since(NOW)
    };
    let alone = request("Alone");
    assert_eq!([0; 5].map(|_| rest(&mut tries, &alone)), [2_000; 5]);
    let rests = [0; 5].map(|_| rest(&mut tries, &request("Another")));
    assert_eq!(rests, [30_000, 60_000, 120_000, 300_000, 300_000]);
    tries.answered();
    assert_eq!(rest(&mut tries, &alone), 2_000);
}

#[test]
fn the_words_of_one_wish_are_at_fault_and_those_of_one_after_the_other_are_not() {
    let (mut tries, requests) = (Tries::default(), requests());
    let question = || Failure::Question("Bad request".into());
    assert!(tries.failed(&requests[0], question(), NOW));
    assert_eq!(tries.trouble(), None);
    assert!(!tries.failed(&requests[1], question(), NOW));
    let all = SpotifyTrouble::Searches { titles: ["A", "B"].map(str::to_owned).into(), why: "Bad request".into() };
    assert_eq!((tries.trouble(), tries.acquit()), (Some(all), Some(requests[0].id.clone())));
    assert_eq!(tries.acquit(), None, "once");
    assert!(!tries.failed(&requests[0], question(), NOW));
    // Whoever is refused though another was answered has words of their own to thank.
    tries.answered();
    assert_eq!(tries.trouble(), None);
    assert!(tries.failed(&requests[1], question(), NOW) && tries.failed(&requests[0], question(), NOW));
    assert_eq!(tries.trouble(), None);
    assert!(!tries.failed(&request("C"), Failure::Silence, NOW));
    assert!(tries.failed(&request("D"), question(), NOW) && tries.trouble().is_none(), "nobody refused the other");
}

#[test]
fn a_refusal_whose_wish_has_gone_makes_no_banner_and_takes_no_blame_from_the_next() {
    let (mut tries, requests) = (Tries::default(), requests());
    let question = || Failure::Question("Bad request".into());
    let later = NOW.plus_ms(1);
    assert_eq!(tries.refused(), None);
    assert!(tries.failed(&requests[0], question(), NOW) && !tries.failed(&requests[1], question(), later));
    let both = requests.iter().map(|request| request.id.clone()).collect();
    assert_eq!(tries.refused(), Some((both, later)));
    tries.keep(&[requests[1].id.clone()].into());
    assert_eq!((tries.trouble(), tries.acquit()), (None, None));
    tries.keep(&[].into());
    assert_eq!(tries.refused(), None);
    assert!(tries.failed(&request("C"), question(), NOW), "the first of its row");
}
