//! Ten DJs, six hours.

use std::collections::BTreeSet;

use partyplaylist::domain::Status;
use partyplaylist::spotify::simulator::AppRules;

use super::hall::{Hall, uri};

const DJS: usize = 10;

#[test]
fn ten_djs_for_six_hours_play_every_song_once_in_order_within_the_budget() {
    let mut hall = Hall::of(DJS);
    for n in 0..DJS {
        let rules = AppRules { per_30s: Some(30), per_day: Some(1000), ..AppRules::default() };
        let client_id = hall.djs[n].client_id.clone();
        hall.sim.set_app(&client_id, rules);
    }
    let mut wishes: Vec<Vec<_>> = vec![vec![]; DJS];
    let mut titles: Vec<BTreeSet<String>> = vec![BTreeSet::new(); DJS];
    // Twelve songs an hour, none of them in anybody's own list.
    for quarter in 0..24 {
        for (n, mine) in wishes.iter_mut().enumerate() {
            let songs = (0..3).map(|k| 35 + (n + quarter * 3 + k) % 25);
            mine.extend(hall.ask(n, songs));
        }
        for _ in 0..10 {
            hall.pass(90);
            for (n, titles) in titles.iter_mut().enumerate() {
                let track = hall.playback(n).track;
                titles.extend(track.and_then(|track| track.track_uri));
            }
        }
    }
    println!("dj     songs  calls  429s  busiest 30 s  token calls");
    for (n, mine) in wishes.iter().enumerate() {
        let (seen, usage) = (hall.seen(n), hall.sim.usage(&hall.djs[n].client_id));
        let heard = hall.heard(n);
        let asked: Vec<String> = (0..72).map(|at| uri(35 + (n + at) % 25)).collect();
        println!(
            "{:6} {:5} {:6} {:5} {:13} {:12}",
            hall.djs[n].name,
            heard.len(),
            usage.calls,
            usage.limited,
            usage.busiest_30s,
            usage.token_calls
        );
        assert_eq!(heard, asked[..heard.len()], "{n}: once each, in order");
        assert_eq!(seen.added.len() - heard.len(), seen.queued.len(), "{n}: nothing is sent twice");
        assert!(heard.len() >= 65, "{n}: only {} songs", heard.len());
        assert!(usage.calls <= 1000 && usage.limited == 0, "{n}: {usage:?}");
        let statuses = hall.statuses(n, mine);
        let over = statuses.iter().filter(|status| matches!(status, Status::Played | Status::Playing)).count();
        assert_eq!(over, heard.len(), "{n}");
        let own: BTreeSet<String> = seen.played.iter().map(|play| play.uri.clone()).collect();
        assert!(titles[n].is_subset(&own), "{n}: a page showed a song of somebody else's");
    }
}
