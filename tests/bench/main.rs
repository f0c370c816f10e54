//! Speed and memory, each beside its floor in the same run: these machines are shared, and only ratios hold.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connection;
mod figures;
mod guard;
#[allow(dead_code)]
#[path = "../support/in_process.rs"]
mod in_process;
mod watchers;
mod writes;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if let [what, many, far] = wanted.as_slice()
        && what == "spotify"
    {
        return watchers::spotify(many.parse().unwrap(), far.parse().unwrap());
    }
    let benches: [(&str, fn()); 4] =
        [("guard", guard::run), ("writes", writes::run), ("watchers", watchers::run), ("long", watchers::long)];
    for (name, run) in benches {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            run();
        }
    }
}
