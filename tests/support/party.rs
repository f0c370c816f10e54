//! A box in a process of its own with a party on: a DJ, guests, and a queue of any length.

use std::fmt::Write;
use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use crate::venue::{Caller, Venue, folder_of};

/// The DJ of every party here.
pub const DJ: &str = "djane";

pub struct Party {
    pub venue: Venue,
    pub host: Caller,
    pub guests: Vec<Caller>,
    /// The songs in line.
    pub line: Vec<String>,
}

impl Party {
    /// So many songs in line, three of each guest, of whom so many are here with a phone.
    pub fn with(songs: usize, guests: usize) -> Self {
        Self::seeded(songs, guests, |_| ())
    }

    /// The same on a file that has seen more before.
    pub fn seeded(songs: usize, guests: usize, seed: impl FnOnce(&Path)) -> Self {
        let venue = Venue::of(folder_of(&[DJ]), &[]);
        let mut host = venue.host(DJ);
        free(&mut host, DJ);
        assert_eq!(host.post("/api/djane/event", &json!({ "name": "Tonight" })).status, 201);
        let here: Vec<Caller> = (0..guests).map(|_| venue.guest_of(DJ, &mut host)).collect();
        // A box that runs need not notice what another program writes into its file.
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        let file = dir.path().join("partyplaylist.db");
        seed(&file);
        fill(&file, DJ, songs);
        let mut party =
            Self { venue: Venue::of(dir, &[]), host, guests: here, line: (0..songs).map(|n| in_line(DJ, n)).collect() };
        party.host.move_to(&party.venue);
        party.guests.iter_mut().for_each(|guest| guest.move_to(&party.venue));
        party
    }

    /// What each guest's phone sends.
    pub fn as_guests(&self, browser: bool) -> Vec<Vec<(&'static str, String)>> {
        self.guests.iter().map(|guest| headers(guest, browser)).collect()
    }

    pub fn as_host(&self, browser: bool) -> Vec<Vec<(&'static str, String)>> {
        vec![headers(&self.host, browser)]
    }
}

/// Whatever is asked for is in line at once, and nobody has to wait.
pub fn free(host: &mut Caller, dj: &str) {
    let rules = json!({ "auto_approve": true, "max_active_per_guest": 0, "min_gap_ms": 0, "max_per_hour": 0 });
    assert_eq!(host.put(&format!("/api/{dj}/settings"), &rules).status, 200);
}

/// What somebody is known by, as a script sends it or as a browser does, which takes what is compressed.
pub fn headers(caller: &Caller, browser: bool) -> Vec<(&'static str, String)> {
    let mut headers = match &caller.token {
        Some(token) => vec![("Authorization", format!("Bearer {token}"))],
        None => vec![("Cookie", cookies(caller))],
    };
    if browser {
        headers.push(("Accept-Encoding", "gzip, deflate, br".into()));
    }
    headers
}

/// Somebody's request for a path up to its empty line, for who writes on a connection of their own.
pub fn head(port: u16, path: &str, headers: &[(&'static str, String)]) -> String {
    let mut head = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    head + "\r\n"
}

/// What a phone that keeps no more than names and values sends.
fn cookies(caller: &Caller) -> String {
    caller.cookies.iter().map(|(_, name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

pub fn in_line(dj: &str, n: usize) -> String {
    format!("{dj}-{n:05}")
}

/// Songs in line at the event that goes on at this DJ's, three of each guest; guests that are missing are made up.
pub fn fill(file: &Path, dj: &str, many: usize) {
    let mut conn = Connection::open(file).unwrap();
    let all = conn.transaction().unwrap();
    let event = "SELECT e.id, u.id FROM events e JOIN users u ON u.id = e.user_id WHERE u.username = ?1 AND e.status <> 'ended'";
    let (event, user): (String, String) = all.query_row(event, [dj], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let guests: Vec<String> = {
        let mut known = all.prepare("SELECT id FROM guests WHERE event_id = ?1 ORDER BY id").unwrap();
        known.query_map([&event], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for n in 0..many {
        let guest = guests.get(n / 3).cloned().unwrap_or_else(|| format!("{dj}-guest-{}", n / 3));
        if n % 3 == 0 {
            let sql = "INSERT OR IGNORE INTO guests (id, user_id, event_id, created_at) VALUES (?1, ?2, ?3, 0)";
            all.execute(sql, (&guest, &user, &event)).unwrap();
        }
        let sql = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status,
                                         created_at, approved_at, duration_ms, version)
                   VALUES (?1, ?2, ?3, ?4, 'Song ' || ?5, 'Artist', 'song ' || ?5 || char(31) || 'artist', 'artist', 'approved',
                           ?5, ?5, 180000, 1)";
        all.execute(sql, (in_line(dj, n), &user, &event, &guest, i64::try_from(n).unwrap())).unwrap();
    }
    all.commit().unwrap();
}
