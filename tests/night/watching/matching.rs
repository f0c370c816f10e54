//! A typed wish is matched before it is promised.

mod refused;
mod twice;

use partyplaylist::domain::{Act, Hit, HostRequest, MatchState, RequestId, Song, Source, Status, Submission, Why};
use partyplaylist::spotify::simulator::Trouble;
use partyplaylist::store::{Guest, JoinCredential, SpotifyDefaults, Tenant};
use serde_json::json;

use super::hall::{Hall, uri};

/// Somebody inside the `n`th DJ's party.
pub fn guest(hall: &mut Hall, n: usize) -> Tenant<Guest> {
    let event = hall.peek(n, async |host| host.event().await.unwrap().unwrap());
    let name = partyplaylist::domain::Username::parse(&hall.djs[n].name).unwrap();
    hall.runtime
        .block_on(async { hall.store.visit(&name).await.unwrap().join(JoinCredential::Pin(event.pin)).await.unwrap() })
}

/// A guest's wish in words; the box hears of it.
pub fn ask(hall: &mut Hall, guest: &Tenant<Guest>, title: &str, artist: &str) -> RequestId {
    let wish = Submission { song: Song::named(title, artist), nickname: None, note: None };
    let id = hall.runtime.block_on(guest.submit(wish, None)).unwrap().request.id;
    hall.host(0, async |_| ());
    id
}

fn shown(hall: &Hall, n: usize, id: &RequestId) -> HostRequest {
    let all = hall.peek(n, async |host| host.listing(None, None).await.unwrap().requests.clone());
    all.into_iter().find(|request| request.view.id == *id).unwrap()
}

fn state(hall: &Hall, id: &RequestId) -> MatchState {
    shown(hall, 0, id).view.matching.state
}

fn free(hall: &mut Hall) {
    let rules = json!({ "min_gap_ms": 0, "max_active_per_guest": 0, "max_per_hour": 0 });
    hall.host(0, async |host| host.change_rules(rules.as_object().unwrap().clone()).await.map(drop).unwrap());
}

#[test]
fn a_made_up_title_is_amber_before_anyone_is_told_next() {
    let mut hall = Hall::of(1);
    let made_up = hall.song(0, "Nobody Ever Sang This", "Not A Band");
    let told_next = |hall: &Hall| {
        let one = shown(hall, 0, &made_up);
        one.view.why == Some(Why::Next) || one.view.position.is_some_and(|place| place <= 2)
    };
    assert!(!told_next(&hall), "before anybody has looked");
    assert_eq!(state(&hall, &made_up), MatchState::Searching);
    hall.pass(1);
    let one = shown(&hall, 0, &made_up);
    assert_eq!((one.view.status, one.view.matching.state), (Status::Approved, MatchState::Unmatched));
    assert!(one.reason.unwrap().starts_with("Not found on Spotify"), "the DJ is told why");
    assert!(!told_next(&hall));
    // The night goes on past its turn, and it neither fails nor holds anybody up.
    let good = hall.ask(0, [41, 42]);
    hall.pass(900);
    assert_eq!(hall.statuses(0, &good), [Status::Played; 2]);
    assert_eq!(hall.status(0, &made_up), Status::Approved);
    assert!(!told_next(&hall));
    assert_eq!(hall.heard(0), [41, 42].map(uri));
}

#[test]
fn of_two_hundred_and_thirty_made_up_titles_none_is_promised_and_none_fails_at_its_turn() {
    let mut hall = Hall::of(1);
    let ids: Vec<RequestId> = (0..230).map(|n| hall.song(0, &format!("Made Up {n}"), "Nobody At All")).collect();
    let good = hall.ask(0, [41]).remove(0);
    for _ in 0..60 {
        hall.pass(60);
        let all = hall.peek(0, async |host| host.listing(None, None).await.unwrap().requests.clone());
        let next = all.iter().filter(|one| one.view.why == Some(Why::Next));
        assert!(next.clone().all(|one| one.view.id == good), "{:?}", next.collect::<Vec<_>>());
    }
    let failed = hall.statuses(0, &ids).iter().filter(|status| **status == Status::Failed).count();
    let usage = hall.sim.usage(&hall.djs[0].client_id);
    println!("{} searches, {} calls in an hour, {failed} failed", hall.calls(0, "GET /search"), usage.calls);
    assert_eq!((failed, hall.status(0, &good)), (0, Status::Played));
    assert!(usage.calls <= 1000 && usage.limited == 0, "{usage:?}");
}

#[test]
fn a_typed_wish_is_matched_when_asked_where_the_budget_allows() {
    let mut hall = Hall::of(1);
    let guest = guest(&mut hall, 0);
    let id = ask(&mut hall, &guest, "battery HEART", "tin robots");
    hall.pass(1);
    let one = shown(&hall, 0, &id);
    assert_eq!((one.view.status, one.view.matching.state), (Status::Pending, MatchState::Matched));
    assert_eq!((one.view.title.as_str(), one.view.duration_ms), ("Battery Heart", Some(181_000)));
    assert!(one.view.cover.is_some());
    hall.host(0, async |host| host.act(&id, Act::Approve).await.unwrap());
    let searched = hall.calls(0, "GET /search");
    hall.pass(600);
    assert_eq!((hall.status(0, &id), hall.calls(0, "GET /search")), (Status::Played, searched), "none at its turn");
}

#[test]
fn a_typed_wish_is_matched_when_approved_where_the_budget_was_short() {
    let mut hall = Hall::with(1, 100);
    let guest = guest(&mut hall, 0);
    free(&mut hall);
    hall.ask(0, 30..42);
    hall.pass(1500);
    let id = ask(&mut hall, &guest, "Battery Heart", "The Tin Robots");
    hall.pass(30);
    assert_eq!(state(&hall, &id), MatchState::Searching, "a guest's wish that may be rejected waits");
    hall.host(0, async |host| host.act(&id, Act::Approve).await.unwrap());
    hall.pass(40);
    assert_eq!(state(&hall, &id), MatchState::Matched);
}

#[test]
fn a_typed_wish_is_matched_while_it_waits_once_spotify_answers_again() {
    for trouble in [Trouble::Broken(502), Trouble::Drop, Trouble::TooMany(20)] {
        let mut hall = Hall::of(1);
        hall.fault(0, "GET /search", (trouble, false), None);
        let id = hall.song(0, "Battery Heart", "The Tin Robots");
        let good = hall.ask(0, [41, 42]);
        hall.pass(60);
        assert_eq!(state(&hall, &id), MatchState::Searching, "{trouble:?}: nobody could ask");
        hall.sim.heal();
        hall.pass(120);
        assert_eq!((state(&hall, &id), hall.status(0, &id)), (MatchState::Matched, Status::Approved), "{trouble:?}");
        hall.pass(900);
        assert_eq!(hall.status(0, &id), Status::Played, "{trouble:?}");
        assert_eq!(hall.statuses(0, &good), [Status::Played; 2], "{trouble:?}");
    }
}

#[test]
fn the_dj_chooses_among_three_that_come_near_and_it_plays() {
    let mut hall = Hall::of(1);
    // Right title, wrong artist; and a title that several songs have a word of.
    let id = hall.song(0, "Harbour Lights", "The Tin Robots");
    hall.pass(5);
    let one = shown(&hall, 0, &id);
    assert_eq!(one.view.matching.state, MatchState::Unmatched);
    let near = one.view.matching.candidates;
    assert!((1..=3).contains(&near.len()) && near[0].title == "Harbour Lights", "{near:?}");
    let chosen = hall.peek(0, async |host| host.track(near[0].uri.clone()).await.unwrap()).unwrap();
    let done = hall.host(0, async |host| host.choose(&id, Some(chosen)).await.unwrap());
    assert_eq!((done.view.matching.state, done.view.position), (MatchState::Matched, Some(1)));
    assert_eq!(done.view.artist, "The Paper Boats");
    hall.pass(600);
    assert_eq!((hall.status(0, &id), hall.heard(0)), (Status::Played, vec![near[0].uri.clone()]));
}

#[test]
fn what_the_dj_plays_by_hand_waits_for_their_hand_and_holds_nobody_up() {
    let mut hall = Hall::of(1);
    let id = hall.song(0, "Our Own Demo", "The Cousins");
    hall.pass(5);
    let done = hall.host(0, async |host| host.choose(&id, None).await.unwrap());
    assert_eq!((done.view.matching.state, done.view.position), (MatchState::ByHand, None));
    let searched = hall.calls(0, "GET /search");
    let good = hall.ask(0, [41]).remove(0);
    hall.pass(600);
    assert_eq!((hall.status(0, &good), hall.status(0, &id)), (Status::Played, Status::Approved));
    assert_eq!(hall.calls(0, "GET /search"), searched, "nobody looks for it any more");
    hall.host(0, async |host| host.act(&id, Act::Finish).await.unwrap());
    assert_eq!(hall.status(0, &id), Status::Played);
}

#[test]
fn what_the_rules_refuse_is_neither_offered_nor_taken_from_the_djs_own_hand() {
    let mut hall = Hall::of(1);
    hall.host(0, async |host| {
        let rules = json!({ "allow_explicit": false });
        host.change_rules(rules.as_object().unwrap().clone()).await.map(drop).unwrap();
    });
    let id = hall.song(0, "Swear Jar", "Juno Falk");
    hall.pass(5);
    let one = shown(&hall, 0, &id);
    assert!(one.view.matching.candidates.iter().all(|near| near.explicit != Some(true)));
    let rude = hall.peek(0, async |host| host.track(uri(19)).await.unwrap()).unwrap();
    let refused = hall.host(0, async |host| host.choose(&id, Some(rude)).await.unwrap_err());
    assert!(refused.to_string().contains("Explicit"), "{refused}");
    // Under other rules it is looked for once more, and what Spotify said is remembered.
    let searched = hall.calls(0, "GET /search");
    hall.host(0, async |host| {
        let rules = json!({ "allow_explicit": true });
        host.change_rules(rules.as_object().unwrap().clone()).await.map(drop).unwrap();
    });
    hall.pass(5);
    assert_eq!((state(&hall, &id), hall.calls(0, "GET /search")), (MatchState::Matched, searched));
}

/// Something that changes how a wish stands that nobody has found, and how.
type Way = (&'static str, fn(&mut Hall), MatchState);

#[test]
fn who_asks_what_has_changed_hears_of_a_match_that_has() {
    let mut hall = Hall::of(1);
    let guest = guest(&mut hall, 0);
    free(&mut hall);
    let waits = ask(&mut hall, &guest, "Nobody Ever Sang This", "Not A Band");
    hall.pass(1);
    assert_eq!(state(&hall, &waits), MatchState::Unmatched);
    let ways: [Way; 4] = [
        ("other rules", free, MatchState::Searching),
        (
            "by hand",
            |hall| hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap()),
            MatchState::ByHand,
        ),
        (
            "Spotify",
            |hall| hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap()),
            MatchState::Searching,
        ),
        ("disconnected", |hall| hall.host(0, async |host| host.disconnect().await.unwrap()), MatchState::ByHand),
    ];
    for (way, change, to) in ways {
        let since = hall.peek(0, async |host| host.listing(None, None).await.unwrap().version);
        change(&mut hall);
        assert_eq!(state(&hall, &waits), to, "{way}");
        let heard = hall.peek(0, async |host| host.listing(None, Some(since)).await.unwrap().requests.clone());
        assert!(heard.iter().any(|one| one.view.id == waits), "{way}: nobody hears of it");
    }
}

#[test]
fn a_song_the_box_knows_is_matched_without_a_call() {
    let mut hall = Hall::of(1);
    hall.song(0, "Battery Heart", "The Tin Robots");
    hall.pass(5);
    let searched = hall.calls(0, "GET /search");
    let again = hall.song(0, "Battery Heart - Remastered 2011", "Tin Robots");
    let guest = guest(&mut hall, 0);
    free(&mut hall);
    assert_eq!(again, ask(&mut hall, &guest, "battery heart", "the tin robots"), "it is one song");
    hall.host(0, async |host| host.act(&again, Act::Finish).await.unwrap());
    let rules = json!({ "replay_cooldown_ms": 0 });
    hall.host(0, async |host| host.change_rules(rules.as_object().unwrap().clone()).await.map(drop).unwrap());
    let new = hall.song(0, "battery heart", "tin robots");
    hall.pass(5);
    assert_eq!((state(&hall, &new), hall.calls(0, "GET /search")), (MatchState::Matched, searched));
}

#[test]
fn a_wish_that_became_another_recording_meanwhile_does_not_go_over_as_the_old_one() {
    let mut hall = Hall::of(1);
    let id = hall.ask(0, [41]).remove(0);
    let user = hall.djs[0].user.clone();
    let defaults = SpotifyDefaults { client_id: None, budget: 1_000 };
    let worker = hall.runtime.block_on(hall.store.spotify_worker(&user)).unwrap();
    let head = hall.runtime.block_on(worker.orders(defaults)).unwrap().unwrap().next.unwrap();
    assert_eq!(head.song.track_uri, Some(uri(41)));
    hall.host(0, async |host| drop(host.choose(&id, Some(battery_heart())).await.unwrap()));
    assert!(!hall.runtime.block_on(worker.begin_handover(&head.id, &uri(41))).unwrap());
    hall.pass(600);
    assert_eq!((hall.status(0, &id), hall.heard(0)), (Status::Played, vec![uri(45)]));
}

#[test]
fn a_wish_is_matched_for_its_own_dj_and_nobody_elses_rows_change() {
    let mut hall = Hall::of(2);
    let here = hall.song(0, "Battery Heart", "The Tin Robots");
    hall.pass(5);
    assert_eq!(state(&hall, &here), MatchState::Matched);
    let theirs = hall.song(1, "Battery Heart", "The Tin Robots");
    assert_eq!(shown(&hall, 1, &theirs).view.matching.state, MatchState::Searching, "their box has heard of nothing");
    hall.pass(5);
    assert_eq!((hall.calls(0, "GET /search"), hall.calls(1, "GET /search")), (1, 1), "each with an app of their own");
    let hit = hall.peek(0, async |host| host.track(uri(45)).await.unwrap()).unwrap();
    let before = shown(&hall, 1, &theirs);
    let refused = hall.host(0, async |host| host.choose(&theirs, Some(hit)).await.unwrap_err());
    assert!(matches!(refused, partyplaylist::store::Error::NotFound), "{refused}");
    assert!(matches!(
        hall.host(0, async |host| host.choose(&theirs, None).await.unwrap_err()),
        partyplaylist::store::Error::NotFound
    ));
    assert_eq!(shown(&hall, 1, &theirs), before);
}

#[test]
fn a_night_run_by_hand_promises_typed_songs_as_ever() {
    let mut hall = Hall::of(1);
    hall.host(0, async |host| host.set_source(Source::Manual).await.unwrap());
    let ids: Vec<RequestId> = (0..3).map(|n| hall.song(0, &format!("Own {n}"), "Nobody")).collect();
    hall.pass(60);
    let views: Vec<_> = ids.iter().map(|id| shown(&hall, 0, id).view).collect();
    assert_eq!(views.iter().map(|view| view.position).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    assert_eq!((views[0].why, views[0].matching.state), (Some(Why::Next), MatchState::ByHand));
    assert_eq!(hall.calls(0, "GET /search"), 0);
    // Back to Spotify: what it knows goes on by itself, and the places are promised anew.
    hall.host(0, async |host| host.set_source(Source::Spotify).await.unwrap());
    let good = hall.ask(0, [41]).remove(0);
    assert_eq!(shown(&hall, 0, &good).view.why, Some(Why::Next));
    hall.pass(600);
    assert_eq!(hall.status(0, &good), Status::Played);
    assert!(ids.iter().all(|id| shown(&hall, 0, id).view.why != Some(Why::Next)));
}

/// A track by its address, as Spotify names it.
fn battery_heart() -> Hit {
    let (title, artists) = ("Battery Heart".to_owned(), vec!["The Tin Robots".to_owned()]);
    Hit { uri: Some(uri(45)), title, artists, duration_ms: Some(181_000), ..Hit::default() }
}
