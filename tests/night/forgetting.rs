//! Names and the record are forgotten after their days, and no sooner because a clock was ahead.

use crate::inside::{Inside, START};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

fn rows<T: rusqlite::types::FromSql>(inside: &Inside, sql: &str) -> T {
    rusqlite::Connection::open(inside.file()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Wishes with names, asked for so many days ago at a night that is over, and as old entries of the record.
fn old_names(inside: &Inside, days: &[i64]) {
    let conn = rusqlite::Connection::open(inside.file()).unwrap();
    let user = "(SELECT id FROM users WHERE username = 'usera')";
    let event = format!("INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             VALUES ('over', {user}, 'n', 'ended', '', '', 1, 0, 9, 9, 1, 0)");
    conn.execute(&event, []).unwrap();
    for day in days {
        let at = START - day * DAY;
        conn.execute_batch(&format!(
            "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, nickname, status, created_at, version)
             VALUES ('old{day}', {user}, 'over', '{day}', 'x', 'k', 'k', 'Mara', 'played', {at}, 1);
             INSERT INTO audit (user_id, at, actor, action, outcome, address)
             VALUES ({user}, {at}, 'old', '{day}', 'allowed', NULL);"
        ))
        .unwrap();
    }
}

/// The days whose names are known after so many hours of keeping house, and those whose entries are there.
fn remembered(inside: &Inside, hours: i64) -> (String, String) {
    for _ in 0..hours {
        // The schema goes by the machine's own clock for the record, and refuses what this one calls old.
        let _ = inside.runtime.block_on(inside.store.trim_record());
        let _ = inside.runtime.block_on(inside.store.forget_people(30));
        inside.advance(HOUR);
    }
    let days =
        "group_concat(title, ' ') FROM (SELECT title FROM requests WHERE nickname IS NOT NULL ORDER BY created_at)";
    let entries = "group_concat(action, ' ') FROM (SELECT action FROM audit WHERE actor = 'old' ORDER BY at)";
    (rows(inside, &format!("SELECT {days}")), rows(inside, &format!("SELECT {entries}")))
}

#[test]
fn a_clock_that_is_years_ahead_for_a_night_makes_nobody_forgotten() {
    let inside = Inside::open(168);
    old_names(&inside, &[29, 20, 5]);
    inside.set_clock(73 * YEAR);
    assert_eq!(remembered(&inside, 8), ("29 20 5".into(), "29 20 5".into()), "in 2100");
    inside.set_clock(-73 * YEAR);
    assert_eq!(remembered(&inside, 1).0, "29 20 5", "in its own year again");
}

#[test]
fn a_clock_that_is_a_year_ahead_for_a_night_makes_no_more_than_a_week_forgotten() {
    let inside = Inside::open(168);
    old_names(&inside, &[31, 29, 21, 5]);
    let inside = inside.restart(MINUTE, 300 * DAY);
    assert_eq!(remembered(&inside, 8), ("21 5".into(), "31 29 21 5".into()), "with the clock ahead");
    inside.set_clock(-300 * DAY);
    assert_eq!(remembered(&inside, 1).0, "21 5", "with the clock as before");
    inside.advance(10 * DAY);
    assert_eq!(remembered(&inside, 3).0, "5", "days that pass are believed again");
}
