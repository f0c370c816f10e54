//! Speed and memory, each beside its floor in the same run: these machines are shared, and only ratios hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bare;
#[path = "../support/bytes.rs"]
mod bytes;
mod connection;
mod durable;
mod figures;
mod guard;
mod heads;
mod history;
#[allow(dead_code)]
#[path = "../support/in_process.rs"]
mod in_process;
mod load;
mod logins;
mod night;
#[allow(dead_code)]
#[path = "../support/party.rs"]
mod party;
mod phone;
#[allow(dead_code)]
#[path = "../support/phones.rs"]
mod phones;
mod plot;
mod pool;
mod reads;
mod report;
mod rows;
mod streams;
#[allow(dead_code, unused_imports)]
#[path = "../support/venue/mod.rs"]
mod venue;
mod watchers;
mod wire;
mod writes;

use report::Report;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

type Bench = fn(&mut Report);

/// By their names, in the order they are told in.
const BENCHES: [(&str, Bench); 15] = [
    ("reads", reads::run),
    ("bytes", wire::run),
    ("streams", streams::run),
    ("phone", phone::run),
    ("heads", heads::run),
    ("durable", durable::run),
    ("writes", writes::run),
    ("logins", logins::run),
    ("history", history::run),
    ("watchers", watchers::run),
    ("night", night::run),
    ("guard", guard::run),
    ("pool", pool::run),
    // These take long, and run by name alone.
    ("most", watchers::most),
    ("long", watchers::long),
];
const OFTEN: usize = 13;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    match wanted[..] {
        ["spotify", many, far] => watchers::spotify(many.parse().unwrap(), far.parse().unwrap()),
        ["bare"] => bare::serve(),
        ["durable-slow"] => durable::slow(),
        _ => run(&wanted),
    }
}

fn run(wanted: &[&str]) {
    for one in wanted {
        assert!(BENCHES.iter().any(|(name, _)| name == one), "there is no {one}");
    }
    // A thousand phones are a thousand descriptors here, too.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let mut report = Report::default();
    for (n, (name, run)) in BENCHES.into_iter().enumerate() {
        if wanted.contains(&name) || wanted.is_empty() && n < OFTEN {
            let load = report::load();
            run(&mut report);
            report.ran(name, &load);
            // Each at once: who ends a long run has what came until then.
            report.write();
        }
    }
}
