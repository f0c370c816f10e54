//! How many DJs' Spotify the fixed threads can watch: lateness, calls, processor, memory and commits, by their number,
//! and the number that is too many. The simulated Spotify runs in a process of its own; half of the rows have its
//! answers come 100 ms late, as from far away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use partyplaylist::domain::{ClientId, Line, UserId};
use partyplaylist::engine::{Spotify, WatchList};
use partyplaylist::spotify::simulator::{Clock as SimClock, NewAccount, Simulator};
use partyplaylist::spotify::{Client, Timeouts};
use partyplaylist::store::{Clock, Granted, SpotifyAccount, SpotifyDefaults, Store};

use crate::figures::memory;
use crate::in_process;
use crate::plot::Bar;
use crate::report::Report;

/// More than two looks at a song that goes on.
const WATCHED: Duration = Duration::from_secs(70);
/// How long memory is looked at.
const LONG: Duration = Duration::from_secs(20 * 60);
/// A look that begins later than this is too late.
const LATE: Duration = Duration::from_secs(1);
/// No more DJs than this are tried: beside as many, the simulated Spotify is what takes the processor.
const MOST: usize = 20_000;

pub fn run(report: &mut Report) {
    println!("watchers: 8 threads, {} s each", WATCHED.as_secs());
    head();
    let ten = measure(10, 0, WATCHED);
    report.found("watchers-ten", format!("{:.0} ms", ten.late.as_secs_f64() * 1e3));
    let (many, far) = (measure(1_000, 0, WATCHED), measure(5_000, 100, WATCHED));
    let bar = |label: &str, seen: &Seen, before, goal| {
        let now = seen.late.as_secs_f64() * 1e3;
        Bar { label: label.into(), now, before, goal, told: format!("{now:.0} ms") }
    };
    let bars = [
        bar("10 DJs", &ten, None, Some(1e3)),
        bar("1,000 DJs", &many, None, Some(1e3)),
        bar("5,000 DJs, Spotify takes 100 ms", &far, Some(35e3), Some(1e3)),
    ];
    report.plot("watchers", "How late the slowest look of a hundred is, in milliseconds", &bars);
    report.found("watchers-far", format!("{:.1} s", far.late.as_secs_f64()));
    report.found("watchers-memory", format!("{:.0} MB", far.memory));
}

/// How many are too many.
pub fn most(report: &mut Report) {
    println!("most: 8 threads, {} s each", WATCHED.as_secs());
    head();
    let mut found = Vec::new();
    for far in [0, 100] {
        let mut fine = 0;
        for many in [10, 100, 1_000, 5_000] {
            if measure(many, far, WATCHED).late <= LATE {
                fine = many;
            }
        }
        found.push(match degradation(fine, far) {
            Some(many) => format!("{many} where Spotify takes {far} ms"),
            None => format!("more than {MOST} where it takes {far} ms"),
        });
    }
    println!("  p99 lateness passes one second with {}", found.join(", "));
    report.found("watchers-most", found.join("; "));
}

/// What memory does over a long time.
pub fn long(_: &mut Report) {
    println!("long: 8 threads, {} min", LONG.as_secs() / 60);
    head();
    measure(1_000, 0, LONG);
}

/// What is read off a row.
struct Seen {
    /// How late the slowest look of a hundred began.
    late: Duration,
    /// Megabytes at the end, the simulated Spotify left out.
    memory: f64,
}

fn head() {
    println!(
        "    DJs  answers after  looks/min  late p99 ms  late max ms  CPU %  commits/min  memory MB at each tenth"
    );
}

/// The fewest DJs found to be too many, an eighth above a number that is not.
fn degradation(mut fine: usize, far: u64) -> Option<usize> {
    let mut late = None;
    loop {
        let many = late.map_or(fine * 2, |late| fine.midpoint(late));
        if many > MOST || late.is_some_and(|late| late - fine <= fine / 8) {
            return late;
        }
        if measure(many, far, WATCHED).late > LATE { late = Some(many) } else { fine = many }
    }
}

/// The Spotify of the other process: `bench spotify MANY FAR` prints its address, then a token for each account.
pub fn spotify(many: usize, far: u64) {
    let sim = Simulator::start(0, SimClock::running(|| Clock::system().now(), 1)).unwrap();
    match far {
        0 => println!("{}", sim.url()),
        _ => println!("http://{}", relay(sim.url().trim_start_matches("http://").to_owned(), far)),
    }
    for n in 0..many {
        let id = format!("dj{n}");
        sim.add_account(NewAccount { id: id.clone(), display_name: id.clone(), first_song: n % 50 });
        let grant = sim.connect(&id, &client_id(n));
        println!("{} {}", grant.access_token.reveal(), grant.refresh_token.unwrap().reveal());
    }
    std::io::stdin().read_to_end(&mut vec![]).unwrap();
}

fn client_id(n: usize) -> String {
    format!("{n:032x}")
}

/// Lets every question pass after so many milliseconds.
fn relay(to: String, far: u64) -> std::net::SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    spawn(move || {
        for near in socket.incoming().map_while(Result::ok) {
            let there = TcpStream::connect(&to).unwrap();
            let (back, forth) = (there.try_clone().unwrap(), near.try_clone().unwrap());
            spawn(move || pass(near, there, far));
            spawn(move || pass(back, forth, 0));
        }
    });
    at
}

fn pass(mut from: TcpStream, mut to: TcpStream, far: u64) {
    to.set_nodelay(true).unwrap();
    let mut some = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut some) {
        sleep(Duration::from_millis(far));
        if to.write_all(&some[..length]).is_err() {
            return;
        }
    }
}

/// Prints a row.
fn measure(many: usize, far: u64, span: Duration) -> Seen {
    let (mut child, address, grants) = start(many, far);
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = seeded(dir.path(), &runtime, grants);
    let client = Client::new(&format!("{address}/v1"), &address, Timeouts::default());
    let house = SpotifyDefaults { client_id: None, budget: 1_000_000 };
    let watch_list = WatchList::start(&store, &Spotify::new(&store, client, house)).unwrap();
    watch_list.attend(&store).unwrap();
    // The first look at everybody comes at once, and is not what is measured.
    while watch_list.lateness().runs < many as u64 {
        sleep(Duration::from_millis(50));
    }
    let (began, cpu, commits, runs) = (Instant::now(), processor(), store.commits(), watch_list.lateness().runs);
    let curve: Vec<String> = (0..10)
        .map(|_| {
            sleep(span / 10);
            format!("{:.0}", memory())
        })
        .collect();
    let (minutes, late) = (began.elapsed().as_secs_f64() / 60.0, watch_list.lateness());
    #[allow(clippy::cast_precision_loss)]
    let rate = |count: u64| count as f64 / minutes;
    println!(
        "  {many:>5}  {far:>10} ms  {:>9.0}  {:>11.1}  {:>11.1}  {:>5.1}  {:>11.0}  {}",
        rate(late.runs - runs),
        late.p99.as_secs_f64() * 1e3,
        late.max.as_secs_f64() * 1e3,
        (processor() - cpu) / began.elapsed().as_secs_f64() * 100.0,
        rate(store.commits() - commits),
        curve.join(" ")
    );
    let seen = Seen { late: late.p99, memory: memory() };
    watch_list.stop();
    store.close();
    drop(child.stdin.take());
    child.wait().unwrap();
    seen
}

/// The other process, its address, and tokens for everybody.
fn start(many: usize, far: u64) -> (Child, String, Vec<(String, String)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["spotify", &many.to_string(), &far.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.next().unwrap();
    let grants = lines.take(many).map(|line| {
        let (access, refresh) = line.split_once(' ').unwrap();
        (access.to_owned(), refresh.to_owned())
    });
    let grants = grants.collect();
    (child, address, grants)
}

/// A store with as many DJs as there are tokens, each with an event on.
fn seeded(dir: &std::path::Path, runtime: &tokio::runtime::Runtime, grants: Vec<(String, String)>) -> Store {
    let mut conn = rusqlite::Connection::open(in_process::migrated(dir, Clock::system().now())).unwrap();
    let all = conn.transaction().unwrap();
    for n in 0..grants.len() {
        let name = format!("dj{n}");
        all.execute("INSERT INTO users VALUES (?1, 'dj-' || ?1, ?1, 'dj', 'active', '!', 0)", [&name]).unwrap();
    }
    all.commit().unwrap();
    drop(conn);
    let store = in_process::store(dir, (10, 50), Clock::system());
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for (n, (access, refresh)) in grants.into_iter().enumerate() {
            tasks.push(tokio::spawn(connect(store.clone(), n, access, refresh)));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    store
}

async fn connect(store: Store, n: usize, access: String, refresh: String) {
    let host = store.as_host(&UserId::parse(&format!("dj{n}")).unwrap()).await.unwrap();
    host.set_client_id(ClientId::parse(&client_id(n)).unwrap()).await.unwrap();
    let granted = Granted { access, access_expires_at: store.now().plus_ms(3_600_000), refresh: Some(refresh) };
    host.connect(granted, SpotifyAccount { id: format!("dj{n}"), name: None }).await.unwrap();
    host.start_event(Line::parse("Night").unwrap()).await.unwrap();
}

/// Seconds of processor time this process has used.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    // Fields 14 and 15 of the line, in hundredths of a second on every Linux.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
