//! Somebody sets the clock of a running box, or it starts with another: the real binary under faketime, which leaves the
//! steady clock alone, as a machine does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::ledger::folder;
use crate::times;
use crate::venue::{Caller, Venue, program, wish};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// Seconds the clock is set by, whether the box is killed and started again meanwhile, and how that is called.
const FAULTS: [(i64, bool, &str); 12] = [
    (9 * DAY, false, "ahead by 9 days"),
    (-40 * MINUTE, true, "started 40 minutes behind"),
    (-DAY, false, "back by a day"),
    (2 * MINUTE, false, "ahead by 2 minutes"),
    (HOUR, false, "ahead by an hour"),
    (DAY, false, "ahead by a day"),
    (70 * YEAR, false, "ahead by 70 years"),
    (-2 * MINUTE, false, "back by 2 minutes"),
    (-40 * MINUTE, false, "back by 40 minutes"),
    (-20 * YEAR, false, "back by 20 years"),
    (-56 * YEAR, true, "started in 1970"),
    (5 * YEAR, true, "started 5 years ahead"),
];

/// How long the box may take to see that its clock was set.
const PATIENCE: Duration = Duration::from_secs(30);

const TOLD: &str = "The clock of this box was set";

/// What is preloaded to tell another time.
fn library() -> String {
    let shown = Command::new("faketime").args(["-f", "+0", "sh", "-c", "printf %s \"$LD_PRELOAD\""]).output();
    let path = String::from_utf8(shown.expect("faketime is not installed").stdout).unwrap();
    assert!(!path.is_empty(), "faketime preloads nothing");
    path
}

/// The file that says how far ahead of the machine's own a clock is.
fn set(dir: &Path, seconds: i64) -> PathBuf {
    let file = dir.join("clock");
    std::fs::write(&file, format!("{seconds:+}\n")).unwrap();
    file
}

fn start(dir: TempDir, clock: &Path) -> Venue {
    let mut command = program();
    command.arg("--data").arg(dir.path()).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
    command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", clock);
    command.env("FAKETIME_NO_CACHE", "1").env("DONT_FAKE_MONOTONIC", "1");
    Venue::start(command, dir)
}

/// Everybody who is in, with what tells them from somebody new.
struct People {
    dj: Caller,
    guest: Caller,
    guest_id: String,
    screen: Caller,
    /// What a song that was played says to who asks for it again.
    rests: String,
}

impl People {
    fn come(venue: &Venue) -> Self {
        let mut dj = venue.host("djane");
        assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Night" })).status, 201);
        let mut guest = venue.guest_of("djane", &mut dj);
        let guest_id = id_again(&mut guest, &mut dj);
        assert_eq!(dj.put("/api/djane/settings", &json!({ "min_gap_ms": 0, "auto_approve": true })).status, 200);
        let asked = guest.post("/api/djane/requests", &wish("Played")).json()["request"]["id"].clone();
        for act in ["play-next", "played"] {
            let path = format!("/api/djane/requests/{}/{act}", asked.as_str().unwrap());
            assert_eq!(dj.post(&path, &json!({})).status, 200, "{act}");
        }
        let rests = guest.post("/api/djane/requests", &wish("Played")).code();
        Self { screen: venue.screen("djane"), dj, guest, guest_id, rests }
    }

    fn move_to(&mut self, venue: &Venue) {
        for caller in [&mut self.dj, &mut self.guest, &mut self.screen] {
            caller.move_to(venue);
        }
    }

    /// Event alive, DJ signed in, guest the same, screen alive, cooldown kept.
    fn found(&mut self) -> [bool; 5] {
        let event = self.dj.get("/api/djane/event");
        [
            event.status == 200 && event.json()["event"]["status"] == "live",
            self.dj.get("/api/me").status == 200,
            self.guest.get("/api/djane/party").status == 200
                && id_again(&mut self.guest, &mut self.dj) == self.guest_id,
            self.screen.get("/djane/display").status == 200,
            self.guest.post("/api/djane/requests", &wish("Played")).body.contains(&self.rests),
        ]
    }
}

/// The id a guest has who comes in once more.
fn id_again(guest: &mut Caller, dj: &mut Caller) -> String {
    let pin = dj.get("/api/djane/event").json()["event"]["pin"].clone();
    guest.post("/api/djane/join", &json!({ "pin": pin })).json()["guest"]["id"].to_string()
}

/// How long it took until the log told it; never, if it takes too long.
fn until_told(venue: &Venue) -> String {
    let began = Instant::now();
    while !venue.log.lock().unwrap().contains(TOLD) {
        if began.elapsed() > PATIENCE {
            return "never".into();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    format!("{} ms", began.elapsed().as_millis())
}

#[test]
fn a_clock_that_is_set_or_wrong_at_the_start_throws_nobody_out() {
    println!("| clock | event alive | DJ signed in | same guest | screen alive | song rests | seen after |");
    println!("|---|---|---|---|---|---|---|");
    let mut wrong = Vec::new();
    for (by, restarts, what) in &FAULTS[..times(2, FAULTS.len())] {
        let (dir, outside) = (folder(), tempfile::tempdir().unwrap());
        let clock = set(outside.path(), 0);
        let mut venue = start(dir, &clock);
        let mut people = People::come(&venue);
        assert_eq!(people.found(), [true; 5], "before");
        if *restarts {
            let dir = venue.kill();
            set(outside.path(), *by);
            venue = start(dir, &clock);
            people.move_to(&venue);
        } else {
            set(outside.path(), *by);
        }
        let (at_once, seen) = (people.found(), until_told(&venue));
        let after = people.found();
        let [event, dj, guest, screen, rests] = after.map(|well| if well { "yes" } else { "NO" });
        println!("| {what} | {event} | {dj} | {guest} | {screen} | {rests} | {seen} |");
        let lines = venue.log.lock().unwrap().matches(TOLD).count();
        if at_once != [true; 5] || after != [true; 5] || lines != 1 {
            wrong.push(format!("{what}: {at_once:?}, then {after:?}, told {lines} times"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_clock_from_before_the_program_was_made_is_said_at_the_start_and_by_doctor() {
    let (dir, outside) = (folder(), tempfile::tempdir().unwrap());
    let clock = set(outside.path(), -10 * YEAR);
    let venue = start(dir, &clock);
    let said = "before this program was made";
    let log = venue.log.lock().unwrap().clone();
    assert!(log.contains(said), "{log}");
    let doctor = program()
        .arg("--data")
        .arg(venue.file().parent().unwrap())
        .arg("doctor")
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .output()
        .unwrap();
    let told = String::from_utf8(doctor.stdout).unwrap();
    let line = told.lines().find(|line| line.contains(" clock ")).unwrap();
    assert!(line.starts_with("WRONG") && line.contains(said) && line.contains("timedatectl"), "{told}");
    assert_eq!(doctor.status.code(), Some(1));
}
