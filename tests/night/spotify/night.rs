//! A whole night in moments.

use super::Stage;

#[test]
fn six_hours_of_songs_handed_over_one_ahead_play_once_each_and_in_order() {
    let stage = Stage::new();
    let refresh = stage.sim.connect("johnsmith", super::APP).refresh_token.unwrap();
    let mut token = stage.client.refresh(super::APP, &refresh).unwrap().access_token;
    let mut handed: Vec<String> = Vec::new();
    for step in 0..6 * 60 * 2 {
        if step % 100 == 99 {
            token = stage.client.refresh(super::APP, &refresh).unwrap().access_token;
        }
        let dj = stage.client.account(&token);
        let playing = dj.player().unwrap().unwrap();
        let left = playing.item.unwrap().duration_ms - playing.progress_ms.unwrap();
        let waiting = handed.len() - stage.seen().played.iter().filter(|play| play.queued.is_some()).count();
        if left <= 40_000 && waiting == 0 {
            let uri = format!("spotify:track:song{:018}", (20 + handed.len()) % 60);
            dj.add_to_queue(&uri, None).unwrap();
            handed.push(uri);
        }
        stage.pass(30);
    }
    let seen = stage.seen();
    let heard: Vec<String> = seen.played.iter().filter_map(|play| play.queued.clone()).collect();
    assert_eq!(heard, handed[..heard.len()]);
    assert_eq!((handed.len() - heard.len(), seen.added.len()), (seen.queued.len(), handed.len()));
    assert!(heard.len() > 80, "only {} songs", heard.len());
    // Nothing overlaps, and nothing is silent in between.
    for pair in seen.played.windows(2) {
        assert_eq!(pair[0].ended, Some(pair[1].started));
    }
}
