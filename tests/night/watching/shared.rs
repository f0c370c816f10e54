//! Two busy DJs with one app, all night.

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::AppRules;

use super::hall::{Hall, uri};

#[test]
fn two_busy_djs_on_one_client_id_have_calls_left_for_their_songs_after_six_hours() {
    let mut hall = Hall::of(2);
    hall.share(1, 0);
    let shared = hall.djs[0].client_id.clone();
    hall.sim.set_app(&shared, AppRules { per_30s: Some(30), per_day: Some(1000), ..AppRules::default() });
    let mut wishes: [Vec<_>; 2] = [vec![], vec![]];
    for quarter in 0..24 {
        for (n, mine) in wishes.iter_mut().enumerate() {
            mine.extend(hall.ask(n, (0..4).map(|k| 35 + (n * 12 + quarter * 4 + k) % 25)));
        }
        hall.pass(900);
        if quarter % 4 == 3 {
            let heard = [hall.heard(0).len(), hall.heard(1).len()];
            println!("after {} h: {} calls, {heard:?} songs", (quarter + 1) / 4, hall.sim.usage(&shared).calls);
        }
    }
    let usage = hall.sim.usage(&shared);
    assert!(usage.calls <= 1000 && usage.limited == 0, "{usage:?}");
    for (n, mine) in wishes.iter().enumerate() {
        let heard = hall.heard(n);
        let asked: Vec<String> = (0..96).map(|at| uri(35 + (n * 12 + at) % 25)).collect();
        assert_eq!(heard, asked[..heard.len()], "{n}: once each, in order");
        // One of them lasts twenty minutes, so eighty-four fill the night.
        assert!(heard.len() >= 76, "{n}: only {} songs", heard.len());
        let over = hall.statuses(n, mine).into_iter();
        let over = over.filter(|status| matches!(status, Status::Played | Status::Playing)).count();
        assert_eq!(over, heard.len(), "{n}");
    }
}

#[test]
fn a_dj_is_told_why_nothing_is_looked_at_between_nine_tenths_and_all_of_the_days_calls() {
    let mut hall = Hall::with(1, 100);
    hall.ask(0, 40..60);
    let mut told = None;
    for _ in 0..240 {
        hall.pass(30);
        let used = hall.sim.usage(&hall.djs[0].client_id).calls;
        if (91..100).contains(&used) {
            told = hall.trouble(0).map(|notice| notice.sentence);
        }
    }
    let told = told.expect("a word on the last tenth");
    assert!(told.contains("kept for handing songs over"), "{told}");
}

#[test]
fn whoever_connects_with_an_app_that_another_dj_uses_is_told() {
    let mut hall = Hall::of(2);
    let message = |hall: &Hall, n: usize| {
        let defaults = partyplaylist::store::SpotifyDefaults { client_id: None, budget: 1000 };
        hall.peek(n, async |host| host.spotify(defaults).await.unwrap().message)
    };
    assert_eq!(message(&hall, 1), None);
    hall.share(1, 0);
    for n in [0, 1] {
        let told = message(&hall, n).unwrap();
        assert!(told.contains("you share its 1000 calls a day"), "{told}");
    }
}
