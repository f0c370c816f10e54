//! What a DJ does by hand while a song is on its way.

use partyplaylist::domain::{Act, Refusal, RequestId, Source, Status};
use partyplaylist::spotify::simulator::{Button, Change, Trouble};
use partyplaylist::store::Error;

use super::hall::{Hall, uri};

const LOOK: &str = "GET /me/player";

/// A night with the first of these songs on its way.
fn on_its_way(songs: &[usize]) -> (Hall, Vec<RequestId>) {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, songs.iter().copied());
    hall.pass(200);
    assert_eq!((hall.status(0, &ids[0]), hall.seen(0).added.len()), (Status::HandedOver, 1));
    (hall, ids)
}

#[test]
fn a_song_deleted_on_its_way_plays_and_holds_nothing_up() {
    let (mut hall, ids) = on_its_way(&[40, 41, 42]);
    hall.host(0, async |host| host.delete_request(&ids[0]).await.unwrap());
    hall.pass(900);
    assert!(hall.is_watched(0));
    assert_eq!(hall.heard(0), [40, 41, 42].map(uri));
    assert_eq!(hall.statuses(0, &ids[1..]), [Status::Played; 2]);
}

#[test]
fn a_song_on_its_way_that_the_dj_calls_played_or_plays_by_hand_is_not_sent_again() {
    for act in [Act::Finish, Act::Play] {
        let (mut hall, ids) = on_its_way(&[40, 41, 42]);
        hall.host(0, async |host| host.act(&ids[0], act).await.unwrap());
        hall.pass(900);
        assert_eq!(hall.heard(0), [40, 41, 42].map(uri), "{act:?}");
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 3], "{act:?}");
    }
}

#[test]
fn a_song_on_its_way_stays_next_whatever_is_dragged_or_put_first() {
    let (mut hall, ids) = on_its_way(&[40, 41, 42, 43]);
    hall.host(0, async |host| host.play_next(&ids[3]).await.unwrap());
    let version = hall.peek(0, async |host| host.listing(None, None).await.unwrap().version);
    hall.host(0, async |host| {
        host.reorder(vec![ids[2].clone(), ids[3].clone(), ids[1].clone()], version).await.unwrap();
    });
    hall.pass(1200);
    assert_eq!(hall.heard(0), [40, 42, 43, 41].map(uri));
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 4]);
}

/// Some way in which another song comes to stand first.
type Drag = (&'static str, fn(&mut Hall, &[RequestId]));

const DRAGS: [Drag; 3] = [
    ("put first", |hall, ids| hall.host(0, async |host| drop(host.play_next(&ids[2]).await.unwrap()))),
    ("dragged", |hall, ids| {
        let version = hall.peek(0, async |host| host.listing(None, None).await.unwrap().version);
        hall.host(0, async |host| host.reorder(vec![ids[2].clone()], version).await.unwrap());
    }),
    ("the first one rejected", |hall, ids| {
        hall.host(0, async |host| drop(host.act(&ids[0], Act::Reject).await.unwrap()));
        hall.host(0, async |host| drop(host.act(&ids[1], Act::Reject).await.unwrap()));
    }),
];

#[test]
fn a_song_dragged_first_makes_its_slot_though_the_player_was_dragged_to_its_end_since_the_last_look() {
    for (way, drag) in DRAGS {
        for since in 0..29 {
            let mut hall = Hall::of(1);
            let ids = hall.ask(0, [40, 41, 42]);
            // Looked at every half minute.
            hall.pass(60 + since);
            hall.change(0, Change::Press(Button::Before(8_000)));
            hall.pass(1);
            drag(&mut hall, &ids);
            hall.pass(9);
            assert_eq!(hall.status(0, &ids[2]), Status::Playing, "{way}, {since} s after a look");
            assert_eq!(hall.heard(0), [uri(42)], "{way}, {since} s after a look");
        }
    }
}

#[test]
fn a_dj_who_sorts_the_line_all_night_spends_no_calls_that_songs_need() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, 40..52);
    let before = hall.calls(0, "GET /me/player");
    for n in 0..600 {
        hall.host(0, async |host| drop(host.play_next(&ids[n % 2 + 10]).await));
        hall.pass(1);
    }
    let looks = hall.calls(0, "GET /me/player") - before;
    println!("{looks} looks in ten minutes of dragging");
    assert!(looks <= 125, "{looks} looks in ten minutes of dragging");
    hall.pass(3600);
    assert!(hall.sim.usage(&hall.djs[0].client_id).calls <= 1000);
}

#[test]
fn an_event_that_ends_with_a_song_on_its_way_leaves_nothing_to_the_next() {
    let (mut hall, _) = on_its_way(&[40, 41]);
    hall.end(0);
    hall.begin(0);
    let more = hall.ask(0, [42, 43]);
    hall.pass(900);
    assert_eq!(hall.heard(0), [40, 42, 43].map(uri));
    assert_eq!(hall.statuses(0, &more), [Status::Played; 2]);
}

#[test]
fn a_song_asked_for_again_while_it_plays_is_heard_twice_and_each_wish_once() {
    let mut hall = Hall::of(1);
    let first = hall.ask(0, [40]).remove(0);
    hall.pass(230);
    assert_eq!(hall.status(0, &first), Status::Playing);
    let again = hall.ask(0, [40]).remove(0);
    hall.pass(175);
    assert_eq!([hall.status(0, &first), hall.status(0, &again)], [Status::Playing, Status::HandedOver]);
    hall.pass(30);
    assert_eq!([hall.status(0, &first), hall.status(0, &again)], [Status::Played, Status::Playing]);
    hall.pass(300);
    assert_eq!(hall.status(0, &again), Status::Played);
    assert_eq!(hall.heard(0), [40, 40].map(uri));
}

/// What the DJ does while Spotify takes its time to answer a look.
fn meanwhile(hall: &mut Hall, act: impl AsyncFnOnce(partyplaylist::store::Tenant<partyplaylist::store::Host>) + Send) {
    hall.fault(0, LOOK, (Trouble::Slow(700), true), Some(1));
    let (store, user, sim) = (hall.store.clone(), hall.djs[0].user.clone(), hall.sim.clone());
    let looks = hall.calls(0, LOOK);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while sim.account("dj000").unwrap().calls[LOOK] == looks {
                std::thread::yield_now();
            }
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { act(store.as_host(&user).await.unwrap()).await });
        });
        hall.pass(31);
    });
}

#[test]
fn a_look_that_comes_back_after_the_dj_went_by_hand_changes_nothing() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    hall.pass(100);
    hall.change(0, Change::Press(Button::Start(uri(41))));
    let id = ids[0].clone();
    meanwhile(&mut hall, async move |host| {
        host.set_source(Source::Manual).await.unwrap();
        host.act(&id, Act::Play).await.unwrap();
    });
    assert_eq!(hall.playback(0).source, Source::Manual);
    assert_eq!(
        hall.statuses(0, &ids),
        [Status::Playing, Status::Approved],
        "Spotify's song took the place of the DJ's"
    );
}

#[test]
fn a_yes_is_not_taken_back_once_spotify_has_the_song_and_what_is_taken_back_on_its_way_plays_once() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41]);
    // Back and in line again before anything goes over, so that there is something to take back.
    hall.host(0, async |host| {
        host.act(&ids[0], Act::Reject).await.unwrap();
        host.act(&ids[0], Act::Retry).await.unwrap();
        host.act(&ids[0], Act::Approve).await.unwrap();
        host.play_next(&ids[0]).await.unwrap();
    });
    hall.pass(200);
    assert_eq!(hall.status(0, &ids[0]), Status::HandedOver);
    let told = hall.host(0, async |host| host.undo(&ids[0], None).await.unwrap_err().to_string());
    assert_eq!(told, "Spotify has this song already: from here on it goes its way there, where it can be skipped.");
    for act in [Act::Finish, Act::Play] {
        hall.host(0, async |host| {
            host.act(&ids[0], act).await.unwrap();
            assert_eq!(host.undo(&ids[0], None).await.unwrap().view.status, Status::HandedOver);
        });
    }
    hall.pass(900);
    assert_eq!(hall.heard(0), [40, 41].map(uri));
    assert_eq!(hall.statuses(0, &ids), [Status::Played; 2]);
}

#[test]
fn a_song_is_not_on_its_way_again_by_an_undo_once_another_is() {
    for act in [Act::Finish, Act::Play] {
        let (mut hall, ids) = on_its_way(&[40, 41, 42]);
        hall.host(0, async |host| host.act(&ids[0], act).await.unwrap());
        let mut passed = 0;
        while hall.status(0, &ids[1]) != Status::HandedOver {
            hall.pass(5);
            passed += 5;
            assert!(passed < 900, "{act:?}: it never went over");
        }
        let before = hall.statuses(0, &ids);
        let undone = hall.host(0, async |host| host.undo(&ids[0], None).await);
        assert!(matches!(undone, Err(Error::Refused(Refusal::WrongState(_)))), "{act:?}: two are on their way");
        assert_eq!(hall.statuses(0, &ids), before, "{act:?}");
        hall.pass(900);
        assert_eq!(hall.heard(0), [40, 41, 42].map(uri), "{act:?}");
        assert_eq!(hall.statuses(0, &ids), [Status::Played; 3], "{act:?}");
    }
}

#[test]
fn a_song_that_was_over_does_not_play_again_by_an_undo_while_spotify_plays_another() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40]);
    hall.pass(230);
    assert_eq!(hall.status(0, &ids[0]), Status::Playing);
    hall.host(0, async |host| host.act(&ids[0], Act::Finish).await.unwrap());
    hall.change(0, Change::Press(Button::Next));
    hall.pass(60);
    let before = hall.playback(0).track;
    let undone = hall.host(0, async |host| host.undo(&ids[0], None).await);
    assert!(matches!(undone, Err(Error::Refused(Refusal::WrongState(_)))), "it is said to play again");
    hall.pass(60);
    assert_eq!((hall.status(0, &ids[0]), hall.playback(0).track), (Status::Played, before));
}

#[test]
fn an_act_is_not_taken_back_across_a_drag_that_is_saved_in_the_same_moment() {
    let mut hall = Hall::of(1);
    let ids = hall.ask(0, [40, 41, 42]);
    for _ in 0..10 {
        hall.host(0, async |host| host.play_next(&ids[2]).await.unwrap());
        let version = hall.peek(0, async |host| host.listing(None, None).await.unwrap().version);
        let undone = hall.host(0, async |host| {
            let (moved, undone) = rocket::tokio::join!(host.reorder(ids.clone(), version), host.undo(&ids[2], None));
            moved.unwrap();
            undone
        });
        assert!(matches!(undone, Err(Error::Refused(Refusal::ChangedSince))), "{undone:?}");
    }
}
