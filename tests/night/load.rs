//! A crowded night for three DJs at once.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::venue::{Caller, Venue, wish};

const THREADS: usize = 50;
const SPAN: Duration = Duration::from_secs(20);
const DJS: [&str; 3] = ["johnsmith", "janedoe", "testdj"];

/// Every text of an answer that carries a DJ's name must carry the right one.
fn checked(answer: &Value, dj: &str) {
    let text = answer.to_string();
    for other in DJS.iter().filter(|other| **other != dj) {
        assert!(!text.contains(&format!("of {other}")), "a row of {other} at {dj}: {text}");
    }
}

/// One round of one visitor; answers what was done and how it went.
fn round(turn: usize, dj: &str, host: &mut Caller, guest: &mut Caller) -> (&'static str, u16) {
    let api = format!("/api/{dj}");
    let (what, answer) = match turn % 6 {
        0 => ("wish", guest.post(&format!("{api}/requests"), &wish(&format!("Song {turn} of {dj}")))),
        1 => ("party", guest.get(&format!("{api}/party"))),
        2 => ("list", host.get(&format!("{api}/requests?status=pending"))),
        3 => ("search", guest.get(&format!("{api}/search?q=song"))),
        4 => {
            let party = guest.get(&format!("{api}/party")).json();
            let id = party["queue"][turn % party["queue"].as_array().map_or(1, |all| all.len().max(1))]["id"].clone();
            ("vote", guest.post(&format!("{api}/requests/{}/vote", id.as_str().unwrap_or("none")), &json!({})))
        }
        _ => {
            let list = host.get(&format!("{api}/requests?status=pending")).json();
            let id = list["requests"][0]["id"].as_str().unwrap_or("none").to_owned();
            let act = ["approve", "approve", "reject", "play-next"][turn / 6 % 4];
            ("decide", host.post(&format!("{api}/requests/{id}/{act}"), &json!({})))
        }
    };
    checked(&answer.json(), dj);
    (what, answer.status)
}

#[test]
fn fifty_at_once_for_three_djs_see_no_wrong_row_and_no_error() {
    let venue = Venue::by_hand();
    for dj in DJS {
        let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
        assert_eq!(venue.host(dj).put(&format!("/api/{dj}/settings"), &rules).status, 200);
    }
    let hosts = DJS.map(|dj| venue.host(dj));
    let guests: Vec<Caller> = (0..THREADS).map(|n| venue.guest_of(DJS[n % 3], &mut hosts[n % 3].clone())).collect();
    let counts = Mutex::new(BTreeMap::<(&str, u16), u64>::new());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for (n, guest) in guests.iter().enumerate() {
            let (mut host, mut guest, counts) = (hosts[n % 3].clone(), guest.clone(), &counts);
            scope.spawn(move || {
                let mut turn = n * 100_000;
                while began.elapsed() < SPAN {
                    turn += 1;
                    let done = round(turn, DJS[n % 3], &mut host, &mut guest);
                    *counts.lock().unwrap().entry(done).or_default() += 1;
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    println!("{THREADS} threads for {} s:", began.elapsed().as_secs());
    for ((what, status), count) in &counts {
        println!("  {what:<8} {status}  {count}");
    }
    // A request that is gone or decided by another in the meantime is a clean no; nothing else is.
    let clean = |what: &str, status: u16| match status {
        200 | 201 => true,
        429 => what == "search",
        404 | 409 => what == "vote" || what == "decide",
        _ => false,
    };
    let odd: Vec<_> = counts.keys().filter(|(what, status)| !clean(what, *status)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let done = |wanted: &str| {
        counts.iter().filter(|((what, status), _)| *what == wanted && *status < 300).map(|(_, n)| n).sum::<u64>()
    };
    for what in ["wish", "party", "list", "search", "vote", "decide"] {
        assert!(done(what) > 0, "nobody got to {what}");
    }
    let rows = venue.rows();
    let wrong: i64 = rows
        .query_row("SELECT count(*) FROM requests JOIN users ON users.id = requests.user_id WHERE title LIKE 'Song % of %' AND title NOT LIKE '% of ' || username", [], |row| row.get(0))
        .unwrap();
    assert_eq!(wrong, 0);
    let kept: i64 =
        rows.query_row("SELECT count(*) FROM requests WHERE title LIKE 'Song % of %'", [], |row| row.get(0)).unwrap();
    assert_eq!(u64::try_from(kept).unwrap(), done("wish"), "every wish that was answered is there, none twice");
}
