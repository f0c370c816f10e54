use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept for backups, for what the box asks others, and for the box itself.
const SPARE: usize = 64;

/// Raises the limit of descriptors as far as the system allows, since every phone in the room holds one and the usual soft
/// limit of 1,024 is a full house. Answers how many connections may be open: the others are for `readers` of the database,
/// which hold two each, and for all else.
pub fn connections(readers: u32) -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        log::warn!(target: "box", "The limit of open connections stays as it is: {error}");
    }
    share(getrlimit(Resource::Nofile).current, readers)
}

/// Of very few, connections get half.
fn share(all: Option<u64>, readers: u32) -> usize {
    let all = all.and_then(|all| all.try_into().ok()).unwrap_or(usize::MAX);
    let readers = usize::try_from(readers).unwrap_or(usize::MAX);
    all.saturating_sub(readers.saturating_mul(2)).saturating_sub(SPARE).max(all / 2)
}
