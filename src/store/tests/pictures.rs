//! What is kept of a party in memory is what reading the file anew finds, whatever happened.

use std::sync::Arc;

use rusqlite::Connection;

use super::counts::{Dice, step};
use super::{Clock, Party, Timestamp, queued, song};
use crate::domain::{Address, GuestId, Username};
use crate::store::party::views::pictures::Pictures;

const STEPS: u64 = 400;
const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// Everything anybody is shown of the party.
async fn shown(party: &Party) -> String {
    let address = Address::parse("http://10.0.0.7:8000").unwrap();
    let name = Username::parse("djane").unwrap();
    let (board, requests) = (party.host.board(&address).await, party.host.listing(None, None).await);
    let mut all = vec![format!("{board:?}"), format!("{requests:?}")];
    for guest in &party.guests {
        let inside = party.store.guest(&name, guest.guest_id()).await.map(|guest| guest.event_id().clone());
        let standings = party.host.standing(&queued(3)).await;
        all.push(format!("{inside:?} {:?} {standings:?}", guest.party().await));
    }
    all.join("\n")
}

/// The same where nothing was kept.
async fn anew(party: &Party) -> String {
    party.store.memory::<Pictures>().forget(party.host.id(), &party.store.freshness().await.unwrap());
    shown(party).await
}

#[test]
fn whatever_is_done_the_party_in_memory_is_the_one_in_the_file() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for order in ["fair", "votes"] {
        runtime.block_on(async {
            let party = Party::by(Clock::of(|| NOW), 9, order).await;
            let mut dice = Dice(20_261_127);
            let mut versions = Vec::new();
            for n in 0..STEPS {
                step(&party, &mut dice).await;
                match dice.below(30) {
                    0 => drop(party.host.mute(party.guests[0].guest_id(), dice.below(2) == 0).await),
                    1 => drop(party.host.announce(None).await),
                    2 => drop(party.host.clear_waiting().await),
                    _ => {}
                }
                let kept = shown(&party).await;
                assert_eq!(kept, anew(&party).await, "after step {n}");
                // Only every third step begins with a picture that was just read whole.
                for _ in 0..dice.below(3) {
                    step(&party, &mut dice).await;
                    versions.push(party.host.event().await.unwrap().unwrap().version);
                }
            }
            assert!(versions.last().unwrap() > &200, "{:?}", versions.last());
        });
    }
}

#[test]
fn who_was_just_answered_sees_what_came_of_it_whoever_else_writes_and_reads() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Arc::new(Party::with(40, "votes").await);
        let mut writers = Vec::new();
        for (at, guest) in party.guests.iter().cloned().enumerate() {
            writers.push(tokio::spawn(async move {
                for n in 0..150 {
                    let id = queued(i64::try_from((at * 7 + n) % 40).unwrap());
                    let give = n % 3 != 2;
                    let told = guest.vote(&id, give).await.unwrap();
                    let party = guest.party().await.unwrap();
                    assert_eq!(party.voted.contains(&id), give, "vote {n} of guest {at}");
                    assert!(party.shared.queue.iter().any(|song| song.id == told.id), "{id:?} is gone");
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[test]
fn a_hundred_who_wait_for_their_places_are_told_by_two_readings_at_most() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(40, "votes").await;
        party.guests[0].vote(&queued(3), true).await.unwrap();
        party.host.mute(party.guests[1].guest_id(), true).await.unwrap();
        let asked: Vec<_> = (0..100)
            .map(|_| {
                let host = party.host.clone();
                tokio::spawn(async move { host.picture().await.unwrap() })
            })
            .collect();
        let mut readings = Vec::new();
        for picture in asked {
            readings.push(Arc::as_ptr(&picture.await.unwrap()));
        }
        readings.dedup();
        assert!(readings.len() <= 2, "{} readings", readings.len());
    });
}

#[test]
fn what_another_program_writes_is_shown_at_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(9, "arrival").await;
        let before = shown(&party).await;
        let conn = Connection::open(&party.file).unwrap();
        let sqls = [
            ("UPDATE requests SET title = 'Another' WHERE id = 'line-3'", "Another"),
            ("UPDATE users SET display_name = 'Renamed'", "Renamed"),
            ("UPDATE users SET status = 'suspended'", "NotFound"),
        ];
        for (sql, sign) in sqls {
            assert!(!before.contains(sign));
            conn.execute(sql, []).unwrap();
            assert!(shown(&party).await.contains(sign), "{sign} does not show");
        }
    });
}

#[test]
fn a_party_nobody_looks_at_any_more_is_let_go_of_and_found_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clock = Arc::new(std::sync::atomic::AtomicI64::new(NOW.0));
        let source = clock.clone();
        let party =
            Party::by(Clock::of(move || Timestamp(source.load(std::sync::atomic::Ordering::SeqCst))), 9, "fair").await;
        let kept = || party.store.memory::<Pictures>().count();
        shown(&party).await;
        party.store.prune_pictures().await.unwrap();
        assert_eq!(kept(), 1);
        clock.fetch_add(11 * 60 * 1000, std::sync::atomic::Ordering::SeqCst);
        party.store.prune_pictures().await.unwrap();
        assert_eq!(kept(), 0);
        party.guests[0].submit(song("Meanwhile"), None).await.unwrap();
        assert_eq!(shown(&party).await, anew(&party).await);
    });
}

#[test]
fn nobody_is_let_in_by_a_picture_but_its_own_guests() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(3, "fair").await;
        let name = Username::parse("djane").unwrap();
        shown(&party).await;
        assert!(party.store.guest(&name, party.guests[0].guest_id()).await.is_ok());
        let stranger = GuestId::fresh();
        assert!(party.store.guest(&name, &stranger).await.is_err());
        party.host.end_event().await.unwrap();
        assert!(party.store.guest(&name, party.guests[0].guest_id()).await.is_err(), "the event is over");
    });
}
