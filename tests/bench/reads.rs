//! What is read most, under fifty connections: each beside a bare Rocket route, asked in turn with it.

use crate::bare::Bare;
use crate::figures::median;
use crate::load::{self, CONNECTIONS, Load};
use crate::party::Party;
use crate::plot::Bar;
use crate::report::Report;

/// How often each is asked for.
const ROUNDS: usize = 5;

/// One thing that is asked for.
struct Read {
    /// What it is called in the table of the manual; nothing where it is told here alone.
    row: &'static str,
    what: String,
    port: u16,
    path: String,
    /// How long it is asked for: what is long takes its time.
    seconds: u32,
    visitors: Vec<Vec<(&'static str, String)>>,
    took: Vec<(Load, f64)>,
}

pub fn run(report: &mut Report) {
    println!("reads: {CONNECTIONS} connections, median of {ROUNDS}; gz: asked as a browser does");
    let bare = Bare::start();
    let parties = [4, 400, 4_000].map(|songs| Party::with(songs, CONNECTIONS));
    let mut reads: Vec<Read> = parties.iter().flat_map(of).collect();
    let mut floor = Vec::new();
    for _ in 0..ROUNDS {
        for read in &mut reads {
            let hello = load::asked(bare.port, "/", &[vec![]], 1).per_second;
            floor.push(hello);
            let took = load::asked(read.port, &read.path, &read.visitors, read.seconds);
            read.took.push((took, took.per_second / hello));
        }
    }
    println!("  {:<38} {:>9} {:>8} {:>8} {:>8}", "", "a second", "x bare", "p50 ms", "p99 ms");
    println!("  {:<38} {:>9.0}", "bare Rocket route", median(floor));
    for read in &reads {
        let of = |what: fn(&(Load, f64)) -> f64| median(read.took.iter().map(what).collect());
        let (rate, share) = (of(|(load, _)| load.per_second), share(read));
        let (p50, p99) = (of(|(load, _)| load.p50), of(|(load, _)| load.p99));
        println!("  {:<38} {rate:>9.0} {share:>8.4} {p50:>8.2} {p99:>8.2}", read.what);
        if !read.row.is_empty() {
            report.found(read.row, format!("{} ×", short(share)));
        }
    }
    dearer(report, &reads);
    draw(report, &reads);
}

/// What is asked for at a party, plain and as a browser does.
fn of(party: &Party) -> Vec<Read> {
    let songs = party.line.len();
    let rows = match songs {
        4 => ["party-4", "page-4", "", "", ""],
        400 => ["party-400", "page-400", "list-400", "list-page-400", "style"],
        _ => ["party-4000", "page-4000", "", "", ""],
    };
    let mut reads = Vec::new();
    for (browser, gz) in [(false, ""), (true, " gz")] {
        let (guests, host) = (party.as_guests(browser), party.as_host(browser));
        let all = [
            ("party as JSON", "/api/djane/party".into(), &guests),
            ("guest's page", "/djane".into(), &guests),
            ("host's list as JSON", "/api/djane/requests".into(), &host),
            ("host's page", "/djane/admin/requests".into(), &host),
            ("style sheet", style(party), &host),
        ];
        for ((what, path, visitors), row) in all.into_iter().zip(rows).filter(|(_, row)| !row.is_empty()) {
            reads.push(Read {
                row: if browser { "" } else { row },
                what: format!("{what}, {songs} songs{gz}"),
                port: party.venue.port(),
                path,
                seconds: if songs > 1_000 { 4 } else { 1 },
                visitors: visitors.clone(),
                took: vec![],
            });
        }
    }
    reads
}

/// How much more one read costs where the queue is longer.
fn dearer(report: &mut Report, reads: &[Read]) {
    let rate = |row: &str| share(reads.iter().find(|read| read.row == row).unwrap());
    for (row, few, many) in [
        ("dearer-400", "party-4", "party-400"),
        ("dearer-4000", "party-4", "party-4000"),
        ("dearer-page-400", "page-4", "page-400"),
        ("dearer-page-4000", "page-4", "page-4000"),
    ] {
        let times = rate(few) / rate(many);
        println!("  {many} costs {times:.1} x what {few} costs");
        report.found(row, format!("{times:.1} ×"));
    }
}

/// What each comes to beside bare Rocket, with what it was and what it should be.
fn draw(report: &mut Report, reads: &[Read]) {
    let known = |row: &str| match row {
        "party-4" => (Some(0.13), Some(0.6)),
        "party-400" => (Some(0.022), Some(0.35)),
        "page-4" => (Some(0.12), Some(0.4)),
        "page-400" => (Some(0.013), Some(0.3)),
        "list-400" | "list-page-400" => (Some(0.011), Some(0.2)),
        "style" => (Some(0.3), Some(0.7)),
        _ => (None, None),
    };
    let bars = reads.iter().filter(|read| !read.row.is_empty()).map(|read| {
        let now = share(read);
        let (before, goal) = known(read.row);
        Bar { label: read.what.clone(), now, before, goal, told: format!("{} ×", short(now)) }
    });
    report.plot("reads", "Answers a second beside bare Rocket’s", &bars.collect::<Vec<_>>());
}

fn share(read: &Read) -> f64 {
    median(read.took.iter().map(|(_, share)| *share).collect())
}

/// A share with two figures that say something.
fn short(share: f64) -> String {
    if share < 0.1 { format!("{share:.3}") } else { format!("{share:.2}") }
}

/// Where the style sheet of a guest's page is.
fn style(party: &Party) -> String {
    let page = party.guests[0].clone().get("/djane").body;
    let link = page.split("<link").find(|link| link.contains("stylesheet")).unwrap();
    link.split_once("href=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
}
