//! What is kept for those who do not take their answers.

use super::super::table::{LEFT, PAGE};
use super::{Door, OTHER, PHONE, THIRD, at, was_told};

/// As many come from where they do, each to an answer of which so many bytes are in memory.
fn answered(of: impl IntoIterator<Item = ([u8; 4], usize)>) -> Door {
    let mut door = Door::of(usize::MAX);
    for (from, kept) in of {
        door.enter(at(from)).unwrap();
        let answering = door.newest().answered();
        door.inside.last_mut().unwrap().1 = Some(answering.with(Some(PAGE * 100), kept));
    }
    door
}

fn gone(door: &Door) -> Vec<usize> {
    door.inside.iter().enumerate().filter(|(_, (one, _))| was_told(one)).map(|(n, _)| n).collect()
}

#[test]
fn not_more_bytes_are_kept_than_may_be_for_those_who_take_none() {
    let pages = LEFT / PAGE;
    let door = answered([OTHER].into_iter().chain(std::iter::repeat_n(PHONE, pages)).map(|from| (from, PAGE)));
    let takes = |one: usize, takes: bool| door.inside[one].0.takes(takes);
    (0..pages).for_each(|one| takes(one, false));
    takes(2, true);
    takes(2, false);
    assert_eq!(gone(&door), [0; 0]);
    takes(pages, false);
    assert_eq!(gone(&door), [1], "of the phone's who has taken nothing for longest");
    takes(2, true);
    takes(1, false);
    assert_eq!(gone(&door), [0; 0], "who has gone keeps nothing");
}

#[test]
fn a_download_taken_slowly_goes_on_while_many_leave_their_answers_untaken() {
    let sixty = || (100..160).map(|last| [192, 168, 1, last]);
    for others in [sixty().collect::<Vec<_>>(), vec![PHONE; 60]] {
        // A file that is read as it is sent, on the same address as a crowd or on one of its own; and a page in memory.
        let some = [(OTHER, 0), (PHONE, 0), (THIRD, PAGE / 2)];
        let door = answered(some.into_iter().chain(others.into_iter().map(|from| (from, PAGE / 4))));
        for one in 3..door.inside.len() {
            for slow in 0..3 {
                door.inside[slow].0.takes(true);
                door.inside[slow].0.takes(false);
            }
            door.inside[one].0.takes(false);
        }
        let gone = gone(&door);
        assert!(gone.len() >= 8 && gone[0] == 3, "{gone:?}");
    }
}

#[test]
fn what_keeps_nothing_does_not_go_for_those_for_whom_much_is_kept() {
    let door =
        answered([(OTHER, 0), (PHONE, 0)].into_iter().chain(std::iter::repeat_n((PHONE, PAGE), LEFT / PAGE + 1)));
    // The downloads pause meanwhile.
    door.inside.iter().for_each(|(one, _)| one.takes(false));
    assert_eq!(gone(&door), [2]);
}

#[test]
fn of_what_is_read_as_it_is_sent_the_next_piece_waits_until_the_one_before_is_with_the_system() {
    let door = answered([(PHONE, 0), (OTHER, 0)]);
    let (one, answering) = (&door.inside[0].0, door.inside[0].1.as_ref().unwrap());
    assert!(!one.passed() && !answering.is_passing());
    answering.pass();
    assert!(answering.is_passing() && !door.inside[1].1.as_ref().unwrap().is_passing());
    assert!(one.passed() && !answering.is_passing() && !one.passed(), "it is asked for anew once, and then goes on");
}
