//! Who hears what on the live streams.

use super::{Audience, Hub, Listener, Timestamp};
use crate::domain::{EventId, UserId};

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn hear(listener: &mut Listener) -> Option<(u64, &'static str)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let soon = std::time::Duration::from_millis(50);
    let next = runtime.block_on(async { tokio::time::timeout(soon, listener.next()).await });
    next.unwrap_or(None).map(|m| (m.id, m.event))
}

fn say(hub: &Hub, whose: &str) {
    hub.say(&user(whose), Audience::Host, "{}");
}

#[test]
fn a_listener_hears_its_own_tenant_only() {
    let hub = Hub::new(Timestamp(1));
    let mut mine = hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    let mut other = hub.listen(&user("b"), Audience::Host, "k", None).unwrap();
    assert_eq!((hear(&mut mine).unwrap().1, hear(&mut other).unwrap().1), ("hello", "hello"));
    say(&hub, "a");
    assert_eq!(hear(&mut mine).unwrap().1, "change");
    assert_eq!(hear(&mut other), None);
}

#[test]
fn who_comes_back_gets_what_was_missed_in_order() {
    let hub = Hub::new(Timestamp(1));
    let mut first = hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    let (hello, _) = hear(&mut first).unwrap();
    drop(first);
    say(&hub, "a");
    say(&hub, "a");
    let mut again = hub.listen(&user("a"), Audience::Host, "k", Some(hello)).unwrap();
    let (one, two) = (hear(&mut again).unwrap(), hear(&mut again).unwrap());
    assert!(hello < one.0 && one.0 < two.0);
    assert_eq!((one.1, two.1), ("change", "change"));
    assert_eq!(hear(&mut again), None);
}

#[test]
fn who_was_away_too_long_is_told_to_start_over() {
    let hub = Hub::new(Timestamp(1));
    let mut first = hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    let (hello, _) = hear(&mut first).unwrap();
    (0..40).for_each(|_| say(&hub, "a"));
    for odd in [hello, 0, u64::MAX] {
        let mut again = hub.listen(&user("a"), Audience::Host, "k", Some(odd)).unwrap();
        assert_eq!(hear(&mut again).unwrap().1, "resync", "{odd}");
    }
    assert_eq!(hear(&mut first).unwrap().1, "resync");
    assert_eq!(hear(&mut first), None, "who cannot keep up comes back through the door");
}

#[test]
fn what_is_remembered_for_those_who_come_back_is_bounded_by_its_length() {
    let hub = Hub::new(Timestamp(1));
    let mut first = hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    let hello = hear(&mut first).unwrap().0;
    let long = "x".repeat(100_000);
    let ids: Vec<u64> = (0..20)
        .map(|_| {
            hub.say(&user("a"), Audience::Host, &long);
            hear(&mut first).unwrap().0
        })
        .collect();
    let mut missed = hub.listen(&user("a"), Audience::Host, "k", Some(ids[10])).unwrap();
    assert_eq!(std::iter::from_fn(|| hear(&mut missed)).count(), 9);
    let mut away = hub.listen(&user("a"), Audience::Host, "k", Some(hello)).unwrap();
    assert_eq!(hear(&mut away).unwrap().1, "resync");
}

#[test]
fn a_stream_that_takes_nothing_keeps_no_more_than_is_remembered_and_starts_over() {
    let hub = Hub::new(Timestamp(1));
    let listener = || hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    let long = "x".repeat(200_000);
    let next = |listener: &mut Listener| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(listener.next()).unwrap()
    };
    let (mut slow, mut other, mut awake) = (listener(), listener(), listener());
    for one in [&mut slow, &mut other, &mut awake] {
        assert_eq!(next(one).event, "hello");
    }
    hub.say(&user("a"), Audience::Host, &long);
    let held = next(&mut slow);
    assert_eq!(held.piece(0).unwrap().len(), 16 * 1024);
    for _ in 0..6 {
        hub.say(&user("a"), Audience::Host, &long);
    }
    assert!(held.piece(16 * 1024).is_none(), "what is half sent and forgotten is still in memory");
    assert_eq!((next(&mut other).event, hear(&mut other)), ("resync", None));
    assert_eq!(next(&mut awake).event, "resync");
    // One alone that is longer than what is remembered comes whole.
    let mut fresh = listener();
    assert_eq!(next(&mut fresh).event, "hello");
    hub.say(&user("a"), Audience::Host, &"y".repeat(3_000_000));
    let whole = next(&mut fresh);
    let mut text = Vec::new();
    while let Some(piece) = whole.piece(text.len()).filter(|piece| !piece.is_empty()) {
        text.extend(piece);
    }
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with(&format!("id:{}\nevent:change\ndata:yyy", whole.id)) && text.ends_with("y\n\n"));
}

#[test]
fn a_page_that_is_up_to_date_needs_nothing_and_one_that_is_not_starts_over() {
    let hub = Hub::new(Timestamp(1));
    let before = hub.newest();
    let mut fresh = hub.listen(&user("a"), Audience::Host, "k", Some(before)).unwrap();
    assert_eq!(hear(&mut fresh).unwrap().1, "hello");
    hub.mark(&user("b"));
    let mut stale = hub.listen(&user("b"), Audience::Host, "k", Some(before)).unwrap();
    assert_eq!(hear(&mut stale).unwrap().1, "resync");
    // Another network is another page for everybody, and those who listen are told.
    let now = hub.newest();
    assert_eq!(hub.mark_all().len(), 2);
    let mut old = hub.listen(&user("c"), Audience::Host, "k", Some(now)).unwrap();
    assert_eq!(hear(&mut old).unwrap().1, "resync");
}

#[test]
fn one_key_opens_a_handful_of_streams_and_no_more() {
    let hub = Hub::new(Timestamp(1));
    let open: Vec<_> = (0..20).filter_map(|_| hub.listen(&user("a"), Audience::Host, "k", None)).collect();
    assert_eq!(open.len(), 8);
    assert!(hub.listen(&user("a"), Audience::Host, "other", None).is_some());
    drop(open);
    assert!(hub.listen(&user("a"), Audience::Host, "k", None).is_some());
}

#[test]
fn a_revoke_is_not_lost_on_a_listener_that_cannot_keep_up() {
    let hub = Hub::new(Timestamp(1));
    let mut slow = hub.listen(&user("a"), Audience::Host, "k", None).unwrap();
    (0..40).for_each(|_| say(&hub, "a"));
    hub.hang_up("k");
    (0..40).for_each(|_| say(&hub, "a"));
    let received: Vec<_> = std::iter::from_fn(|| hear(&mut slow)).map(|m| m.1).collect();
    assert_eq!(received, ["hello", "resync"]);
}

#[test]
fn signing_out_ends_streams_on_every_ground() {
    let hub = Hub::new(Timestamp(1));
    let mut here = hub.listen(&user("a"), Audience::Host, "boss/1", None).unwrap();
    let mut there = hub.listen(&user("b"), Audience::Host, "boss/2", None).unwrap();
    hub.hang_up("boss/2");
    hub.resync(&user("a"));
    hub.resync(&user("b"));
    assert_eq!(std::iter::from_fn(|| hear(&mut there)).count(), 1);
    assert_eq!(hear(&mut here).unwrap().1, "hello");
    assert_eq!(hear(&mut here).unwrap().1, "resync");
    hub.hang_up("boss/");
    hub.resync(&user("a"));
    assert_eq!(hear(&mut here), None);
}

#[test]
fn a_guest_of_last_night_is_sent_away_and_hears_nothing_of_tonight() {
    let hub = Hub::new(Timestamp(1));
    let (old, new) = (Audience::Guest(EventId::fresh()), Audience::Guest(EventId::fresh()));
    let mut guest = hub.listen(&user("a"), old.clone(), "k", None).unwrap();
    hub.say(&user("a"), old.clone(), "{}");
    hub.dismiss(&user("a"), old);
    hub.say(&user("a"), new, "{\"secret\":1}");
    let received: Vec<_> = std::iter::from_fn(|| hear(&mut guest)).map(|m| m.1).collect();
    assert_eq!(received, ["hello", "resync"], "what was said before is over with the event");
}

#[test]
fn hanging_up_on_one_key_leaves_the_others() {
    let hub = Hub::new(Timestamp(1));
    let mut gone = hub.listen(&user("a"), Audience::Screen, "one", None).unwrap();
    let mut stays = hub.listen(&user("a"), Audience::Screen, "two", None).unwrap();
    hub.hang_up("one");
    hub.resync(&user("a"));
    assert_eq!(std::iter::from_fn(|| hear(&mut gone)).count(), 1);
    assert_eq!(std::iter::from_fn(|| hear(&mut stays)).count(), 2);
}
