//! Steering the player, and what is known when the answer is lost.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::{Change, Device, Trouble};
use partyplaylist::spotify::{Client, Error, Timeouts, Why};

use super::{APP, SONG, Stage, later, raw, refused, too_many};

const ADD: &str = "POST /me/player/queue";

#[test]
fn the_player_obeys() {
    let stage = Stage::new();
    let dj = stage.dj();
    dj.pause().unwrap();
    assert!(!stage.seen().is_playing);
    dj.play(None).unwrap();
    assert!(stage.seen().is_playing);
    dj.next().unwrap();
    assert_eq!(dj.player().unwrap().unwrap().item.unwrap().title, "Harbour Lights");
    dj.volume(33).unwrap();
    assert_eq!(dj.devices().unwrap()[0].volume_percent, Some(33));
    dj.transfer("johnsmith-phone", true).unwrap();
    assert!(dj.devices().unwrap()[1].is_active && stage.seen().is_playing);
    dj.pause().unwrap();
    dj.play(Some("johnsmith-laptop")).unwrap();
    assert!(stage.seen().devices[0].is_active);
}

#[test]
fn what_the_player_will_not_do_is_refused_with_its_words() {
    let stage = Stage::new();
    assert_eq!(refused(stage.dj().play(None)), "Player command failed: Restriction violated");
    stage.dj().transfer("johnsmith-phone", true).unwrap();
    assert_eq!(refused(stage.dj().volume(50)), "Player command failed: Cannot control device volume");
    let restricted = Device { id: "tv".into(), is_active: true, is_restricted: true, ..Device::default() };
    stage.change(Change::Device(restricted));
    stage.change(Change::Activate(Some("tv".into())));
    assert_eq!(refused(stage.dj().pause()), "Player command failed: Restriction violated");
    assert!(stage.dj().devices().unwrap()[2].is_restricted);
}

#[test]
fn without_an_active_device_there_is_no_device() {
    let stage = Stage::new();
    stage.change(Change::Activate(None));
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::NoDevice));
    assert_eq!(stage.dj().play(None), Err(Error::NoDevice));
    stage.change(Change::RemoveDevice("johnsmith-phone".into()));
    assert_eq!(stage.dj().play(Some("johnsmith-phone")), Err(Error::NoDevice));
    stage.dj().play(Some("johnsmith-laptop")).unwrap();
    stage.dj().add_to_queue(SONG, None).unwrap();
}

#[test]
fn a_free_account_is_told_but_not_steered() {
    let stage = Stage::new();
    stage.change(Change::Premium(false));
    assert_eq!(stage.dj().pause(), Err(Error::NotPremium));
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::NotPremium));
    stage.dj().player().unwrap().unwrap();
}

#[test]
fn a_command_needs_a_length_and_to_resume_no_body_at_all() {
    let stage = Stage::new();
    let token = stage.sim.connect("johnsmith", APP).access_token;
    let url = stage.sim.api_url();
    // An empty object is not an empty body.
    assert_eq!(raw("PUT", &format!("{url}/me/player/play"), Some(&token), "{}").0, 400);
    let mut line = TcpStream::connect(url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap()).unwrap();
    write!(line, "PUT /v1/me/player/pause HTTP/1.1\r\nAuthorization: Bearer {}\r\n\r\n", token.reveal()).unwrap();
    let mut said = String::new();
    BufReader::new(line).read_line(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 411 ") && stage.seen().is_playing, "{said}");
    stage.dj().pause().unwrap();
    stage.dj().play(None).unwrap();
}

#[test]
fn a_player_can_be_told_what_to_play_where_to_go_and_to_begin_again() {
    let stage = Stage::new();
    let token = stage.sim.connect("johnsmith", APP).access_token;
    let tell = |method: &str, path: &str, body: &str| {
        raw(method, &format!("{}/me/player/{path}", stage.sim.api_url()), Some(&token), body).0
    };
    assert_eq!(tell("PUT", "play", &format!(r#"{{"uris":["{SONG}"]}}"#)), 204);
    assert_eq!(tell("PUT", "seek?position_ms=60000", ""), 204);
    let (status, playing) =
        raw("GET", &format!("{}/me/player/currently-playing", stage.sim.api_url()), Some(&token), "");
    assert!(status == 200 && playing.contains(SONG) && !playing.contains("\"device\""), "{playing}");
    assert_eq!(stage.seen().progress_ms, 60_000);
    assert_eq!(tell("POST", "previous", ""), 204);
    assert_eq!(stage.seen().progress_ms, 0);
    stage.pass(201);
    assert!(!stage.seen().is_playing, "there was nothing more to play");
    assert_eq!(stage.dj().player(), Ok(None));
}

#[test]
fn a_song_queued_is_accepted_whatever_the_answer_says() {
    let stage = Stage::new();
    stage.dj().add_to_queue(SONG, Some("johnsmith-laptop")).unwrap();
    stage.change(Change::QueueAnswersText(true));
    stage.dj().add_to_queue(SONG, None).unwrap();
    assert_eq!(stage.seen().queued, [SONG; 2]);
}

#[test]
fn a_busy_device_leaves_open_whether_it_took_the_song() {
    let stage = Stage::new();
    for (after_effect, arrived) in [(true, 1), (false, 1)] {
        stage.fault(ADD, Trouble::Busy, after_effect);
        assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::Unknown));
        assert_eq!(stage.seen().added.len(), arrived);
    }
}

#[test]
fn a_queue_add_whose_answer_was_lost_is_an_unknown_outcome() {
    let stage = Stage::new();
    for (trouble, after_effect, arrived) in [
        (Trouble::Drop, true, 1),
        (Trouble::Drop, false, 1),
        (Trouble::Broken(502), true, 2),
        (Trouble::Broken(503), false, 2),
    ] {
        stage.fault(ADD, trouble, after_effect);
        assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::Unknown), "{trouble:?}");
        assert_eq!(stage.seen().added.len(), arrived, "{trouble:?} {after_effect}");
    }
    assert_eq!(stage.seen().calls[ADD], 4, "asked again by itself");
}

#[test]
fn a_queue_add_answered_too_late_is_an_unknown_outcome() {
    let stage = Stage::hasty();
    stage.fault(ADD, Trouble::Slow(60_000), true);
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::Unknown));
    assert_eq!(stage.seen().added, [SONG]);
}

#[test]
fn a_queue_add_may_take_effect_after_the_caller_has_given_up() {
    let stage = Stage::hasty();
    stage.fault(ADD, Trouble::Slow(3_000), false);
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::Unknown));
    assert_eq!(stage.seen().added, Vec::<String>::new());
    let patience = Instant::now() + Duration::from_secs(30);
    while stage.seen().added.is_empty() {
        assert!(Instant::now() < patience, "it never arrived");
        std::thread::yield_now();
    }
}

#[test]
fn a_skip_whose_answer_was_lost_is_an_unknown_outcome() {
    let stage = Stage::new();
    stage.fault("POST /me/player/next", Trouble::Drop, true);
    assert_eq!(stage.dj().next(), Err(Error::Unknown));
    stage.fault("POST /me/player/next", Trouble::Busy, true);
    assert_eq!(stage.dj().next(), Err(Error::Unknown));
    assert_eq!(stage.dj().player().unwrap().unwrap().item.unwrap().title, "Salt on the Window");
}

#[test]
fn commands_that_may_be_repeated_are_only_late() {
    let stage = Stage::hasty();
    for (trouble, wait) in
        [(Trouble::Drop, None), (Trouble::Broken(500), None), (Trouble::Slow(60_000), None), (Trouble::Busy, Some(5))]
    {
        stage.fault("PUT /me/player/volume", trouble, true);
        assert_eq!(stage.dj().volume(10), Err(later(wait)), "{trouble:?}");
    }
    stage.fault("PUT /me/player/volume", Trouble::TooMany(7), true);
    assert_eq!(stage.dj().volume(10), Err(too_many(7)));
    assert_eq!(stage.seen().devices[0].volume_percent, 10);
}

#[test]
fn a_sleeping_phone_answers_500_and_does_nothing() {
    let stage = Stage::new();
    let phone = Device { id: "johnsmith-phone".into(), is_asleep: true, ..Device::default() };
    stage.change(Change::Device(phone));
    assert_eq!(stage.dj().transfer("johnsmith-phone", true), Err(later(None)));
    stage.change(Change::Activate(Some("johnsmith-phone".into())));
    assert_eq!(stage.dj().add_to_queue(SONG, None), Err(Error::Broke));
    assert_eq!(stage.seen().added, Vec::<String>::new());
}

#[test]
fn a_question_that_was_never_sent_may_be_asked_again() {
    let stage = Stage::new();
    let token = stage.sim.connect("johnsmith", APP).access_token;
    let url = stage.sim.api_url();
    drop(stage);
    let client = Client::new(&url, &url, Timeouts::default());
    assert_eq!(client.account(&token).add_to_queue(SONG, None), Err(later(None)));
    assert_eq!(client.account(&token).next(), Err(later(None)));
}

#[test]
fn refusals_on_the_way_are_told_apart() {
    let stage = Stage::new();
    for (trouble, error) in [(Trouble::NoActiveDevice, Error::NoDevice), (Trouble::PremiumRequired, Error::NotPremium)]
    {
        stage.fault(ADD, trouble, false);
        assert_eq!(stage.dj().add_to_queue(SONG, None), Err(error));
    }
    stage.fault(ADD, Trouble::Restricted, false);
    let answer = stage.dj().add_to_queue(SONG, None);
    assert!(matches!(answer, Err(Error::Refused { why: Why::Other, .. })), "{answer:?}");
    assert_eq!(stage.seen().added, Vec::<String>::new());
}
