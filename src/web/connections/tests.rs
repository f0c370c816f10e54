//! Who gets a connection when there are too many, and who loses one.

use std::net::{Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::table::{BEGUN, BEHIND, LARGE, WAITING};
use super::{Answering, Connection, Connections, SMALL};

mod untaken;

const PHONE: [u8; 4] = [192, 168, 1, 2];
const OTHER: [u8; 4] = [192, 168, 1, 3];
const THIRD: [u8; 4] = [192, 168, 1, 4];

fn at(ip: [u8; 4]) -> SocketAddr {
    (ip, 4711).into()
}

/// Those who come one after the other; each who is told to go goes.
struct Door {
    all: Arc<Connections>,
    inside: Vec<(Arc<Connection>, Option<Answering>)>,
}

impl Door {
    fn of(places: usize) -> Self {
        Self { all: Connections::up_to(places), inside: vec![] }
    }

    /// Lets somebody in; answers who had to go for it, and `None` where nobody is let in.
    fn enter(&mut self, from: impl Into<SocketAddr>) -> Option<Vec<u64>> {
        let (all, inside) = (self.all.clone(), &mut self.inside);
        let mut entering = Box::pin(all.enter(from.into()));
        let mut gone = Vec::new();
        loop {
            let entered = now(entering.as_mut());
            inside.retain(|(one, _)| {
                let goes = was_told(one);
                gone.extend(goes.then_some(one.id));
                !goes
            });
            if let Some(entered) = entered {
                inside.push((entered?, None));
                return Some(gone);
            }
        }
    }

    fn newest(&self) -> &Arc<Connection> {
        &self.inside.last().unwrap().0
    }

    fn answer_newest(&mut self) {
        let answering = self.newest().answered();
        self.inside.last_mut().unwrap().1 = Some(answering);
    }

    fn ids(&self) -> Vec<u64> {
        self.inside.iter().map(|(one, _)| one.id).collect()
    }
}

fn now<T>(future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn was_told(connection: &Connection) -> bool {
    now(std::pin::pin!(connection.must_go())).is_some()
}

#[test]
fn who_is_silent_longest_goes_for_who_comes() {
    let mut door = Door::of(3);
    for _ in 0..3 {
        assert_eq!(door.enter(at(PHONE)), Some(vec![]));
    }
    let ids = door.ids();
    assert_eq!(door.enter(at(PHONE)), Some(vec![ids[0]]));
    assert_eq!(door.enter(at(PHONE)), Some(vec![ids[1]]));
    door.inside.pop();
    assert_eq!(door.enter(at(OTHER)), Some(vec![]), "a place that was left is free");
}

#[test]
fn a_phone_with_many_connections_pushes_out_its_own_and_nobody_elses() {
    let mut door = Door::of(10);
    door.enter(at(OTHER)).unwrap();
    let guest = door.newest().id;
    for _ in 0..100 {
        door.enter(at(PHONE)).unwrap();
    }
    door.enter(at(THIRD)).unwrap();
    assert!(door.ids().contains(&guest));
    // All addresses of one network card in a network of IPv6 are one.
    let mut door = Door::of(4);
    door.enter(at(OTHER)).unwrap();
    for last in 0..100 {
        door.enter((Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 9, 9, 9, last), 4711)).unwrap();
    }
    assert_eq!(door.inside[0].0.from, at(OTHER));
}

#[test]
fn of_many_addresses_with_one_connection_each_the_oldest_goes() {
    let mut door = Door::of(3);
    for last in [9, 200, 100] {
        door.enter(at([192, 168, 1, last])).unwrap();
    }
    let oldest = door.ids()[0];
    assert_eq!(door.enter(at([192, 168, 1, 1])), Some(vec![oldest]));
}

#[test]
fn who_has_just_come_does_not_go_for_those_who_asked_long_ago() {
    let mut door = Door::of(usize::MAX);
    for _ in 0..BEGUN {
        door.enter(at(PHONE)).unwrap();
        drop(door.newest().answered());
        door.newest().sent();
    }
    let oldest = door.ids()[0];
    door.enter(at(PHONE)).unwrap();
    let newest = door.newest().clone();
    newest.begins();
    assert!(!was_told(&newest) && door.inside[0].0.id == oldest && was_told(&door.inside[0].0));
}

#[test]
fn who_is_answered_goes_for_nobody_but_one_who_has_far_fewer() {
    let mut door = Door::of(3);
    for _ in 0..3 {
        door.enter(at(PHONE)).unwrap();
        door.answer_newest();
    }
    let ids = door.ids();
    assert_eq!(door.enter(at(PHONE)), None);
    assert_eq!(door.enter(at(OTHER)), Some(vec![ids[2]]));
    door.answer_newest();
    assert_eq!(door.enter(at(OTHER)), None, "two and one are no crowd");
    door.inside[0].1 = None;
    assert_eq!(door.enter(at(OTHER)), None, "what is not sent is not over");
    door.inside[0].0.sent();
    assert_eq!(door.enter(at(OTHER)), Some(vec![ids[0]]), "who waits goes first");
}

#[test]
fn not_more_wait_than_may() {
    let mut door = Door::of(usize::MAX);
    for _ in 0..WAITING {
        let entered = now(Box::pin(door.all.enter(at(PHONE))).as_mut()).unwrap();
        door.inside.push((entered.unwrap(), None));
    }
    let ids = door.ids();
    assert_eq!(door.enter(at(OTHER)), Some(vec![ids[0]]));
    door.answer_newest();
    assert_eq!(door.enter(at(OTHER)), Some(vec![]), "who is answered waits for nothing");
}

#[test]
fn not_more_have_begun_than_there_are_buffers_for() {
    let mut door = Door::of(usize::MAX);
    for _ in 0..=BEGUN {
        door.enter(at(PHONE)).unwrap();
    }
    // Who says something first is no newer for it.
    for (one, _) in door.inside.iter().rev() {
        one.begins();
    }
    let told: Vec<bool> = door.inside.iter().map(|(one, _)| was_told(one)).collect();
    assert!(told[0] && !told[1..].contains(&true));
}

#[test]
fn who_has_begun_to_ask_anew_does_not_go_for_those_who_asked_before() {
    let mut door = Door::of(usize::MAX);
    for _ in 0..BEGUN {
        door.enter(at(PHONE)).unwrap();
        door.newest().begins();
    }
    let (asking, next) = (door.inside[0].0.clone(), door.inside[1].0.clone());
    asking.asks();
    door.enter(at(PHONE)).unwrap();
    door.newest().begins();
    assert!(!was_told(&asking) && was_told(&next));
}

#[test]
fn who_takes_nothing_longest_goes_and_no_more_are_waited_for_than_may() {
    let mut door = Door::of(usize::MAX);
    for from in [OTHER].into_iter().chain([PHONE; BEHIND]) {
        door.enter(at(from)).unwrap();
        door.answer_newest();
        door.newest().takes(false);
    }
    let all: Vec<_> = door.inside.iter().map(|(one, _)| one.clone()).collect();
    let gone = || all.iter().enumerate().filter(|(_, one)| was_told(one)).map(|(n, _)| n).collect::<Vec<_>>();
    assert_eq!(gone(), [1], "of the phone's the first");
    // One that takes something is the newest, and one that takes all is none.
    for (one, takes) in [(2, true), (2, false), (3, true), (4, true), (4, false)] {
        all[one].takes(takes);
    }
    for _ in 0..2 {
        door.enter(at(PHONE)).unwrap();
        door.newest().takes(false);
    }
    assert_eq!(gone(), [5]);
}

#[test]
fn where_all_are_answered_who_takes_nothing_goes_for_who_comes() {
    let mut door = Door::of(3);
    for _ in 0..3 {
        door.enter(at(PHONE)).unwrap();
        door.answer_newest();
    }
    let ids = door.ids();
    door.inside[1].0.takes(false);
    assert_eq!(door.enter(at(PHONE)), Some(vec![ids[1]]));
    door.answer_newest();
    assert_eq!(door.enter(at(PHONE)), None);
}

#[test]
fn not_many_requests_are_large_at_once_and_who_has_many_loses_the_oldest() {
    let mut door = Door::of(usize::MAX);
    for from in [PHONE; LARGE + 1].into_iter().chain([OTHER]) {
        door.enter(at(from)).unwrap();
        assert!(door.newest().reads(SMALL), "those of browsers are never counted");
    }
    let large: Vec<_> = door.inside.iter().map(|(one, _)| one.clone()).collect();
    let (phone, other) = (&large[..=LARGE], &large[LARGE + 1]);
    assert!(phone[..LARGE].iter().all(|one| one.reads(1) && one.reads(50_000)));
    drop(phone[1].answered());
    assert!(phone[LARGE].reads(1) && !was_told(&phone[0]), "what is whole has given its share back");
    assert!(phone[0].reads(1), "who sends more is no newer");
    assert!(other.reads(1) && was_told(&phone[0]) && !phone[0].reads(1));
    assert!(phone[2..].iter().chain([other]).all(|one| one.reads(1) && !was_told(one)));
}

#[test]
fn large_requests_that_come_faster_than_they_are_read_do_not_push_each_other_out() {
    let mut door = Door::of(usize::MAX);
    for from in [PHONE; LARGE + 1].into_iter().chain([OTHER]) {
        door.enter(at(from)).unwrap();
    }
    let (phone, other) = door.inside.split_at(LARGE + 1);
    assert!(phone[..LARGE].iter().all(|(one, _)| one.reads(SMALL + 1)));
    assert!(!phone[LARGE].0.reads(SMALL + 1) && was_told(&phone[LARGE].0));
    assert!(phone[..LARGE].iter().all(|(one, _)| !was_told(one)));
    assert!(other[0].0.reads(SMALL + 1) && was_told(&phone[0].0), "another's is taken at once");
}
