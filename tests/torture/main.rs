//! A wish that was answered is never lost, whatever happens to the box: run whole by `scripts/torture`, in short by
//! `scripts/test`. Every test keeps a ledger of what was acknowledged and compares it with the file afterwards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A fault and its table are told in one piece.
#![allow(clippy::too_many_lines)]

mod arriving;
mod clock;
mod connections;
mod copies;
mod crowd;
mod cuts;
#[allow(dead_code)]
#[path = "../support/dice.rs"]
mod dice;
mod disk;
mod displaced;
mod faults;
mod full;
mod holders;
mod kill;
mod leaving;
mod ledger;
mod links;
mod locks;
mod networks;
#[allow(dead_code)]
#[path = "../support/nginx.rs"]
mod nginx;
mod power;
mod proxy;
mod recorder;
mod replacing;
mod spaces;
mod start;
#[allow(dead_code, unused_imports)]
#[path = "../support/venue/mod.rs"]
mod venue;

/// How often to do a thing: the few times of every day, or the whole number.
fn times(few: usize, whole: usize) -> usize {
    if std::env::var_os("TORTURE").is_some() { whole } else { few }
}
