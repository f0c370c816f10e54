//! Everything under way moves with the clock, and nothing else.

use super::{Connection, HOUR_MS, Jump, MOVES, Timestamp, move_rows};
use crate::store::db::schema::migrate::migrate;
use crate::store::db::schema::versions::LATEST;

/// Times that stay where they are, and why a clock that is set does no harm to them.
const STAY: [(&str, &str); 15] = [
    ("users", "created_at"),            // Shown, and nothing else.
    ("events", "ended_at"),             // History.
    ("audit", "at"),                    // A record nobody changes; goes by what is surely past.
    ("audit", "last_at"),               // The same.
    ("spotify_links", "authorized_at"), // Counts months of the real world, whatever the box is off in between.
    ("searches", "asked_at"),           // A cache: one from the future is asked again.
    ("tracks", "named_at"),             // An order of what is kept.
    ("covers", "named_at"),             // An order of what is kept.
    ("clock", "left_at"),
    ("clock", "believed_at"),
    ("clock", "jumped_at"),
    ("events", "moved_at"),    // A version, no time.
    ("events", "arranged_at"), // The same.
    ("requests", "lined_at"),  // The same.
    ("spotify_calls", "hour"), // Moves by statements of its own.
];

fn newest() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.db");
    migrate(&path, LATEST, Timestamp(0)).unwrap();
    (dir, Connection::open(&path).unwrap())
}

#[test]
fn every_time_of_the_schema_moves_with_the_clock_or_says_why_not() {
    let (_dir, conn) = newest();
    let sql = "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
               WHERE m.type = 'table' AND (c.name GLOB '*_at' OR c.name IN ('at', 'until', 'hour', 'hold_until'))";
    let mut statement = conn.prepare(sql).unwrap();
    let found = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let found: Vec<_> = found.map(Result::unwrap).collect();
    assert!(found.len() > 30, "{found:?}");
    for (table, column) in &found {
        let moves = MOVES.iter().any(|(of, columns, _)| of == table && columns.contains(&column.as_str()));
        let stays = STAY.contains(&(table.as_str(), column.as_str()));
        assert!(moves != stays, "{table}.{column}: moves {moves}, stays {stays}");
    }
    let there = |table: &str, column: &str| found.contains(&(table.to_owned(), column.to_owned()));
    let listed = MOVES.iter().flat_map(|(table, columns, _)| columns.iter().map(move |column| (*table, *column)));
    for (table, column) in listed.chain(STAY) {
        assert!(there(table, column), "{table}.{column} is no time");
    }
}

#[test]
fn calls_counted_by_the_hour_move_by_whole_hours_there_and_back() {
    let (_dir, conn) = newest();
    conn.execute_batch(
        "INSERT INTO users VALUES ('a', 'anna', 'Anna', 'dj', 'active', 'h', 0);
         INSERT INTO spotify_calls VALUES ('a', 'c', 500000, 1), ('a', 'c', 500001, 2), ('a', 'c', 500002, 3);",
    )
    .unwrap();
    let calls = || -> String {
        let sql = "SELECT group_concat(hour || ':' || calls) FROM (SELECT * FROM spotify_calls ORDER BY hour)";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for (by, then) in [
        (HOUR_MS, "500001:1,500002:2,500003:3"),
        (-HOUR_MS, "500000:1,500001:2,500002:3"),
        (120_000, "500000:1,500001:2,500002:3"),
        (-500_001 * HOUR_MS, "-1:1,0:2,1:3"),
        (500_001 * HOUR_MS, "500000:1,500001:2,500002:3"),
    ] {
        move_rows(&conn, Jump { at: Timestamp(0), by_ms: by }).unwrap();
        assert_eq!(calls(), then, "by {by}");
    }
}
