//! The box is killed in the middle of its work.

use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::ledger::{Ledger, begin, faults, folder, titles};
use crate::times;
use crate::venue::Venue;

const SUBMITTERS: usize = 16;
/// Rounds on one data folder before a fresh one, so that a list does not grow without end.
const ROUNDS_A_FOLDER: usize = 25;

#[test]
fn a_box_killed_at_any_moment_has_every_wish_it_answered() {
    let rounds = times(6, 500);
    let (mut dice, mut acked, mut resent, mut starts) = (Dice::new(0x5eed), 0, 0, Vec::new());
    let (mut lost, mut doubled, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
    for first in (0..rounds).step_by(ROUNDS_A_FOLDER) {
        let ledger = Ledger::default();
        let mut venue = Venue::of(folder(), &[]);
        let (_, mut guests) = begin(&venue, SUBMITTERS);
        for _ in first..rounds.min(first + ROUNDS_A_FOLDER) {
            let more = 1 + dice.below(120);
            let dir = {
                let venue = std::cell::Cell::new(Some(venue));
                ledger.while_asking(&guests, Duration::ZERO, None, || {
                    ledger.await_more(more);
                    venue.take().unwrap().kill()
                })
            };
            let began = Instant::now();
            venue = Venue::of(dir, &[]);
            starts.push(began.elapsed());
            for guest in &mut guests {
                guest.move_to(&venue);
            }
            // Who got no answer asks again under the same key, as the page does.
            let again = std::mem::take(&mut *ledger.open.lock().unwrap());
            resent += again.len();
            for (title, key) in again {
                assert!(ledger.ask(&mut guests[0], &title, &key, None));
            }
            assert_eq!(ledger.refusals(), [], "a wish sent again was refused");
        }
        let dir = venue.kill();
        let file = dir.path().join("partyplaylist.db");
        damaged.extend(faults(&file));
        lost.extend(ledger.missing(&file, |_| true));
        doubled.extend(titles(&file).into_iter().filter(|(_, n)| *n > 1));
        acked += ledger.acked();
    }
    starts.sort_unstable();
    let (median, worst) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    println!(
        "| kill -9 | submitters | acknowledged | sent again | lost | doubled | damaged files | start, median / worst ms |"
    );
    println!(
        "| {rounds} | {SUBMITTERS} | {acked} | {resent} | {} | {} | {} | {} / {} |",
        lost.len(),
        doubled.len(),
        damaged.len(),
        median.as_millis(),
        worst.as_millis()
    );
    assert_eq!((lost, doubled, damaged), (vec![], vec![], vec![]));
    assert!(median < Duration::from_secs(1), "a start takes {median:?}");
}
