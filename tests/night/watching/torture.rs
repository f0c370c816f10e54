//! Everything at once, by dice: whatever a DJ and their player do, no song is sent twice, none hangs, and the order of
//! what was promised holds. `NIGHTS` says how many nights; a few by themselves.

use partyplaylist::domain::{Act, RequestId, Source, Status};
use partyplaylist::spotify::simulator::{Button, Change, Play, Trouble};

use super::hall::{Hall, uri};
use crate::dice::Dice;

/// Something a DJ's player, or Spotify, does.
fn disturb(hall: &mut Hall, dice: &mut Dice) {
    let press = |button| Change::Press(button);
    let add = "POST /me/player/queue";
    match dice.below(14) {
        0 => hall.change(0, press(Button::Pause)),
        1 | 2 => hall.change(0, press(Button::Play)),
        3 => hall.change(0, press(Button::Next)),
        4 => hall.change(0, press(Button::Before(5_000))),
        5 => hall.change(0, press(Button::Before(100_000))),
        6 => hall.change(0, Change::Advert(20_000)),
        7 => hall.change(0, Change::ExpireAccess),
        8 => hall.fault(0, add, (Trouble::Drop, dice.below(2) == 0), Some(1)),
        9 => hall.fault(0, "GET /me/player", (Trouble::Broken(502), false), Some(3)),
        10 => hall.fault(0, "GET /me/player/queue", (Trouble::Broken(502), false), Some(2)),
        11 => hall.fault(0, add, (Trouble::NoActiveDevice, false), Some(1)),
        12 => hall.restart(),
        _ => hall.connect(0),
    }
}

/// Something the DJ does with the list.
fn decide(hall: &mut Hall, ids: &[RequestId], dice: &mut Dice) {
    let id = dice.one_of(ids).unwrap();
    match dice.below(6) {
        0 => drop(hall.host(0, async |host| host.play_next(&id).await)),
        1 => drop(hall.host(0, async |host| host.act(&id, Act::Finish).await)),
        2 => drop(hall.host(0, async |host| host.act(&id, Act::Reject).await)),
        3 => {
            hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap());
            hall.pass(40);
            hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap());
        }
        _ => {}
    }
}

fn night(number: u64) {
    let (mut hall, mut dice) = (Hall::of(1), Dice::new(number));
    let ids = hall.ask(0, 30..50);
    for _ in 0..60 {
        let seconds = i64::try_from(dice.below(120)).unwrap();
        hall.pass(seconds);
        if dice.below(3) == 0 {
            disturb(&mut hall, &mut dice);
        }
        if dice.below(8) == 0 {
            decide(&mut hall, &ids, &mut dice);
        }
    }
    hall.sim.heal();
    hall.connect(0);
    hall.change(0, Change::Press(Button::Play));
    hall.pass(2 * 3600);
    let (seen, statuses) = (hall.seen(0), hall.statuses(0, &ids));
    let mut once = seen.added.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.added.len(), "{number}: sent twice: {:?}", seen.added);
    for (n, status) in statuses.iter().enumerate() {
        let over = [Status::Played, Status::Playing, Status::Rejected, Status::Failed].contains(status);
        assert!(over, "{number}: song {} hangs as {status:?}; {:?} is queued", 30 + n, seen.queued);
        let reason = hall.reason(0, &ids[n]).filter(|_| *status == Status::Failed).unwrap_or_default();
        let unseen = reason.contains("was not seen to play");
        let sent_or_may_be = *status != Status::Failed || unseen || reason.contains("may have played");
        assert!(sent_or_may_be, "{number}: {reason}");
        let is_it = |play: &&Play| play.queued.as_ref() == Some(&uri(30 + n));
        let heard = seen.played.iter().filter(is_it).filter_map(|play| Some(play.ended?.ms_since(play.started))).max();
        assert!(!unseen || heard.unwrap_or(0) < 100_000, "{number}: song {} was heard for {heard:?} ms", 30 + n);
    }
    let rejected = |n: usize| statuses[n] == Status::Rejected;
    assert!((0..20).all(|n| !rejected(n) || !seen.added.contains(&uri(30 + n))), "{number}: a rejected song was sent");
    let calls = hall.sim.usage(&hall.djs[0].client_id).calls;
    assert!(calls < 600, "{number}: {calls} calls");
}

#[test]
fn whatever_happens_no_song_is_sent_twice_and_none_hangs() {
    let nights = std::env::var("NIGHTS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    (1..=nights).for_each(night);
}
