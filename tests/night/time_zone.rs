//! Tables and pages are by the clock at the venue.

use std::path::Path;

use crate::venue::{Venue, folder_of};

/// A night in autumn.
const EVENT: &str = "01a207b0-1768-71d0-82f6-0e03fb7ce98d";

/// What is told of it by the clock of a place.
struct Told {
    zone: &'static str,
    /// In the name of the table.
    day: &'static str,
    rows: [&'static str; 4],
    /// On the pages.
    since: [&'static str; 4],
}

fn fill(folder: &Path) {
    let conn = rusqlite::Connection::open(folder.join("partyplaylist.db")).unwrap();
    let user: String = conn.query_row("SELECT id FROM users WHERE username = 'djane'", [], |row| row.get(0)).unwrap();
    // From 22:30 on the 24th to 04:00 on the 25th: six and a half hours, since two to three comes twice.
    let (begun, ended) = (1_792_873_800_000_i64, 1_792_897_200_000_i64);
    let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
               VALUES (?1, ?2, 'Autumn', 'ended', '', '', 1, ?3, ?4, ?4, 1)";
    conn.execute(sql, (EVENT, &user, begun, ended)).unwrap();
    for (n, title) in ["＝1+1", "Half past two", "Half past two again", "\u{202f}-Späti"].iter().enumerate() {
        let at = 1_792_888_200_000_i64 + i64::try_from(n).unwrap() * 3_600_000 - 3_600_000;
        let sql = "INSERT INTO requests (id, user_id, event_id, title, artist, song_key, artist_key, status, created_at, played_at, version)
                   VALUES (?1, ?2, ?3, ?4, 'Zoë', ?4, 'zoe', 'played', ?5, ?5, 1)";
        conn.execute(sql, (format!("r{n}"), &user, EVENT, title, at)).unwrap();
    }
}

/// The box goes by that clock, whatever the machine's is.
fn tells(folder: &Path, told: &Told) {
    let Told { zone, day, rows, since } = *told;
    let copy = tempfile::tempdir().unwrap();
    for file in ["partyplaylist.db", "partyplaylist.key"] {
        std::fs::copy(folder.join(file), copy.path().join(file)).unwrap();
    }
    let venue = Venue::of(copy, &[("PARTYPLAYLIST_VENUE__TIME_ZONE", zone.into()), ("TZ", "America/New_York".into())]);
    let mut dj = venue.host("djane");
    let csv = dj.get(&format!("/api/djane/events/{EVENT}.csv"));
    assert!(csv.header("content-disposition").unwrap().contains(&format!("party-{day}.csv")), "{zone}");
    assert!(csv.body.starts_with('\u{feff}') && csv.body.contains("Zoë"), "{}", csv.body);
    let lines: Vec<&str> = csv.body.lines().skip(1).collect();
    assert!(lines[0].contains(",\"'＝1+1\","), "{}", lines[0]);
    for (line, row) in lines.iter().zip(rows) {
        let row = row.replace(',', "\",\"");
        assert!(line.contains(&format!("\"{row}\",\"{row}\",\"{zone}\"")), "{row} is not in {line}");
    }
    let report = dj.get(&format!("/djane/admin/history/{EVENT}")).body;
    for moment in since {
        assert!(report.contains(&format!(">{moment}</time>")), "{moment} is not in {report}");
    }
    let history = dj.get("/djane/admin/history").body;
    assert!(history.contains(since[0]) && !history.contains(" UTC<"), "{history}");
}

#[test]
fn tables_and_pages_are_by_the_clock_at_the_venue_also_on_the_night_it_is_set_back() {
    let dir = folder_of(&["djane"]);
    fill(dir.path());
    for told in [
        Told {
            zone: "Europe/Berlin",
            day: "2026-10-24",
            rows: [
                "2026-10-25 01:30:00,UTC+02:00",
                "2026-10-25 02:30:00,UTC+02:00",
                "2026-10-25 02:30:00,UTC+01:00",
                "2026-10-25 03:30:00,UTC+01:00",
            ],
            since: ["2026-10-24 22:30 CEST", "2026-10-25 04:00 CET", "2026-10-25 02:30 CEST", "2026-10-25 02:30 CET"],
        },
        Told {
            zone: "Asia/Tokyo",
            day: "2026-10-25",
            rows: [
                "2026-10-25 08:30:00,UTC+09:00",
                "2026-10-25 09:30:00,UTC+09:00",
                "2026-10-25 10:30:00,UTC+09:00",
                "2026-10-25 11:30:00,UTC+09:00",
            ],
            since: ["2026-10-25 05:30 JST", "2026-10-25 12:00 JST", "2026-10-25 09:30 JST", "2026-10-25 10:30 JST"],
        },
    ] {
        tells(dir.path(), &told);
    }
    // Without a setting the system's.
    let venue = Venue::of(dir, &[("TZ", "America/New_York".into())]);
    let csv = venue.host("djane").get(&format!("/api/djane/events/{EVENT}.csv")).body;
    assert!(csv.contains("\"2026-10-24 19:30:00\",\"UTC-04:00\"") && csv.contains("America/New_York"), "{csv}");
}
