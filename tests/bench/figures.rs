//! What is read off a run: shares of sorted times, and memory.

use std::time::Duration;

/// The value below which a share of sorted times lies, in microseconds.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let at = ((sorted.len() - 1) as f64 * share) as usize;
    sorted[at].as_secs_f64() * 1e6
}

/// Memory this process holds, in megabytes.
pub fn memory() -> f64 {
    memory_of(std::process::id())
}

/// The one in the middle.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Memory a process holds, in megabytes.
pub fn memory_of(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
