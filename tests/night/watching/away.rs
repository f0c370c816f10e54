//! A player that is away for long, and comes back while songs wait.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::{Button, Change, Trouble};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";

/// How a player goes away, and comes back.
type Way = (&'static str, fn(&Hall), fn(&Hall));

const WAYS: [Way; 3] = [
    ("paused", |hall| press(hall, Button::Pause), |hall| press(hall, Button::Play)),
    (
        "asleep",
        |hall| hall.change(0, Change::PrivateSession(true)),
        |hall| hall.change(0, Change::PrivateSession(false)),
    ),
    ("out of reach", |hall| hall.fault(0, LOOK, (Trouble::Broken(502), false), None), |hall| hall.sim.heal()),
];

fn press(hall: &Hall, button: Button) {
    hall.change(0, Change::Press(button));
}

/// As the DJ's page does when it opens its stream.
fn open_the_page(hall: &mut Hall) {
    let defaults = hall.defaults();
    hall.host(0, async |host| host.poll_if_away(defaults).await.unwrap());
}

/// Seconds until the player is looked at once more.
fn seen_after(hall: &mut Hall) -> i64 {
    let (began, before) = (hall.now(), hall.calls(0, LOOK));
    while hall.calls(0, LOOK) == before {
        hall.pass(1);
    }
    hall.now().ms_since(began) / 1000
}

#[test]
fn a_player_that_comes_back_while_songs_wait_is_seen_within_half_a_minute() {
    for (way, leave, back) in WAYS {
        for early in [true, false] {
            let mut hall = Hall::of(1);
            let ask = |hall: &mut Hall| hall.ask(0, [40]);
            let asked = early.then(|| ask(&mut hall));
            hall.pass(35);
            leave(&hall);
            hall.pass(1800);
            let ids = asked.unwrap_or_else(|| ask(&mut hall));
            hall.pass(31);
            back(&hall);
            let after = seen_after(&mut hall);
            println!("{way}: seen after {after} s");
            assert!(after <= 30, "{way}: seen after {after} s");
            hall.pass(500);
            assert_eq!(hall.status(0, &ids[0]), Status::Played, "{way}");
        }
    }
}

#[test]
fn nobody_is_looked_for_in_a_hurry_where_nothing_waits_or_the_budget_is_mostly_spent() {
    let looks = |budget: i64, asks: bool| {
        let mut hall = Hall::with(1, budget);
        if asks {
            hall.ask(0, [40]);
        }
        hall.pass(35);
        hall.change(0, Change::PrivateSession(true));
        let before = hall.calls(0, LOOK);
        hall.pass(3600);
        hall.calls(0, LOOK) - before
    };
    let (idle, waiting, spent) = (looks(1000, false), looks(1000, true), looks(20, true));
    println!(
        "looks in an hour of absence: {idle} with nothing in line, {waiting} with a song, {spent} with little left"
    );
    assert!(idle <= 16 && (115..=125).contains(&waiting) && spent <= 20, "{idle} {waiting} {spent}");
}

#[test]
fn whoever_opens_the_djs_page_sees_soon_that_the_player_is_back() {
    let mut hall = Hall::of(1);
    hall.pass(35);
    hall.change(0, Change::PrivateSession(true));
    hall.pass(1800);
    hall.change(0, Change::PrivateSession(false));
    open_the_page(&mut hall);
    assert!(seen_after(&mut hall) <= 2);
    // One that plays, or was looked at just now, is left alone.
    let before = hall.calls(0, LOOK);
    for _ in 0..20 {
        open_the_page(&mut hall);
        hall.pass(1);
    }
    assert!(hall.calls(0, LOOK) <= before + 1);
}

#[test]
fn a_djs_page_on_a_bad_connection_does_not_spend_what_is_kept_for_handing_songs_over() {
    let mut hall = Hall::with(1, 20);
    hall.ask(0, [40]);
    hall.pass(35);
    hall.change(0, Change::PrivateSession(true));
    hall.pass(3600);
    let before = hall.calls(0, LOOK);
    for _ in 0..20 {
        open_the_page(&mut hall);
        hall.pass(15);
    }
    assert!(hall.calls(0, LOOK) <= before + 2, "{} looks in five minutes", hall.calls(0, LOOK) - before);
}

#[test]
fn a_night_of_transitions_of_twenty_five_seconds_hands_every_wish_over() {
    for early in [20_000, 25_000, 40_000] {
        let mut hall = Hall::of(1);
        hall.change(0, Change::Automix(early));
        let songs = 40..52;
        let ids = hall.ask(0, songs.clone());
        hall.pass(3600);
        let heard = hall.heard(0);
        println!(
            "{early} ms early: {} of {} wishes in an hour of {} songs",
            heard.len(),
            ids.len(),
            hall.seen(0).played.len()
        );
        assert_eq!(heard, songs.map(uri).collect::<Vec<_>>(), "{early}");
        assert!(
            hall.statuses(0, &ids).iter().all(|status| *status == Status::Played),
            "{early}: {:?}",
            hall.statuses(0, &ids)
        );
        let last = hall.seen(0).played.iter().rposition(|play| play.queued.is_some()).unwrap();
        assert!(last < ids.len() + 3, "{early}: the last is song {last} of the night");
    }
}

#[test]
fn after_transitions_that_are_early_no_more_songs_go_over_late_again() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::Automix(40_000));
    hall.pass(600);
    hall.change(0, Change::Automix(0));
    // Six songs and more.
    hall.pass(1500);
    let ids = hall.ask(0, [40]);
    while hall.status(0, &ids[0]) == Status::Approved {
        hall.pass(1);
    }
    let seen = hall.seen(0);
    let playing = (0..60).find(|n| seen.current.as_ref() == Some(&uri(*n))).unwrap();
    let left = hall.sim.track(playing).unwrap().duration_ms - seen.progress_ms;
    assert!((15_000..=24_000).contains(&left), "handed over {left} ms before the end");
}
