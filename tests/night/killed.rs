//! The box is killed while songs are handed over, again and again, with answers lost and late: none is sent twice, none
//! is forgotten. `KILLS` says how often; a few times by itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use partyplaylist::spotify::simulator::{Button, Change, Clock, Fault, NewAccount, Simulator, Trouble};
use partyplaylist::store;
use serde_json::json;

use crate::connecting::{Settings, connect, prepared_for};
use crate::dice::Dice;
use crate::venue::Venue;

const NAMES: [&str; 8] = ["dj-anna", "dj-bert", "dj-cleo", "dj-dora", "dj-emil", "dj-fred", "dj-gina", "dj-hans"];
const SONGS: usize = 50;
const PATIENCE: Duration = Duration::from_secs(120);

fn uri(n: usize) -> String {
    format!("spotify:track:song{:018}", 10 + n % SONGS)
}

/// The DJ goes on to what was queued, and drags every song to where the next is due.
fn press_on(spotify: &Simulator, name: &str) {
    let press = |button| spotify.change(name, Change::Press(button)).unwrap();
    if !spotify.account(name).unwrap().queued.is_empty() {
        press(Button::Next);
    }
    press(Button::Before(19_000));
}

fn trip(spotify: &Simulator, name: &str, dice: &mut Dice) {
    let trouble = match dice.below(12) {
        0 => Trouble::Drop,
        1 => Trouble::Broken(502),
        2..=9 => Trouble::Slow(50 + dice.below(500) as u64),
        _ => return,
    };
    let (target, call) = (name.to_owned(), Some("POST /me/player/queue".to_owned()));
    spotify.fault(Fault { target, call, trouble, after_effect: dice.below(2) == 0, times: Some(1) });
}

/// Requests of one DJ in the order of the line: uri and state.
fn wishes(venue_file: &std::path::Path, name: &str) -> Vec<(String, String)> {
    let conn = rusqlite::Connection::open_with_flags(venue_file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT r.track_uri, r.status FROM requests r JOIN users u ON u.id = r.user_id WHERE u.username = ?1 ORDER BY r.created_at, r.id";
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Songs of which the ledger, since a moment, says begun and no more.
fn begun(file: &std::path::Path, since: i64) -> i64 {
    let conn = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    conn.query_row("SELECT count(*) FROM handovers WHERE state = 'begun' AND begun_at >= ?1", [since], |row| row.get(0))
        .unwrap()
}

#[test]
fn killed_while_handing_over_no_song_is_doubled_or_lost() {
    let kills: u32 = std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let clock = Clock::running(|| store::Clock::system().now(), 1);
    let (dir, settings, spotify) = prepared_for(&NAMES, clock);
    for name in NAMES {
        spotify.add_account(NewAccount { id: name.into(), display_name: name.into(), first_song: 0 });
        // Nothing of theirs is in what they play by themselves.
        let context = (0..8).map(|song| format!("spotify:track:song{song:018}")).collect();
        spotify.change(name, Change::Context(context)).unwrap();
    }
    let mut venue = Venue::of(dir, &settings);
    for (n, name) in NAMES.iter().enumerate() {
        let mut dj = connect(&venue, name, &format!("{n:032x}"));
        assert_eq!(dj.post(&format!("/api/{name}/event"), &json!({ "name": "Night" })).status, 201);
        for song in 0..SONGS {
            let wish = json!({ "title": format!("Song {song}"), "artist": "Somebody", "track_uri": uri(song) });
            assert_eq!(dj.post(&format!("/api/{name}/requests"), &wish).status, 201);
        }
    }
    let mut dice = Dice::new(2026);
    let (mut hit, mut done, mut life) = (0, 0, spotify.now().0);
    while done < kills {
        spotify.heal();
        for name in NAMES {
            press_on(&spotify, name);
            trip(&spotify, name, &mut dice);
        }
        let dir = venue.kill();
        hit += begun(&dir.path().join("partyplaylist.db"), life);
        life = spotify.now().0;
        venue = Venue::of(dir, &settings);
        done += 1;
        // The looks begin at once; what is under way by then is cut off.
        std::thread::sleep(Duration::from_millis(dice.below(600) as u64));
    }
    spotify.heal();
    let dir = quiet(venue, &settings);
    judge(&spotify, &dir.path().join("partyplaylist.db"));
    println!("{done} kills, {hit} songs on their way at one");
    assert!(hit > 0, "no kill met a song on its way");
}

/// Lets the night go on until nothing is open, and stops the box at such a moment.
fn quiet(mut venue: Venue, settings: &Settings) -> tempfile::TempDir {
    let began = Instant::now();
    loop {
        while begun(&venue.file(), 0) > 0 {
            assert!(began.elapsed() < PATIENCE, "{} songs hang", begun(&venue.file(), 0));
            std::thread::sleep(Duration::from_millis(50));
        }
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        if begun(&dir.path().join("partyplaylist.db"), 0) == 0 {
            return dir;
        }
        venue = Venue::of(dir, settings);
    }
}

fn judge(spotify: &Simulator, file: &std::path::Path) {
    println!("dj        sent  played  doubled  lost");
    for name in NAMES {
        let added = spotify.account(name).unwrap().added;
        let once: BTreeSet<&String> = added.iter().collect();
        let wishes = wishes(file, name);
        let over = |state: &String| ["played", "playing", "handed_over"].contains(&state.as_str());
        let played: Vec<&String> = wishes.iter().filter(|(_, state)| over(state)).map(|(uri, _)| uri).collect();
        let lost = played.iter().filter(|uri| !once.contains(*uri)).count();
        let doubled = added.len() - once.len();
        println!("{name:9} {:4} {:7} {doubled:8} {lost:5}", added.len(), played.len());
        assert_eq!((doubled, lost), (0, 0), "{name}: {added:?} {wishes:?}");
        assert_eq!(added.iter().collect::<Vec<_>>(), played, "{name}: in order");
        assert!(wishes.iter().all(|(_, state)| state != "failed"), "{name}: {wishes:?}");
    }
}
