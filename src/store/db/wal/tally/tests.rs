//! What a row of events and looks comes to.

use super::{Duration, Occupancy, Search, Seen};

fn nobody(whole: bool) -> Search {
    Search { holders: Vec::new(), whole }
}

fn search(seen: &mut Seen, whole: bool) -> Occupancy {
    let at = seen.events();
    seen.found(nobody(whole), at, Duration::ZERO);
    seen.occupancy()
}

#[test]
fn what_cannot_be_seen_is_counted_and_zero_means_zero() {
    let mut seen = Seen::new(false);
    assert_eq!((seen.occupancy(), search(&mut seen, false)), (Occupancy::Unknown, Occupancy::Free));
    seen.opened(0);
    seen.opened(0);
    seen.closed(0);
    assert_eq!((seen.free(), search(&mut seen, false)), (None, Occupancy::Unseen), "two opens and one close");
    assert_eq!(search(&mut seen, true), Occupancy::Unseen, "one who is in no list was forgotten");
    seen.closed(0);
    assert_eq!(search(&mut seen, true), Occupancy::Free);
    seen.opened(0);
    seen.opened(1);
    seen.closed(0);
    assert_eq!(search(&mut seen, false), Occupancy::Unseen, "one file's close is not the other's");
    seen.closed(1);
    seen.closed(1);
    assert_eq!(search(&mut seen, false), Occupancy::Free);
    seen.opened(1);
    assert_eq!(search(&mut seen, false), Occupancy::Unseen, "a close too many counts for the next open");
    seen.forget(None);
    assert_eq!((seen.occupancy(), seen.free()), (Occupancy::Free, Some(seen.opens())));
    seen.opened(0);
    seen.closed(0);
    assert_eq!(search(&mut seen, false), Occupancy::Free, "what was forgotten counts again");
}

#[test]
fn who_could_not_be_seen_is_not_gone_because_events_were_lost() {
    let mut seen = Seen::new(false);
    seen.opened(0);
    seen.overflow();
    assert_eq!(search(&mut seen, false), Occupancy::Unseen, "lost events made somebody go");
    seen.closed(0);
    assert_eq!(search(&mut seen, false), Occupancy::Unseen, "what was lost may have been an open");
    seen.sure = Duration::ZERO;
    assert_eq!(search(&mut seen, true), Occupancy::Free, "whoever sees everybody need not count for long");
    seen.overflow();
    seen.forget(None);
    seen.opened(0);
    seen.closed(0);
    assert_eq!(search(&mut seen, false), Occupancy::Free, "it is waited for without end");
}

#[test]
fn a_count_that_is_wrong_is_corrected_once_nobody_can_have_been_there_for_a_while() {
    let mut seen = Seen::new(false);
    seen.sure = Duration::ZERO;
    seen.opened(0);
    assert_eq!(search(&mut seen, false), Occupancy::Unseen, "somebody may be there");
    assert!(search(&mut seen, true) == Occupancy::Free && !seen.counts_somebody());
    seen.sure = super::SURE;
    seen.opened(0);
    search(&mut seen, true);
    let begun = seen.nobody_since;
    assert_eq!((search(&mut seen, true), seen.nobody_since), (Occupancy::Unseen, begun), "the wait began anew");
    seen.opened(1);
    search(&mut seen, true);
    assert!(seen.nobody_since > begun, "somebody has come since");
    search(&mut seen, false);
    assert_eq!(seen.nobody_since, None, "somebody may be there again");
}

#[test]
fn a_search_is_worth_nothing_once_something_has_happened() {
    let mut seen = Seen::new(false);
    seen.found(nobody(true), 0, Duration::ZERO);
    assert_eq!(seen.free(), Some(0));
    seen.opened(0);
    seen.found(nobody(true), 0, Duration::ZERO);
    assert_eq!(seen.free(), None);
    assert!(seen.want() && !seen.want() && seen.due_in().is_some());
}

#[test]
fn a_command_is_waited_for_no_longer_than_it_runs_and_a_copy_may_take_the_wal_next() {
    let mut seen = Seen::new(false);
    seen.want();
    for file in [0, 1] {
        seen.opened(file);
    }
    for file in [1, 0] {
        seen.closed(file);
    }
    assert!(seen.due_in().unwrap() <= super::SETTLED);
    seen.opened(0);
    seen.closed(0);
    assert!(seen.due_in().unwrap() > super::SETTLED);
}
