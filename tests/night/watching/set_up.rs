//! What is not as it should be with a DJ's Spotify, in the middle of a night and in words.

use partyplaylist::domain::{PlaybackState, Status};
use partyplaylist::spotify::simulator::{Button, Change, Device, Trouble};

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";

#[test]
fn a_wait_of_hours_reads_in_hours_and_survives_a_restart_whatever_it_is_called() {
    for (call, refused) in [(LOOK, "GET /me/player"), ("POST /api/token", "POST /api/token")] {
        let mut hall = Hall::of(1);
        hall.pass(60);
        if call != LOOK {
            hall.change(0, Change::ExpireAccess);
        }
        hall.fault(0, call, (Trouble::TooMany(4 * 3600), false), Some(1));
        hall.pass(60);
        assert_eq!(hall.health(0), "quota", "{call}");
        let told = hall.trouble(0).unwrap();
        assert!(told.sentence.contains("about 4 hours"), "{call}: {}", told.sentence);
        let until = told.until.unwrap();
        let calls = |hall: &Hall| (hall.sim.usage(&hall.djs[0].client_id).calls, hall.calls(0, refused));
        let before = calls(&hall);
        let ids = hall.ask(0, [40]);
        hall.pass(3600);
        hall.restart();
        hall.pass(until.ms_since(hall.now()) / 1000 - 1);
        assert_eq!(calls(&hall), before, "{call}: not one call before the time named");
        hall.pass(900);
        assert_eq!((hall.health(0).as_str(), hall.statuses(0, &ids)), ("ok", vec![Status::Played]), "{call}");
    }
}

#[test]
fn no_player_to_be_found_means_that_nothing_plays() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    hall.pass(60);
    hall.fault(0, LOOK, (Trouble::Nowhere, false), None);
    hall.pass(60);
    let playback = hall.playback(0);
    assert_eq!((playback.state, playback.health.as_str()), (PlaybackState::Idle, "no_device"));
    assert!(hall.trouble(0).unwrap().sentence.contains("press play there"));
    hall.sim.heal();
    hall.pass(600);
    assert_eq!((hall.health(0).as_str(), hall.statuses(0, &ids)), ("ok", vec![Status::Played]));
}

#[test]
fn a_song_without_tags_shows_the_name_of_its_file() {
    let mut hall = Hall::of(1);
    hall.change(0, Change::Press(Button::Start("spotify:local:::Summer+Mix+07.mp3:240".into())));
    hall.pass(31);
    let track = hall.playback(0).track.unwrap();
    assert_eq!((track.title.as_str(), track.artist.as_str()), ("Summer Mix 07.mp3", ""));
}

#[test]
fn a_device_that_takes_no_commands_is_named_while_it_plays() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    let (id, name) = (format!("{}-laptop", hall.djs[0].name), "Old radio".to_owned());
    let radio = Device { id, name, is_active: true, is_restricted: true, ..Device::default() };
    hall.change(0, Change::Device(radio.clone()));
    hall.pass(60);
    assert_eq!(hall.health(0), "no_device");
    assert!(hall.trouble(0).unwrap().sentence.contains("“Old radio” takes no commands"));
    assert_eq!(hall.playback(0).track.unwrap().track_uri, Some(uri(0)), "what plays is seen all the same");
    hall.pass(300);
    assert_eq!(hall.statuses(0, &ids), [Status::Approved], "the song waits");
    hall.change(0, Change::Device(Device { is_restricted: false, ..radio }));
    hall.pass(600);
    assert_eq!((hall.health(0).as_str(), hall.statuses(0, &ids)), ("ok", vec![Status::Played]));
}

#[test]
fn a_dj_who_is_taken_off_the_apps_list_is_told_which_button_puts_them_back() {
    for (trouble, words) in
        [(Trouble::NotRegistered, "press Settings, then User Management"), (Trouble::OwnerNeedsPremium, "Renew it")]
    {
        let mut hall = Hall::of(1);
        hall.pass(60);
        hall.fault(0, "", (trouble, false), None);
        hall.pass(60);
        assert_eq!(hall.health(0), "unavailable");
        let said = hall.trouble(0).unwrap().sentence;
        assert!(said.contains(words), "{said}");
    }
}
