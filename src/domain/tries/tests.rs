use super::{Asked, RequestId, Timestamp, Tries, Turn};
use crate::domain::{Song, Status};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn wishes() -> Vec<Asked> {
    let wish =
        |title: &str| Asked { id: RequestId::fresh(), status: Status::Approved, song: Song::named(title, "Somebody") };
    ["A", "B"].map(wish).into()
}

/// Whose turn it is at Spotify, once what the box knows was looked through.
fn there(tries: &mut Tries, wishes: &[Asked], now: Timestamp) -> Turn {
    loop {
        match tries.turn(wishes, |_| true, now) {
            Turn::Here(_) => {}
            other => return other,
        }
    }
}

#[test]
fn what_the_box_knows_is_looked_through_once_for_each_wish_whoever_may_be_asked() {
    let (mut tries, wishes) = (Tries::default(), wishes());
    for wish in &wishes {
        assert_eq!(tries.turn(&wishes, |_| false, NOW), Turn::Here(wish.clone()));
    }
    assert_eq!(tries.turn(&wishes, |_| false, NOW), Turn::Rest(None));
    assert_eq!(tries.turn(&wishes, |_| true, NOW), Turn::There(wishes[0].clone()));
}

#[test]
fn a_wish_whose_search_fails_lets_the_others_go_first_and_is_asked_again_later() {
    let (mut tries, wishes) = (Tries::default(), wishes());
    assert!(!tries.failed(&wishes[0].id, NOW));
    assert_eq!(there(&mut tries, &wishes, NOW), Turn::There(wishes[1].clone()));
    assert!(!tries.failed(&wishes[1].id, NOW.plus_ms(2_000)));
    assert_eq!(there(&mut tries, &wishes, NOW.plus_ms(2_000)), Turn::Rest(Some(NOW.plus_ms(30_000))));
    assert!(!tries.failed(&wishes[0].id, NOW.plus_ms(30_000)), "none was answered: it is no fault of the words");
    tries.answered();
    assert!(tries.failed(&wishes[0].id, NOW.plus_ms(90_000)));
}

#[test]
fn nobody_is_asked_while_all_rest() {
    let (mut tries, wishes) = (Tries::default(), wishes());
    assert_eq!(tries.rest(9_000, NOW), NOW.plus_ms(9_000));
    assert_eq!(there(&mut tries, &wishes, NOW), Turn::Rest(Some(NOW.plus_ms(9_000))));
    assert_eq!(there(&mut tries, &wishes, NOW.plus_ms(9_000)), Turn::There(wishes[0].clone()));
}

#[test]
fn one_wish_after_the_other_that_fails_has_all_rest_longer_until_one_is_answered_and_one_alone_holds_up_none() {
    let mut tries = Tries::default();
    let rest = |tries: &mut Tries, id: &RequestId| {
        tries.failed(id, NOW);
        tries.rest(2_000, NOW).ms_since(NOW)
    };
    let alone = RequestId::fresh();
    assert_eq!([0; 5].map(|_| rest(&mut tries, &alone)), [2_000; 5]);
    let rests = [0; 5].map(|_| rest(&mut tries, &RequestId::fresh()));
    assert_eq!(rests, [30_000, 60_000, 120_000, 300_000, 300_000]);
    tries.answered();
    assert_eq!(rest(&mut tries, &alone), 2_000);
}
