//! What plays, what comes next, where, and what there is to play.

use partyplaylist::spotify::simulator::{Button, Change, Trouble};
use partyplaylist::spotify::{Error, Kind, Why};

use super::{APP, SONG, Stage, later, raw, refused};

#[test]
fn what_plays_is_told_and_moves_with_the_simulated_clock() {
    let stage = Stage::new();
    stage.pass(30);
    let playing = stage.dj().player().unwrap().unwrap();
    let item = playing.item.unwrap();
    assert_eq!((item.title.as_str(), item.artists.as_slice()), ("Lantern Street", &["The Paper Boats".to_owned()][..]));
    assert_eq!((playing.progress_ms, playing.is_playing, playing.kind), (Some(30_000), true, Kind::Track));
    assert_eq!(playing.device.unwrap().name, "Laptop");
    assert_eq!((item.duration_ms, item.isrc.as_deref()), (214_000, Some("ZZSIM2600000")));
    stage.pass(190);
    assert_eq!(stage.dj().player().unwrap().unwrap().item.unwrap().title, "Harbour Lights");
}

#[test]
fn each_account_plays_its_own() {
    let stage = Stage::new();
    let other = stage.sim.connect("janedoe", "another");
    let theirs = stage.client.account(&other.access_token).player().unwrap().unwrap().item.unwrap();
    assert_ne!(theirs.uri, stage.dj().player().unwrap().unwrap().item.unwrap().uri);
}

#[test]
fn a_private_session_tells_nothing() {
    let stage = Stage::new();
    stage.change(Change::PrivateSession(true));
    assert_eq!(stage.dj().player(), Ok(None));
    assert!(stage.dj().devices().unwrap().iter().all(|device| device.is_private_session));
}

#[test]
fn a_pause_is_told_for_two_minutes_and_then_nothing_is() {
    let stage = Stage::new();
    stage.change(Change::Press(Button::Pause));
    stage.pass(120);
    assert!(!stage.dj().player().unwrap().unwrap().is_playing);
    stage.pass(1);
    assert_eq!(stage.dj().player(), Ok(None));
}

#[test]
fn an_advert_has_no_item_and_passes() {
    let stage = Stage::new();
    stage.change(Change::Advert(30_000));
    let playing = stage.dj().player().unwrap().unwrap();
    assert_eq!((playing.kind, playing.item, playing.is_playing), (Kind::Advert, None, true));
    stage.pass(31);
    assert_eq!(stage.dj().player().unwrap().unwrap().kind, Kind::Track);
}

#[test]
fn an_episode_and_a_file_of_the_djs_own_can_play() {
    let stage = Stage::new();
    stage.change(Change::Press(Button::Start("spotify:episode:7".into())));
    let playing = stage.dj().player().unwrap().unwrap();
    assert_eq!((playing.kind, playing.item.unwrap().title.as_str()), (Kind::Episode, "Episode 7"));
    stage.change(Change::Press(Button::Start("spotify:local:The+Band:Demo:First+Take:95".into())));
    let item = stage.dj().player().unwrap().unwrap().item.unwrap();
    assert_eq!((item.id, item.title.as_str(), item.duration_ms), (None, "First Take", 95_000));
}

#[test]
fn what_may_be_null_is_no_error() {
    let stage = Stage::new();
    stage.change(Change::NullFields(true));
    let playing = stage.dj().player().unwrap().unwrap();
    assert_eq!((playing.progress_ms, playing.context_uri), (None, None));
    assert!(stage.dj().devices().unwrap().iter().all(|device| device.id.is_none() && device.volume_percent.is_none()));
    assert_eq!(stage.dj().queue().unwrap().unwrap().next.len(), 8);
    assert_eq!(stage.dj().search("paper boats", 3, 0).unwrap().len(), 3);
}

#[test]
fn the_queue_shows_what_was_queued_and_the_context_mixed() {
    let stage = Stage::new();
    stage.dj().add_to_queue(SONG, None).unwrap();
    let queue = stage.dj().queue().unwrap().unwrap();
    assert_eq!(queue.playing.unwrap().title, "Lantern Street");
    let titles: Vec<_> = queue.next[..2].iter().map(|track| track.title.as_str()).collect();
    assert_eq!(titles, ["Glass Shoes", "Harbour Lights"]);
    for _ in 0..30 {
        stage.dj().add_to_queue(SONG, None).unwrap();
    }
    assert_eq!(stage.dj().queue().unwrap().unwrap().next.len(), 20);
    stage.change(Change::QueueIsSilent(true));
    assert_eq!(stage.dj().queue(), Ok(None));
}

#[test]
fn a_relinked_track_plays_under_another_uri() {
    let stage = Stage::new();
    let (asked, twin) = ("spotify:track:song000000000000000003", "spotify:track:twin000000000000000003");
    stage.change(Change::Relink { from: asked.into(), to: twin.into() });
    stage.dj().add_to_queue(asked, None).unwrap();
    stage.dj().next().unwrap();
    let item = stage.dj().player().unwrap().unwrap().item.unwrap();
    let meant = stage.dj().track("song000000000000000003").unwrap();
    assert_eq!((item.uri.as_str(), &item.isrc), (twin, &meant.isrc));
    assert_eq!(stage.seen().played[1].queued.as_deref(), Some(asked));
}

#[test]
fn automix_ends_a_track_early() {
    let stage = Stage::new();
    stage.change(Change::Automix(8_000));
    stage.pass(206);
    assert_eq!(stage.dj().player().unwrap().unwrap().item.unwrap().title, "Harbour Lights");
}

#[test]
fn an_answer_that_is_empty_or_not_json_is_nothing_or_later() {
    let stage = Stage::new();
    for (trouble, meant) in [
        (Trouble::Empty, Ok(None)),
        (Trouble::Text, Err(later(None))),
        (Trouble::Broken(502), Err(later(None))),
        (Trouble::Drop, Err(later(None))),
    ] {
        stage.fault("GET /me/player", trouble, false);
        assert_eq!(stage.dj().player(), meant, "{trouble:?}");
    }
    stage.dj().player().unwrap().unwrap();
}

#[test]
fn a_search_finds_ten_at_a_time_and_goes_on_from_there() {
    let stage = Stage::new();
    let first = stage.dj().search("the paper boats", 50, 0).unwrap();
    let rest = stage.dj().search("the paper boats", 10, 10).unwrap();
    assert_eq!((first.len(), rest.len()), (10, 5));
    assert!(first.iter().all(|track| !rest.contains(track)));
    assert_eq!(stage.dj().search("nothing like it", 10, 0), Ok(vec![]));
    assert_eq!(stage.dj().search("夜", 10, 0).unwrap().len(), 2);
}

#[test]
fn more_than_ten_results_and_several_tracks_at_once_are_refused() {
    let stage = Stage::new();
    let token = stage.sim.connect("johnsmith", APP).access_token;
    let ask = |path: &str| raw("GET", &format!("{}{path}", stage.sim.api_url()), Some(&token), "");
    let (status, said) = ask("/search?q=a&type=track&limit=11");
    assert!(status == 400 && said.contains("Invalid limit"), "{said}");
    assert_eq!(ask("/tracks?ids=a,b").0, 403);
    assert_eq!(ask("/somewhere").0, 404);
}

#[test]
fn a_track_is_found_by_its_id_with_a_cover_that_can_be_fetched() {
    let stage = Stage::new();
    let track = stage.dj().track("song000000000000000020").unwrap();
    assert_eq!((track.uri.as_str(), track.title.as_str()), (SONG, "Glass Shoes"));
    let art = ureq::get(track.art.unwrap()).call().unwrap().into_body().read_to_vec().unwrap();
    assert!(art.starts_with(b"\x89PNG"));
    for id in ["song999999999999999999", "", "../me", "a?b"] {
        let answer = stage.dj().track(id);
        assert!(matches!(answer, Err(Error::Refused { why: Why::NoSuchSong, .. })), "{id}: {answer:?}");
    }
}

#[test]
fn a_token_nobody_gave_out_has_expired() {
    let stage = Stage::new();
    let token = partyplaylist::spotify::Secret::new("forged");
    assert_eq!(stage.client.account(&token).me(), Err(Error::Expired));
    let odd = partyplaylist::spotify::Secret::new("line\r\nbreak");
    assert_eq!(stage.client.account(&odd).me(), Err(later(None)));
    assert_eq!(refused(stage.dj().add_to_queue("spotify:track:none", None)), "Invalid track uri: spotify:track:none");
}
