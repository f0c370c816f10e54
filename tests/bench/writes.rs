//! What one write costs by the length of the line, and what another DJ feels of it: each beside the floor, a bare row
//! committed by `SQLite` alone with the same settings.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use partyplaylist::domain::{Act, Event, Line, RequestId, Song, Submission, UserId, Username};
use partyplaylist::store::{Clock, Guest, Host, JoinCredential, Store, Tenant};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::figures::percentile;
use crate::in_process;
use crate::party::{fill, in_line};
use crate::report::Report;

const TIMES: usize = 60;
const VOTERS: usize = 8;
const RULES: [&str; 3] = ["fair", "votes", "arrival"];

/// Two parties in one file: a DJ with a line, and another who wants to get on.
struct Parties {
    store: Store,
    host: Tenant<Host>,
    guests: Vec<Tenant<Guest>>,
    other: Tenant<Guest>,
    line: Vec<RequestId>,
    floor: Floor,
    /// Takes all places back.
    by_rule: rusqlite::Connection,
}

pub fn run(report: &mut Report) {
    println!("writes: median and worst of {TIMES}, one at a time, commit included, in ms");
    println!(
        "  rule     in line   floor          wish           vote           withdraw       reject         play-next      order of 20    song over      whole, 1 up"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for rule in RULES {
        for many in [10, 100, 400, 1_000, 5_000] {
            runtime.block_on(row(rule, many));
        }
    }
    println!("  another DJ's wish, in ms:   in line   quiet          while {VOTERS} guests vote at a DJ");
    for many in [10, 1_000, 5_000] {
        let (quiet, busy) = runtime.block_on(beside(many));
        if many == 1_000 {
            report.found("other", format!("{busy:.1} ms (quiet {quiet:.1})"));
        }
    }
}

async fn row(rule: &str, many: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut parties = Parties::open(dir.path(), rule, many).await;
    let floor = Took { each: parties.floor.time(), computed: Duration::ZERO };
    let guest = &parties.guests[0];
    let [mut wishes, mut votes, mut withdrawn, mut rejected] = [const { Took::NONE }; 4];
    for n in 0..TIMES {
        let done = wishes.time(guest.submit(wish(n), None)).await;
        let id = done.request.id;
        votes.time(parties.guests[1].vote(&parties.line[n / 2 % many], n % 2 == 0)).await;
        if n % 2 == 0 {
            withdrawn.time(guest.withdraw(&id)).await;
        } else {
            rejected.time(parties.host.act(&id, Act::Reject)).await;
        }
    }
    let [mut next, mut order, mut over] = [const { Took::NONE }; 3];
    for n in 0..TIMES / 4 {
        next.time(parties.host.play_next(&parties.line[(many / 2 + n) % many])).await;
        let listing = parties.host.listing(None, None).await.unwrap();
        let (queue, version) = (listing.requests.clone(), listing.version);
        let mut queue: Vec<_> = queue.into_iter().filter(|one| one.view.position.is_some()).collect();
        queue.sort_by_key(|one| one.view.position);
        let mut ids: Vec<_> = queue.into_iter().map(|one| one.view.id).take(20).collect();
        ids.rotate_right(1);
        order.time(parties.host.reorder(ids.clone(), version)).await;
        if many > 2 * TIMES {
            over.time(parties.host.act(&ids[0], Act::Finish)).await;
        }
    }
    let whole = parties.whole_orders().await;
    let all = [floor, wishes, votes, withdrawn, rejected, next, order, over, whole].map(told);
    println!("  {rule:<8} {many:>7}   {}", all.join("  "));
    parties.store.close();
}

/// What another DJ's wish takes on a quiet box and beside the voters, in milliseconds.
async fn beside(many: usize) -> (f64, f64) {
    let dir = tempfile::tempdir().unwrap();
    let parties = Parties::open(dir.path(), "fair", many).await;
    let mut quiet = Took::NONE;
    for n in 0..TIMES * 3 {
        quiet.time(parties.other.submit(wish(n), None)).await;
    }
    let over = Arc::new(AtomicBool::new(false));
    let voters = parties.vote_until(&over);
    let (began, mut busy) = (Instant::now(), Took::NONE);
    for n in 0..TIMES * 3 {
        busy.time(parties.other.submit(wish(1_000 + n), None)).await;
    }
    let span = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut given = 0;
    for voter in voters {
        given += voter.await.unwrap();
    }
    #[allow(clippy::cast_precision_loss)]
    let rate = given as f64 / span.as_secs_f64();
    let (middles, worst) = ((quiet.median(), busy.median()), busy.worst());
    let times = middles.1 / middles.0;
    println!(
        "  {many:>35}   {}  {}  {times:.2} x, {worst:.1} at worst, beside {rate:.0} votes/s",
        told(quiet),
        told(busy)
    );
    parties.store.close();
    middles
}

impl Parties {
    async fn open(dir: &Path, rule: &str, many: usize) -> Self {
        let file = in_process::migrated(dir, Clock::system().now());
        let conn = rusqlite::Connection::open(&file).unwrap();
        for name in ["djane", "other"] {
            conn.execute("INSERT INTO users VALUES (?1, ?1, ?1, 'dj', 'active', '!', 0)", [name]).unwrap();
        }
        let store = in_process::store(dir, (2, 10), Clock::system());
        let (host, event) = night(&store, "djane", rule).await;
        let (_, others) = night(&store, "other", "fair").await;
        fill(&file, "djane", many);
        // Whatever lines songs up has lined these up.
        host.submit(wish(usize::MAX), None).await.unwrap();
        let mut guests = Vec::new();
        for _ in 0..VOTERS {
            guests.push(join(&store, "djane", &event).await);
        }
        let other = join(&store, "other", &others).await;
        let line = (0..many).map(|n| RequestId::parse(&in_line("djane", n)).unwrap()).collect();
        Self {
            floor: Floor::new(dir),
            by_rule: rusqlite::Connection::open(&file).unwrap(),
            store,
            host,
            guests,
            other,
            line,
        }
    }
}

impl Parties {
    /// The guests vote without end; each answers how often.
    fn vote_until(&self, over: &Arc<AtomicBool>) -> Vec<JoinHandle<usize>> {
        let vote = |(n, guest): (usize, Tenant<Guest>)| {
            let (over, line) = (over.clone(), self.line.clone());
            tokio::spawn(async move {
                let mut at = 10 * n;
                while !over.load(Ordering::Relaxed) {
                    guest.vote(&line[at / 2 % line.len()], at % 2 == 0).await.unwrap();
                    at += 1;
                }
                at - 10 * n
            })
        };
        self.guests.iter().cloned().enumerate().map(vote).collect()
    }

    /// The whole line is sent, as the DJ's page sends it, with the last song dragged to the top while a guest asks for one
    /// more; and each time it stands by the rule alone before.
    async fn whole_orders(&self) -> Took {
        let mut whole = Took::NONE;
        for n in 0..4 {
            let listing = self.host.listing(None, None).await.unwrap();
            let (queue, version) = (listing.requests.clone(), listing.version);
            let mut queue: Vec<_> = queue.into_iter().filter(|one| one.view.position.is_some()).collect();
            queue.sort_by_key(|one| one.view.position);
            let mut ids: Vec<_> = queue.into_iter().map(|one| one.view.id).collect();
            ids.rotate_right(1);
            self.guests[0].submit(wish(10_000 + n), None).await.unwrap();
            whole.time(self.host.reorder(ids, version)).await;
            self.by_rule.execute("UPDATE requests SET place = NULL, fixed = 0 WHERE place IS NOT NULL", []).unwrap();
        }
        whole
    }
}

pub async fn night(store: &Store, name: &str, rule: &str) -> (Tenant<Host>, Event) {
    let host = store.as_host(&UserId::parse(name).unwrap()).await.unwrap();
    let free =
        json!({ "auto_approve": true, "order": rule, "max_active_per_guest": 0, "min_gap_ms": 0, "max_per_hour": 0 });
    host.change_rules(free.as_object().unwrap().clone()).await.unwrap();
    let event = host.start_event(Line::parse("Night").unwrap()).await.unwrap();
    (host, event)
}

pub async fn join(store: &Store, name: &str, event: &Event) -> Tenant<Guest> {
    let door = store.visit(&Username::parse(name).unwrap()).await.unwrap();
    door.join(JoinCredential::Pin(event.pin.clone())).await.unwrap()
}

pub fn wish(n: usize) -> Submission {
    Submission { song: Song::named(format!("Wish {n}"), "Somebody"), nickname: None, note: None }
}

/// How long calls took, and how much processor time the writer spent on them.
struct Took {
    each: Vec<Duration>,
    computed: Duration,
}

impl Took {
    const NONE: Self = Self { each: vec![], computed: Duration::ZERO };

    async fn time<T, E: std::fmt::Debug>(&mut self, work: impl Future<Output = Result<T, E>>) -> T {
        let (computed, began) = (computed(), Instant::now());
        let done = work.await.unwrap();
        self.each.push(began.elapsed());
        self.computed += self::computed().saturating_sub(computed);
        done
    }

    /// In milliseconds.
    fn median(&self) -> f64 {
        let mut sorted = self.each.clone();
        sorted.sort_unstable();
        percentile(&sorted, 0.5) / 1e3
    }

    fn worst(&self) -> f64 {
        self.each.iter().max().map_or(0.0, Duration::as_secs_f64) * 1e3
    }
}

/// Processor time of the writer threads so far, as the kernel counts it.
fn computed() -> Duration {
    let mut all = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap().map_while(Result::ok) {
        let of = |name| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        if of("comm").trim() == "writer" {
            all += of("schedstat").split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Duration::from_nanos(all)
}

fn told(took: Took) -> String {
    if took.each.is_empty() {
        return "-              ".into();
    }
    let each = u32::try_from(took.each.len()).unwrap();
    format!("{:6.2} ({:5.2})", took.median(), (took.computed / each).as_secs_f64() * 1e3)
}

/// One row after the other, committed by `SQLite` alone.
pub struct Floor(rusqlite::Connection);

impl Floor {
    pub fn new(dir: &Path) -> Self {
        let conn = rusqlite::Connection::open(dir.join("floor.db")).unwrap();
        let set = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; CREATE TABLE t (v)";
        conn.execute_batch(set).unwrap();
        Self(conn)
    }

    /// How long some of them took.
    pub fn time(&mut self) -> Vec<Duration> {
        let one = |_| {
            let began = Instant::now();
            self.0.execute("INSERT INTO t VALUES (randomblob(400))", []).unwrap();
            began.elapsed()
        };
        (0..TIMES).map(one).collect()
    }
}
