//! A night: a hundred and fifty guests behind one router at three DJs', who look, ask and vote while all their pages listen,
//! and somebody copies the file each minute.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::connection::Line;
use crate::figures::{memory_of, percentile};
use crate::party::{fill, free, head, headers};
use crate::phones::Phone;
use crate::report::Report;
use crate::venue::{Caller, Venue, folder_of};

const DJS: [&str; 3] = ["dj-one", "dj-two", "dj-three"];
const GUESTS: usize = 150;
const SONGS: usize = 40;
const SPAN: Duration = Duration::from_secs(600);
const COPIES: Duration = Duration::from_secs(60);
/// Between two things that a guest does, and that a DJ does.
const PAUSE: Duration = Duration::from_secs(4);

/// How long each kind of call took, and how often each status was answered.
#[derive(Default)]
struct Told {
    took: BTreeMap<&'static str, Vec<Duration>>,
    statuses: BTreeMap<(&'static str, u16), usize>,
}

impl Told {
    fn note(told: &Mutex<Self>, kind: &'static str, ask: impl FnOnce() -> u16) {
        let began = Instant::now();
        let status = ask();
        let mut told = told.lock().unwrap();
        told.took.entry(kind).or_default().push(began.elapsed());
        *told.statuses.entry((kind, status)).or_default() += 1;
    }
}

pub fn run(report: &mut Report) {
    println!("night: {GUESTS} guests behind one address, {} DJs, {} min", DJS.len(), SPAN.as_secs() / 60);
    let (venue, hosts, guests) = open();
    let (told, over) = (Mutex::<Told>::default(), AtomicBool::new(false));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (dj, caller, path) in listeners(&venue, &hosts, &guests) {
        let head = head(venue.port(), &format!("/api/{dj}/{path}"), &headers(&caller, false));
        let port = venue.port();
        runtime.spawn(async move {
            let mut phone = Phone::open(port, 0, &head).await.expect("a stream is refused");
            while phone.event().await.is_some() {}
        });
    }
    std::thread::sleep(PAUSE);
    let began = memory_of(venue.pid());
    std::thread::scope(|scope| {
        for (n, guest) in guests.iter().enumerate() {
            let (told, over, port) = (&told, &over, venue.port());
            scope.spawn(move || visit(n, guest, port, told, over));
        }
        for (n, host) in hosts.iter().enumerate() {
            let (told, over) = (&told, &over);
            scope.spawn(move || play(DJS[n], host.clone(), told, over));
        }
        for _ in 0..SPAN.as_secs() / COPIES.as_secs() {
            std::thread::sleep(COPIES);
            let copied = std::process::Command::new("cp").arg(venue.file()).arg("/dev/null").status().unwrap();
            assert!(copied.success());
        }
        over.store(true, Ordering::Relaxed);
    });
    let ended = memory_of(venue.pid());
    runtime.shutdown_background();
    tell(report, told.into_inner().unwrap(), (began, ended));
}

fn tell(report: &mut Report, told: Told, (began, ended): (f64, f64)) {
    let (mut worst, mut errors) = (0.0_f64, 0);
    for (kind, mut took) in told.took {
        took.sort_unstable();
        let p99 = percentile(&took, 0.99) / 1e3;
        worst = worst.max(p99);
        println!("  {kind:<6} {:>6}   p50 {:6.2} ms   p99 {p99:6.2} ms", took.len(), percentile(&took, 0.5) / 1e3);
    }
    for ((kind, status), times) in told.statuses {
        // What plays by now, or is over, has no vote any more.
        let well = [200, 201].contains(&status) || ["vote", "play"].contains(&kind) && [404, 409].contains(&status);
        errors += if well { 0 } else { times };
        println!("  {kind:<6} {status} {times}");
    }
    println!("  memory {began:.1} MB, at the end {ended:.1}");
    report.found("night", format!("{worst:.1} ms"));
    report.found("night-errors", errors.to_string());
    report.found("night-memory", format!("{began:.1} → {ended:.1} MB"));
}

/// Three parties with a queue each.
fn open() -> (Venue, Vec<Caller>, Vec<Caller>) {
    let venue = Venue::of(folder_of(&DJS), &[]);
    let mut hosts = Vec::new();
    for dj in DJS {
        let mut host = venue.host(dj);
        free(&mut host, dj);
        assert_eq!(host.post(&format!("/api/{dj}/event"), &json!({ "name": "Tonight" })).status, 201);
        hosts.push(host);
    }
    let mut guests: Vec<_> = (0..GUESTS).map(|n| venue.guest_of(DJS[n % 3], &mut hosts[n % 3])).collect();
    let (_, _, dir) = venue.terminate();
    for dj in DJS {
        fill(&dir.path().join("partyplaylist.db"), dj, SONGS);
    }
    let venue = Venue::of(dir, &[]);
    hosts.iter_mut().chain(&mut guests).for_each(|one| one.move_to(&venue));
    (venue, hosts, guests)
}

/// Every page that is open: each guest's, each DJ's, and a screen of each.
fn listeners(venue: &Venue, hosts: &[Caller], guests: &[Caller]) -> Vec<(&'static str, Caller, &'static str)> {
    let of = |n: usize| DJS[n % 3];
    let phones = guests.iter().enumerate().map(|(n, guest)| (of(n), guest.clone(), "party/live"));
    let desks = hosts.iter().enumerate().map(|(n, host)| (of(n), host.clone(), "live"));
    phones.chain(desks).chain(DJS.map(|dj| (dj, venue.screen(dj), "display/live"))).collect()
}

/// What one guest does all night.
fn visit(n: usize, guest: &Caller, port: u16, told: &Mutex<Told>, over: &AtomicBool) {
    let (dj, who) = (DJS[n % 3], headers(guest, false));
    let get = |path: &str| Line::open(port).ask(&head(port, path, &who)).0;
    let send = |path: &str, body: &str| {
        let mut said = who.clone();
        said.push(("Origin", format!("http://127.0.0.1:{port}")));
        said.push(("Content-Type", "application/json".into()));
        said.push(("Content-Length", body.len().to_string()));
        Line::open(port).ask(&(head(port, path, &said).replacen("GET", "POST", 1) + body)).0
    };
    // They do not all begin at once.
    let mut turn = n * 7;
    std::thread::sleep(PAUSE * u32::try_from(n).unwrap() / u32::try_from(GUESTS).unwrap());
    while !over.load(Ordering::Relaxed) {
        turn += 1;
        match turn % 20 {
            0 => Told::note(told, "wish", || {
                let body = json!({ "title": format!("Wish {turn} of {n}"), "artist": "Somebody" });
                send(&format!("/api/{dj}/requests"), &body.to_string())
            }),
            1..=5 => Told::note(told, "vote", || {
                send(&format!("/api/{dj}/requests/{dj}-{:05}/vote", (turn * 3 + n) % SONGS), "{}")
            }),
            6..=8 => Told::note(told, "page", || get(&format!("/{dj}"))),
            _ => Told::note(told, "party", || get(&format!("/api/{dj}/party"))),
        }
        std::thread::sleep(PAUSE);
    }
}

/// What one DJ does all night: every few seconds the next song plays.
fn play(dj: &str, mut host: Caller, told: &Mutex<Told>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let mut next = None;
        Told::note(told, "list", || {
            let list = host.get(&format!("/api/{dj}/requests?status=approved"));
            let all = list.json()["requests"].as_array().unwrap().clone();
            next = all.into_iter().find(|one| one["position"] == 1);
            list.status
        });
        if let Some(next) = next {
            let path = format!("/api/{dj}/requests/{}/playing", next["id"].as_str().unwrap());
            Told::note(told, "play", || host.post(&path, &json!({})).status);
        }
        std::thread::sleep(PAUSE);
    }
}
