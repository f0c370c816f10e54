//! What is kept beside the songs is what counting anew would find, whatever happened.

use rusqlite::Connection;

use super::{Party, RequestId, queued, requests, song};
use crate::domain::{Act, Fate, HostRequest, Refusal, Status, Timestamp, Username};
use crate::store::db::schema::migrate::migrate;
use crate::store::error::Error;
use crate::store::transfer::export::export;
use crate::store::transfer::import::Arrival;
use crate::store::vault::Vault;

const STEPS: u64 = 500;

/// Everything that is not as counting anew finds it.
const WRONG: &str = "
    SELECT 'votes of ' || r.id FROM requests r WHERE r.votes <> (SELECT count(*) FROM votes v
        WHERE v.user_id = r.user_id AND v.event_id = r.event_id AND v.request_id = r.id)
    UNION ALL SELECT 'turns of ' || g.id FROM guests g WHERE g.served <> (SELECT count(*) FROM requests r
        WHERE r.user_id = g.user_id AND r.event_id = g.event_id AND r.guest_id = g.id AND r.status IN ('playing', 'played'))
    UNION ALL SELECT 'turns of the host' FROM events e WHERE e.served <> (SELECT count(*) FROM requests r
        WHERE r.user_id = e.user_id AND r.event_id = e.id AND r.guest_id IS NULL AND r.status IN ('playing', 'played'))
    UNION ALL SELECT 'place of ' || r.id FROM requests r WHERE (r.place IS NOT NULL) <> r.fixed
        OR r.fixed AND r.status NOT IN ('approved', 'handed_over')
    UNION ALL SELECT 'promises' FROM events e WHERE e.status <> 'ended' AND
        (SELECT count(*) FROM requests r WHERE r.user_id = e.user_id AND r.event_id = e.id AND r.fixed) <
        min(2, (SELECT count(*) FROM requests r WHERE r.user_id = e.user_id AND r.event_id = e.id
                AND r.status IN ('approved', 'handed_over')))";

fn wrong(conn: &Connection) -> Vec<String> {
    let mut statement = conn.prepare_cached(WRONG).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Numbers that repeat themselves, from a linear congruence.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of(&mut self, all: &[HostRequest], fits: &[Status]) -> Option<RequestId> {
        let some: Vec<_> = all.iter().filter(|one| fits.is_empty() || fits.contains(&one.view.status)).collect();
        let at = self.below(u64::try_from(some.len()).unwrap().max(1));
        some.get(usize::try_from(at).unwrap()).map(|one| one.view.id.clone())
    }
}

/// One thing that may happen, refused or not.
pub async fn step(party: &Party, dice: &mut Dice) {
    let (host, guest) = (&party.host, &party.guests[usize::try_from(dice.below(3)).unwrap()]);
    let (all, version) = requests(host, None).await;
    let act = [Act::Approve, Act::Approve, Act::Reject, Act::Retry, Act::Play, Act::Finish]
        [usize::try_from(dice.below(6)).unwrap()];
    let Some(any) = dice.one_of(&all, &[]) else { return drop(host.submit(song("First"), None).await) };
    let fit = dice.one_of(&all, act.from()).unwrap_or_else(|| any.clone());
    let waits = dice.one_of(&all, &[Status::Pending, Status::Approved]).unwrap_or_else(|| any.clone());
    let title = format!("Song {}", dice.below(40));
    match dice.below(14) {
        0..=2 => drop(guest.submit(song(&title), None).await),
        3 => drop(host.submit(song(&title), None).await),
        4 | 5 => drop(guest.vote(&waits, true).await),
        6 => drop(guest.vote(&waits, false).await),
        7 => drop(guest.withdraw(&waits).await),
        8..=10 => drop(host.act(&fit, act).await),
        11 => drop(host.play_next(&waits).await),
        12 => drop(host.reorder(vec![waits], version).await),
        _ if dice.below(3) == 0 => drop(host.delete_request(&any).await),
        _ => {
            let uri = all.iter().find(|one| one.view.id == waits).and_then(|one| one.view.track_uri.clone());
            drop(party.worker.begin_handover(&waits, &uri.unwrap_or_default()).await);
        }
    }
}

#[test]
fn votes_and_turns_kept_beside_the_songs_are_what_counting_them_finds_after_every_step() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let party = runtime.block_on(async {
        let party = Party::with(9, "fair").await;
        let conn = Connection::open(&party.file).unwrap();
        let mut dice = Dice(20_261_125);
        for n in 0..STEPS {
            step(&party, &mut dice).await;
            let found = wrong(&conn);
            assert!(found.is_empty(), "after step {n}: {found:?}");
        }
        let some = "SELECT (SELECT sum(votes) FROM requests), (SELECT sum(served) FROM guests), (SELECT sum(served) FROM events)";
        let (votes, turns, own): (i64, i64, i64) =
            conn.query_row(some, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert!(votes > 3 && turns > 3 && own > 0, "{votes} votes, {turns} turns and {own} of the host");
        party.store.close();
        party
    });
    carried_and_back(&party);
}

/// The same on another box, and after going down to a version that does not keep them and up again.
fn carried_and_back(party: &Party) {
    let there = tempfile::tempdir().unwrap();
    let (file, other) = (there.path().join("dj.db"), there.path().join("p.db"));
    export(&party.file, &Username::parse("djane").unwrap(), &file).unwrap();
    migrate(&other, crate::store::db::schema::versions::LATEST, Timestamp(0)).unwrap();
    let arrival = Arrival::of(&file, &other, None).unwrap();
    arrival.take_in(&other, &Vault::new(&[1; 32]), Timestamp(0)).unwrap();
    let sums = |path| {
        let conn = Connection::open(path).unwrap();
        assert_eq!(wrong(&conn), Vec::<String>::new());
        let sql = "SELECT (SELECT sum(votes) FROM requests) || ' ' || (SELECT sum(served) FROM guests)";
        conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let here = sums(&party.file);
    assert_eq!(sums(&other), here);
    migrate(&party.file, 9, Timestamp(0)).unwrap();
    migrate(&party.file, crate::store::db::schema::versions::LATEST, Timestamp(0)).unwrap();
    assert_eq!(sums(&party.file), here);
}

#[test]
fn a_song_back_from_spotify_came_into_line_then_and_pins_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(6, "votes").await;
        assert!(party.worker.begin_handover(&queued(0), "spotify:track:Song0").await.unwrap());
        let (mut all, version) = requests(&party.host, Some(Status::Approved)).await;
        all.sort_by_key(|one| one.view.position);
        party.worker.settle_handover(&queued(0), Fate::Back).await.unwrap();
        party.host.reorder(all.into_iter().map(|one| one.view.id).collect(), version).await.unwrap();
        let conn = Connection::open(&party.file).unwrap();
        let pinned = "SELECT count(*) FROM requests WHERE fixed";
        let pinned: i64 = conn.query_row(pinned, [], |row| row.get(0)).unwrap();
        assert_eq!(pinned, 2, "who never saw it in line has moved nothing");
    });
}

#[test]
fn when_a_song_came_into_line_goes_with_its_dj_and_counts_as_long_ago_after_an_upgrade() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (file, new) = (dir.path().join("dj.db"), dir.path().join("new.db"));
    let came = |file: &std::path::Path| -> Vec<(String, i64)> {
        let conn = Connection::open(file).unwrap();
        let sql = "SELECT title, lined_at FROM requests ORDER BY title";
        conn.prepare(sql).unwrap().query_map([], |row| row.try_into()).unwrap().map(Result::unwrap).collect()
    };
    runtime.block_on(async {
        let party = Party::with(2, "arrival").await;
        let asked = party.guests[0].submit(song("Late"), None).await.unwrap();
        party.host.act(&asked.request.id, Act::Approve).await.unwrap();
        export(&party.file, &Username::parse("djane").unwrap(), &file).unwrap();
    });
    let before = came(&file);
    assert!(before[0].0 == "Late" && before[0].1 > 1 && before[1].1 == 0, "{before:?}");
    migrate(&new, crate::store::db::schema::versions::LATEST, Timestamp(0)).unwrap();
    let arrival = Arrival::of(&file, &new, None).unwrap();
    arrival.take_in(&new, &Vault::new(&[7; 32]), Timestamp(0)).unwrap();
    assert_eq!(came(&new), before);
    for version in [11, crate::store::db::schema::versions::LATEST] {
        migrate(&new, version, Timestamp(0)).unwrap();
    }
    assert_eq!(came(&new), before.into_iter().map(|(title, _)| (title, 0)).collect::<Vec<_>>());
}

#[test]
fn an_order_answers_the_version_it_came_to_by_which_the_next_does_not_pass_over_another_hand() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(6, "votes").await;
        let version = async || party.host.event().await.unwrap().unwrap().version;
        let mine = party.host.reorder(vec![queued(5)], version().await).await.unwrap();
        assert_eq!(mine, version().await);
        let others = party.host.reorder(vec![queued(4)], mine).await.unwrap();
        let late = party.host.reorder(vec![queued(3)], mine).await;
        assert!(matches!(late, Err(Error::Refused(Refusal::MovedFirst(version))) if version == others), "{late:?}");
        assert!(party.host.reorder(vec![queued(3)], others).await.is_ok());
    });
}
