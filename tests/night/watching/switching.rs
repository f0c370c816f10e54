//! Between Spotify and a night run by hand.

use partyplaylist::domain::{Act, Hit, Line, RequestId, Source, SpotifyTrouble, Status, Username, Why};
use partyplaylist::store::{Announcement, Error, JoinCredential};
use serde_json::json;

use super::hall::{Hall, uri};

#[test]
fn going_by_hand_and_back_loses_nothing_and_sends_nothing_twice() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41, 42]);
    hall.pass(200);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap());
    let looks = hall.calls(0, "GET /me/player");
    hall.pass(120);
    assert_eq!(hall.calls(0, "GET /me/player"), looks, "nobody looks while the DJ runs it by hand");
    assert_eq!(hall.playback(0).source, Source::Manual);
    // Meanwhile the first has begun in Spotify; the DJ plays the second from a record.
    hall.host(0, async |host| host.act(&ids[1], Act::Play).await.unwrap());
    hall.pass(60);
    hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap());
    hall.pass(2);
    assert_eq!(hall.statuses(0, &ids), [Status::Playing, Status::Played, Status::Approved]);
    hall.pass(700);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 3]);
    assert_eq!(hall.heard(0), [uri(40), uri(42)]);
}

#[test]
fn a_song_that_came_and_went_meanwhile_is_over() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(200);
    hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap());
    hall.pass(900);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap());
    hall.pass(900);
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
    assert_eq!(hall.heard(0), [uri(40), uri(41)]);
}

#[test]
fn announcing_a_song_runs_the_night_by_hand_until_it_is_taken_back() {
    let mut hall = Hall::of(1);
    hall.pass(10);
    let [title, artist] = ["Happy Birthday", "Everybody"].map(|text| Line::parse(text).unwrap());
    let playback = hall.host(0, async |host| host.announce(Some(Announcement { title, artist })).await.unwrap());
    assert_eq!((playback.source, playback.track.unwrap().title.as_str()), (Source::Manual, "Happy Birthday"));
    let playback = hall.host(0, async |host| host.announce(None).await.unwrap());
    assert_eq!(playback.source, Source::Spotify);
    hall.pass(2);
    assert_eq!(hall.playback(0).track.unwrap().track_uri, Some(uri(0)));
}

#[test]
fn spotify_cannot_be_chosen_where_none_is_connected() {
    let mut hall = Hall::of(1);
    hall.host(0, async |host| host.disconnect().await.unwrap());
    hall.pass(5);
    assert!(!hall.is_watched(0));
    let refused = hall.host(0, async |host| host.set_source(Source::Spotify).await);
    assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.code() == SpotifyTrouble::NotConnected.code()));
    assert_eq!(hall.playback(0).source, Source::Manual);
}

/// Who is told to be next, in order.
fn next(hall: &Hall) -> Vec<RequestId> {
    let mut all = hall.peek(0, async |host| host.listing(None, None).await.unwrap().requests.clone());
    all.retain(|one| one.view.why == Some(Why::Next) && one.view.position.is_some());
    all.sort_by_key(|one| one.view.position);
    all.into_iter().map(|one| one.view.id).collect()
}

/// Some way in which songs typed by hand become as good as any other.
type Ready = (&'static str, fn(&mut Hall, &[RequestId]));

const READY: [Ready; 5] = [
    ("found", |hall, _| hall.pass(2)),
    ("chosen", |hall, typed| {
        for (id, n) in typed.iter().zip([45, 46]) {
            let hit = Hit { uri: Some(uri(n)), title: format!("Song {n}"), ..Hit::default() };
            hall.host(0, async |host| drop(host.choose(id, Some(hit)).await.unwrap()));
        }
    }),
    ("dragged first, and found", |hall, typed| {
        let version = hall.peek(0, async |host| host.listing(None, None).await.unwrap().version);
        hall.host(0, async |host| host.reorder(typed.to_vec(), version).await.unwrap());
        hall.pass(2);
    }),
    ("by hand again", |hall, _| hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap())),
    ("disconnected", |hall, _| hall.host(0, async |host| host.disconnect().await.unwrap())),
];

#[test]
fn whoever_is_told_to_be_next_stays_next_when_a_typed_song_is_found_or_need_not_be() {
    for (way, ready) in READY {
        let mut hall = Hall::of(1);
        hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap());
        let typed = [("Battery Heart", "The Tin Robots"), ("Harbour Lights", "The Paper Boats")];
        let typed = typed.map(|(title, artist)| hall.song(0, title, artist));
        assert_eq!(next(&hall), typed, "in a night run by hand");
        let good = hall.ask(0, [41, 42]);
        hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap());
        assert_eq!(next(&hall), good, "nobody has looked for the others yet");
        ready(&mut hall, &typed);
        assert_eq!(next(&hall), good, "{way}: told to be next, and bumped");
        let mut line = hall.peek(0, async |host| host.listing(None, None).await.unwrap().requests.clone());
        line.sort_by_key(|one| one.view.position);
        let places: Vec<_> = line.into_iter().map(|one| (one.view.position, one.view.id)).collect();
        let wanted: Vec<_> = (1..).map(Some).zip(good.into_iter().chain(typed)).collect();
        assert_eq!(places, wanted, "{way}: each is next in turn");
    }
}

#[test]
fn whoever_is_next_when_the_connection_ends_stays_next_whatever_is_voted_then() {
    let mut hall = Hall::of(1);
    let rules = json!({ "order": "votes" });
    hall.host(0, async |host| host.change_rules(rules.as_object().unwrap().clone()).await.map(drop).unwrap());
    let ids: Vec<RequestId> = (0..4).map(|n| hall.song(0, &format!("Nobody Sang {n}"), "Not A Band")).collect();
    hall.pass(60);
    hall.host(0, async |host| host.disconnect().await.unwrap());
    let told = next(&hall);
    assert_eq!(told.len(), 2);
    let event = hall.peek(0, async |host| host.event().await.unwrap().unwrap());
    let name = Username::parse(&hall.djs[0].name).unwrap();
    let last = ids.iter().find(|id| !told.contains(id)).unwrap();
    hall.runtime.block_on(async {
        let guest = hall.store.visit(&name).await.unwrap().join(JoinCredential::Pin(event.pin)).await.unwrap();
        guest.vote(last, true).await.unwrap();
    });
    assert_eq!(next(&hall), told, "told that they are next, and passed by");
}
