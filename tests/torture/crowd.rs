//! Crowds that mean no good: what each does to the box, and what a guest feels of it meanwhile. Prints one table.

mod deeds;
mod inside;
mod outside;

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, bind, connect, ipproto, socket};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::ledger::folder;
use crate::times;
use crate::venue::{Caller, PASSWORD, Venue, command, program};

/// What a guest's page may take, the slowest of a hundred left out.
const FELT: Duration = Duration::from_millis(100);
/// Memory that a crowd may take.
const MORE_KB: usize = 64 * 1024;

/// One thing that a crowd does.
pub struct Attack {
    pub name: &'static str,
    /// What it did when it was found.
    pub before: &'static str,
    /// Descriptors that the box may have.
    pub descriptors: usize,
    /// Does it, and says in a few words what came of it.
    pub act: fn(&Siege) -> String,
}

/// The whole table.
const ATTACKS: [Attack; 16] = [
    Attack {
        name: "20,000 silent connections",
        before: "no health as long as they stay",
        descriptors: MANY,
        act: outside::silent,
    },
    Attack {
        name: "330 silent ones, ulimit -n 300",
        before: "no health as long as they stay",
        descriptors: 300,
        act: outside::silent_few,
    },
    Attack {
        name: "one phone renews 140, ulimit -n 200",
        before: "nobody new for seconds",
        descriptors: 200,
        act: outside::renewed,
    },
    Attack {
        name: "3,000 heads of 400 kB, half sent",
        before: "184 MB to 1.3 GB, kept",
        descriptors: MANY,
        act: outside::half_heads,
    },
    Attack {
        name: "3,000 bodies of 60 kB, half sent",
        before: "41 to 380 MB, kept",
        descriptors: MANY,
        act: outside::half_bodies,
    },
    Attack {
        name: "thousands that asked once and stay",
        before: "20 kB each, kept",
        descriptors: MANY,
        act: outside::idle,
    },
    Attack {
        name: "500 that ask for lists, take none",
        before: "a guest waits 2.4 s; 82 to 246 MB",
        descriptors: MANY,
        act: outside::untaken,
    },
    Attack {
        name: "a page 500 times at once, same router",
        before: "the others there wait 0.7 s",
        descriptors: MANY,
        act: inside::same_router,
    },
    Attack {
        name: "a guest's vote taps, 200 phones on",
        before: "186 MB/s to the 200",
        descriptors: MANY,
        act: inside::taps,
    },
    Attack {
        name: "guests without end by one code",
        before: "11,257 in 10 s; 337 MB; 6.5 MB page",
        descriptors: MANY,
        act: inside::endless,
    },
    Attack { name: "300 honest guests, one address", before: "no refusal", descriptors: MANY, act: inside::honest },
    Attack {
        name: "wrong passwords and PINs",
        before: "owner and guests out for 15 min",
        descriptors: MANY,
        act: deeds::guesses,
    },
    Attack {
        name: "a DJ at another's doors",
        before: "17,000 rows bury the record",
        descriptors: MANY,
        act: deeds::refusals,
    },
    Attack {
        name: "looks at the box's health",
        before: "1.3 kB written for each",
        descriptors: MANY,
        act: deeds::looks,
    },
    Attack {
        name: "an old list of 16 kB, crafted",
        before: "5 GB, the box held for 44 s",
        descriptors: MANY,
        act: deeds::crafted,
    },
    Attack {
        name: "a backup taken slowly",
        before: "cut at 48 s, as if it were whole",
        descriptors: MANY,
        act: deeds::download,
    },
];
const MANY: usize = 20_000;

/// A box with a party on, and a guest at it who loads the page again and again.
pub struct Siege {
    pub venue: Venue,
    pub owner: Caller,
    pub host: Caller,
    pub guest: Caller,
}

impl Siege {
    fn of(descriptors: usize) -> Self {
        let dir = folder();
        let owner = ["user", "add", "owner", "--role", "superadmin", "--password-stdin"];
        assert_eq!(command(dir.path(), &owner, PASSWORD).0, 0);
        let mut few = std::process::Command::new("sh");
        few.args(["-c", &format!("ulimit -n {descriptors} 2>/dev/null; exec \"$0\" \"$@\"")])
            .arg(program().get_program());
        few.arg("--data").arg(dir.path()).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
        let venue = Venue::start(few, dir);
        let mut host = venue.host("djane");
        assert_eq!(host.post("/api/djane/event", &json!({ "name": "Tonight" })).status, 201);
        let guest = venue.guest_of("djane", &mut host);
        Self { owner: venue.host("owner"), venue, host, guest }
    }

    /// A connection from an address of this machine.
    pub fn from(&self, last: u8) -> std::io::Result<TcpStream> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, Some(ipproto::TCP))?;
        bind(&socket, &SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)))?;
        connect(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, self.venue.port())))?;
        Ok(TcpStream::from(socket))
    }

    /// Memory of the box that is in use, in kB.
    pub fn memory(&self) -> usize {
        let told = std::fs::read_to_string(format!("/proc/{}/status", self.venue.pid())).unwrap();
        let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What a phone at an address asks with, up to what it says.
    pub fn head(&self, asks: &str, cookies: &str) -> String {
        let base = &self.venue.base;
        let host = base.trim_start_matches("http://");
        format!("{asks} HTTP/1.1\r\nHost: {host}\r\nOrigin: {base}\r\nCookie: {cookies}\r\nConnection: close\r\n")
    }

    /// The whole answer to a phone that comes anew from an address of this machine; nothing where none comes in time.
    pub fn ask(&self, last: u8, asks: &str, cookies: &str, body: &Value) -> String {
        let (head, body) = (self.head(asks, cookies), body.to_string());
        let kind = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        let whole = if asks.starts_with("GET") { head + "\r\n" } else { head + &kind + "\r\n" + &body };
        let mut answer = String::new();
        let asked = self.from(last).and_then(|mut socket| {
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            socket.write_all(whole.as_bytes())?;
            socket.read_to_string(&mut answer)
        });
        if asked.is_ok() { answer } else { String::new() }
    }

    /// A room full of phones that look at everything: what a box has in memory then it has on every night.
    fn warm_up(&self) {
        let (guest, host) = (cookies(&self.guest), cookies(&self.host));
        let pages = [
            ("GET /djane", &guest),
            ("GET /api/djane/party", &guest),
            ("GET /djane/admin/requests", &host),
            ("GET /api/djane/requests", &host),
        ];
        std::thread::scope(|scope| {
            for phone in 0..24 {
                scope.spawn(move || {
                    for (asks, cookies) in [pages; 30].into_iter().flatten() {
                        assert_eq!(status(&self.ask(10 + phone, asks, cookies, &Value::Null)), 200, "{asks}");
                    }
                });
            }
        });
    }

    /// The guest's page, asked for by a phone that comes anew; whether it came, and how long that took.
    fn look(&self) -> (bool, Duration) {
        let began = Instant::now();
        let answer = self.ask(1, "GET /djane", &cookies(&self.guest), &Value::Null);
        (status(&answer) == 200 && answer.ends_with("</html>"), began.elapsed())
    }
}

/// What a phone that keeps no more than names and values sends.
pub fn cookies(caller: &Caller) -> String {
    let kept = caller.cookies.iter().map(|(_, name, value)| format!("{name}={value}"));
    let signed_in = caller.token.iter().map(|token| format!("session={token}"));
    kept.chain(signed_in).collect::<Vec<_>>().join("; ")
}

/// What an answer is, as it came over the line; 0 where none came.
pub fn status(answer: &str) -> u16 {
    answer.strip_prefix("HTTP/1.1 ").map_or(0, |rest| rest[..3].parse().unwrap())
}

/// How often a guest's page did not come, and what the slowest but one in a hundred took.
fn felt(looks: &[(bool, Duration)]) -> (usize, Duration) {
    let mut felt: Vec<Duration> = looks.iter().map(|(_, took)| *took).collect();
    felt.sort_unstable();
    (looks.iter().filter(|(came, _)| !came).count(), felt[felt.len() * 99 / 100])
}

/// Besieges a fresh box; answers the line of the table, and what is wrong with it.
fn besiege(attack: &Attack) -> (String, Vec<String>) {
    let siege = Siege::of(attack.descriptors);
    siege.warm_up();
    let calm: Vec<_> = (0..200).map(|_| siege.look()).collect();
    let (0, calm) = felt(&calm) else { panic!("{}: a guest is kept out before it begins", attack.name) };
    let idle = siege.memory();
    let (over, looks) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let (came, most) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut most = idle;
            while !over.load(Ordering::Relaxed) {
                looks.lock().unwrap().push(siege.look());
                most = most.max(siege.memory());
                std::thread::sleep(Duration::from_millis(5));
            }
            most
        });
        let came = catch_unwind(AssertUnwindSafe(|| (attack.act)(&siege)));
        over.store(true, Ordering::Relaxed);
        (came.unwrap_or_else(|panic| resume_unwind(panic)), looking.join().unwrap())
    });
    std::thread::sleep(seconds(0, 60));
    let after = siege.memory();
    let looks = looks.into_inner().unwrap();
    let (out, meanwhile) = felt(&looks);
    let part = |kb: usize| format!("{}.{:02} x", kb / idle, kb * 100 / idle % 100);
    let line = format!(
        "{:35} | {:35} | {came:44} | {out:4} of {:4} | {:4} {:4} ms | {:3} MB {:>7} {:>7}",
        attack.name,
        attack.before,
        looks.len(),
        calm.as_millis(),
        meanwhile.as_millis(),
        idle / 1024,
        part(most),
        part(after)
    );
    let mut wrong = Vec::new();
    let mut held_to = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}: {what}", attack.name));
        }
    };
    held_to(out == 0, "a guest is kept out");
    // A machine that has other things to do is slow without a crowd.
    held_to(times(0, 1) == 0 || meanwhile <= FELT.max(calm * 2), "a guest's page is slow");
    held_to(most <= idle + MORE_KB, "it takes too much memory");
    // It has a minute for that.
    held_to(times(0, 1) == 0 || after * 2 <= idle * 3, "the memory does not come back");
    (line, wrong)
}

/// A few of every day, or the whole.
fn seconds(few: usize, whole: usize) -> Duration {
    Duration::from_secs(times(few, whole).try_into().unwrap())
}

#[test]
fn no_crowd_keeps_a_guest_out_or_takes_the_memory() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let mut table = format!(
        "{:35} | {:35} | {:44} | {:12} | {:12} | {:6} {:>7} {:>7}\n",
        "attack", "before", "now", "kept out", "p99 calm, now", "idle", "during", "after"
    );
    let mut wrong = Vec::new();
    for attack in &ATTACKS {
        let (line, faults) = besiege(attack);
        println!("{line}");
        writeln!(table, "{line}").unwrap();
        wrong.extend(faults);
    }
    println!("\n{table}");
    assert_eq!(wrong, Vec::<String>::new());
}
