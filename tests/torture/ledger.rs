//! Who asks, and the book of what was answered.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tempfile::TempDir;

use crate::venue::{Caller, PASSWORD, Venue, command, wish};

/// One wish that was answered 201 or 200.
pub struct Entry {
    pub title: String,
    pub at: Instant,
    /// How long the recording of the disk was at that time.
    pub recorded: u64,
}

#[derive(Default)]
pub struct Ledger {
    pub entries: Mutex<Vec<Entry>>,
    /// Sent, and no answer came: title and key.
    pub open: Mutex<Vec<(String, String)>>,
    /// Other answers, by status.
    pub refused: Mutex<HashMap<u16, usize>>,
    /// The longest wait for any answer.
    pub slowest: Mutex<Duration>,
    next: AtomicUsize,
}

/// A folder with one DJ in it and nothing else.
pub fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    dir
}

/// Makes the DJ in a folder that is there.
pub fn furnish(dir: &Path) {
    let (code, _, said) = command(dir, &["user", "add", "djane", "--password-stdin"], PASSWORD);
    assert_eq!(code, 0, "{said}");
}

/// Starts the party: guests who may ask as much as they like.
pub fn begin(venue: &Venue, guests: usize) -> (Caller, Vec<Caller>) {
    let mut host = venue.host("djane");
    assert_eq!(host.post("/api/djane/event", &json!({ "name": "Torture" })).status, 201);
    let rules = json!({ "min_gap_ms": 0, "max_per_hour": 0, "max_active_per_guest": 0 });
    assert_eq!(host.put("/api/djane/settings", &rules).status, 200);
    let guests = join(venue, &mut host, guests);
    (host, guests)
}

pub fn join(venue: &Venue, host: &mut Caller, guests: usize) -> Vec<Caller> {
    (0..guests).map(|_| venue.guest_of("djane", host)).collect()
}

impl Ledger {
    pub fn acked(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    pub fn refusals(&self) -> Vec<(u16, usize)> {
        let mut all: Vec<_> = self.refused.lock().unwrap().iter().map(|(k, v)| (*k, *v)).collect();
        all.sort_unstable();
        all
    }

    /// Sends one wish and books what became of it; answers whether the box is still there.
    pub fn ask(&self, guest: &mut Caller, title: &str, key: &str, log: Option<&Path>) -> bool {
        let mut guest = guest.clone().with("Idempotency-Key", key);
        let began = Instant::now();
        let body = wish(title).to_string().into_bytes();
        let Ok(answer) = guest.try_call("POST", "/api/djane/requests", Some(("application/json", body))) else {
            self.open.lock().unwrap().push((title.to_owned(), key.to_owned()));
            return false;
        };
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = began.elapsed().max(*slowest);
        drop(slowest);
        if matches!(answer.status, 200 | 201) {
            let recorded = log.map_or(0, |log| std::fs::metadata(log).unwrap().len());
            self.entries.lock().unwrap().push(Entry { title: title.to_owned(), at: Instant::now(), recorded });
        } else {
            *self.refused.lock().unwrap().entry(answer.status).or_default() += 1;
        }
        true
    }

    /// A title nobody has asked for yet.
    pub fn title(&self) -> String {
        format!("Wish {}", self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Every guest asks, `pace` apart over all of them, until told to stop or the box is gone, while `meanwhile` runs.
    pub fn while_asking<T>(
        &self,
        guests: &[Caller],
        pace: Duration,
        log: Option<&Path>,
        meanwhile: impl FnOnce() -> T,
    ) -> T {
        let (stop, turn, began) = (AtomicBool::new(false), AtomicUsize::new(0), Instant::now());
        std::thread::scope(|scope| {
            for guest in guests {
                let (mut guest, stop, turn) = (guest.clone(), &stop, &turn);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let due = pace * u32::try_from(turn.fetch_add(1, Ordering::Relaxed)).unwrap();
                        std::thread::sleep(due.saturating_sub(began.elapsed()));
                        let title = self.title();
                        if !self.ask(&mut guest, &title, &title.replace(' ', "-"), log) {
                            break;
                        }
                    }
                });
            }
            let _stop = StopAtTheEnd(&stop);
            meanwhile()
        })
    }

    /// Titles that were answered and are not in the file exactly once, out of those `wanted`.
    pub fn missing(&self, file: &Path, wanted: impl Fn(&Entry) -> bool) -> Vec<String> {
        let there = titles(file);
        let entries = self.entries.lock().unwrap();
        let lost = entries.iter().filter(|entry| wanted(entry) && !there.contains_key(&entry.title));
        lost.map(|entry| entry.title.clone()).collect()
    }

    /// Waits until as many more have been answered.
    pub fn await_more(&self, more: usize) {
        let (goal, deadline) = (self.acked() + more, Instant::now() + Duration::from_secs(30));
        while self.acked() < goal {
            assert!(Instant::now() < deadline, "stopped at {} of {goal}: {:?}", self.acked(), self.refusals());
            std::thread::yield_now();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Tells the guests to stop, also when a test fails.
struct StopAtTheEnd<'a>(&'a AtomicBool);

impl Drop for StopAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often each title stands in a database file.
pub fn titles(file: &Path) -> HashMap<String, usize> {
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut statement = conn.prepare("SELECT title FROM requests").unwrap();
    let mut found = HashMap::new();
    for title in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
        *found.entry(title.unwrap()).or_default() += 1;
    }
    found
}

/// What is wrong with a file, if anything: damage, rows that point at nothing, rows of nobody.
pub fn faults(file: &Path) -> Vec<String> {
    let (code, _, said) = command(file.parent().unwrap(), &["check", file.to_str().unwrap()], "");
    if code == 0 { vec![] } else { vec![said] }
}
