//! A connection that changes while its old tokens are being refreshed.

use partyplaylist::spotify::simulator::{AppRules, Change, Trouble};
use partyplaylist::store::{Granted, Host, SpotifyAccount, Tenant};

use super::hall::{Hall, uri};

const TOKEN: &str = "POST /api/token";

/// Does something as the first DJ, five seconds on, while a refresh of theirs is under way.
fn meanwhile(hall: &mut Hall, act: impl AsyncFnOnce(Tenant<Host>) + Send) {
    hall.pass(10);
    hall.change(0, Change::ExpireAccess);
    hall.fault(0, TOKEN, (Trouble::Slow(700), false), Some(1));
    let (store, user, sim) = (hall.store.clone(), hall.djs[0].user.clone(), hall.sim.clone());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while !sim.account("dj000").unwrap().calls.contains_key(TOKEN) {
                std::thread::yield_now();
            }
            sim.advance(std::time::Duration::from_secs(5));
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { act(store.as_host(&user).await.unwrap()).await });
        });
        hall.pass(31);
    });
}

/// What a consent of the second DJ's account to the first one's app brings.
fn other_account(hall: &Hall) -> (Granted, SpotifyAccount) {
    let grant = hall.sim.connect("dj001", &hall.djs[0].client_id);
    let granted = Granted {
        access: grant.access_token.reveal().to_owned(),
        access_expires_at: hall.now().plus_ms(3_600_000),
        refresh: grant.refresh_token.map(|token| token.reveal().to_owned()),
    };
    (granted, SpotifyAccount { id: "dj001".into(), name: None })
}

fn plays(hall: &mut Hall) -> Option<String> {
    hall.playback(0).track.and_then(|track| track.track_uri)
}

#[test]
fn a_refresh_that_comes_back_late_leaves_the_account_connected_meanwhile_alone() {
    for rotates in [false, true] {
        let mut hall = Hall::of(2);
        hall.sim.set_app(&hall.djs[0].client_id.clone(), AppRules { rotates, ..AppRules::default() });
        let (granted, account) = other_account(&hall);
        meanwhile(&mut hall, async move |host| host.connect(granted, account).await.unwrap());
        hall.pass(60);
        assert_eq!((plays(&mut hall), hall.health(0).as_str()), (Some(uri(3)), "ok"), "{rotates}");
        // Also when that one is refreshed in its turn.
        hall.pass(7200);
        let seen = hall.seen(1).current;
        assert_eq!(plays(&mut hall), seen, "{rotates}");
    }
}

#[test]
fn a_refresh_refused_late_leaves_the_connection_made_meanwhile_alone() {
    let mut hall = Hall::of(2);
    let (granted, account) = other_account(&hall);
    hall.pass(1);
    hall.change(0, Change::Revoke);
    meanwhile(&mut hall, async move |host| host.connect(granted, account).await.unwrap());
    hall.pass(60);
    assert!(hall.is_watched(0), "the new connection was wiped");
    assert_eq!((plays(&mut hall), hall.health(0).as_str()), (Some(uri(3)), "ok"));
}

#[test]
fn a_refresh_that_comes_back_late_revives_no_connection_the_dj_has_ended() {
    let mut hall = Hall::of(1);
    hall.sim.set_app(&hall.djs[0].client_id.clone(), AppRules { rotates: true, ..AppRules::default() });
    meanwhile(&mut hall, async move |host| host.disconnect().await.unwrap());
    hall.pass(60);
    let conn = rusqlite::Connection::open(hall.file()).unwrap();
    let sql = "SELECT access_token, refresh_token FROM spotify_links";
    let kept: (Option<String>, Option<String>) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, (None, None));
    assert!(!hall.is_watched(0));
}
