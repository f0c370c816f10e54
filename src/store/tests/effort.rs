//! What each kind of write costs by the length of the queue.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use serde_json::json;

use super::{Effort, Party, counting, queued, requests, rows_of, song};
use crate::domain::{Act, Fate, Observation, ObservedTrack, PlaybackState, Song, Submission, Why};
use crate::store::spotify::connection::SpotifyDefaults;
use crate::store::spotify::observations::Poll;

/// Steps of one pass over a song in the queue, where the next to be promised is looked for.
const PASS: u64 = 40;
/// Steps that come and go with statements that are prepared again; one step for each song in the queue would be more.
const SLACK: u64 = 600;
/// Rows any of them may change, counts and triggers included.
const ROWS: u64 = 12;

/// Every kind of write once, with what it cost; true where it may look at the queue, since somebody is to be promised a
/// place in it.
async fn each(party: &Party) -> Vec<(&'static str, bool, Effort)> {
    let (host, worker, guest) = (&party.host, &party.worker, &party.guests[0]);
    let mut costs = Vec::new();
    let (cost, pending) = party.effort(guest.submit(song("One"), Some("key".into()))).await;
    costs.push(("a wish", false, cost));
    let id = pending.request.id;
    costs.push(("the same wish again", false, party.effort(guest.submit(song("One"), Some("key".into()))).await.0));
    costs.push(("a wish that becomes a vote", false, party.effort(party.guests[1].submit(song("One"), None)).await.0));
    costs.push(("approve", false, party.effort(host.act(&id, Act::Approve)).await.0));
    costs.push(("vote", false, party.effort(party.guests[2].vote(&queued(7), true)).await.0));
    costs.push(("vote again", false, party.effort(party.guests[2].vote(&queued(7), true)).await.0));
    costs.push(("take a vote back", false, party.effort(party.guests[2].vote(&queued(7), false)).await.0));
    costs.push(("withdraw", false, party.effort(guest.withdraw(&id)).await.0));
    let (cost, own) = party.effort(host.submit(song("Two"), None)).await;
    costs.push(("the host's own", false, cost));
    costs.push(("reject", false, party.effort(host.act(&own.request.id, Act::Reject)).await.0));
    costs.push(("bring back", false, party.effort(host.act(&own.request.id, Act::Retry)).await.0));
    costs.push(("play next", false, party.effort(host.play_next(&queued(8))).await.0));
    costs.push(("delete", false, party.effort(host.delete_request(&queued(9))).await.0));
    costs.push(("mute", false, party.effort(host.mute(guest.guest_id(), true)).await.0));
    costs.push(("announce", false, party.effort(host.announce(None)).await.0));
    let version = host.event().await.unwrap().unwrap().version;
    costs.push(("an order", true, party.effort(host.reorder(vec![queued(6), queued(5)], version)).await.0));
    costs.push(("hand over", false, party.effort(worker.begin_handover(&queued(6), "spotify:track:Song6")).await.0));
    costs.push(("handed over", false, party.effort(worker.settle_handover(&queued(6), Fate::Queued(Some(0)))).await.0));
    costs.push(("nothing of ours plays", false, party.effort(worker.record_poll(poll("Else", 1))).await.0));
    costs.push(("ours begins", true, party.effort(worker.record_poll(poll("Song 6", 2))).await.0));
    costs.push(("it goes on", false, party.effort(worker.record_poll(poll("Song 6", 3))).await.0));
    costs.push(("the next begins", true, party.effort(host.act(&queued(5), Act::Play)).await.0));
    costs.push(("it is over", true, party.effort(host.act(&queued(5), Act::Finish)).await.0));
    costs
}

fn poll(title: &str, seconds: i64) -> Poll {
    let item = ObservedTrack {
        uri: format!("spotify:track:{}", title.replace(' ', "")),
        isrc: None,
        title: title.into(),
        artist: "Artist".into(),
        art: None,
        duration_ms: 180_000,
    };
    let seen_at = crate::store::clock::Clock::system().now();
    let observation =
        Observation { state: PlaybackState::Playing, item: Some(item), progress_ms: seconds * 1000, seen_at };
    Poll { observation: Some(observation), due: Some(seen_at), streak: 0, trouble: None }
}

fn costs(many: i64, order: &str) -> Vec<(&'static str, bool, Effort)> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(many, order).await;
        if order == "arrival" {
            // What SQLite has counted for its plans makes none of them worse.
            party.store.write(|conn| Ok(conn.execute_batch("ANALYZE")?)).await.unwrap();
        }
        // What is prepared once is prepared, and what is counted once is counted.
        party.host.submit(song("Counted"), None).await.unwrap();
        party.host.act(&queued(4), Act::Reject).await.unwrap();
        party.guests[1].submit(song("Before"), Some("key".into())).await.unwrap();
        let costs = each(&party).await;
        party.store.close();
        costs
    })
}

#[test]
fn a_write_costs_the_same_however_long_the_line_is() {
    for order in ["fair", "votes", "arrival"] {
        let short = costs(12, order);
        for many in [1_000, 5_000] {
            for ((name, looks, few), (_, _, cost)) in short.iter().zip(costs(many, order)) {
                println!("{order:>8} {many:>5} {name:<28} {:>7} steps {:>3} rows", cost.steps, cost.rows);
                let pass = if *looks { PASS * many.unsigned_abs() } else { 0 };
                let most = few.steps + SLACK + pass;
                assert!(cost.steps <= most, "{name}, {order}, {many} in line: {few:?} with twelve, now {cost:?}");
                assert!(cost.rows <= ROWS, "{name}, {order}, {many} in line: {cost:?}");
            }
        }
    }
}

#[test]
fn taking_back_a_cleared_list_costs_the_same_however_long_the_line_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cost = |many: i64| {
        runtime.block_on(async {
            let party = Party::with(many, "fair").await;
            for n in 0..20 {
                party.guests[n % 3].submit(song(&format!("Cleared {n}")), None).await.unwrap();
            }
            let cleared = party.host.clear_waiting().await.unwrap();
            assert_eq!(cleared.requests.len(), 20);
            let (cost, back) = party.effort(party.host.bring_back(cleared.version)).await;
            assert_eq!(back.requests.len(), 20);
            party.store.close();
            cost.steps
        })
    };
    let (short, long) = (cost(12), cost(5_000));
    assert!(long <= short + SLACK, "{short} steps with twelve in line, now {long}");
}

#[test]
fn looking_for_a_typed_wish_costs_the_same_however_long_the_line_is() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cost = |many: i64| {
        runtime.block_on(async {
            let party = Party::with(many, "fair").await;
            let typed = Submission { song: Song::named("Typed", "Somebody"), nickname: None, note: None };
            party.host.submit(typed, None).await.unwrap();
            let steps = Arc::default();
            party.store.read(counting(&steps)).await.unwrap();
            let defaults = SpotifyDefaults { client_id: None, budget: 1_000 };
            let unsearched = party.worker.unsearched(defaults).await.unwrap().unwrap();
            assert!(unsearched.requests.len() == 1 && unsearched.ready >= 2);
            party.store.close();
            steps.load(Ordering::Relaxed)
        })
    };
    let (short, long) = (cost(12), cost(5_000));
    println!("{short} steps with twelve in line, {long} with five thousand");
    assert!(long <= short + SLACK, "{short} steps with twelve in line, {long} with five thousand");
}

#[test]
fn new_rules_are_held_to_a_long_line_in_one_pass() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(5_000, "fair").await;
        let lines: Vec<String> =
            (0..499).map(|n| format!("Nobody {n} - Never Played {n}")).chain(["Song 7".into()]).collect();
        let patch = json!({ "do_not_play": lines }).as_object().unwrap().clone();
        let began = Instant::now();
        let (cost, done) = party.effort(party.host.change_rules(patch)).await;
        println!("5,000 songs and 500 lines: {cost:?} in {:?}", began.elapsed());
        assert_eq!(done.turned_down, [queued(7)]);
        assert!(cost.steps < 100 * 5_000 && cost.rows <= ROWS, "{cost:?}");
        // Another band, and everything goes.
        let patch = json!({ "do_not_play": ["Artist"] }).as_object().unwrap().clone();
        let (cost, done) = party.effort(party.host.change_rules(patch)).await;
        println!("4,999 songs turned down: {cost:?}");
        assert_eq!(done.turned_down.len(), 4_999);
        assert!(cost.steps < 500 * 5_000 && cost.rows <= 5_000 + ROWS, "{cost:?}");
        party.store.close();
    });
}

#[test]
fn an_order_writes_the_songs_that_move_and_no_others() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(1_000, "arrival").await;
        let version = party.host.event().await.unwrap().unwrap().version;
        let order = |from: i64| std::iter::once(from).chain((0..1_000).filter(move |n| *n != from)).map(queued);
        let (cost, _) = party.effort(party.host.reorder(order(999).collect(), version)).await;
        assert!(cost.rows <= 1_000 + ROWS && cost.steps < 120 * 1_000, "all that stand above it are set: {cost:?}");
        let version = party.host.event().await.unwrap().unwrap().version;
        let again = [998, 999].into_iter().chain(0..998).map(queued);
        let (cost, _) = party.effort(party.host.reorder(again.collect(), version)).await;
        assert!(cost.rows <= ROWS, "one song dragged to the top is one row: {cost:?}");
        party.store.close();
    });
}

#[test]
fn while_a_dj_with_a_long_night_is_deleted_others_wait_for_a_few_rows_at_a_time() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(2_000, "fair").await;
        for guest in &party.guests {
            guest.vote(&queued(3), true).await.unwrap();
        }
        let (before, dj) = (party.store.commits(), party.host.id().clone());
        party.store.accounts().delete(&dj).await.unwrap();
        let commits = party.store.commits() - before;
        assert!(commits > 2_000 / 50, "{commits} writes for 2,000 wishes");
        let left = rows_of(&party.file, dj.as_str());
        assert_eq!(left, Vec::<(String, i64)>::new());
        party.store.close();
    });
}

#[test]
fn a_wish_that_comes_while_the_dj_drags_a_song_does_not_set_the_whole_line_by_hand() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let party = Party::with(1_000, "votes").await;
        let queue = async || {
            let (all, version) = requests(&party.host, None).await;
            let mut queue: Vec<_> =
                all.into_iter().filter_map(|one| Some((one.view.position?, one.view.id, one.view.why))).collect();
            queue.sort_by_key(|(position, ..)| *position);
            (queue.into_iter().map(|(_, id, why)| (id, why)).collect::<Vec<_>>(), version)
        };
        let (seen, version) = queue().await;
        let mut wanted: Vec<_> = seen.into_iter().map(|(id, _)| id).collect();
        let new = party.host.submit(song("New"), None).await.unwrap().request.id;
        wanted[3..=5].rotate_right(1);
        let (cost, _) = party.effort(party.host.reorder(wanted.clone(), version)).await;
        assert!(cost.rows <= ROWS, "six songs have a place by hand, and no others: {cost:?}");
        wanted.push(new.clone());
        let (now, _) = queue().await;
        assert_eq!(now.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), wanted, "the order that was sent");
        let set = "SELECT count(*) FROM requests WHERE fixed";
        let set: i64 = rusqlite::Connection::open(&party.file).unwrap().query_row(set, [], |row| row.get(0)).unwrap();
        let by_hand = now.iter().filter(|(_, why)| *why == Some(Why::Placed)).count();
        assert_eq!((set, by_hand), (6, 1), "one was moved");
        // And the rules go on for the rest.
        party.guests[0].vote(&new, true).await.unwrap();
        assert_eq!(queue().await.0[6].0, new);
        // Who leaves out what was there means it to go below.
        let (_, version) = queue().await;
        party.host.submit(song("Newer"), None).await.unwrap();
        party.host.reorder(vec![queued(999)], version).await.unwrap();
        assert_eq!(queue().await.0[0].0, queued(999));
        // The last of the queue, too, alone or behind those it is to follow.
        let (seen, version) = queue().await;
        let last = seen.last().unwrap().0.clone();
        party.host.reorder(vec![queued(999), last.clone()], version).await.unwrap();
        assert_eq!((&queue().await.0[0].0, &queue().await.0[1].0), (&queued(999), &last));
        party.store.close();
    });
}

static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn note(event: TraceEvent) {
    if let TraceEvent::Stmt(statement, _) = event {
        SAID.lock().unwrap().insert(statement.sql().into_owned());
    }
}

#[test]
fn no_statement_of_a_write_goes_through_a_whole_table() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let file = runtime.block_on(async {
        let party = Party::with(12, "fair").await;
        let listen = |conn: &rusqlite::Connection| {
            conn.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
            Ok(())
        };
        party.store.write(listen).await.unwrap();
        party.host.act(&queued(4), Act::Reject).await.unwrap();
        each(&party).await;
        party.store.trim_record().await.unwrap();
        party.store.forget_people(30).await.unwrap();
        party
    });
    let conn = rusqlite::Connection::open(&file.file).unwrap();
    let said: Vec<String> = SAID.lock().unwrap().iter().filter(|sql| is_asked(sql)).cloned().collect();
    assert!(said.len() > 40, "{} statements were heard", said.len());
    assert!(said.iter().any(|sql| sql.contains("nickname = NULL")), "what is forgotten was not heard");
    for sql in said {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan = statement.raw_query().mapped(|row| row.get::<_, String>(3)).map(Result::unwrap);
        // A list that came along, what a query inside has just made, what is spoken of as a number alone, and tables of one
        // row. The mark is read where the WAL is checkpointed meanwhile.
        let few = ["wanted", "CONSTANT ROW", "(subquery", "wal_mark", "SCAN clock"];
        let bounded = |step: &String| !step.starts_with("SCAN") || few.iter().any(|what| step.contains(what));
        let through: Vec<String> = plan.filter(|step| !bounded(step)).collect();
        assert!(through.is_empty(), "{through:?} in {sql}");
    }
}

/// Whether a statement looks for rows of ours.
fn is_asked(sql: &str) -> bool {
    ["SELECT", "UPDATE", "DELETE", "INSERT"].iter().any(|word| sql.starts_with(word)) && !sql.contains("sqlite_schema")
}
